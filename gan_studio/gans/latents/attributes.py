"""Directions by attribute, from points and what their pictures show: pure functions.

As InterFaceGAN finds them (Shen, Gu, Tang & Zhou, 2020, https://arxiv.org/abs/1907.10786), by a
linear classifier whose normal is the direction; but in whitened space, where each coordinate of a
point is standard normal. There a step of length 1 is one sigma wherever it goes, and a step that is
orthogonal to a normal changes nothing that its classifier says.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


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
        """Steps (K, dim) in whitened space -> ways in the points' own."""
        return (steps.double() @ self.root).float()


def whitening(points: Tensor, floor: float = 1e-3) -> Whitening:
    """That of points (N, dim); deviations below `floor` of the largest count as that much."""
    points = points.double()
    variances, axes = torch.linalg.eigh(torch.cov(points.T))
    deviations = variances.clamp_min(0).sqrt()
    deviations = deviations.clamp_min(floor * deviations.max())
    root, inverse = ((axes * d) @ axes.T for d in (deviations, 1 / deviations))
    return Whitening(points.mean(0), root, inverse)


def normal(white: Tensor, odds: Tensor, ridge: float = 0.02) -> Tensor:
    """Unit direction (dim,) in which the log-odds of something, (N,), rise with points (N, dim).

    Logistic regression on soft labels: least squares on the log-odds that a classifier gives. On
    hard labels glasses, which one picture in a hundred has, were told half as well (a correlation
    of 0.41 with the log-odds of held-out pictures, against 0.81).
    """
    y = odds.double() - odds.double().mean()
    A = white.T @ white / len(white) + ridge * torch.eye(white.shape[1], dtype=torch.float64)
    n = torch.linalg.solve(A, white.T @ y / len(white))
    return n / n.norm().clamp_min(1e-12)


def log_odds(p: Tensor, margin: float = 1e-4) -> Tensor:
    """Of probabilities, kept off 0 and 1 by a margin."""
    return torch.logit(p.double(), eps=margin)


def orthogonal(normals: Tensor) -> Tensor:
    """Orthonormal steps (K, dim), each as near as all together can be to its normal (K, dim).

    Symmetric orthogonalisation, (N Nᵀ)^-½ N (Löwdin, 1950): no slider comes before the others. To
    leave exactly what every other normal tells, as the dual basis does, would leave hardly anything
    of beards that only men have.
    """
    U, _, V = torch.linalg.svd(normals.double(), full_matrices=False)
    return U @ V


class SideAccuracy(NamedTuple):
    """Accuracy of a linear classifier on held-out points."""

    accuracy: float
    majority: float
    """share of the more frequent side: the accuracy of guessing"""


def side_accuracy(fitted: Tensor, shown: Tensor, held: Tensor, truth: Tensor) -> SideAccuracy:
    """From projections on a normal, (N,): the threshold is set where it serves the fitted best."""
    order = fitted.argsort()
    below = (~shown[order]).long().cumsum(0)
    right = below + shown.sum() - torch.arange(1, len(shown) + 1) + below
    threshold = fitted[order][int(right.argmax())]
    accuracy = ((held > threshold) == truth).double().mean().item()
    share = truth.double().mean().item()
    return SideAccuracy(accuracy, max(share, 1 - share))
