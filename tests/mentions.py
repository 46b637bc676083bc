"""A pattern for messages: the names and values that they must hold, in whatever words."""

from __future__ import annotations

import re


def mentions(words: object) -> str:
    """Every one of the words stands in the text, in any order: `raises(…, match=mentions(…))`."""
    return "(?is)^" + "".join(rf"(?=.*(?<!\w){re.escape(w)}(?!\w))" for w in str(words).split())
