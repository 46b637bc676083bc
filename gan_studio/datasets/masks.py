"""Masks of holes in pictures: boxes, strokes of a brush, and halves.

Drawn as Yu et al., 2019, Section 3.4, and Suvorov et al., 2022 (LaMa), Section 2.3, do it; lengths are
those at 64 pixels.
"""  # noqa: E501

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

SHARES = 0.03, 0.6
"""of a picture that a hole in training may cover"""
BOX = 14, 36
"""pixels of the sides of a box"""
STROKE = 5, 13
"""pixels of the width of a stroke"""
STEP = 8, 24
"""pixels between two bends of a stroke"""
HALVES = 0.1
"""share of masks that cover a half; the others are boxes or strokes, equally often"""
GREY = 128
"""level of what is hidden"""
TRIES = 100
"""masks that are drawn at most, until one covers the share that is asked for"""


def random_mask(
    rng: np.random.Generator, height: int, width: int, shares: tuple[float, float] = SHARES
) -> np.ndarray:
    """A random hole, (height, width) bool, true where it hides; it covers a share in the bounds.

    Depends on the state of `rng` alone.
    """
    mask = np.zeros((height, width), bool)
    for _ in range(TRIES):
        mask = _draw_shapes(rng, height, width)
        if shares[0] <= mask.mean() <= shares[1]:
            break
    return mask


def _draw_shapes(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    canvas = Image.new("1", (width, height))
    draw = ImageDraw.Draw(canvas)
    scale = min(height, width) / 64
    kind = rng.random()
    if kind < HALVES:
        _half(rng, draw, height, width)
    elif kind < (1 + HALVES) / 2:
        for _ in range(rng.integers(1, 3)):
            _box(rng, draw, height, width, scale)
    else:
        for _ in range(rng.integers(1, 4)):
            _stroke(rng, draw, height, width, scale)
    return np.array(canvas)


def _half(rng: np.random.Generator, draw: ImageDraw.ImageDraw, height: int, width: int) -> None:
    x, y = width // 2, height // 2
    sides = (
        (0, 0, x - 1, height),
        (x, 0, width, height),
        (0, 0, width, y - 1),
        (0, y, width, height),
    )
    draw.rectangle(sides[rng.integers(4)], 1)


def _box(
    rng: np.random.Generator, draw: ImageDraw.ImageDraw, height: int, width: int, scale: float
) -> None:
    h, w = (scale * rng.uniform(*BOX, 2)).round()
    top, left = rng.uniform(0, max(height - h, 1)), rng.uniform(0, max(width - w, 1))
    draw.rectangle((left, top, left + w - 1, top + h - 1), 1)


def _stroke(
    rng: np.random.Generator, draw: ImageDraw.ImageDraw, height: int, width: int, scale: float
) -> None:
    brush = max(1, round(scale * rng.uniform(*STROKE)))
    point, angle = rng.uniform(0, 1, 2) * (width, height), rng.uniform(0, 2 * np.pi)
    for _ in range(rng.integers(2, 7)):
        angle += rng.normal(0, 1)
        offset = np.array([np.cos(angle), np.sin(angle)]) * scale * rng.uniform(*STEP)
        end = (point + offset).clip(0, (width, height))
        draw.line((*point, *end), 1, brush)
        for x, y in (point, end):
            r = brush / 2
            draw.ellipse((x - r, y - r, x + r, y + r), 1)
        point = end


def hide(pictures: Tensor, masks: np.ndarray | Tensor) -> Tensor:
    """Pictures (N, C, H, W) uint8 and holes (N, H, W) bool -> (N, C + 1, H, W) uint8.

    Holes are grey; the last channel is 255 in a hole, else 0.
    """
    holes = torch.as_tensor(masks, device=pictures.device)[:, None]
    visible = pictures.masked_fill(holes, GREY)
    return torch.cat([visible, 255 * holes.to(torch.uint8)], 1)


def cut_random_holes(pictures: Tensor, rng: np.random.Generator | None = None) -> Tensor:
    """Pictures (N, C, H, W) uint8 with a random hole each, as `hide` returns them.

    Without random numbers the holes are those of the seed 0.
    """
    numbers = rng or np.random.default_rng(0)
    height, width = pictures.shape[2:]
    masks = [random_mask(numbers, height, width) for _ in pictures]
    return hide(pictures, np.stack(masks))
