"""The fields of a configuration dataclass: what each takes, and what its docstring says of it."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any

from docstring_parser.attrdoc import AttributeDocstrings

from gan_studio.core.validation import check_float, check_int

MAX_VALUE = 10**12
"""beyond what any field takes; a configuration knows its own limits"""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One setting."""

    name: str
    kind: type
    """bool, int, float or str"""
    choices: tuple[Any, ...]
    """the only values that it takes; empty where any of its kind will do"""
    optional: bool
    """whether it may be None"""
    default: Any
    description: str
    """what its docstring says, in one line"""

    def read(self, value: Any) -> Any:
        """The value with the field's own type, from what a page or a JSON file holds.

        ValueError with one sentence when it is of another kind; ranges are the configuration's.
        """
        if value is None and self.optional:
            return None
        if self.choices:
            return self._choice(value)
        if self.kind is str:
            return str(value or "")
        if self.kind is bool:
            if value not in (False, True):
                raise ValueError(f"{self.name} must be true or false, not {value!r}.")
            return bool(value)
        read = check_int if self.kind is int else check_float
        return read(value, self.name, -MAX_VALUE, MAX_VALUE)

    def _choice(self, value: Any) -> Any:
        known = {str(choice): choice for choice in self.choices}
        if str(value) not in known:
            raise ValueError(f"{self.name} must be one of {', '.join(known)}, not {value!r}.")
        return known[str(value)]


@cache
def fields(config: type) -> tuple[Field, ...]:
    """Every field of a dataclass, in its order."""
    hints, said = typing.get_type_hints(config), docstrings(config)
    return tuple(
        _field(field, hints[field.name], said.get(field.name, ""))
        for field in dataclasses.fields(config)
    )


def docstrings(config: type) -> dict[str, str]:
    """Field -> the text under it, from the sources along the MRO; the nearest class wins."""
    said: dict[str, str] = {}
    for kind in reversed(config.__mro__):
        if dataclasses.is_dataclass(kind):
            said |= _own_docstrings(kind)
    return said


@cache
def _own_docstrings(kind: type) -> dict[str, str]:
    found = AttributeDocstrings().get_attr_docs(kind)
    return {name: " ".join(text.split()) for name, (text, *_) in found.items()}


def _field(field: dataclasses.Field[Any], hint: Any, sentence: str) -> Field:
    choices: tuple[Any, ...] = ()
    optional = isinstance(hint, types.UnionType) and types.NoneType in typing.get_args(hint)
    if optional:
        [hint] = (kind for kind in typing.get_args(hint) if kind is not types.NoneType)
    if typing.get_origin(hint) is typing.Literal:
        choices = typing.get_args(hint)
        hint = type(choices[0])
    assert hint in (bool, int, float, str), f"{field.name} is a {hint}"
    return Field(
        name=field.name,
        kind=hint,
        choices=choices,
        optional=optional,
        default=field.default,
        description=sentence,
    )
