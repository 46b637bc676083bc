"""A training's rows as a history: the values now and at half the time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import Any

from gan_studio.training.diagnostics.remedy import Remedy, RemedyRule, Setting

WINDOW = 3
"""observations of which the median counts: one may be bad luck"""
MIN_VALUES = 6
"""observations before anything is said of progress: WINDOW at half the time, WINDOW now"""
PROGRESS = 0.95
"""distance now, in parts of that at half the time, above which there is none"""


@dataclass(frozen=True)
class History:
    """A training so far."""

    rows: Sequence[Mapping[str, float]]
    config: Any
    measure: str
    failure: str
    columns: dict[str, list[float]] = field(default_factory=dict)

    def series(self, name: str) -> list[float]:
        """All finite values of a column, oldest first."""
        if name not in self.columns:  # asked for often, of a history that may be long
            values = (row.get(name) for row in self.rows)
            self.columns[name] = [v for v in values if v is not None and math.isfinite(v)]
        return self.columns[name]

    def now(self, name: str) -> float:
        """Median of the last WINDOW values; of fewer NaN, which passes no threshold."""
        values = self.series(name)[-WINDOW:]
        return median(values) if len(values) == WINDOW else math.nan

    def halfway(self, name: str) -> float:
        """Median of WINDOW values about half the training ago; NaN without MIN_VALUES values."""
        values = self.series(name)
        middle = (len(values) - WINDOW) // 2
        return median(values[middle : middle + WINDOW]) if len(values) >= MIN_VALUES else math.nan

    @cached_property
    def stuck(self) -> bool:
        """Whether the distance to the real pictures has not fallen since half the time."""
        return self.now("distance") >= PROGRESS * self.halfway("distance")

    @cached_property
    def relative_distance(self) -> float:
        """Distance now in parts of the largest so far."""
        return self.now("distance") / (max(self.series("distance"), default=0) or math.nan)

    def evidence(self, *names: str) -> str:
        """The current values of the columns, as evidence."""
        values = {name: self.now(name) for name in names}
        return ", ".join(
            f"{COLUMN_NAMES[k]} {v:.3g}" for k, v in values.items() if not math.isnan(v)
        )

    def distances(self) -> str:
        return (
            f"distance to the real pictures {self.halfway('distance'):.3g} at half the time and "
            f"{self.now('distance'):.3g} now"
        )

    def remedies_for(self, *rules: RemedyRule) -> tuple[Remedy, ...]:
        """The remedies of the rules that apply."""
        step = int(self.rows[-1]["step"]) if self.rows else 0
        setting = Setting(config=self.config, step=step)
        return tuple(remedy for rule in rules if (remedy := rule(setting)))


COLUMN_NAMES = {
    "accuracy": "share of pictures that D tells apart",
    "real": "D(training pictures)",
    "held_out": "D(real ones not trained on)",
    "fake": "D(generated)",
    "diversity": "diversity against the real pictures",
    "missing": "digits that are never drawn",
}
