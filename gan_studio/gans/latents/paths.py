"""Points, paths and sums in latent space: pure functions of latents (N, dim)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

PROBE = 271_828
"""seed of points by which a model is examined. Not 0: trainings used to draw their starting weights
from their seed's stream, so the latents of that seed are rows of them, and the styles of a style-
based generator lie a fifth farther out there than anywhere else."""


def from_seed(seed: int, n: int, dim: int) -> Tensor:
    """The first `n` standard normal latents of a seed, (n, dim).

    Drawn on the CPU and row by row: a seed means the same pictures on every device, in every
    count.
    """
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randn(dim, generator=generator) for _ in range(n)])


def truncate(points: Tensor, psi: float, mean: Tensor | float = 0.0) -> Tensor:
    """Pull points towards their mean, w̄ + ψ (w - w̄) (Karras et al., 2019, Section B)."""
    return mean + psi * (points - mean)


def slerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    """From a (t = 0) to b (t = 1) along the great circle, lengths interpolated, (..., dim).

    White, 2016. Gaussian latents lie near a sphere; the straight line would pass through its
    unlikely middle.
    """
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    u, v = a / length_a.clamp_min(1e-8), b / length_b.clamp_min(1e-8)
    omega = (u * v).sum(-1, keepdim=True).clamp(-1, 1).acos()
    straight = torch.lerp(a, b, t)
    along = ((1 - t) * omega).sin() * u + (t * omega).sin() * v
    curved = along / omega.sin().clamp_min(1e-8) * torch.lerp(length_a, length_b, t)
    return torch.where((omega < 1e-3) | (omega > math.pi - 1e-3), straight, curved)


def loop(
    keyframes: Tensor, frames: int, between: Callable[[Tensor, Tensor, float], Tensor] = slerp
) -> Tensor:
    """A closed path through the keyframes (K, dim) in `frames` even steps, (frames, dim)."""
    if len(keyframes) < 2 or frames < len(keyframes):
        raise ValueError(
            "A loop needs at least two keyframes and a frame for each, "
            f"not {len(keyframes)} in {frames} frames."
        )
    steps = [i * len(keyframes) / frames for i in range(frames)]
    next_keyframes = keyframes.roll(-1, 0)
    pairs = ((keyframes[int(s)], next_keyframes[int(s)], s % 1) for s in steps)
    return torch.stack([between(a, b, t) if t else a for a, b, t in pairs])


def weighted_sum(points: Tensor, weights: Tensor) -> Tensor:
    """Σ wᵢ xᵢ: points (K, ...), weights (K,) -> (1, ...)."""
    return torch.einsum("k,k...->...", weights, points)[None]


def spherical_sum(points: Tensor, weights: Tensor) -> Tensor:
    """The direction of Σ wᵢ xᵢ at the length Σ wᵢ |xᵢ|: (K, ..., dim), (K,) -> (1, ..., dim).

    Normal latents lie near a sphere, which their plain sum leaves: A − B + C is too long by a
    factor of √3, a mean of three too short by as much. It is not made shorter than the shortest.
    """
    straight, lengths = weighted_sum(points, weights), points.norm(dim=-1, keepdim=True)
    length = torch.maximum(weighted_sum(lengths, weights), lengths.amin(0, keepdim=True))
    return straight * (length / straight.norm(dim=-1, keepdim=True).clamp_min(1e-8))


class Geometry(NamedTuple):
    """The two operations that all walks, sums and maps are made of."""

    interpolate: Callable[[Tensor, Tensor, float], Tensor]
    """a, b (..., dim), t -> the point at t from a (t = 0) to b (t = 1)"""
    mix: Callable[[Tensor, Tensor], Tensor]
    """points (K, ..., dim), weights (K,) that add up to 1 -> their mixture (1, ..., dim)"""


SPHERE = Geometry(slerp, spherical_sum)
"""for normal latents z, which lie near a sphere"""
FLAT = Geometry(torch.lerp, weighted_sum)
"""for spaces that a network has straightened, such as a style-based generator's W"""
