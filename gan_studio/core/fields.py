"""The fields of a configuration dataclass: types, choices, defaults and docstrings."""

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
"""a bound beyond every field; each configuration checks its own ranges"""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a configuration."""

    name: str
    kind: type
    """bool, int, float or str"""
    choices: tuple[Any, ...]
    """the allowed values; empty if every value of its kind is"""
    optional: bool
    """whether None is allowed"""
    default: Any
    description: str
    """its docstring, in one line"""

    def read(self, value: Any) -> Any:
        """Convert a value of a form or a JSON file to the field's type, else ValueError."""
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
        check = check_int if self.kind is int else check_float
        return check(value, self.name, -MAX_VALUE, MAX_VALUE)

    def _choice(self, value: Any) -> Any:
        choices = {str(choice): choice for choice in self.choices}
        if str(value) not in choices:
            raise ValueError(f"{self.name} must be one of {', '.join(choices)}, not {value!r}.")
        return choices[str(value)]


@cache
def type_hints(config: type) -> dict[str, Any]:
    """Field -> its type; to be read only."""
    return typing.get_type_hints(config)


@cache
def fields(config: type) -> tuple[Field, ...]:
    """All fields of a dataclass, in order of definition."""
    hints, texts = type_hints(config), docstrings(config)
    return tuple(
        _field(field, hints[field.name], texts.get(field.name, ""))
        for field in dataclasses.fields(config)
    )


def docstrings(config: type) -> dict[str, str]:
    """Field -> its docstring, collected from the sources along the MRO; subclasses win."""
    texts: dict[str, str] = {}
    for kind in reversed(config.__mro__):
        if dataclasses.is_dataclass(kind):
            texts |= _own_docstrings(kind)
    return texts


@cache
def _own_docstrings(kind: type) -> dict[str, str]:
    docs = AttributeDocstrings().get_attr_docs(kind)
    return {name: " ".join(text.split()) for name, (text, *_) in docs.items()}


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
