"""A brush: thousands of strokes laid over each other, with the marks of their bristles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gan_studio.examples.canvas import WIDE, Array, Generator, at

DENSITY = 1.2
"""samples per pixel along and across a stroke; fewer leave holes"""


@dataclass(frozen=True, kw_only=True)
class Strokes:
    """N strokes of one layer, the later ones above the earlier."""

    paths: Array
    """(N, P, 2) places along each stroke"""
    widths: Array
    """(N,) in pixels"""
    taper: float = 0.3
    """the share of a stroke's length over which each end narrows"""

    @property
    def samples(self) -> tuple[int, int]:
        """How many samples along and across cover the largest stroke."""
        legs = np.linalg.norm(np.diff(self.paths, axis=1), axis=-1).sum(1)
        return int(DENSITY * legs.max()) + 2, int(DENSITY * self.widths.max()) + 2


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What is seen of a layer: for each of M painted pixels, which part of which stroke."""

    pixels: np.ndarray
    """(M,) index into the flattened sheet"""
    stroke: np.ndarray
    """(M,) number of the stroke"""
    along: Array
    """(M,) from 0, where the stroke starts, to 1"""
    across: Array
    """(M,) from -1, its left edge, to 1"""

    def where(self, keep: np.ndarray) -> Marks:
        """Only some of the painted pixels."""
        kept = {name: values[keep] for name, values in vars(self).items()}
        return Marks(**kept)


def flow_paths(starts: Array, angle: Array, length: Array, places: int = 8) -> Array:
    """From each start (N, 2), a path of its length along a field of directions, (N, places, 2)."""
    stride = (length / (places - 1))[:, None]
    paths = [starts]
    for _ in range(places - 1):
        direction = at(angle, paths[-1])
        paths.append(paths[-1] + stride * np.stack([np.cos(direction), np.sin(direction)], -1))
    return np.stack(paths, 1).astype(np.float32)


def straight_paths(centres: Array, angles: Array, length: Array, bend: Array) -> Array:
    """Arcs (N, 7, 2) about their centres; `bend` is the angle by which each turns."""
    t = np.linspace(-0.5, 0.5, 7, dtype=np.float32)
    heading = angles[:, None] + bend[:, None] * t
    legs = np.stack([np.cos(heading), np.sin(heading)], -1) * (length / 7)[:, None, None]
    paths = np.cumsum(legs, axis=1)
    return (paths - paths.mean(1, keepdims=True) + centres[:, None]).astype(np.float32)


def sweep(strokes: Strokes) -> Marks:
    """Which stroke lies on top at every pixel that any stroke touches."""
    long, wide = strokes.samples
    t, v = np.linspace(0, 1, long), np.linspace(-1, 1, wide, dtype=np.float32)
    top = np.full(WIDE * WIDE, -1, np.int64)
    part = max(1, 400_000 // (long * wide))  # strokes at a time, so that they stay in the cache
    for first in range(0, len(strokes.paths), part):
        pixels, inside = _touched(strokes, slice(first, first + part), t, v)
        names = np.arange(len(pixels)) + first * long * wide
        top[pixels[inside]] = names[inside]  # of several writers the last one stays
    pixels = np.flatnonzero(top >= 0)
    stroke, rest = np.divmod(top[pixels], long * wide)
    row, column = np.divmod(rest, wide)
    return Marks(pixels=pixels, stroke=stroke, along=t[row].astype(np.float32), across=v[column])


def _touched(
    strokes: Strokes, part: slice, t: np.ndarray, v: Array
) -> tuple[np.ndarray, np.ndarray]:
    """The pixel under every sample of some strokes, and whether it lies on the sheet."""
    middle = _along(strokes.paths[part], t)
    direction = np.gradient(middle, axis=1)
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True) + 1e-6
    end = np.minimum(t, 1 - t) / max(strokes.taper, 1e-3)
    profile = np.sqrt(np.clip(end, 0, 1) * (2 - np.clip(end, 0, 1))).astype(np.float32)
    reach = strokes.widths[part, None] / 2 * profile
    x = middle[..., 0, None] - (direction[..., 1] * reach)[..., None] * v
    y = middle[..., 1, None] + (direction[..., 0] * reach)[..., None] * v
    column, row = x.ravel().astype(np.int32), y.ravel().astype(np.int32)
    inside = (column >= 0) & (column < WIDE) & (row >= 0) & (row < WIDE)
    return row * WIDE + column, inside


def _along(paths: Array, t: np.ndarray) -> Array:
    """The paths' points at shares t of their way, (N, len(t), 2)."""
    place = t * (paths.shape[1] - 1)
    index = np.minimum(place.astype(int), paths.shape[1] - 2)
    share = (place - index).astype(np.float32)[:, None]
    return paths[:, index] * (1 - share) + paths[:, index + 1] * share


def bristles(rng: Generator, marks: Marks, count: int, hairs: int = 24) -> Array:
    """(M,) unit noise that runs along each of `count` strokes, as the hairs of a brush leave it."""
    traces = rng.standard_normal((count, 2, hairs), np.float32)
    hair = ((marks.across * 0.5 + 0.5) * (hairs - 1)).astype(int)
    start, end = traces[marks.stroke, 0, hair], traces[marks.stroke, 1, hair]
    return start + (end - start) * marks.along


def lay(sheet: Array, marks: Marks, values: Array) -> None:
    """Put the marks' colours, or heights, onto the sheet."""
    sheet.reshape(-1, *values.shape[1:])[marks.pixels] = values
