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
    strongest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return pad(directions * strongest.sign(), (0, 0, 0, count - len(directions))).float()
