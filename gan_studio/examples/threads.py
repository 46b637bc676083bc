"""Styles made with a needle: embroidered flowers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from gan_studio.examples import brush, canvas
from gan_studio.examples.brush import Strokes
from gan_studio.examples.canvas import WIDE, Array, Generator


@dataclass(frozen=True)
class Pattern:
    """What is to be stitched at every pixel."""

    colour: Array
    """(H, W, 3)"""
    angle: Array
    """(H, W) direction of the thread"""


def embroidery() -> Image.Image:
    """Flowers in long and short satin stitch among leaves, every thread round and twisted."""
    rng = np.random.default_rng(6)
    pattern = _garden(rng)
    sheet, height = np.full((WIDE, WIDE, 3), 0.12, np.float32), np.zeros((WIDE, WIDE), np.float32)
    for spacing in (10.5, 10.0, 10.0):
        centres = canvas.scattered(rng, spacing, 20)
        count = len(centres)
        angle = canvas.at(pattern.angle, centres) + rng.normal(0, 0.05, count)
        length = rng.uniform(22, 44, count)
        paths = brush.straight_paths(centres, angle, length, rng.normal(0, 0.08, count))
        widths = rng.uniform(4.6, 6, count).astype(np.float32)
        colours = canvas.jitter(rng, canvas.at(pattern.colour, centres), 0.09, 0.015)
        _stitch(sheet, height, Strokes(paths=paths, widths=widths, taper=0.08), colours)
    return canvas.finish(canvas.light(sheet, height, 0.5, 0.3))


def _stitch(sheet: Array, height: Array, strokes: Strokes, colours: Array) -> None:
    """Round threads of twisted strands that dive into the cloth at both ends."""
    marks = brush.sweep(strokes)
    twist = np.sin(26 * marks.along + 2.2 * marks.across)
    round_off = 1 - 0.45 * marks.across**2 - 0.4 * np.abs(2 * marks.along - 1) ** 6
    shade = round_off * (0.97 + 0.07 * twist)
    brush.lay(sheet, marks, colours[marks.stroke] * shade[:, None].astype(np.float32))
    brush.lay(height, marks, (2.2 * round_off + 0.2 * twist).astype(np.float32))


def _garden(rng: Generator) -> Pattern:
    """Flowers of all sizes over a flowing ground of leaves."""
    ground = canvas.clouds(rng, 130, 2)
    dy, dx = np.gradient(canvas.clouds(rng, 260))
    greens = canvas.palette("0f2a2e 1d4a44 35705a 6f9a5f b0bf72 1a3a4a")
    pattern = Pattern(canvas.ramp(greens, 0.5 + 0.25 * ground), np.arctan2(dx, -dy))
    x, y = canvas.plane()
    x, y = x + 8 * canvas.clouds(rng, 90), y + 8 * canvas.clouds(rng, 90)
    for number, centre in enumerate(canvas.scattered(rng, 122, 50)):
        _flower(rng, pattern, x, y, centre, rng.uniform(55, 105), BLOOMS[number % len(BLOOMS)])
    return pattern


BLOOMS = (
    "3a0f1f 8c1f3a d9485a f59a8a fbe0c8",
    "5a2a0a c4701a f2a83a f9d36a fdf1c0",
    "1a1f5a 3a4fae 6f8fdc b5c8f0 f0f0fa",
    "3a124a 7a3a9a b57acb e0b8e0 f8e8f4",
    "6a1a1a c0392b ee6a3a f9b06a fde6b8",
    "4a3a2a b59a7a e5d5b8 f6eedd fdfaf2",
)
"""from the heart of a flower to the tips of its petals"""


def _flower(
    rng: Generator, pattern: Pattern, x: Array, y: Array, centre: Array, radius: float, words: str
) -> None:
    """Petals stitched outwards, with dark gaps between them and a heart of yellow knots."""
    reach = int(radius * 1.3)
    (left, top), (right, bottom) = (
        np.clip(centre + s * reach, 0, WIDE).astype(int) for s in (-1, 1)
    )
    box = np.s_[top:bottom, left:right]
    if x[box].size == 0:
        return
    dx, dy = x[box] - centre[0], y[box] - centre[1]
    petals, start = rng.integers(5, 9), rng.uniform(0, 6)
    angle = np.arctan2(dy, dx)
    petal = np.abs(np.cos(petals / 2 * (angle + start)))
    share = np.hypot(dx, dy) / (radius * (0.55 + 0.45 * petal**0.6))
    colour = canvas.ramp(canvas.palette(words), share * (0.55 + 0.45 * petal))
    heart = np.hypot(dx, dy) < 0.2 * radius
    colour[heart] = canvas.palette("f2c53a")[0]
    inside = share < 1
    pattern.colour[box][inside] = colour[inside]
    pattern.angle[box][inside] = (angle + 1.3 * heart)[inside]
