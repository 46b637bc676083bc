"""The configuration of a painting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from gan_studio.core.fields import type_hints
from gan_studio.core.validation import MAX_SEED, check_float, check_int

MAX_WEIGHT = 1000.0
MAX_SIZE = 8192
MAX_STEPS = 10_000
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


@dataclass(frozen=True, kw_only=True)
class StyleConfig:
    """Numbers of one painting; ValueError with one sentence for one that makes no sense."""

    size: int = 256
    """longest side of the painting in pixels; 0 for the content's own"""
    steps: int = 60
    """updates at each size, from the coarsest to the full one"""
    content_weight: float = 1.0
    """how much the painting must look like the content"""
    style_weight: float = 1.0
    """how much its textures and colours must be those of the styles"""
    smoothness: float = 1.0
    """how much neighbouring pixels must agree"""
    layer_weights: tuple[float, float, float, float, float] = (1.0, 1.0, 1.0, 1.0, 1.0)
    """shares of relu1_1 (finest strokes) to relu5_1 (largest shapes) in the style"""
    style_scale: float = 1.0
    """size of the styles' strokes against the painting; 0.5 halves them"""
    init: Literal["content", "noise", "blend"] = "content"
    """what the painting starts from"""
    blend: float = 0.5
    """share of noise in a blend of content and noise"""
    colours: Literal["style", "luminance", "matched"] = "style"
    """the styles', the content's (only the lightness is painted), or the content's palette"""
    optimizer: Literal["lbfgs", "adam"] = "lbfgs"
    """L-BFGS gets further in few steps; Adam averages its path"""
    multi_scale: bool = True
    """paint at small sizes first: larger strokes, and less time for the same look"""
    seed: int = 0
    """start of all random numbers"""
    every: int = 0
    """steps from one frame to the next; 0 for each one on a CPU, each tenth elsewhere"""

    def __post_init__(self) -> None:
        for name, most in (("size", MAX_SIZE), ("seed", MAX_SEED), ("every", MAX_STEPS)):
            object.__setattr__(self, name, check_int(getattr(self, name), name, 0, most))
        object.__setattr__(self, "steps", check_int(self.steps, "steps", 1, MAX_STEPS))
        weights = dict.fromkeys(("content_weight", "style_weight", "smoothness"), (0, MAX_WEIGHT))
        for name, ends in {**weights, "style_scale": (0.1, 4), "blend": (0, 1)}.items():
            object.__setattr__(self, name, check_float(getattr(self, name), name, *ends))
        _check_layers(self.layer_weights)
        if not (self.content_weight or self.style_weight):
            raise ValueError("Content and style cannot both have a weight of 0.")
        hints = type_hints(type(self))
        for name in ("init", "colours", "optimizer"):
            if (value := getattr(self, name)) not in get_args(hints[name]):
                choices = ", ".join(get_args(hints[name]))
                raise ValueError(f"{name} must be one of {choices}, not {value!r}.")


def _check_layers(weights: Sequence[float]) -> None:
    if len(weights) != len(STYLE_LAYERS):
        raise ValueError(f"layer_weights must be {len(STYLE_LAYERS)} numbers, not {len(weights)}.")
    for layer, weight in zip(STYLE_LAYERS, weights, strict=True):
        check_float(weight, f"The weight of {layer}", 0, MAX_WEIGHT)
    if not sum(weights):
        raise ValueError("At least one layer of the style must have a weight above 0.")
