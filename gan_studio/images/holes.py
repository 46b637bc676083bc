"""Holes in pictures: masks, their run-lengths, their edges, and the smoothest filling."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from PIL import Image

from gan_studio.core.validation import abbreviate

HIDDEN = 128
"""level from which on a pixel of a mask hides"""
MAX_RUNS = 400_000
"""characters of the run-lengths of a mask"""
_RUNS = re.compile(r"(\d{1,5})x(\d{1,5}):(\d+(?:,\d+)*)")


def to_mask(picture: Image.Image) -> np.ndarray:
    """A picture of a mask -> (H, W) bool, true where it is white, which hides."""
    return np.asarray(picture.convert("L")) >= HIDDEN


def resize_mask(mask: np.ndarray, width: int, height: int) -> np.ndarray:
    """(H, W) bool -> (height, width) bool, by the nearest pixels."""
    small = Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST)
    return np.asarray(small)


def shrink_mask(mask: np.ndarray, height: int, width: int) -> np.ndarray:
    """(H, W) bool -> (height, width) bool: hidden where any part of a pixel is."""
    if mask.shape[0] < height or mask.shape[1] < width:
        return resize_mask(mask, width, height)
    shares = Image.fromarray(np.where(mask, 255, 0).astype(np.uint8))
    return np.asarray(shares.resize((width, height), Image.Resampling.BOX)) > 0


def encode_runs(mask: np.ndarray) -> str:
    """(H, W) bool -> `64x48:130,5,59,…`: width, height, and lengths of runs, row by row.

    Known pixels and hidden ones take turns, known ones first. ValueError for a mask of too many
    runs.
    """
    height, width = mask.shape
    flat = mask.ravel()
    turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    ends = [0] * (1 + bool(flat[0])) + turns.tolist() + [flat.size]
    text = f"{width}x{height}:" + ",".join(str(b - a) for a, b in pairwise(ends))
    if len(text) > MAX_RUNS:
        raise ValueError(
            f"The mask has {len(ends):,} pieces, too many to store with the picture; make it "
            "smoother or smaller."
        )
    return text


def decode_runs(text: str) -> np.ndarray:
    """The mask of `encode_runs`, (H, W) bool; ValueError with one sentence for anything else."""
    match = _RUNS.fullmatch(text) if len(text) <= MAX_RUNS else None
    if match:
        width, height = int(match[1]), int(match[2])
        runs = [int(run) for run in match[3].split(",")]
        if sum(runs) == width * height > 0:
            turns = np.arange(len(runs)) % 2 == 1
            return np.repeat(turns, runs).reshape(height, width)
    raise ValueError(
        f"The mask must be width, height and run-lengths such as 4x2:3,2,3, not {abbreviate(text)}."
    )


def grow_mask(mask: np.ndarray, radius: float) -> np.ndarray:
    """(H, W) bool with all pixels within so many of a hidden one."""
    return distance_to(mask) <= radius


def feather_mask(mask: np.ndarray, width: float) -> np.ndarray:
    """Opacity of a filling, (H, W) in [0, 1]: 1 in the hole, fading over so many pixels beside it.

    Where it ends, at `width` pixels and farther away, it is exactly 0.
    """
    if width <= 0:
        return mask.astype(float)
    return np.clip(1 - distance_to(mask) / width, 0, 1)


def distance_to(mask: np.ndarray) -> np.ndarray:
    """(H, W) bool -> distance in pixels to the nearest hidden one, (H, W)."""
    from scipy.ndimage import distance_transform_edt

    return np.asarray(distance_transform_edt(~mask))


def harmonic_fill(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The smoothest filling of a hole: (H, W, C) and (H, W) bool -> (H, W, C) float.

    Solves Laplace's equation in the hole with the known pixels as boundary: each hidden pixel is
    the mean of its neighbours. ValueError where nothing is known.
    """
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import splu

    if mask.all():
        raise ValueError("The mask hides all of the picture; nothing is known to begin from.")
    result, count = picture.astype(float), int(mask.sum())
    if count == 0:
        return result
    number = np.full(mask.shape, -1)
    number[mask] = np.arange(count)
    rows, columns, degree = [], [], np.zeros(count)
    boundary = np.zeros((count, picture.shape[2]))
    for axis in (0, 1):
        for ours, theirs in (_neighbours(axis), _neighbours(axis)[::-1]):
            here = mask[ours]
            at, beside = number[ours][here], number[theirs][here]
            degree += np.bincount(at, minlength=count)
            inside = beside >= 0
            rows.append(at[inside])
            columns.append(beside[inside])
            np.add.at(boundary, at[~inside], result[theirs][here][~inside])
    diagonal = np.arange(count)
    row, column = (np.concatenate([*parts, diagonal]) for parts in (rows, columns))
    values = np.concatenate([-np.ones(len(row) - count), degree])
    result[mask] = splu(csc_matrix((values, (row, column)), (count, count))).solve(boundary)
    return result


def _neighbours(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Slices of all pixels but the last along an axis, and of those after them."""
    whole = [slice(None), slice(None)]
    first, second = [*whole], [*whole]
    first[axis], second[axis] = slice(None, -1), slice(1, None)
    return tuple(first), tuple(second)


def blend_gradients(picture: np.ndarray, drawing: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The drawing's gradients in the hole, (H, W, C), from the edge of what is known inwards.

    Poisson image editing (Pérez et al., 2003, Eq. 4): what the drawing lacks of the picture at the
    hole's edge is spread over the hole as smoothly as can be. Outside it the picture stays.
    """
    return np.where(mask[..., None], drawing + harmonic_fill(picture - drawing, mask), picture)
