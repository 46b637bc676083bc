"""Styles of lines on paper: a woodblock print of waves, an engraving."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gan_studio.examples import canvas
from gan_studio.examples.canvas import WIDE, Array, Generator


def woodblock_waves() -> Image.Image:
    """Rows of overlapping waves in a few indigos, with foam fingers, spray and wood grain."""
    rng = np.random.default_rng(8)
    x, y = canvas.plane()
    grain = canvas.clouds(rng, 10, 2, stretch=30) + 0.5 * canvas.clouds(rng, 300)
    sheet = canvas.palette("e9dcbd") * np.ones((WIDE, WIDE, 1), np.float32)
    x, y = x + 14 * canvas.clouds(rng, 220), y + 14 * canvas.clouds(rng, 220)
    for centre in _rows_of_waves(rng):
        _wave(rng, sheet, x, y, centre)
    worn = canvas.step(0.9, 2.6, grain)
    fibres = 0.03 * canvas.paper(rng) + 0.025 * grain
    printed = canvas.mix(sheet, canvas.palette("e9dcbd"), 0.35 * worn)
    return canvas.finish(printed * (1 + fibres[..., None]))


def _rows_of_waves(rng: Generator) -> Array:
    """Centres (N, 3) with radius, from the back row to the front, each row shifted by half."""
    places = []
    for number, row in enumerate(np.arange(-40, WIDE + 200, 66)):
        columns = np.arange(-150 + 95 * (number % 2), WIDE + 150, 190)
        jitter = rng.normal(0, 1, (3, len(columns)))
        places += zip(
            columns + 22 * jitter[0], row + 14 * jitter[1], 128 + 15 * jitter[2], strict=True
        )
    return np.array(places, np.float32)


def _wave(rng: Generator, sheet: Array, x: Array, y: Array, centre: Array) -> None:
    """One wave: a fan of ribs in two inks under a cap of foam fingers, drawn over the rest."""
    cx, cy, radius = centre
    reach = int(radius) + 46
    left, top = max(0, int(cx) - reach), max(0, int(cy) - reach)
    box = np.s_[top : max(0, int(cy) + 80), left : max(0, int(cx) + reach)]  # the rest is hidden
    if sheet[box].size == 0:
        return
    dx, dy = x[box] - cx, y[box] - cy
    far, angle = np.hypot(dx, dy), np.arctan2(dx, -dy)
    lobes = rng.integers(9, 13)
    finger = np.abs(np.sin(lobes * (angle + 0.15 * np.sin(3 * angle)) + rng.uniform(0, 3)))
    outline = radius * (1 + 0.02 * np.sin(2 * angle)) + 9 * finger**0.7
    inks = canvas.palette(rng.choice(INKS, p=(0.2, 0.22, 0.17, 0.17, 0.16, 0.08)))
    colour = _ribs(far, radius * rng.uniform(0.09, 0.13), inks)
    foam = canvas.step(-1.2, 1.2, far - (outline - 26 + 13 * finger))
    colour = canvas.mix(colour, canvas.palette("f2e8cf"), foam)
    line = np.minimum(np.abs(far - outline), np.abs(far - (outline - 26 + 13 * finger)))
    colour = canvas.mix(colour, canvas.palette("14203f"), canvas.step(3.4, 1.6, line))
    sheet[box] = canvas.mix(sheet[box], colour, canvas.step(1.2, -1.2, far - outline - 2.5))


INKS = (
    "16264f 2d4f86 6f93b8 14203f",
    "1d3767 3f6ea3 a3bfcf 14203f",
    "22477a 7fa6c0 d9dcc6 14203f",
    "14213f 25406f 4f7fa8 14203f",
    "2b5a78 6fa0a8 cfd8c0 14203f",
    "7a2f2a c4583f e8a878 14203f",
)
"""dark, middle, pale and line of one wave; the last is rare enough to be an accent"""


def _ribs(far: Array, pitch: float, inks: Array) -> Array:
    """Concentric bands: dark fading into middle, then a pale rib, each with its line."""
    place = far / pitch % 1
    band = canvas.mix(inks[0], inks[1], canvas.step(0.1, 0.62, place))
    band = canvas.mix(band, inks[2], canvas.step(0.66, 0.72, place))
    line = canvas.step(2.2, 0.8, np.abs(place - 0.69) * pitch)
    return canvas.mix(band, inks[3], 0.85 * line)


def ink_hatching() -> Image.Image:
    """Engraved hills and hollows: lines that bend over the relief and swell with its shade."""
    rng = np.random.default_rng(17)
    relief = canvas.clouds(rng, 200, 2) + 0.2 * canvas.clouds(rng, 60)
    dy, dx = np.gradient(relief)
    tone = (dx + 0.8 * dy) / np.hypot(dx, dy).std() + 0.35 * relief
    sheet = canvas.palette("efe4c8") * (1 + 0.02 * canvas.paper(rng))[..., None]
    wash = 0.5 * canvas.step(0.3, -1.5, tone) * (0.85 + 0.15 * canvas.clouds(rng, 70, 4))
    sheet = canvas.mix(sheet, canvas.palette("9a7b55"), np.clip(wash, 0, 1))
    ink = np.zeros((WIDE, WIDE), np.float32)
    for degrees, level in ((35, 1.9), (-40, 0.1), (80, -0.8), (5, -1.5)):
        ink = np.maximum(ink, _hatch(rng, relief, tone, degrees, level))
    return canvas.finish(canvas.mix(sheet, canvas.palette("1d1719"), 0.93 * ink))


def _hatch(rng: Generator, relief: Array, tone: Array, degrees: float, level: float) -> Array:
    """Lines across one direction, each ending at its own lightness near the level."""
    x, y = canvas.plane()
    turn, pitch = np.radians(degrees), 12.0
    across = x * np.cos(turn) + y * np.sin(turn) + 26 * relief + 1.5 * canvas.clouds(rng, 50)
    number = np.floor(across / pitch).astype(int) % 1024
    ends = level + rng.normal(0, 0.3, 1024).astype(np.float32)[number]
    dark = ends + 0.35 * canvas.clouds(rng, 45, 2) - tone
    dy, dx = np.gradient(across)
    from_line = np.abs(across % pitch - pitch / 2) / np.hypot(dx, dy)
    half = np.clip(0.7 + 0.8 * dark, 0, 2.6)
    return canvas.step(0.7, -0.7, from_line - half) * (dark > -0.6)
