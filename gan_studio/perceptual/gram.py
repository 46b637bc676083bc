"""Correlations between the channels of a layer: what Gatys et al. (2016) mean by style."""

from __future__ import annotations

from torch import Tensor


def gram_matrix(features: Tensor) -> Tensor:
    """G = F Fᵀ / (H W), (N, C, H, W) -> (N, C, C); in float32, where the sums cannot overflow."""
    f = features.float().flatten(2)
    return f @ f.mT / f.shape[2]
