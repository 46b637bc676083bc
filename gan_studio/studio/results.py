"""Facts about models and pictures, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import Image


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """A model's entry in the table of models."""

    name: str
    family: str
    paper: str
    dataset: str
    image_size: int
    multi_scale: bool
    """whether it draws each picture at several sizes, `Studio.pyramid`"""
    latent_dim: int
    classes: int
    """labels that can be asked for, 0 to classes - 1; 0 for an unconditional model"""
    parameters: int
    photographs: bool
    """whether its pictures are in colour, as photographs are: they are enlarged smoothly, and those
    in grey, such as digits, with sharp pixels"""
    metrics: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DiscriminatorOutput:
    """The discriminator's output for a picture."""

    output: str
    """probability of being real, score (the higher the more real) or energy (the lower)"""
    value: float
    typical: float
    """the same of the model's own pictures, on average"""
    reconstruction: Image.Image | None
    """the picture as an auto-encoder rebuilds it"""
