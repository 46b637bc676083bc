"""The curves of a training: pure functions of the rows of its history."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gan_studio.core.validation import check_float

MOST_POINTS = 400
"""points of a curve that are shown; more than a small plot has pixels"""
MAX_SMOOTHING = 0.99


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One recorded number over the steps at which it was recorded."""

    name: str
    steps: tuple[int, ...]
    values: tuple[float, ...]


def read_curves(rows: Sequence[Mapping[str, float]]) -> list[Curve]:
    """The curve of every number in the rows, without the steps at which it is not finite."""
    names = dict.fromkeys(name for row in rows for name in row if name != "step")
    finite = {name: [r for r in rows if math.isfinite(r.get(name, math.nan))] for name in names}
    return [
        Curve(
            name=name,
            steps=tuple(int(row["step"]) for row in finite_rows),
            values=tuple(row[name] for row in finite_rows),
        )
        for name, finite_rows in finite.items()
        if finite_rows
    ]


def smooth_and_thin(curve: Curve, smoothing: float = 0.0) -> Curve:
    """The curve, smoothed and thinned."""
    weight = check_float(smoothing, "The smoothing", 0, MAX_SMOOTHING)
    values, places = smooth(curve.values, weight), thin(len(curve.values))
    return Curve(
        name=curve.name,
        steps=tuple(curve.steps[i] for i in places),
        values=tuple(float(values[i]) for i in places),
    )


def smooth(values: Sequence[float] | np.ndarray, weight: float) -> np.ndarray:
    """Exponential moving average that starts at the first value: sum w^(n-i) x_i / sum w^(n-i).

    The same numbers as TensorBoard's, which divides by 1 - w^n to correct a start at 0.
    """
    sums = np.stack([np.asarray(values, np.float64), np.ones(len(values))])
    reach = 1
    while reach < len(values):  # each sum takes in the one before its reach, which then doubles
        sums[:, reach:] += weight**reach * sums[:, :-reach].copy()
        reach *= 2
    return sums[0] / sums[1]


def thin(count: int, most: int = MOST_POINTS) -> list[int]:
    """At most `most` of `count` places, evenly, with the first and the last."""
    if count <= most:
        return list(range(count))
    return [round(i * (count - 1) / (most - 1)) for i in range(most)]
