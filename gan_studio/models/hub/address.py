"""Names of repositories: `user/repo`, or `user/repo@revision`."""

from __future__ import annotations

import re
from typing import NamedTuple

WORD = r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.))*"
NAME = re.compile(rf"({WORD}/{WORD})(?:@([A-Za-z0-9][\w./-]*))?")
MAIN = "main"


class Address(NamedTuple):
    """A repository on the Hub."""

    repo: str
    revision: str = MAIN
    """a branch, a tag or a commit"""

    @classmethod
    def of(cls, text: str) -> Address:
        """Parse a name; ValueError if it cannot be a repository."""
        if not (match := NAME.fullmatch(text)) or len(text) > 200 or "--" in match[1]:
            raise ValueError(
                f"A name on the Hub must be user/repo or user/repo@revision, not {text[:80]!r}."
            )
        return cls(match[1], match[2] or MAIN)

    def __str__(self) -> str:
        return self.repo if self.revision == MAIN else f"{self.repo}@{self.revision}"


def is_address(text: str) -> bool:
    """Whether a text can be a name on the Hub."""
    try:
        Address.of(text)
    except ValueError:
        return False
    return True
