"""Sources that are made from pictures: lines, grey values, small pictures, pictures with holes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from gan_studio.datasets.dataset import to_grey
from gan_studio.datasets.masks import cut_random_holes

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


SCALE = 4
"""factor by which super-resolution enlarges"""
BLUR = 0.2, 1.5
"""standard deviations in pixels of the blur before a photograph is made small"""
GRAIN = 0.0, 8.0
"""standard deviations of its noise, in levels of 255"""
JPEG_QUALITY = 50, 95
RESAMPLING = (Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)


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
    keep = lengths >= scale * SMALLEST_LINE
    keep[0] = False  # what is no stroke
    if rng is not None:
        keep &= rng.random(len(keep)) >= rng.uniform(0, DROPPED)
    return distance_field(keep[strokes])


def distance_field(strokes: np.ndarray) -> Tensor:
    """Strokes, (H, W) bool -> exp(-d / reach), where d is the distance to the nearest one.

    (1, H, W) uint8: 255 on a stroke. Strokes of any width then look alike.
    """
    from scipy.ndimage import distance_transform_edt

    if not strokes.any():
        return torch.zeros(1, *strokes.shape, dtype=torch.uint8)
    reach = LINE_REACH * max(strokes.shape) / 64
    distance = np.asarray(distance_transform_edt(~strokes))
    field = np.exp(-distance / reach)
    return torch.from_numpy((255 * field).round().astype(np.uint8))[None]


def grey(pictures: Tensor, rng: np.random.Generator | None = None) -> Tensor:
    """The pictures' luma, (N, 1, H, W) uint8."""
    del rng
    return to_grey(pictures)


def small(pictures: Tensor, rng: np.random.Generator | None = None) -> Tensor:
    """The pictures at a quarter of their height and width, bicubic, (N, 3, H/4, W/4) uint8."""
    del rng
    return torch.stack([_from_image(_shrink(_to_image(picture))) for picture in pictures])


def photo(pictures: Tensor, rng: np.random.Generator | None = None) -> Tensor:
    """The pictures made small as cameras and the web do it, (N, 3, H/4, W/4) uint8.

    Blurred, resampled, with noise and with traces of JPEG: the first order of the degradations of
    Wang et al., 2021 (Real-ESRGAN), https://arxiv.org/abs/2107.10833. Without random numbers the
    middle of each range is taken.
    """
    return torch.stack([_from_image(_degrade(_to_image(picture), rng)) for picture in pictures])


def _degrade(picture: Image.Image, rng: np.random.Generator | None) -> Image.Image:
    numbers = rng or np.random.default_rng(0)
    blur, grain, quality = (
        sum(ends) / 2 if rng is None else rng.uniform(*ends) for ends in (BLUR, GRAIN, JPEG_QUALITY)
    )
    resampling = RESAMPLING[int(numbers.integers(len(RESAMPLING)))]
    less = _shrink(picture.filter(ImageFilter.GaussianBlur(blur)), resampling)
    noisy = np.asarray(less) + numbers.normal(0, grain, (less.height, less.width, 3))
    jpeg = BytesIO()
    Image.fromarray(noisy.round().clip(0, 255).astype(np.uint8)).save(
        jpeg, "JPEG", quality=round(quality)
    )
    return Image.open(jpeg).convert("RGB")


def _shrink(
    picture: Image.Image, resampling: Image.Resampling = Image.Resampling.BICUBIC
) -> Image.Image:
    return picture.resize((picture.width // SCALE, picture.height // SCALE), resampling)


def _to_image(picture: Tensor) -> Image.Image:
    """(3, H, W) uint8 -> a picture."""
    return Image.fromarray(picture.permute(1, 2, 0).cpu().contiguous().numpy())


def _from_image(picture: Image.Image) -> Tensor:
    """A picture -> (3, H, W) uint8."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


TASKS: dict[str, Task] = {
    "lines": Task(1, lines),
    "colour": Task(1, grey),
    "small": Task(3, small),
    "photo": Task(3, photo),
    "holes": Task(4, cut_random_holes),
}
"""by name of the task that a translation learns"""
