"""Directions in latent space that change a picture most, found without labels."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.functional import pad


def closed_form(stem: nn.Module, latent_dim: int, count: int, rest: int = 0) -> Tensor:
    """Orthonormal directions in z, strongest first, (count, latent_dim).

    SeFa (Shen & Zhou, 2021, Eq. 4). `stem` is the generator's first affine map, z (N, latent_dim)
    -> activations. As z is standard normal, these are also the principal components of the
    activations (GANSpace, Härkönen et al., 2020), and a step of length 1 is one sigma. Computed in
    float64 with fixed signs, so that a recipe means the same everywhere. Where the stem has fewer
    directions than `count`, the last ones are zeros, which move nothing. The stem's `rest` inputs
    behind z, a label, stay as they are.
    """
    stem = copy.deepcopy(stem).cpu().double()
    with torch.inference_mode():
        z = torch.cat([torch.eye(latent_dim), torch.zeros(1, latent_dim)]).double()
        y = stem(pad(z, (0, rest))).flatten(1)
        A = y[:-1] - y[-1]  # rows: what each coordinate of z adds
        U, _, _ = torch.linalg.svd(A, full_matrices=False)
    directions = U[:, :count].T
    return pad_with_zeros(fix_signs(directions), count).float()


def pca(w: Tensor, layers: Tensor, count: int) -> Tensor:
    """Principal components of styles w (N, dim), (count, dim); GANSpace (Härkönen et al., 2020).

    Each is as long as the styles' deviation along it, so that a step of length 1 is one sigma.
    """
    del layers
    covariance = torch.cov(w.double().T)
    variances, axes = torch.linalg.eigh(covariance)
    deviations = variances.flip(0)[:count].clamp_min(0).sqrt()
    return pad_with_zeros(fix_signs(axes.T.flip(0)[:count]) * deviations[:, None], count).float()


def sefa(w: Tensor, layers: Tensor, count: int) -> Tensor:
    """SeFa in W (Shen & Zhou, 2021): singular vectors of the layers' style weights, (count, dim).

    The first right singular vectors of all `layers` (rows, dim) together, each as long as the
    standard deviation of the styles w (N, dim) along it.
    """
    _, _, axes = torch.linalg.svd(layers.double(), full_matrices=False)
    axes = fix_signs(axes[:count])
    return pad_with_zeros(axes * (w.double() @ axes.T).std(0)[:, None], count).float()


BASES = {"pca": pca, "sefa": sefa}
"""how directions in W are found without labels"""


def fix_signs(axes: Tensor) -> Tensor:
    """Axes (K, dim) with their strongest coordinate positive: an axis has no sign of its own."""
    return axes * axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()


def pad_with_zeros(directions: Tensor, count: int) -> Tensor:
    """As many directions as wanted, the last ones zeros, which move nothing."""
    return pad(directions, (0, 0, 0, count - len(directions)))
