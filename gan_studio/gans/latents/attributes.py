"""Steps by attribute, from the gradients of a classifier through a generator: pure functions.

They are found in whitened space, where each coordinate of a point is standard normal, so that a
step of length 1 is one sigma wherever it goes. A style-based generator takes a step for each layer,
as styles W+ do (Abdal, Qin & Wonka, 2019, https://arxiv.org/abs/1904.03189).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gan_studio.gans.latents.steering import shorten


class Whitening(NamedTuple):
    """The map that makes points (N, dim) uncorrelated, each coordinate with deviation 1."""

    mean: Tensor
    root: Tensor
    """Σ^½, (dim, dim): steps back into the points' own space"""
    inverse: Tensor
    """Σ^-½, (dim, dim)"""

    def whiten(self, points: Tensor) -> Tensor:
        return (points.double() - self.mean) @ self.inverse

    def unwhiten_steps(self, steps: Tensor) -> Tensor:
        """Steps (..., dim) in whitened space -> steps in the points' own."""
        return (steps.double() @ self.root).float()


def whitening(points: Tensor, floor: float = 1e-3) -> Whitening:
    """That of points (N, dim); deviations below `floor` of the largest count as that much."""
    points = points.double()
    variances, axes = torch.linalg.eigh(torch.cov(points.T))
    deviations = variances.clamp_min(0).sqrt()
    deviations = deviations.clamp_min(floor * deviations.max())
    root, inverse = ((axes * d) @ axes.T for d in (deviations, 1 / deviations))
    return Whitening(points.mean(0), root, inverse)


def selective(slopes: Tensor, odds: Tensor, own: int, ridge: float = 1.0) -> Tensor:
    """The step (...) along which the log-odds of attribute `own` rise and the others hardly change.

    `slopes` (N, K, ...) are the gradients of log-odds (N, K) at N points. The step d maximises
    E[∇l_own]·d − ½ dᵀ(C + ridge) d, where C is the sum of ∇p ∇pᵀ over all points and the
    probabilities p of the other attributes, divided by the mean of its diagonal. In layers (K,
    layers, dim) it is at most 1 long, and about 1 on average.
    """
    flat, p = slopes.double().flatten(2), odds.double().sigmoid()
    changes = flat * (p * (1 - p))[..., None]
    X = torch.cat([changes[:, :own], changes[:, own + 1 :]], 1).flatten(0, 1)
    X = X / X.square().sum(0).mean().sqrt().clamp_min(1e-12)
    g = flat[:, own].mean(0)
    # (XᵀX + ridge)⁻¹ g by Woodbury's identity: styles of all layers have more numbers than X rows
    rows = X @ X.T + ridge * torch.eye(len(X), dtype=X.dtype)
    step = (g - X.T @ torch.linalg.solve(rows, X @ g)).view(slopes.shape[2:])
    return shorten(step / step.norm(dim=-1).mean().clamp_min(1e-12))


def orthogonal(steps: Tensor) -> Tensor:
    """Orthogonal steps (K, ...), each as long as its own and as near to it as all together can be.

    Symmetric orthogonalisation of unit steps N, (N Nᵀ)^-½ N (Löwdin, 1950): no slider comes before
    the others.
    """
    flat = steps.double().flatten(1)
    lengths = flat.norm(dim=1, keepdim=True)
    U, _, V = torch.linalg.svd(flat / lengths.clamp_min(1e-12), full_matrices=False)
    return (U @ V * lengths).view(steps.shape)


class SideAccuracy(NamedTuple):
    """Accuracy of a linear classifier on held-out points."""

    accuracy: float
    majority: float
    """share of the more frequent side: the accuracy of guessing"""


def side_accuracy(
    train_projections: Tensor, train_labels: Tensor, test_projections: Tensor, test_labels: Tensor
) -> SideAccuracy:
    """Accuracy of a threshold on projections (N,) that is the best one for the training part."""
    order = train_projections.argsort()
    below = (~train_labels[order]).long().cumsum(0)
    right = below + train_labels.sum() - torch.arange(1, len(train_labels) + 1) + below
    threshold = train_projections[order][int(right.argmax())]
    accuracy = ((test_projections > threshold) == test_labels).double().mean().item()
    share = test_labels.double().mean().item()
    return SideAccuracy(accuracy, max(share, 1 - share))
