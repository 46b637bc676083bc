"""A training that is asked for: what learns from what, where, and for how long."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from gan_studio.core.fields import fields
from gan_studio.core.limits import Limits
from gan_studio.core.validation import MAX_DURATION, check_float, check_int
from gan_studio.gans import checkpoint
from gan_studio.gans.config import ENDLESS, GANConfig, TrainingConfig
from gan_studio.gans.families import family

COLOURS, CLASSES = 3, 10
"""for which the weights are counted before the data are known: the most that there are"""


@dataclass(frozen=True, kw_only=True)
class TrainingRequest:
    """One training. The page, the command line and Python all ask for it with this value."""

    family: str
    dataset: str
    """name of a data set, or a folder or zip of pictures; in the queue `OWN` for uploads"""
    config: GANConfig | None = None
    """of the family; None: its defaults, with the shapes of `base`, or on a resume as it was"""
    settings: TrainingConfig | None = None
    """of the loop; None: its defaults, or on a resume as they were"""
    budget: float | None = None
    """seconds of training after which it stops, counted from 0 on each resume; None: no limit"""
    output: Path | None = None
    """directory that becomes a model; the queue makes one for each training"""
    resume: bool = False
    """continue the training that is in `output`"""
    base: Path | None = None
    """directory of the model whose weights it starts from, which `settings.start_from` names"""

    def __post_init__(self) -> None:
        kind = family(self.family).config
        if self.config is not None and not isinstance(self.config, kind):
            raise ValueError(
                f"config is a {type(self.config).__name__} of {type(self.config).__module__}; "
                f"{self.family} takes its own {kind.__name__}."
            )
        if self.budget is not None:
            check_float(self.budget, "The budget in seconds", 1, MAX_DURATION)

    @property
    def players(self) -> GANConfig:
        """The family's configuration, its defaults where none is given."""
        return self.config or family(self.family).config()

    @property
    def loop(self) -> TrainingConfig:
        """The settings of the loop, the defaults where none are given."""
        return self.settings or TrainingConfig()

    @property
    def total(self) -> int | None:
        """Updates at which it ends; None where only the budget decides."""
        return None if self.loop.steps >= ENDLESS else self.loop.steps

    def to_json(self) -> dict[str, Any]:
        """The request as the log of a run stores it; the keys are those of every log so far."""
        config, settings = dataclasses.asdict(self.players), dataclasses.asdict(self.loop)
        names = {"family": self.family, "dataset": self.dataset}
        return {**names, "config": config, "settings": settings, "seconds": self.budget}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> TrainingRequest:
        """Raises ValueError, TypeError or KeyError for anything else."""
        kind = family(plain["family"]).config
        return cls(
            family=plain["family"],
            dataset=plain["dataset"],
            config=checkpoint.read_config(kind, plain["config"]),
            settings=checkpoint.read_config(TrainingConfig, plain["settings"]),
            budget=plain["seconds"],
        )


def check_limits(request: TrainingRequest, limits: Limits) -> TrainingRequest:
    """The request; ValueError with one sentence where visitors may not ask for so much.

    On a public page every training has a budget, so that the clock ends it at the latest.
    """
    if not limits.public:
        return request
    seconds = limits.seconds if request.budget is None else request.budget
    check_float(seconds / 60, "The budget in minutes", 1 / 60, limits.seconds / 60)
    if request.total is not None:
        check_int(request.total, "The budget in steps", 1, limits.steps)
    config = request.players
    check_int(config.image_size, "The image size", 4, limits.image_size)
    check_int(config.batch_size, "The batch size", 2, limits.batch_size)
    for field in fields(type(config)):
        value = getattr(config, field.name)
        if type(value) is int and field.name not in ("image_size", "batch_size"):
            check_int(value, field.name, 0, limits.max_scale * max(1, field.default or 0))
    if (weights := count_weights(request)) > limits.parameters:
        raise ValueError(
            f"These networks have {weights / 1e6:,.0f} million weights; "
            f"{limits.parameters / 1e6:,.0f} million are allowed here."
        )
    return replace(request, budget=seconds)


def count_weights(request: TrainingRequest) -> int:
    """Weights of both players, counted without allocating them."""
    kind, config = family(request.family).gan, request.players
    with torch.device("meta"):
        players = kind(config, COLOURS, CLASSES if kind.conditional(config) else 0)
    return sum(p.numel() for p in players.parameters())
