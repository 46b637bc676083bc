"""A remedy: what can be changed in a training that goes wrong, with numbers for its settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
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
        field_names = {field.name for field in dataclasses.fields(self.config)}
        return getattr(self.config, field) if field in field_names else None

    @property
    def discriminator_rate(self) -> float:
        return self.get("discriminator_rate") or self.get("learning_rate")


RemedyRule = Callable[[Setting], Remedy | None]
"""None where a family lacks the field, or its value is at the limit"""


def field_rule(
    field: str,
    change: Callable[[Any], Any],
    allows: Callable[[Any], bool],
    title: str,
    why: str,
) -> RemedyRule:
    """A rule that changes one field, where a family has it and `allows` is true of its value."""

    def offer(s: Setting) -> Remedy | None:
        value = s.get(field)
        if value is None or not allows(value):
            return None
        return Remedy(title=title, changes={field: change(value)}, why=why)

    return offer


def short(value: float) -> float:
    """Three digits, to be read on a button."""
    return float(f"{value:.3g}")
