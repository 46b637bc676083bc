"""Restores a painting's recipe on the Style tab, and reports what the tab cannot show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape

from gan_studio.studio import NETWORKS, PaintingRecipe, StyleConfig
from gan_studio.ui.style.settings import MAX_POSITION, MAX_SIZE, MAX_STEPS, POWER, WEIGHTS

RANGES = {
    **dict.fromkeys(WEIGHTS, (0.0, MAX_POSITION**POWER)),
    "size": (0, MAX_SIZE),
    "steps": (5, MAX_STEPS),
    "style_scale": (0.25, 2.0),
}
"""the least and the most that the tab's controls show"""
MAX_LAYER_WEIGHT = 4.0


def nearest(config: StyleConfig) -> StyleConfig:
    """The configuration that comes nearest among those that the tab's controls can show."""
    near = {
        name: min(max(getattr(config, name), least), most) for name, (least, most) in RANGES.items()
    }
    layers = tuple(min(value, MAX_LAYER_WEIGHT) for value in config.layer_weights)
    return replace(config, **near, layer_weights=layers, multi_scale=bool(config.multi_scale))


def shares(weights: Sequence[float], count: int) -> list[float]:
    """Positions of the sliders of so many styles: 1 for the one that counts most."""
    sound = len(weights) == count and all(math.isfinite(w) and w >= 0 for w in weights)
    most = max(weights, default=0) if sound else 0
    return [w / most for w in weights] if most else [1.0] * count


def report(recipe: PaintingRecipe, missing: Sequence[str]) -> str:
    """A report of the restoring: values beyond the controls, and pictures not at hand."""
    report = ["The painting’s settings were restored.", *_changes(recipe)]
    if missing:
        report.append(f"Drop or choose these before you paint: {'; '.join(missing)}.")
    return escape(" ".join(report), quote=False)


def _changes(recipe: PaintingRecipe) -> Iterator[str]:
    config, near = recipe.config, nearest(recipe.config)
    for name in RANGES:
        before, after = getattr(config, name), getattr(near, name)
        if before != after:
            yield f"{name} was {before:g} and is now {after:g}, the nearest value of this tab."
    if config.layer_weights != near.layer_weights:
        yield f"A layer weight was above {MAX_LAYER_WEIGHT:g}, the most that this tab offers."
    if recipe.features not in NETWORKS:
        yield f"This version does not know the network {recipe.features!s:.40}."
