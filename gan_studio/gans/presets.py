"""Presets of a training: the studio's settings for minutes, or the paper's own values."""

from __future__ import annotations

import dataclasses
import typing

from gan_studio.gans.config import GANConfig, TrainingConfig
from gan_studio.gans.families import family

PRESETS: tuple[str, ...] = typing.get_args(typing.get_type_hints(TrainingConfig)["preset"])


def start(name: str, preset: str = "studio") -> tuple[GANConfig, TrainingConfig]:
    """Both configurations of a family's preset; ValueError with the known ones if there is none."""
    if preset not in PRESETS:
        raise ValueError(f"There is no preset {preset!r}; the known ones are {', '.join(PRESETS)}.")
    kind = family(name).config
    if preset == "studio":
        return kind(), TrainingConfig()
    numbers = {**kind.paper_values, "preset": preset}
    players = {f.name for f in dataclasses.fields(kind)}.intersection(numbers)
    config = kind(**{k: numbers.pop(k) for k in players})
    return config, TrainingConfig(**numbers)
