"""What every drawn style stands on: noise, palettes, light on relief, the final picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.floating]
Generator = np.random.Generator

SIDE = 512
"""pixels along each side of a finished picture"""
WIDE = 2 * SIDE
"""pixels along each side of the sheet that is drawn on"""


def plane(side: int = WIDE) -> tuple[Array, Array]:
    """Coordinates (x, y) of every pixel, (side, side) each."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    return x, y


def clouds(
    rng: Generator, wavelength: float, octaves: int = 1, side: int = WIDE, stretch: float = 1
) -> Array:
    """Smooth noise of unit variance; each octave has half the wavelength and half the strength.

    Its marks are `stretch` times as wide as they are high.
    """
    total = np.zeros((side, side), np.float32)
    for octave in range(octaves):
        rows = max(2, round(side * 2**octave / wavelength))
        columns = max(2, round(rows / stretch))
        knots = Image.fromarray(rng.standard_normal((rows, columns), np.float32))
        total += np.asarray(knots.resize((side, side), Image.Resampling.BICUBIC)) / 2**octave
    return (total - total.mean()) / total.std()


def enlarged(field: Array) -> Array:
    """A coarse field, smooth on the whole sheet."""
    return np.asarray(Image.fromarray(field).resize((WIDE, WIDE), Image.Resampling.BICUBIC))


def palette(colours: str) -> Array:
    """Words such as "1b2a6b f2c14e" -> (N, 3) in [0, 1]."""
    return np.array([list(bytes.fromhex(word)) for word in colours.split()], np.float32) / 255


def ramp(colours: Array, at: Array) -> Array:
    """The colours laid out evenly along [0, 1], mixed linearly at each of the places."""
    stops = np.linspace(0, 1, len(colours))
    mixed = [np.interp(at, stops, channel) for channel in colours.T]
    return np.stack(mixed, axis=-1).astype(np.float32)


def jitter(rng: Generator, colours: Array, light: float, hue: float) -> Array:
    """Every colour a little lighter or darker, and each of its channels a little off."""
    lightness = 1 + light * rng.standard_normal((len(colours), 1), np.float32)
    return colours * lightness + hue * rng.standard_normal(colours.shape, np.float32)


def step(start: float, end: float, values: Array) -> Array:
    """0 up to `start`, 1 from `end` on (which may lie below), smooth between."""
    t = np.clip((values - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def mix(below: Array, above: Array, share: Array) -> Array:
    """Two pictures (H, W, 3), or colours, with a share (H, W) of the upper one."""
    return below + (above - below) * share[..., None]


def light(colour: Array, height: Array, strength: float, gloss: float = 0.0) -> Array:
    """Relief lit from the upper left; slopes that face the light also shine."""
    slope = np.zeros_like(height)
    slope[1:, 1:] = 2 * height[1:, 1:] - height[:-1, 1:] - height[1:, :-1]
    shade = np.clip(strength * slope, -1, 1)[..., None]
    return colour * (1 + 0.5 * shade) + gloss * np.clip(shade - 0.2, 0, 1) ** 2


def paper(rng: Generator, side: int = WIDE) -> Array:
    """The grain of rough paper, unit variance."""
    grain = clouds(rng, 7, side=side) + 0.6 * clouds(rng, 3, side=side)
    return grain / grain.std()


def scattered(rng: Generator, spacing: float, margin: float = 0) -> Array:
    """Points (N, 2) about evenly spread over the sheet and its margin, in random order."""
    count = int((WIDE + 2 * margin) / spacing) + 1
    lattice = np.stack(np.meshgrid(*[np.arange(count)] * 2), -1).reshape(-1, 2)
    shaken = lattice + rng.uniform(-0.5, 0.5, lattice.shape)
    return rng.permutation(shaken * spacing - margin).astype(np.float32)


def at(field: Array, points: Array) -> Array:
    """A field's values at points (..., 2) in pixels; beyond the edge, those of the edge."""
    column, row = np.clip(points, 0, len(field) - 1).astype(np.intp).T
    return field[row.T, column.T]


def finish(colour: Array) -> Image.Image:
    """(H, W, 3) in [0, 1] -> a picture at its final size."""
    pixels = (np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8)
    return Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
