"""Names of repositories: `user/repo`, or `user/repo@revision`."""

from __future__ import annotations

import re
from typing import NamedTuple

WORD = r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.))*"
NAME = re.compile(rf"({WORD}/{WORD})(?:@([A-Za-z0-9][\w./-]*))?")
MAIN = "main"


class Address(NamedTuple):
    """A model, or a Space, on the Hub."""

    repo: str
    revision: str = MAIN
    """a branch, a tag or a commit"""

    @classmethod
    def of(cls, text: str) -> Address:
        """Raises ValueError with one sentence when that cannot be the name of a repository."""
        if not (found := NAME.fullmatch(text)) or len(text) > 200 or "--" in found[1]:
            raise ValueError(
                f"A name on the Hub is user/repo or user/repo@revision, not {text[:80]!r}."
            )
        return cls(found[1], found[2] or MAIN)

    def __str__(self) -> str:
        return self.repo if self.revision == MAIN else f"{self.repo}@{self.revision}"


def is_address(text: str) -> bool:
    """Whether that looks like a name on the Hub."""
    try:
        Address.of(text)
    except ValueError:
        return False
    return True
