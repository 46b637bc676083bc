"""Between the Style tab's controls and a painting's configuration; what the page allows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import gradio as gr

from gan_studio.core.validation import check_float
from gan_studio.studio import StyleConfig
from gan_studio.ui.languages import translatable

POWER = 3
"""a slider's position to this power is a weight: 0 is none, 1 one, 2 eight"""
MAX_POSITION = 2.0
SIZES = (128, 192, 256, 384, 512, 768, 1024)
MAX_SIZE, MAX_STEPS = 1024, 300
SLOW_SIZE = 512
"""the largest size for a network other than the embedded one on a CPU"""
WEIGHTS = ("content_weight", "style_weight", "smoothness")
"""settings whose sliders stand at the root of the weight"""
LAYERS = {
    "relu1_1": "finest strokes",
    "relu2_1": "fine strokes",
    "relu3_1": "strokes",
    "relu4_1": "shapes",
    "relu5_1": "largest shapes",
}
"""layer of the network -> what its style weight is for"""


class Preset(NamedTuple):
    """Positions of the sliders, and what the painting starts from."""

    content: float
    style: float
    smoothness: float
    init: str


PRESETS = {
    "Subtle": Preset(1.4, 0.7, 1.0, "content"),
    "Painterly": Preset(1.0, 1.0, 1.0, "content"),
    "Texture only": Preset(0.0, 1.0, 1.0, "noise"),
}


def weight(position: Any, name: str) -> float:
    """The weight that a slider's position stands for."""
    return round(check_float(position, name, 0, MAX_POSITION) ** POWER, 3)


def config_of(values: Mapping[str, Any]) -> StyleConfig:
    """The configuration that the controls show, from their values by name."""
    fields = {name: value for name, value in values.items() if name not in LAYERS}
    fields |= {name: weight(fields[name], name) for name in WEIGHTS}
    return StyleConfig(**fields, layer_weights=tuple(values[layer] for layer in LAYERS))


def positions(config: StyleConfig) -> dict[str, Any]:
    """The values of the controls for a configuration, by name: the argument of `config_of`."""
    values = dataclasses.asdict(config)
    del values["every"]
    layers = dict(zip(LAYERS, values.pop("layer_weights"), strict=True))
    weights = {name: position(values[name]) for name in WEIGHTS}
    return {**values, **layers, **weights, "size": _size(config.size)}


def position(value: float) -> float:
    """The position of a slider for a weight, with as few digits as possible."""
    exact = value ** (1 / POWER)
    near = (round(exact, digits) for digits in range(1, 6))
    same = (at for at in near if at <= MAX_POSITION and round(at**POWER, 3) == round(value, 3))
    return next(same, min(exact, MAX_POSITION))


def sizes(*more: int) -> list[tuple[str, int]]:
    """The choices of a painting's size."""
    pixel_sizes = sorted({*SIZES, *more})
    return [*((f"{size} pixels", size) for size in pixel_sizes), ("The content’s own", 0)]


def _size(size: int) -> Any:
    """The control at that size, which it may have to offer first."""
    if size == 0 or size in SIZES:
        return size
    return gr.Dropdown([(translatable(name), value) for name, value in sizes(size)], value=size)
