"""Styles that are painted stroke by stroke: swirling oil, palette knife, dots, pastel."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gan_studio.examples import brush, canvas
from gan_studio.examples.brush import Strokes
from gan_studio.examples.canvas import SIDE, WIDE, Array, Generator


def swirling_oil() -> Image.Image:
    """Impasto: layered strokes follow the whirls of a divergence-free flow."""
    rng = np.random.default_rng(7)
    stream, glow = _whirls(rng)
    dy, dx = np.gradient(stream)
    angle = np.arctan2(dx, -dy)  # along the stream function's contours
    tone = _night_and_gold(rng, stream, glow)
    sheet, height = _ground("14183a"), np.zeros((WIDE, WIDE), np.float32)
    for spacing, length, width in ((26, 120, 28), (16, 76, 16), (14, 44, 10)):
        starts = canvas.scattered(rng, spacing, 60)
        paths = brush.flow_paths(starts, angle, _spread(rng, len(starts), length))
        colours = canvas.jitter(rng, canvas.at(tone, paths[:, 4]), 0.16, 0.03)
        strokes = Strokes(paths=paths, widths=_spread(rng, len(starts), width))
        _impasto(rng, sheet, height, strokes, colours)
    return canvas.finish(canvas.light(sheet, height, 0.55, 0.25))


def palette_knife() -> Image.Image:
    """Slabs of half-mixed autumn colours, each with the ridge that the knife leaves."""
    rng = np.random.default_rng(21)
    warm = canvas.palette("4a1512 8c1f1a c8401f e8772a f2a93b f7d774 e9c88f 9c4a24 5a1f1a")
    cool = canvas.palette("0f2e33 1d5a5c 3c8f86 a9c9b0 e9e2c2 2b4a5e 17323f")
    tone, zone = (canvas.clouds(rng, wavelength, 3) for wavelength in (200, 240))
    lean = 1.2 + 0.5 * canvas.clouds(rng, 420)
    sheet, height = _ground("3a1712"), np.zeros((WIDE, WIDE), np.float32)
    for spacing, length, width in ((56, 240, 120), (52, 170, 78), (62, 110, 40)):
        centres = canvas.scattered(rng, spacing, 60)
        count = len(centres)
        turn = canvas.at(lean, centres) + rng.normal(0, 0.28, count)
        turn += np.pi / 2 * (rng.random(count) < 0.18)
        paths = brush.straight_paths(
            centres, turn, _spread(rng, count, length), rng.normal(0, 0.35, count)
        )
        strokes = Strokes(paths=paths, widths=_spread(rng, count, width), taper=0.02)
        shade = 0.5 + 0.28 * canvas.at(tone, centres) + rng.normal(0, 0.13, count)
        choice = canvas.at(zone, centres) + rng.normal(0, 0.35, count) > 0.55
        _slab(rng, sheet, height, strokes, shade, (warm, cool), choice)
    return canvas.finish(canvas.light(sheet, height, 0.5, 0.22))


def coloured_dots() -> Image.Image:
    """Pointillism: small dabs of pure colour, each area seasoned with its complement."""
    rng = np.random.default_rng(5)
    shade = canvas.palette("1f2a6b 35489c 4f6fc0 4e9aa8 5f9e5c 9dbb4e e3cf5a f7e08c fbd2a0")
    spice = canvas.palette("d9772e e8953c f0a04a e0604a c9528a 8f5bb5 5f62b8 6f8fd0 5fb0c0")
    tone = 0.5 + 0.27 * canvas.clouds(rng, 280, 3, stretch=1.7)
    sheet, height = _ground("efe3c4"), np.zeros((WIDE, WIDE), np.float32)
    for spacing, size in ((11.0, 20), (12.0, 16), (17.0, 12)):
        centres = canvas.scattered(rng, spacing, 10)
        count = len(centres)
        place = canvas.at(tone, centres) + rng.normal(0, 0.08, count)
        spiced = rng.random((count, 1)) < 0.2
        colours = np.where(spiced, canvas.ramp(spice, place), canvas.ramp(shade, place))
        turn = rng.uniform(0, np.pi, count).astype(np.float32)
        paths = brush.straight_paths(centres, turn, _spread(rng, count, size), 0 * turn)
        strokes = Strokes(paths=paths, widths=_spread(rng, count, 0.8 * size), taper=0.5)
        _impasto(rng, sheet, height, strokes, canvas.jitter(rng, colours, 0.1, 0.04))
    return canvas.finish(canvas.light(sheet, height, 0.25, 0.12))


def soft_pastel() -> Image.Image:
    """Broad chalk over rough mauve paper, whose tooth breaks every stroke."""
    rng = np.random.default_rng(12)
    chalks = canvas.palette("3d3f7a 5a6fb0 7fb0c4 b9d8cc f6ead2 f7c9a8 ee967f c95f72 7f4470")
    hue, lean = canvas.clouds(rng, 300, 2), canvas.clouds(rng, 300)
    tooth = canvas.clouds(rng, 4) + 0.7 * canvas.clouds(rng, 3)
    sheet = _ground("857482") * (1 + 0.05 * tooth[..., None])
    for spacing, length, width, cover in (
        (26, 170, 50, 1.6),
        (26, 130, 30, 0.6),
        (28, 100, 12, 0.8),
    ):
        centres = canvas.scattered(rng, spacing, 60)
        count = len(centres)
        turn = -0.9 + 0.7 * canvas.at(lean, centres) + rng.normal(0, 0.15, count)
        turn += 1.5 * (rng.random(count) < 0.12)
        paths = brush.straight_paths(
            centres, turn, _spread(rng, count, length), rng.normal(0, 0.4, count)
        )
        strokes = Strokes(paths=paths, widths=_spread(rng, count, width), taper=0.1)
        place = 0.5 + 0.27 * canvas.at(hue, centres) + rng.normal(0, 0.1, count)
        colours = canvas.jitter(rng, canvas.ramp(chalks, place), 0.1, 0.03)
        _chalk(rng, sheet, tooth, strokes, colours, cover)
    return canvas.finish(sheet)


def _ground(colour: str) -> Array:
    return np.tile(canvas.palette(colour)[0], (WIDE, WIDE, 1))


def _spread(rng: Generator, count: int, mean: float) -> Array:
    """Sizes around a mean, a quarter to either side."""
    return mean * rng.uniform(0.75, 1.25, count).astype(np.float32)


def _whirls(rng: Generator) -> tuple[Array, Array]:
    """A stream function with eddies of either sense, and how near the glowing ones are."""
    x, y = (2 * c for c in canvas.plane(SIDE))  # coarsely, as there is nothing fine in it
    stream, glow = 0.5 * y + 60 * canvas.clouds(rng, 250, 2, side=SIDE), np.zeros_like(x)
    for number, (cx, cy) in enumerate(canvas.scattered(rng, 250, 50)):
        radius = rng.uniform(60, 130)
        eddy = np.exp(-((np.hypot(x - cx, y - cy) / radius) ** 1.5))
        stream += rng.choice([-1, 1]) * radius * eddy
        glow += eddy * (number % 2)
    return canvas.enlarged(stream), canvas.enlarged(glow)


def _night_and_gold(rng: Generator, stream: Array, glow: Array) -> Array:
    """Colours that change across the stream: blues, and golds about the glowing eddies."""
    blues = canvas.palette("101a4a 1c3f94 16296b 2f6fb7 3f8fb0 1b3380 8cc0c8 23529f 142058")
    golds = canvas.palette("c9701c d99a1f f6c941 fbe58a e8822a f2b52e f9efb8")
    cycle = np.abs((stream / 150 + 0.08 * canvas.clouds(rng, 60, 2)) % 2 - 1)
    warm = canvas.step(0.25, 0.75, glow + 0.13 * canvas.clouds(rng, 50, 2))
    return canvas.mix(canvas.ramp(blues, cycle), canvas.ramp(golds, cycle), warm)


def _impasto(rng: Generator, sheet: Array, height: Array, strokes: Strokes, colours: Array) -> None:
    """A layer of thick paint: bristles furrow it, its sides fall off, its end piles up."""
    marks = brush.sweep(strokes)
    furrows = brush.bristles(rng, marks, len(colours), 12)
    brush.lay(sheet, marks, colours[marks.stroke] * (1 + 0.08 * furrows[:, None]))
    body = 1.6 * (1 - marks.across**4) + 0.4 * furrows + 0.8 * marks.along**6
    brush.lay(height, marks, body.astype(np.float32))


def _slab(
    rng: Generator,
    sheet: Array,
    height: Array,
    strokes: Strokes,
    shade: Array,
    palettes: tuple[Array, Array],
    cool: np.ndarray,
) -> None:
    """Paint dragged flat by a knife: streaks of neighbouring colours, ridges at the sides."""
    marks = brush.sweep(strokes)
    streaks = brush.bristles(rng, marks, len(shade), 30)
    place = shade[marks.stroke] + 0.07 * streaks
    first, second = (canvas.ramp(colours, place) for colours in palettes)
    brush.lay(sheet, marks, np.where(cool[marks.stroke, None], second, first))
    ridge = 3 * np.abs(marks.across) ** 14 + 2.5 * marks.along**30 + 0.25 * streaks
    brush.lay(height, marks, ridge.astype(np.float32))


def _chalk(
    rng: Generator, sheet: Array, tooth: Array, strokes: Strokes, colours: Array, cover: float
) -> None:
    """A layer of chalk, which catches on the paper's heights and thins towards its sides."""
    marks = brush.sweep(strokes)
    pressure = cover - 0.9 * np.abs(marks.across) ** 3 - 0.5 * np.abs(2 * marks.along - 1) ** 4
    pressure += 0.45 * brush.bristles(rng, marks, len(colours), 14)
    caught = 0.25 + 0.75 * canvas.step(-0.9, 0.9, tooth.ravel()[marks.pixels] + pressure)[:, None]
    below = sheet.reshape(-1, 3)[marks.pixels]
    brush.lay(sheet, marks, below + (colours[marks.stroke] - below) * 0.92 * caught)
