"""Progressive growing: the schedule of sizes, and the fade-in of new layers (Karras et al., 2018), https://arxiv.org/abs/1710.10196."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate


class Size(NamedTuple):
    """The size at which both networks train now."""

    pixels: int
    alpha: float
    """weight of the newest layers, from 0 (only the layers before) to 1, Figure 2"""


def schedule(updates: int, sizes: Sequence[int], every: int) -> Size:
    """The size after so many updates, `every` for each size, half of them to fade it in.

    Section 2 and Figure 2. With 0 there is the last size alone.
    """
    stage, stage_updates = divmod(updates, every) if every else (len(sizes), 0)
    if stage >= len(sizes):
        return Size(sizes[-1], 1.0)
    return Size(sizes[stage], min(1.0, 2 * stage_updates / every) if stage else 1.0)


def upsample(x: Tensor, pixels: int) -> Tensor:
    """Each pixel repeated, (N, C, H, W) -> (N, C, pixels, pixels)."""
    return x if x.shape[-1] == pixels else interpolate(x, (pixels, pixels), mode="nearest")


def downsample(x: Tensor, pixels: int) -> Tensor:
    """Means of squares of pixels, (N, C, H, W) -> (N, C, pixels, pixels)."""
    return x if x.shape[-1] == pixels else avg_pool2d(x, x.shape[-1] // pixels)


def fade_in(x: Tensor, size: Size) -> Tensor:
    """Real pictures faded in like generated ones, (N, C, H, W)."""
    if size.alpha == 1.0:
        return x
    return torch.lerp(upsample(downsample(x, size.pixels // 2), x.shape[-1]), x, size.alpha)
