"""Curves as small multiples in SVG.

Twenty of Gradio's own line plots take seconds to follow a slider; these follow it at once, and take
their colours from the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from gan_studio.history import Curve

WIDTH, HEIGHT = 400, 120
"""of a plot's own coordinates; the page stretches them"""
OUTLIERS = 1.0
"""per cent of the values on either side that may leave the frame"""
NAMES = {
    "generator": "G",
    "discriminator": "D",
    "d_real": "real",
    "d_fake": "fake",
    "k": "k_t",
    "energy_real": "real",
    "energy_fake": "fake",
    "critic_gap": "gap",
    "fid": "distance",
}


class Panel(NamedTuple):
    """Curves that share their axes, and what they tell."""

    title: str
    names: tuple[str, ...]
    hint: str


PANELS = (
    Panel(
        "Losses",
        ("generator", "discriminator"),
        "G against D; level lines are a balance, a runaway is none.",
    ),
    Panel("D(real) and D(fake)", ("d_real", "d_fake"), "How real D finds them; 0.5 is a guess."),
    Panel(
        "Critic gap", ("critic_gap",), "Estimates how far real and generated pictures are apart."
    ),
    Panel("Energies", ("energy_real", "energy_fake", "margin"), "How badly D rebuilds pictures."),
    Panel("Balance", ("k", "M"), "k_t weighs fakes in D's loss; M falls as training converges."),
    Panel("Fréchet distance", ("fid",), "While it trained, from fewer samples than in the table."),
)


def panels(models: Mapping[str, Sequence[Curve]]) -> str:
    """For each kind of curve a plot of each model that recorded it."""
    sections = [_section(panel, models) for panel in PANELS]
    silent = [name for name, curves in models.items() if not curves]
    missing = f"<p>{escape(', '.join(silent))} kept no history.</p>" if silent else ""
    return "".join(sections) + missing


def _section(panel: Panel, models: Mapping[str, Sequence[Curve]]) -> str:
    plots = ""
    for model, curves in models.items():
        known = {curve.name: curve for curve in curves}
        chosen = [known[name] for name in panel.names if name in known]
        plots += _plot(model, panel, chosen) if chosen else ""
    head = f"<h3>{panel.title}</h3><p>{panel.hint}</p>"
    return f"<section>{head}<div>{plots}</div></section>" if plots else ""


def _plot(model: str, panel: Panel, curves: Sequence[Curve]) -> str:
    """A model's curves of one kind, named by where they end."""
    low, high = _range(curves)
    last = max(curve.steps[-1] for curve in curves)
    ends = [(NAMES.get(c.name, c.name), _short(c.values[-1])) for c in curves]
    legend = "".join(f'<b class="curve-{i}">{n} {v}</b>' for i, (n, v) in enumerate(ends))
    lines = "".join(_line(curve, i, low, high, last) for i, curve in enumerate(curves))
    told = escape(f"{panel.title} of {model}, at the end: {', '.join(map(' '.join, ends))}")
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none"'
    return (
        f"<figure><figcaption><span>{escape(model)}</span>{legend}</figcaption>"
        f'<div class="frame"><i>{_short(high)}</i><i>{_short(low)}</i>'
        f'<svg role="img" aria-label="{told}" {box}>{lines}</svg></div>'
        f'<div class="steps"><i>0</i><i>{last:,} steps</i></div></figure>'
    )


def _short(value: float) -> str:
    """Three digits, without powers of ten where they can be avoided."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _range(curves: Sequence[Curve]) -> tuple[float, float]:
    """Where nearly all values lie, with a little air."""
    values = np.concatenate([curve.values for curve in curves])
    low, high = np.percentile(values, [OUTLIERS, 100 - OUTLIERS])
    air = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return float(low - air), float(high + air)


def _line(curve: Curve, index: int, low: float, high: float, last: int) -> str:
    xs = np.asarray(curve.steps) * (WIDTH / max(1, last))
    ys = (high - np.asarray(curve.values)) * (HEIGHT / (high - low))
    points = " ".join(
        f"{x:.0f},{y:.0f}" for x, y in zip(xs, ys.clip(-HEIGHT, 2 * HEIGHT), strict=True)
    )
    return f'<polyline class="curve-{index}" points="{points}"/>'
