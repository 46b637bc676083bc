"""The result of a call: a value, or a ValueError of one sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def attempt(call: Callable[[], T]) -> T | ValueError:
    """The value, or the ValueError; AssertionError if that is not one plain sentence."""
    try:
        return call()
    except ValueError as error:
        refusal = error
    told = str(refusal)
    assert type(refusal) is ValueError, repr(refusal)
    assert told.endswith("."), told
    assert "Traceback" not in told
    return refusal
