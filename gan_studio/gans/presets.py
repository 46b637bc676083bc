"""Where a training starts from: the studio's recipe of minutes, or the paper's own numbers."""

from __future__ import annotations

import dataclasses
import typing

from gan_studio import training
from gan_studio.gans import base
from gan_studio.gans.families import family

PRESETS: tuple[str, ...] = typing.get_args(typing.get_type_hints(training.Config)["preset"])


def start(name: str, preset: str = "studio") -> tuple[base.Config, training.Config]:
    """Both configurations of a family's preset; ValueError with the known ones if there is none."""
    if preset not in PRESETS:
        raise ValueError(f"There is no preset {preset!r}; the known ones are {', '.join(PRESETS)}.")
    kind = family(name).config
    if preset == "studio":
        return kind(), training.Config()
    numbers = {**kind.paper_values, "preset": preset}
    players = {f.name for f in dataclasses.fields(kind)}.intersection(numbers)
    config = kind(**{k: numbers.pop(k) for k in players})
    return config, training.Config(**numbers)
