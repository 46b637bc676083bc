"""The losses of a painting (Gatys et al., 2016), each relative to its target.

A share has no unit. It means the same for every picture, size, layer and network, and so do the
weights that multiply it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_studio.vision.network import gram_matrix

TINY = 1e-8
"""a picture of nothing has no size to be a share of"""


def relative_error(x: Tensor, target: Tensor) -> Tensor:
    """||x - target||² / ||target||²."""
    return (x - target).square().sum() / target.square().sum().clamp_min(TINY)


def guided_gram_matrix(features: Tensor, mask: Tensor) -> Tensor:
    """G of the places where the mask (1, 1, h, w) in [0, 1] is bright (Gatys et al., 2017, Eq. 6).

    (N, C, H, W) -> (N, C, C). A mask of ones gives the ordinary Gram matrix.
    """
    weights = torch.nn.functional.adaptive_avg_pool2d(mask, (features.shape[2], features.shape[3]))
    strength = weights.square().mean().clamp_min(TINY)
    return gram_matrix(features.float() * weights) / strength


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, down and across; (N, C, H, W) -> ()."""
    down, across = image.diff(dim=2), image.diff(dim=3)
    return down.square().mean() + across.square().mean()


def range_penalty(image: Tensor) -> Tensor:
    """Mean squared distance of values from [-1, 1]: soft, as a clamp misleads L-BFGS."""
    return (image.abs() - 1).clamp_min(0).square().mean()
