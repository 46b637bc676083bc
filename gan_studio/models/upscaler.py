"""Super-resolution of pictures of any size, in tiles."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn.functional import interpolate

from gan_studio.core import devices
from gan_studio.datasets.tasks import SCALE
from gan_studio.gans.families.srgan import SRGAN
from gan_studio.images import convert

TILE = 320
"""pixels along a side of what is enlarged in one go, without what is looked at around it"""
ROUNDS = 6
"""back-projections, after which the error is below a level of 255 but where white or black clips"""
STEP = 4 / 3
"""of a back-projection: more than the whole error, as resampling keeps a part of fine details"""
REACH = 4
"""pixels of the small picture over which one back-projection reaches: bicubic, down and up"""


class Settings(NamedTuple):
    """Settings of an enlargement."""

    scale: int = SCALE
    """2 or 4"""
    sharpness: float = 0.5
    """0: faithful, 1: sharp"""
    noise: float = 0.0
    """0: for clean pictures, 1: for those with noise and traces of JPEG"""
    keep_colours: bool = True
    """whether the result, reduced again, must equal the picture"""


class Tile(NamedTuple):
    """A part of the enlarged picture."""

    top: int
    left: int
    pixels: Tensor
    """(C, h, w) uint8"""


class Upscaler(Protocol):
    """A network that enlarges pictures."""

    @property
    def name(self) -> str: ...

    def tiles(self, picture: Tensor, settings: Settings) -> Iterator[Tile]:
        """The parts of a picture (C, H, W) uint8 enlarged by `settings.scale`, row by row."""
        ...

    def tile_count(self, height: int, width: int) -> int:
        """The number of `tiles` of a picture."""
        ...


@dataclass(frozen=True)
class SRGANUpscaler:
    """A model of the family srgan."""

    name: str
    gan: SRGAN

    def tiles(self, picture: Tensor, settings: Settings) -> Iterator[Tile]:
        return tiles(self.gan, picture, settings)

    def tile_count(self, height: int, width: int) -> int:
        return tile_count(height, width)


def tiles(gan: SRGAN, picture: Tensor, settings: Settings) -> Iterator[Tile]:
    """The parts of a picture (C, H, W) uint8 enlarged by `settings.scale`, row by row.

    What they show does not depend on where they begin: each is computed with as much around it as
    the network looks at.
    """
    weights = gan.networks.mix_weights(settings.sharpness, settings.noise)
    device = next(gan.parameters()).device
    margin = reach(gan) + (ROUNDS * REACH if settings.keep_colours else 0)

    def enlarge(part: Tensor) -> Tensor:
        x = convert.from_uint8(part[None].to(device))
        y = functional_call(gan.networks.one_of("clean", "sharp"), weights, (x,))
        if settings.keep_colours:
            y = back_project(y, x)
        if settings.scale != SCALE:
            y = interpolate(y, scale_factor=settings.scale / SCALE, mode="area")
        return y

    yield from in_tiles(picture, settings.scale, TILE, margin, enlarge)


def in_tiles(
    picture: Tensor, scale: int, side: int, margin: int, enlarge: Callable[[Tensor], Tensor]
) -> Iterator[Tile]:
    """The parts of a picture (C, H, W) uint8 enlarged by `scale`, row by row.

    Parts of `side` pixels go through `enlarge` with `margin` pixels around them where there are
    any, which are cut off again: (C, h, w) uint8 -> (1, C, scale h, scale w) in [-1, 1].
    """
    _, height, width = picture.shape
    for top in range(0, height, side):
        for left in range(0, width, side):
            bottom, right = min(top + side, height), min(left + side, width)
            y0, x0 = max(top - margin, 0), max(left - margin, 0)
            part = picture[:, y0 : bottom + margin, x0 : right + margin]
            pixels = scale**2 * part.shape[1] * part.shape[2]
            with torch.inference_mode(), devices.cpu_threads_for(pixels):
                y = enlarge(part)
                y = y[..., scale * (top - y0) : scale * (bottom - y0), :]
                y = y[..., scale * (left - x0) : scale * (right - x0)]
                tile_pixels = torch.from_numpy(convert.to_uint8(y)[0]).permute(2, 0, 1)
            yield Tile(scale * top, scale * left, tile_pixels)


def tile_count(height: int, width: int, side: int = 0) -> int:
    """The number of `in_tiles` of a picture, of `side` pixels or those of `tiles`."""
    side = side or TILE
    return math.ceil(height / side) * math.ceil(width / side)


def reach(gan: SRGAN) -> int:
    """Pixels around each one of the small picture that the network looks at."""
    return 2 * gan.config.blocks + 4  # a pixel for each convolution, and one for the enlargement


def back_project(y: Tensor, x: Tensor) -> Tensor:
    """An enlarged picture that gives x back when it is made small again (Irani & Peleg, 1991).

    (N, C, 4 H, 4 W) and x (N, C, H, W) in [-1, 1] -> the same as y, clipped to [-1, 1]. Networks
    shift colours; what the small picture knows is put right, bicubic both ways.
    """
    for _ in range(ROUNDS):
        y = (y + STEP * bicubic(x - shrink(y), y.shape[2], y.shape[3])).clamp(-1, 1)
    return y


def shrink(y: Tensor) -> Tensor:
    """(N, C, 4 H, 4 W) -> (N, C, H, W), bicubic, antialiased."""
    size = y.shape[2] // SCALE, y.shape[3] // SCALE
    return interpolate(y, size, mode="bicubic", antialias=True, align_corners=False)


def bicubic(x: Tensor, height: int, width: int) -> Tensor:
    """(N, C, H, W) -> (N, C, height, width)."""
    return interpolate(x, (height, width), mode="bicubic", align_corners=False)
