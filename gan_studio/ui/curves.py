"""Curves as small multiples in SVG.

Twenty of Gradio's own line plots take seconds to follow a slider; these follow it at once, and take
their colours from the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from gan_studio.studio import Curve

WIDTH, HEIGHT = 400, 120
"""of a plot's own coordinates; the page stretches them"""
OUTLIERS = 1.0
"""per cent of the values on either side that may leave the frame"""
LOG_FLOOR = 1e-3
"""the smallest value that a logarithmic plot shows by default"""


@dataclass(frozen=True)
class Mark:
    """A step that is marked in the plot, with a text."""

    step: int
    text: str


def figure(
    caption: str,
    title: str,
    curves: Sequence[Curve],
    names: Mapping[str, str],
    *,
    logarithmic: bool = False,
    least: float = LOG_FLOOR,
    guides: Sequence[float] = (),
    marks: Sequence[Mark] = (),
    until: int = 0,
) -> str:
    """Curves that share their axes, each named by where it ends.

    `guides` are values to compare with, level lines that are always in the frame. `until` is a step
    to which the frame goes at least, so that it can be compared with others.
    """
    values = [_axis_values(curve.values, logarithmic, least) for curve in curves]
    levels = _axis_values(guides, logarithmic, least)
    low, high = _range(values, levels)
    last = max(until, *(curve.steps[-1] for curve in curves))
    ends = [(names.get(c.name, c.name), _short(c.values[-1])) for c in curves]
    legend = "".join(f'<b class="curve-{i}">{n} {v}</b>' for i, (n, v) in enumerate(ends))
    lines = "".join(
        _line(curve.steps, ys, i, low, high, last)
        for i, (curve, ys) in enumerate(zip(curves, values, strict=True))
    )
    heights = (high - levels) * (HEIGHT / (high - low))
    level_lines = "".join(
        f'<line class="guide" x1="0" x2="{WIDTH}" y1="{y:.0f}" y2="{y:.0f}"/>' for y in heights
    )
    lines = _marks(marks, last) + level_lines + lines
    scale = "".join(
        f'<em style="top: max(16px, {(high - level) / (high - low):.1%})">{_short(guide)}</em>'
        for guide, level in zip(guides, levels, strict=True)
    )
    label = escape(f"{title} of {caption}, at the end: {', '.join(map(' '.join, ends))}")
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none"'
    top, bottom = (_short(10**v if logarithmic else v) for v in (high, low))
    return (
        f"<figure><figcaption><span>{escape(caption)}</span>{legend}</figcaption>"
        f'<div class="frame"><i>{top}</i><i>{bottom}</i>{scale}'
        f'<svg role="img" aria-label="{label}" {box}>{lines}</svg></div>'
        f'<div class="steps"><i>0</i><i>{last:,} steps</i></div></figure>'
    )


def _axis_values(numbers: Sequence[float], logarithmic: bool, least: float) -> np.ndarray:
    values = np.asarray(numbers, float)
    return np.log10(values.clip(least)) if logarithmic else values


def _short(value: float) -> str:
    """Three digits, without powers of ten where they can be avoided."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _range(curves: Sequence[np.ndarray], levels: np.ndarray) -> tuple[float, float]:
    """Limits of the axis: nearly all values and every level, with a margin."""
    low, high = np.percentile(np.concatenate(curves), [OUTLIERS, 100 - OUTLIERS])
    low, high = min([low, *levels]), max([high, *levels])
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return float(low - margin), float(high + margin)


def _line(
    steps: Sequence[int], values: np.ndarray, index: int, low: float, high: float, last: int
) -> str:
    xs = np.asarray(steps) * (WIDTH / max(1, last))
    ys = (high - values) * (HEIGHT / (high - low))
    points = " ".join(
        f"{x:.0f},{y:.0f}" for x, y in zip(xs, ys.clip(-HEIGHT, 2 * HEIGHT), strict=True)
    )
    return f'<polyline class="curve-{index}" points="{points}"/>'


def _marks(marks: Sequence[Mark], last: int) -> str:
    """A line across the plot for each moment; it says what happened when the pointer rests."""
    places = [(round(mark.step * WIDTH / max(1, last)), escape(mark.text)) for mark in marks]
    return "".join(
        f'<line class="mark" x1="{x}" x2="{x}" y1="0" y2="{HEIGHT}"><title>{text}</title></line>'
        for x, text in places
    )
