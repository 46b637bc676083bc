"""Checks of user input: a converted value, or ValueError with one sentence."""

from __future__ import annotations

import math
import re
from typing import Any

MAX_SEED = 2**32 - 1
MAX_NAME = 255
"""letters of a model’s name"""


def check_float(value: Any, name: str, low: float, high: float) -> float:
    """`value` as a finite number between `low` and `high`, or ValueError with one sentence."""
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if not low <= result <= high:  # not-a-number fails this too
        raise ValueError(
            f"{name} must be a number from {low:g} to {high:g}, not {abbreviate(value)}."
        )
    return result


def check_int(value: Any, name: str, low: int, high: int) -> int:
    """`value` as a whole number between `low` and `high`, or ValueError with one sentence."""
    try:
        result = int(value)
        fits = low <= result <= high and float(value) == result
    except (TypeError, ValueError, OverflowError):
        fits, result = False, low
    if not fits:
        raise ValueError(
            f"{name} must be a whole number from {low} to {high}, not {abbreviate(value)}."
        )
    return result


def check_bool(value: Any, name: str) -> bool:
    """`value` as True or False, of text "true" and "false", or ValueError with one sentence."""
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise ValueError(f"{name} must be true or false, not {abbreviate(value)}.")
    return value == "true"


def check_type(value: Any, kinds: type | tuple[type, ...], name: str, expectation: str) -> None:
    """ValueError with one sentence unless `value` is of one of some kinds."""
    if not isinstance(value, kinds):
        raise ValueError(f"{name} must be {expectation}, not {abbreviate(value)}.")


def format_number(value: float) -> str:
    """The shortest text that reads as the same number."""
    return repr(value).removesuffix(".0")


def abbreviate(value: Any) -> str:
    text = str(value) or '""'
    return text if len(text) <= 40 else text[:37] + "…"


def parse_pairs(text: str) -> dict[Any, Any]:
    """`3:1.5,4:-2` -> {"3": "1.5", "4": "-2"}."""
    parts = (pair.partition(":") for pair in text.split(",") if pair)
    return {key: value for key, _, value in parts}


DURATION_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
MAX_DURATION = 30 * DURATION_UNITS["d"]


def parse_duration(text: str) -> float:
    """`90s`, `10m`, `1.5h` or `2d` in seconds; ValueError with one sentence otherwise."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text.strip())
    length = float(match[1]) * DURATION_UNITS[match[2]] if match else 0.0
    if not 1 <= length <= MAX_DURATION:
        raise ValueError(
            f"The budget must be a time such as 90s, 10m or 2h, at most 30d, not {text!r}."
        )
    return length
