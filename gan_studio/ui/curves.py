"""Curves as small multiples in SVG.

Twenty of Gradio's own line plots take seconds to follow a slider; these follow it at once, and take
their colours from the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from gan_studio.history import Curve

WIDTH, HEIGHT = 400, 120
"""of a plot's own coordinates; the page stretches them"""
OUTLIERS = 1.0
"""per cent of the values on either side that may leave the frame"""
LEAST = 1e-3
"""the smallest value that a logarithmic plot shows"""


def figure(
    caption: str,
    title: str,
    curves: Sequence[Curve],
    names: Mapping[str, str],
    *,
    logarithmic: bool = False,
) -> str:
    """Curves that share their axes, each named by where it ends."""
    values = [_drawn(curve, logarithmic) for curve in curves]
    low, high = _range(values)
    last = max(curve.steps[-1] for curve in curves)
    ends = [(names.get(c.name, c.name), _short(c.values[-1])) for c in curves]
    legend = "".join(f'<b class="curve-{i}">{n} {v}</b>' for i, (n, v) in enumerate(ends))
    lines = "".join(
        _line(curve.steps, ys, i, low, high, last)
        for i, (curve, ys) in enumerate(zip(curves, values, strict=True))
    )
    told = escape(f"{title} of {caption}, at the end: {', '.join(map(' '.join, ends))}")
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none"'
    top, bottom = (_short(10**v if logarithmic else v) for v in (high, low))
    return (
        f"<figure><figcaption><span>{escape(caption)}</span>{legend}</figcaption>"
        f'<div class="frame"><i>{top}</i><i>{bottom}</i>'
        f'<svg role="img" aria-label="{told}" {box}>{lines}</svg></div>'
        f'<div class="steps"><i>0</i><i>{last:,} steps</i></div></figure>'
    )


def _drawn(curve: Curve, logarithmic: bool) -> np.ndarray:
    values = np.asarray(curve.values)
    return np.log10(values.clip(LEAST)) if logarithmic else values


def _short(value: float) -> str:
    """Three digits, without powers of ten where they can be avoided."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _range(curves: Sequence[np.ndarray]) -> tuple[float, float]:
    """Where nearly all values lie, with a little air."""
    values = np.concatenate(curves)
    low, high = np.percentile(values, [OUTLIERS, 100 - OUTLIERS])
    air = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return float(low - air), float(high + air)


def _line(
    steps: Sequence[int], values: np.ndarray, index: int, low: float, high: float, last: int
) -> str:
    xs = np.asarray(steps) * (WIDTH / max(1, last))
    ys = (high - values) * (HEIGHT / (high - low))
    points = " ".join(
        f"{x:.0f},{y:.0f}" for x, y in zip(xs, ys.clip(-HEIGHT, 2 * HEIGHT), strict=True)
    )
    return f'<polyline class="curve-{index}" points="{points}"/>'
