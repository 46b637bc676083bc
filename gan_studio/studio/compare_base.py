"""Comparisons of models: a row for each, its metrics under their protocol, caveats."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gan_studio.gans.checkpoint import Manifest
from gan_studio.images import files as image_files
from gan_studio.models.library import Library

T = TypeVar("T")
MAX_MODELS = 16
DRAWS = 5
"""single draws that a time is the median of, at least"""


@dataclass(frozen=True, kw_only=True)
class ComparedModel(ABC):
    """One model in a comparison."""

    model: str
    manifest: Manifest
    parameters: int
    milliseconds: float
    """median of single pictures, here and now"""

    @property
    @abstractmethod
    def metrics(self) -> Mapping[str, Any]:
        """What was measured of it; empty where that is missing."""

    @property
    @abstractmethod
    def protocol(self) -> Hashable:
        """The conditions of that measurement; numbers of equal ones can be compared."""

    @property
    @abstractmethod
    def metric_cells(self) -> dict[str, str | float | None]:
        """The metrics as cells of the model's row in the table."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """On what it was measured, and how that is to be read."""

    @property
    def cells(self) -> dict[str, str | float | None]:
        """The model's line in the table; None is what was not measured."""
        training = self.manifest.training
        steps, seconds = (finite_or_none(training.get(name)) for name in ("steps", "seconds"))
        return {
            "model": self.model,
            "family": self.manifest.family,
            "dataset": self.manifest.dataset,
            **self.metric_cells,
            "parameters": self.parameters,
            "milliseconds": round(self.milliseconds, 2),
            "steps": steps,
            "minutes": None if seconds is None else round(seconds / 60, 1),
        }


AnyRow = TypeVar("AnyRow", bound=ComparedModel)


@dataclass(frozen=True, kw_only=True)
class SideBySide(Generic[AnyRow]):
    """A row for each of several models."""

    rows: tuple[AnyRow, ...]
    device: str
    left_out: tuple[str, ...] = ()
    """a sentence for each model that is damaged"""
    png_key = image_files.COMPARISON_KEY  # not annotated, so not a field
    timing_note = "Milliseconds per picture are the median of single draws"

    @property
    def table(self) -> list[dict[str, str | float | None]]:
        return [row.cells for row in self.rows]

    @property
    def protocols(self) -> set[Any]:
        """The protocols of what was measured."""
        return {row.protocol for row in self.rows if row.metrics}

    @property
    def is_rankable(self) -> bool:
        """Whether the measured rows can be ranked against one another."""
        return len(self.protocols) < 2

    def caveats(self) -> list[str]:
        """Sentences without which the table's numbers mean little."""
        unmeasured_models = [row.model for row in self.rows if not row.metrics]
        return [
            *self.left_out,
            *protocol_warning(self.protocols),
            *dict.fromkeys(row.sentence for row in self.rows if row.metrics),
            *([f"Not measured yet: {', '.join(unmeasured_models)}."] if unmeasured_models else []),
            f"{self.timing_note} on {self.device}, now.",
        ]


def load_intact(
    load: Callable[[str], T], library: Library, names: Sequence[str]
) -> tuple[dict[str, T], list[str]]:
    """The models that can be read, and a sentence for each that is damaged.

    ValueError where a name is unknown, or none is intact.
    """
    intact_models, reasons = dict[str, T](), []
    for name in names:
        directory = str(library.directory(name))
        try:
            intact_models[name] = load(name)
        except ValueError as error:
            reasons.append(str(error).replace(directory, name))
    if not intact_models:
        raise ValueError(reasons[0])
    return intact_models, reasons


def check_names(models: Any) -> list[str]:
    """The models' names, each once."""
    if isinstance(models, str) or not isinstance(models, Sequence):
        raise ValueError("The models must be a list of names.")
    names = list(dict.fromkeys(str(name) for name in models))
    if not 1 <= len(names) <= MAX_MODELS:
        raise ValueError(f"A comparison takes 1 to {MAX_MODELS} models, not {len(names)}.")
    return names


def finite_or_none(value: Any) -> float | None:
    """A finite number as it is; None for everything else."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) else None


def protocol_warning(protocols: Collection[object]) -> list[str]:
    """A warning when not all numbers come from the same features, pictures and counts."""
    if len(protocols) < 2:
        return []
    protocol_names = "; ".join(sorted(map(str, protocols)))
    return [f"Not to be ranked against one another: measured in different ways ({protocol_names})."]
