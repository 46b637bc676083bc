"""Between the Style tab's controls and a painting's configuration; what the page allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import gradio as gr
from PIL import Image

from gan_studio.core.validation import check_float
from gan_studio.studio import EMBEDDED, StyleConfig
from gan_studio.ui.languages import translatable

POWER = 3
"""a slider's position to this power is a weight: 0 is none, 1 one, 2 eight"""
MAX_POSITION = 2.0
SIZES = (128, 192, 256, 384, 512, 768, 1024)
MAX_SIZE, MAX_STEPS = 1024, 300
SLOW_SIZE = 512
"""the largest size for a network other than the embedded one on a CPU"""
LAYERS = ("finest strokes", "fine strokes", "strokes", "shapes", "largest shapes")


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


def config_of(
    content: Any, style: Any, smoothness: Any, init: str, colours: str, size: int, steps: int,
    blend: float, style_scale: float, optimizer: str, multi_scale: bool, seed: int,
    *layers: float,
) -> StyleConfig:  # fmt: skip
    """The configuration that the controls show."""
    return StyleConfig(
        content_weight=weight(content, "The content slider"),
        style_weight=weight(style, "The style slider"),
        smoothness=weight(smoothness, "The smoothness slider"),
        init=init,  # pyright: ignore[reportArgumentType]  # Config checks it
        colours=colours,  # pyright: ignore[reportArgumentType]
        size=size,
        steps=steps,
        blend=check_float(blend, "The share of noise", 0, 1),
        style_scale=check_float(style_scale, "The stroke size", 0.1, 4),
        optimizer=optimizer,  # pyright: ignore[reportArgumentType]
        multi_scale=bool(multi_scale),
        seed=seed,
        layer_weights=tuple(layers),  # pyright: ignore[reportArgumentType]
    )


def positions(config: StyleConfig) -> list[Any]:
    """The values of the controls for a configuration: the arguments of `config_of`."""
    return [
        *map(position, (config.content_weight, config.style_weight, config.smoothness)),
        *(config.init, config.colours, _size(config.size), config.steps),
        *(config.blend, config.style_scale, config.optimizer, config.multi_scale, config.seed),
        *config.layer_weights,
    ]


def position(value: float) -> float:
    """Where a slider stands for a weight, in as few digits as say the same."""
    exact = value ** (1 / POWER)
    near = (round(exact, digits) for digits in range(1, 6))
    same = (at for at in near if at <= MAX_POSITION and round(at**POWER, 3) == round(value, 3))
    return next(same, min(exact, MAX_POSITION))


def sizes(*more: int) -> list[tuple[str, int]]:
    """The choices of a painting's size."""
    known = sorted({*SIZES, *more})
    return [*((f"{size} pixels", size) for size in known), ("The content’s own", 0)]


def _size(size: int) -> Any:
    """The control at that size, which it may have to offer first."""
    if size == 0 or size in SIZES:
        return size
    return gr.Dropdown([(translatable(name), value) for name, value in sizes(size)], value=size)


def within_limits(
    config: StyleConfig, features: str, content: Image.Image, *, accelerated: bool
) -> StyleConfig:
    """The configuration with its size in pixels; ValueError for more than the page offers."""
    most, why = MAX_SIZE, ""
    if features != EMBEDDED and not accelerated:
        most, why = SLOW_SIZE, f" with {features} on a CPU"
    if config.size > most:
        raise ValueError(
            f"size must be at most {most} pixels on this page{why}, not {config.size}."
        )
    if config.steps > MAX_STEPS:
        raise ValueError(f"steps must be at most {MAX_STEPS} on this page, not {config.steps}.")
    return replace(config, size=config.size or min(most, max(content.size)))
