"""A remedy: what can be changed in a training that goes wrong, with numbers for its settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """Something that may help, ready to be applied."""

    title: str
    """a verb phrase, for a button"""
    changes: Mapping[str, Any]
    """fields of the family's Config, with their new values; none of them shapes a network"""
    why: str
    """one sentence"""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A family's configuration in the middle of a training."""

    config: Any
    step: int

    def get(self, field: str) -> Any:
        """The field's value; None in a family that has none of that name."""
        return getattr(self.config, field) if field in self.fields else None

    @property
    def fields(self) -> set[str]:
        return {field.name for field in dataclasses.fields(self.config)}

    @property
    def discriminator_rate(self) -> float:
        return self.get("discriminator_rate") or self.get("learning_rate")


Cure = Callable[[Setting], Remedy | None]
"""None where a family does not have it, or has had enough of it"""


def cure(
    field: str, change: Callable[[Any], Any], allowed: Callable[[Any], bool], title: str, why: str
) -> Cure:
    """Another value for one field, where a family has it and the value that it has allows that."""

    def offer(s: Setting) -> Remedy | None:
        value = s.get(field)
        if value is None or not allowed(value):
            return None
        return Remedy(title=title, changes={field: change(value)}, why=why)

    return offer


def offered(cures: Sequence[Cure], setting: Setting) -> tuple[Remedy, ...]:
    """Those of the cures that change something."""
    return tuple(remedy for cure in cures if (remedy := cure(setting)))


def short(value: float) -> float:
    """Three digits, to be read on a button."""
    return float(f"{value:.3g}")
