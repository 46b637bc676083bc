"""Sums in latent space, of points and of recipes (Radford et al., 2016, Section 6.3.2)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gan_studio.recipe import Part, Recipe


def weighted(points: Tensor, weights: Tensor) -> Tensor:
    """Σ wᵢ xᵢ: points (K, ...), weights (K,) -> (1, ...)."""
    return torch.einsum("k,k...->...", weights, points)[None]


def on_sphere(points: Tensor, weights: Tensor) -> Tensor:
    """The direction of Σ wᵢ xᵢ at the length Σ wᵢ |xᵢ|: (K, ..., dim), (K,) -> (1, ..., dim).

    Normal latents lie near a sphere, which their plain sum leaves: A − B + C is too long by a
    factor of √3, a mean of three too short by as much. It is not made shorter than the shortest.
    """
    straight, lengths = weighted(points, weights), points.norm(dim=-1, keepdim=True)
    length = torch.maximum(weighted(lengths, weights), lengths.amin(0, keepdim=True))
    return straight * (length / straight.norm(dim=-1, keepdim=True).clamp_min(1e-8))


def mixture(recipes: Sequence[Recipe], weights: Sequence[float]) -> Recipe:
    """The recipe of a mixture of pictures of one model; the weights add up to 1.

    What weighs nothing is left out, and what weighs all is the recipe itself. The first seed stands
    for all where there can be but one.
    """
    parts = [Part(w, r) for w, r in zip(weights, recipes, strict=True) if w != 0]
    if len(parts) == 1 and parts[0].weight == 1:
        return parts[0].recipe
    return Recipe(model=recipes[0].model, seed=recipes[0].seed, mix=parts)


def analogy(a: Recipe, b: Recipe, c: Recipe) -> Recipe:
    """A − B + C, which is to A as C is to B."""
    return mixture((a, b, c), (1.0, -1.0, 1.0))
