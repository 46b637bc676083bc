"""Keeping the content's colours (Gatys et al., 2017, Sect. 5): pictures (N, 3, H, W) in [-1, 1]."""

from __future__ import annotations

import torch
from torch import Tensor

LUMINANCE = (0.299, 0.587, 0.114)
"""of red, green and blue in Y of BT.601, as in JPEG"""
TINY = 1e-5
"""keeps a grey picture's covariance invertible"""


def luminance(image: Tensor) -> Tensor:
    """Y, (N, 3, H, W) -> (N, 1, H, W)."""
    return (image * image.new_tensor(LUMINANCE).view(1, 3, 1, 1)).sum(1, keepdim=True)


def with_luminance(image: Tensor, y: Tensor) -> Tensor:
    """The picture with another Y (N, 1, H, W) and its own Cb and Cr, exactly.

    Y is kept to where a colour with that Cb and Cr exists.
    """
    chrominance = image - luminance(image)  # Cb and Cr are linear functions of R - Y and B - Y
    low = -1 - chrominance.amin(1, keepdim=True)
    high = 1 - chrominance.amax(1, keepdim=True)
    return chrominance + torch.minimum(torch.maximum(y, low), high)


def match_luminance(y: Tensor, target: Tensor) -> Tensor:
    """Values shifted and scaled to the mean and deviation of others."""
    scale = target.std() / y.std().clamp_min(TINY)
    return (y - y.mean()) * scale + target.mean()


def match_palette(style: Tensor, content: Tensor) -> Tensor:
    """The style in the content's palette: a linear map of its colours to their mean and covariance.

    Of the many such maps, that of Monge and Kantorovich moves colours least (Pitié et al., 2007).
    """
    mean, root, _ = _moments(style)
    target_mean, _, covariance = _moments(content)
    inverse = torch.linalg.inv(root)
    transport = inverse @ _root(root @ covariance @ root) @ inverse
    pixels = transport @ (_pixels(style) - mean) + target_mean
    return pixels.clamp(-1, 1).float().T.reshape(1, *style.shape[2:], 3).permute(0, 3, 1, 2)


def _pixels(image: Tensor) -> Tensor:
    """(1, 3, H, W) -> (3, H W), in double precision."""
    return image[0].flatten(1).double()


def _moments(image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean, the root of the covariance, and the covariance of a picture's colours."""
    pixels = _pixels(image)
    covariance = torch.cov(pixels) + TINY * torch.eye(3, device=image.device, dtype=pixels.dtype)
    return pixels.mean(1, keepdim=True), _root(covariance), covariance


def _root(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp_min(0).sqrt() @ vectors.T
