"""What the families' pages say of them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HERE = Path(__file__).resolve().parent
PAGES = _HERE / "ideas" if (_HERE / "ideas").is_dir() else _HERE.parent / "docs" / "families"
"""beside the package in a checkout, inside it once installed"""
_IDEA = re.compile(r"^## The idea\n+(.*?)\s*(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")


@cache
def idea(family: str) -> str:
    """The idea of a family in a paragraph of plain text."""
    page = (PAGES / f"{family}.md").read_text("utf-8")
    found = _IDEA.search(page)
    assert found, f"the page of {family} tells no idea"
    return " ".join(_LINK.sub(r"\1", found[1]).split())
