"""How long something may take, in a person's words."""

from __future__ import annotations

import re

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST = 30 * UNITS["d"]


def seconds(text: str) -> float:
    """`90s`, `10m`, `1.5h` or `2d` in seconds; ValueError with one sentence otherwise."""
    told = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text.strip())
    length = float(told[1]) * UNITS[told[2]] if told else 0.0
    if not 1 <= length <= LONGEST:
        raise ValueError(
            f"A budget is a time such as 90s, 10m or 2h, at most 30 days, not {text!r}."
        )
    return length
