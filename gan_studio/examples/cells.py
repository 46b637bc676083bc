"""Styles made of pieces: stained glass, mosaic, broken planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from gan_studio.examples import canvas
from gan_studio.examples.canvas import WIDE, Array, Generator


@dataclass(frozen=True, kw_only=True)
class Cells:
    """A Voronoi diagram of points (N, 2) that are scattered about a lattice."""

    points: Array
    owner: np.ndarray
    """(H, W) number of the nearest point"""
    rival: np.ndarray
    """(H, W) number of the second nearest"""
    near: Array
    """(H, W) distance to it"""
    edge: Array
    """(H, W) distance to the border between it and the second nearest"""


def voronoi(rng: Generator, spacing: float, x: Array, y: Array) -> Cells:
    """The diagram at bent coordinates; only the 5 x 5 lattice places around a pixel can win."""
    count = int(WIDE / spacing) + 9
    lattice = np.stack(np.meshgrid(*[np.arange(count) - 4] * 2), -1).astype(np.float32)
    points = (lattice + rng.uniform(-0.42, 0.42, lattice.shape)).astype(np.float32) * spacing
    points = points.reshape(-1, 2)
    row, column = ((c / spacing + 4.5).astype(np.int32) for c in (y, x))
    first, second = (np.full(x.shape, 1e9, np.float32) for _ in range(2))
    owner, rival = (np.zeros(x.shape, np.int32) for _ in range(2))
    for shift in [(i, j) for i in range(-2, 3) for j in range(-2, 3)]:
        name = np.clip(row + shift[0], 0, count - 1) * count
        name += np.clip(column + shift[1], 0, count - 1)
        far = (points[name, 0] - x) ** 2 + (points[name, 1] - y) ** 2
        closer, between = far < first, far < second
        second = np.where(closer, first, np.where(between, far, second))
        rival = np.where(closer, owner, np.where(between, name, rival))
        first, owner = np.where(closer, far, first), np.where(closer, name, owner)
    apart = np.linalg.norm(points[owner] - points[rival], axis=-1)
    edge = (second - first) / (2 * apart + 1e-6)
    return Cells(points=points, owner=owner, rival=rival, near=np.sqrt(first), edge=edge)


def stained_glass() -> Image.Image:
    """Panes of streaky, glowing glass: fields in heavy lead, their pieces in thin lead."""
    rng = np.random.default_rng(14)
    x, y = (c + 30 * canvas.clouds(rng, 280) for c in canvas.plane())
    fields, pieces = voronoi(rng, 250, x, y), voronoi(rng, 84, x, y)
    depth = np.minimum(fields.edge / 11, pieces.edge / 6.5)  # in widths of the lead
    glass = _glass(rng, fields, pieces)
    glass *= (0.4 + 0.6 * canvas.step(0.8, 4.5, depth))[..., None]
    bow = np.sqrt(np.clip(1 - depth**2, 0, 1)) + 0.04 * canvas.clouds(rng, 8)
    lead = canvas.light(np.full_like(glass, 0.12), 7 * bow, 0.8, 0.35)
    return canvas.finish(canvas.mix(glass, lead, canvas.step(1.05, 0.85, depth)))


def _glass(rng: Generator, fields: Cells, pieces: Cells) -> Array:
    """A family of colours for every field, one of it for every piece, lit from behind."""
    tints = canvas.palette(
        "071a5e 0f3fae 2f86d6 8fd0e8 0b4f4a 17806a 6fb56a d9d98a 7a3a06 d98a14 f7c23a fff0b0"
        " 4a0716 a3122a dc3a2a f79a6a 2a0f4f 5f2a8f a865b8 f0c0d8"
    ).reshape(5, 4, 3)
    family = _differing(rng, fields)[fields.owner]
    shade = rng.beta(1.6, 1.6, len(pieces.points))[pieces.owner] * 3
    streaks = np.stack([canvas.clouds(rng, 50, 4, stretch=s) for s in (5, 0.2, 1)])
    turn = rng.integers(0, 3, len(pieces.points))[pieces.owner]
    streak = np.take_along_axis(streaks, turn[None], 0)[0]
    place = np.clip(shade + 0.28 * streak, 0, 2.999)
    low = place.astype(int)
    colours = canvas.mix(tints[family, low], tints[family, low + 1], (place - low))
    sun = 0.95 + 0.13 * canvas.clouds(rng, 500) + 0.35 * np.exp(-((pieces.near / 40) ** 2))
    return colours * sun[..., None] * (1 + 0.05 * canvas.clouds(rng, 6)[..., None])


def _differing(rng: Generator, fields: Cells) -> np.ndarray:
    """One of five families for each field, mostly another than the neighbours'."""
    lattice = np.arange(len(fields.points))
    side = round(len(lattice) ** 0.5)
    return (2 * (lattice % side) + lattice // side + (rng.random(len(lattice)) < 0.25)) % 5


def mosaic() -> Image.Image:
    """Tesserae in rings about several centres, with a double row along the fields' borders."""
    rng = np.random.default_rng(2)
    size = 25.0
    x, y = (c + 14 * canvas.clouds(rng, 300) for c in canvas.plane())
    fields = voronoi(rng, 290, x, y)
    course, piece, inside = _tesserae(rng, fields, x, y, size)
    luck = rng.random((1 << 16, 2)).astype(np.float32)[piece]
    colours = _enamel(rng, fields, course, luck)
    inside += 0.9 * canvas.clouds(rng, 13)
    bevel = 2.2 * canvas.step(0.5, 6, inside) + 0.1 * canvas.clouds(rng, 5)
    tiles = canvas.light(colours, bevel, 0.7, 0.2)
    grout = canvas.palette("6e6459") * (1 + 0.1 * canvas.paper(rng))[..., None]
    return canvas.finish(canvas.mix(grout, tiles, canvas.step(1.2, 2.8, inside)))


def _tesserae(
    rng: Generator, fields: Cells, x: Array, y: Array, size: float
) -> tuple[np.ndarray, np.ndarray, Array]:
    """Every pixel's course (-1 along borders), tile, and distance to the tile's rim."""
    centre, other = fields.points[fields.owner], fields.points[fields.rival]
    course = np.where(fields.edge < size, -1, (fields.near / size).astype(int))
    out = np.where(course < 0, fields.edge, fields.near % size)
    around = np.maximum(3, np.round(2 * np.pi * (course + 0.5)))
    angle = np.arctan2(y - centre[..., 1], x - centre[..., 0]) / (2 * np.pi)
    border = other - centre
    border /= np.linalg.norm(border, axis=-1, keepdims=True) + 1e-6
    beside = ((y - centre[..., 1]) * border[..., 0] - (x - centre[..., 0]) * border[..., 1]) / size
    start = rng.random(1 << 12)[(fields.owner * 61 + course) % (1 << 12)]
    place = np.where(course < 0, beside, angle * around) + start
    width = np.where(course < 0, size, 2 * np.pi * fields.near / around)
    number = np.floor(np.where(course < 0, place, place % around))
    inside = np.minimum(np.minimum(out, size - out), (0.5 - np.abs(place % 1 - 0.5)) * width)
    inside = np.where(course < 0, inside, np.minimum(inside, fields.edge - size))
    tile = fields.owner * 7919 + fields.rival * (course < 0) * 331 + course * 523 + number * 97
    return course, tile.astype(np.int64) % (1 << 16), inside.astype(np.float32)


def _enamel(rng: Generator, fields: Cells, course: np.ndarray, luck: Array) -> Array:
    """Colours that step from course to course, with a gilded tile here and there."""
    sets = canvas.palette(
        "0f3b5f 1d6f8f 4fb0b5 cfe5d2 e9d9a6 5a1d1a a8382a d9703a f0b35a f5e3b8"
        " 1f3d2b 3f7a4a 8fb35a d9d27a f3ecc8 2a2350 5a4a9a 9a86c4 d8b8d0 f2e2e0"
        " 6b1f3a b0446a d98a9a f0c0b0 f7e6d0"
    ).reshape(5, 5, 3)
    chosen = _differing(rng, fields)[fields.owner]
    wave = np.abs((course * 0.55 + 0.9 * (luck[..., 0] - 0.5)) % 8 - 4)
    low = np.clip(wave.astype(int), 0, 3)
    colours = canvas.mix(sets[chosen, low], sets[chosen, low + 1], wave - low)
    rim = canvas.palette("241d2e 3a2f45 57323a d8a848")[(luck[..., 0] ** 1.4 * 4).astype(int)]
    gold = canvas.palette("e8b84a")
    colours = np.where((course < 0)[..., None], rim, colours)
    colours = np.where((luck[..., 1] > 0.96)[..., None], gold, colours)
    return colours * (0.82 + 0.36 * luck[..., 1:])


def broken_planes() -> Image.Image:
    """Cubist facets: lines split the sheet again and again, each shading one of its sides."""
    rng = np.random.default_rng(31)
    x, y = (c + 5 * canvas.clouds(rng, 300) for c in canvas.plane())
    cell, tone = np.zeros((WIDE, WIDE), np.int64), 0.12 * canvas.clouds(rng, 300)
    ink = np.zeros((WIDE, WIDE), np.float32)
    for depth in range(8):
        side = _split(rng, cell, x, y)
        reach = 140 * 0.8**depth
        tone += (0.24 * np.exp(-np.abs(side) / reach) * np.where(side > 0, 1, -0.8)).astype("f4")
        drawn = rng.random(1 << depth)[cell] < (0.8 if depth < 5 else 0.5)
        line = canvas.step(4.2 - 0.25 * depth, 1.2, np.abs(side)) * drawn
        ink = np.maximum(ink, line * (0.85 + 0.15 * canvas.clouds(rng, 30)))
        cell = 2 * cell + (side > 0)
    colours = _earths(rng, cell, tone)
    return canvas.finish(canvas.mix(colours, canvas.palette("1c1613"), np.clip(0.85 * ink, 0, 1)))


def _split(rng: Generator, cell: np.ndarray, x: Array, y: Array) -> Array:
    """Signed distance of every pixel to the line that cuts its cell about in half."""
    count = np.bincount(cell.ravel()) + 1e-6
    cx, cy = (np.bincount(cell.ravel(), c.ravel()) / count for c in (x, y))
    spread = np.sqrt(count) / 6
    angle = rng.choice([0.25, 1.1, 1.9, 2.7], len(count)) + rng.normal(0, 0.3, len(count))
    nx, ny = np.cos(angle), np.sin(angle)
    level = cx * nx + cy * ny + spread * rng.normal(0, 0.35, len(count))
    nx, ny, level = (values.astype(np.float32)[cell] for values in (nx, ny, level))
    return x * nx + y * ny - level


def _earths(rng: Generator, cell: np.ndarray, tone: Array) -> Array:
    """Ochres, umbers and cold greys by tone, brushed in one of four directions per facet."""
    sets = [
        canvas.palette(words)
        for words in (
            "1d1512 4a2f1c 8a5a2b c08a45 e3c083 f3e6c8",
            "1a1c1c 3b4240 6f766c a3a48f d1ccb0 f0ead6",
            "1f1410 5e2a17 a14f25 cf7f3d e8b57a f6e4c6",
            "141a20 2c4250 54707a 8fa3a0 c4cbb9 eeead8",
        )
    ]
    strokes = np.stack([_brushed(rng, turn) for turn in (0, 45, 90, 135)])
    turn, kind = rng.integers(0, 4, (2, cell.max() + 1))
    brushed = np.take_along_axis(strokes, turn[cell][None], 0)[0]
    value = 0.5 + 0.75 * tone + rng.normal(0, 0.09, cell.max() + 1)[cell] + 0.055 * brushed
    painted = np.stack([canvas.ramp(colours, value) for colours in sets])
    chosen = np.take_along_axis(painted, kind[cell][None, ..., None], 0)[0]
    return canvas.light(chosen, brushed, 0.12)


def _brushed(rng: Generator, degrees: float) -> Array:
    """Noise drawn out into parallel brush marks."""
    marks = Image.fromarray(canvas.clouds(rng, 8, 2, side=WIDE * 3 // 2, stretch=6))
    turned = np.asarray(marks.rotate(degrees, Image.Resampling.BILINEAR))
    return turned[WIDE // 4 : WIDE // 4 + WIDE, WIDE // 4 : WIDE // 4 + WIDE]
