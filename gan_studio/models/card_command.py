"""The command that trains a model again, as its card tells it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import TrainingConfig
from gan_studio.gans.families import gan_cls


def command(manifest: Manifest) -> str:
    """The command that trains this model, with every value that is not a default."""
    training = manifest.training
    if isinstance(manifest.config, gan_cls.Config) and manifest.config.frozen_base:
        return "python -m tools.train_text_faces OUTPUT"
    settings = {f.name: training.get(f.name, f.default) for f in dataclasses.fields(TrainingConfig)}
    flags = {"dataset": manifest.dataset, "output": f"runs/{manifest.family}-{manifest.dataset}"}
    flags |= {"steps": settings.pop("steps")}
    flags |= non_defaults(manifest.config, dataclasses.asdict(manifest.config))
    flags |= non_defaults(TrainingConfig(), settings)
    text = " ".join(format_flag(name.replace("_", "-"), value) for name, value in flags.items())
    return f"python -m gan_studio train {manifest.family} {text}"


def format_flag(name: str, value: Any) -> str:
    """A value as a command-line flag."""
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    return f"--{name} {value}"


def non_defaults(config: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from the defaults of the configuration's fields."""
    return {
        f.name: values[f.name]
        for f in dataclasses.fields(config)
        if values.get(f.name, f.default) != f.default
    }
