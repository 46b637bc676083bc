"""Text as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def paragraphs(lines: Iterable[str]) -> str:
    """A paragraph of each line, escaped."""
    return "".join(f"<p>{escape(line)}</p>" for line in lines)
