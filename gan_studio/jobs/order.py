"""What was asked to be trained, as it is remembered on disk."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gan_studio import budget, checkpoints, gan, training
from gan_studio.families import family
from gan_studio.values import check_float


@dataclass(frozen=True, kw_only=True)
class Order:
    """A training: who plays, on what, for how long."""

    family: str
    dataset: str
    """a known set, or a collection that `Jobs.collect` made"""
    config: gan.Config
    settings: training.Config = field(default_factory=training.Config)
    seconds: float | None = None
    """of training after which it stops, each time that it is taken up; None: the steps decide"""

    def __post_init__(self) -> None:
        if not isinstance(self.config, family(self.family).config):
            raise ValueError(f"{self.family} cannot be configured by that of another family.")
        if self.seconds is not None:
            check_float(self.seconds, "The budget in seconds", 1, budget.LONGEST)

    @property
    def total(self) -> int | None:
        """Updates at which it ends; None where time decides."""
        return None if self.settings.steps >= training.ENDLESS else self.settings.steps

    def plain(self) -> dict[str, Any]:
        """The order as JSON has it."""
        return dataclasses.asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Order:
        """Raises ValueError, TypeError or KeyError where that is no order."""
        kind = family(plain["family"]).config
        return cls(
            family=plain["family"],
            dataset=plain["dataset"],
            config=checkpoints.read_config(kind, plain["config"]),
            settings=checkpoints.read_config(training.Config, plain["settings"]),
            seconds=plain["seconds"],
        )
