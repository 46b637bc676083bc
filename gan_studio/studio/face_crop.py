"""Face alignment: the square of a generator's pictures that frames faces as CelebA does.

The mean of an aligned generator's pictures is itself a face. The mean of CelebA's faces is laid
over it at many scales and places; where both agree best is the square that the classifier can read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample, pad

from gan_studio.gans.latents.paths import PROBE
from gan_studio.models.library import Library
from gan_studio.models.model import Model
from gan_studio.vision.faces import SIZE, to_input_size

FACES = "stylegan2-celeba"
"""the model that ships whose mean picture is that of CelebA's faces"""
COUNT = 256
"""pictures in a mean"""
LOW = 32
"""pixels at which two means are compared"""
AROUND = 9
"""pixels of the mean that is taken away, so that a bright blob in the middle is no face"""
SIDES = [0.4 * 1.06**i for i in range(22)]
"""sides of the squares that are tried first, in lengths of the picture: up to 1.36"""
LEAST_LIKENESS = 0.7
"""correlation with the mean face from which a mean picture is a face: those of all models of faces
that ship have 0.97 and more, those of digits and clothes at most 0.55"""


@dataclass(frozen=True, kw_only=True)
class Crop:
    """A square of a picture; what lies outside repeats the picture's edge."""

    side: float = 1.0
    """in lengths of the picture"""
    x: float = 0.5
    """of its middle, from the left, in lengths of the picture"""
    y: float = 0.5
    """of its middle, from above"""
    likeness: float = 1.0
    """correlation of the mean picture with the mean face in this square"""

    @property
    def width(self) -> int:
        """Pixels of a picture whose square has as many as the face classifier reads."""
        return math.ceil(SIZE / self.side)

    def __call__(self, pictures: Tensor) -> Tensor:
        """(N, C, S, S) -> (N, C, side, side), differentiable."""
        size = pictures.shape[-1]
        side = max(1, round(self.side * size))
        left, top = (round(middle * size - side / 2) for middle in (self.x, self.y))
        if (side, left, top) == (size, 0, 0):
            return pictures
        edges = left, top, size - left - side, size - top - side
        left_out, top_out, right_out, bottom_out = (max(0, -edge) for edge in edges)
        larger = pad(pictures, (left_out, right_out, top_out, bottom_out), mode="replicate")
        top, left = top + top_out, left + left_out
        return larger[..., top : top + side, left : left + side]


WHOLE = Crop()


def find(model: Model) -> Crop:
    """The square of a model's pictures in which its faces are framed as CelebA's.

    ValueError with one sentence where its mean picture is no face.
    """
    if model.manifest.channels != 3:
        raise ValueError(
            f"{model.name} draws grey pictures; the face classifier needs colour ones."
        )
    crop = align(mean_picture(model), mean_face())
    if crop.likeness < LEAST_LIKENESS:
        raise ValueError(
            f"The mean picture of {model.name} is no face (its likeness to CelebA’s mean face is "
            f"{crop.likeness:.2f}, and {LEAST_LIKENESS} is needed), so there is nothing that the "
            "face classifier could read."
        )
    return crop


def mean_picture(model: Model) -> Tensor:
    """The luminance of the mean of a model's pictures, (1, 1, S, S)."""
    points = model.sample(PROBE, COUNT)
    parts = [model.draw(part, 2 * SIZE).mean(1, keepdim=True) for part in points.split(32)]
    return torch.cat(parts).mean(0, keepdim=True)


@cache
def mean_face() -> Tensor:
    """The same of the faces of CelebA, as the model that ships draws them."""
    return mean_picture(Library().get(FACES))


def align(picture: Tensor, face: Tensor) -> Crop:
    """The square of a mean picture that is most like the mean face, both (1, 1, S, S)."""
    target, source = _structure(_shrink(face, LOW)), to_input_size(picture)
    shifts = [i / 16 for i in range(3, 14)]
    crops = [Crop(side=side, x=x, y=y) for side in SIDES for x in shifts for y in shifts]
    best = _best(source, target, crops)
    for step in (1 / 32, 1 / 64, 1 / 128):
        moves, scales = (-step, 0.0, step), (1 - step, 1.0, 1 + step)
        near = [
            Crop(side=best.side * scale, x=best.x + dx, y=best.y + dy)
            for scale in scales
            for dx in moves
            for dy in moves
        ]
        best = _best(source, target, [best, *near])
    return best


def _best(source: Tensor, target: Tensor, crops: list[Crop]) -> Crop:
    """The square with the highest correlation, which it holds."""
    theta = torch.tensor(
        [[[c.side, 0, 2 * c.x - 1], [0, c.side, 2 * c.y - 1]] for c in crops], dtype=torch.float32
    )
    likenesses: list[Tensor] = []
    for part in theta.split(256):
        grid = affine_grid(part, [len(part), 1, SIZE, SIZE], align_corners=False)
        squares = grid_sample(
            source.expand(len(part), -1, -1, -1), grid, padding_mode="border", align_corners=False
        )
        likenesses.append(_structure(_shrink(squares, LOW)) @ target[0])
    likeness, i = torch.cat(likenesses).max(0)
    best = crops[int(i)]
    return Crop(side=best.side, x=best.x, y=best.y, likeness=round(float(likeness), 3))


def _shrink(pictures: Tensor, side: int) -> Tensor:
    small = to_input_size(pictures)
    return avg_pool2d(small, SIZE // side)


def _structure(pictures: Tensor) -> Tensor:
    """High-pass filtered pictures as unit vectors, (N, 1, S, S) -> (N, S²)."""
    around = avg_pool2d(pictures, AROUND, 1, AROUND // 2, count_include_pad=False)
    flat = (pictures - around).flatten(1)
    flat = flat - flat.mean(1, keepdim=True)
    return flat / flat.norm(dim=1, keepdim=True).clamp_min(1e-9)
