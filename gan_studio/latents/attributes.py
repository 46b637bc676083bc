"""Directions by attribute, from points and what their pictures show: pure functions.

As InterFaceGAN finds them (Shen, Gu, Tang & Zhou, 2020, https://arxiv.org/abs/1907.10786), by a
linear classifier whose normal is the direction; but in whitened space, where each coordinate of a
point is standard normal. There a step of length 1 is one sigma wherever it goes, and two directions
are orthogonal exactly if a step along one changes nothing that the other's classifier says.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Whitening(NamedTuple):
    """How points (N, dim) become uncorrelated, each coordinate with deviation 1."""

    mean: Tensor
    root: Tensor
    """Σ^½, (dim, dim): steps back into the points' own space"""
    inverse: Tensor
    """Σ^-½, (dim, dim)"""

    def white(self, points: Tensor) -> Tensor:
        return (points.double() - self.mean) @ self.inverse

    def ways(self, steps: Tensor) -> Tensor:
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


def normal(white: Tensor, shown: Tensor, strength: float = 0.01) -> Tensor:
    """Unit normal (dim,) of the plane between points (N, dim) that show something and the others.

    By logistic regression, in which both sides weigh the same; ValueError where one is empty.
    """
    from sklearn.linear_model import LogisticRegression

    if not 0 < int(shown.sum()) < len(shown):
        raise ValueError("All pictures are on the same side.")
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=500)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(white.numpy(), shown.numpy())
    found = torch.from_numpy(np.asarray(model.coef_[0])).double()
    return found / found.norm()


def apart(normals: Tensor) -> Tensor:
    """Unit steps (K, dim), each orthogonal to all normals (K, dim) but its own.

    They are the normals' dual basis: Shen et al. (2020, Section 3.3) for more than two.
    """
    dual = torch.linalg.pinv(normals.double()).T
    return dual / dual.norm(dim=1, keepdim=True)


class Sides(NamedTuple):
    """How well a normal tells on which side held-out points are."""

    accuracy: float
    majority: float
    """share of the commoner side"""


def sides(fitted: Tensor, shown: Tensor, held: Tensor, truth: Tensor) -> Sides:
    """From projections on a normal, (N,): the threshold is set where it serves the fitted best."""
    order = fitted.argsort()
    below = (~shown[order]).long().cumsum(0)
    right = below + shown.sum() - torch.arange(1, len(shown) + 1) + below
    threshold = fitted[order][int(right.argmax())]
    accuracy = ((held > threshold) == truth).double().mean().item()
    share = truth.double().mean().item()
    return Sides(accuracy, max(share, 1 - share))
