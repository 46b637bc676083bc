"""Sources that are made from pictures: their lines, their grey values."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from gan_studio.datasets.dataset import to_grey

LINE_REACH = 2.0
"""pixels over which the field of a line falls to 1/e"""
SMALLEST_LINE = 8
"""pixels of a line at 64 pixels, below which it is left out"""
SIGMAS = 0.7, 1.6
"""standard deviations of Canny's smoothing at 64 pixels, of which one is drawn for each picture"""
MIDDLE = 1.0
"""the one for a visitor's photograph"""
DROPPED = 0.3
"""at most this share of a picture's lines is left out at random"""


class Task(NamedTuple):
    """A way to make sources."""

    source_channels: int
    make: Callable[[Tensor, np.random.Generator | None], Tensor]
    """pictures (N, 3, H, W) uint8 -> sources (N, source_channels, H, W) uint8; without random
    numbers those of a visitor's picture"""


def lines(pictures: Tensor, rng: np.random.Generator | None = None) -> Tensor:
    """The distance fields of the pictures' lines, (N, 1, H, W) uint8.

    Lines are Canny's (1986), by random numbers at a scale of their own and with a few left out, so
    that no one way to draw is learnt.
    """
    return torch.stack([_lines(grey[0].numpy(), rng) for grey in to_grey(pictures.cpu())])


def _lines(grey: np.ndarray, rng: np.random.Generator | None) -> Tensor:
    from scipy.ndimage import label
    from skimage.feature import canny

    scale = max(grey.shape) / 64
    sigma = MIDDLE if rng is None else rng.uniform(*SIGMAS)
    edges = canny(grey / 255, scale * sigma, 0.05, 0.15)
    strokes = np.zeros(grey.shape, np.int32)
    label(edges, np.ones((3, 3)), strokes)
    lengths = np.bincount(strokes.ravel())
    kept = lengths >= scale * SMALLEST_LINE
    kept[0] = False  # what is no stroke
    if rng is not None:
        kept &= rng.random(len(kept)) >= rng.uniform(0, DROPPED)
    return distance_field(kept[strokes])


def distance_field(drawn: np.ndarray) -> Tensor:
    """Where there are strokes, (H, W) bool -> exp(-d / reach) of the distance d to them.

    (1, H, W) uint8: 255 on a stroke. Strokes of any width then look alike.
    """
    from scipy.ndimage import distance_transform_edt

    if not drawn.any():
        return torch.zeros(1, *drawn.shape, dtype=torch.uint8)
    reach = LINE_REACH * max(drawn.shape) / 64
    distance = np.asarray(distance_transform_edt(~drawn))
    field = np.exp(-distance / reach)
    return torch.from_numpy((255 * field).round().astype(np.uint8))[None]


def grey(pictures: Tensor, rng: np.random.Generator | None = None) -> Tensor:
    """The pictures' luma, (N, 1, H, W) uint8."""
    del rng
    return to_grey(pictures)


TASKS: dict[str, Task] = {"lines": Task(1, lines), "colour": Task(1, grey)}
"""by name of the task that a translation learns"""
