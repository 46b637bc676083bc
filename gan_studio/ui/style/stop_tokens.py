"""Tokens by which paintings are stopped, each with the visit that asked for it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class StopTokens:
    """A token for each painting that waits or is under way."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str | None, threading.Event]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def create(self, session: str | None) -> str:
        """A new token of a session."""
        token = secrets.token_hex(8)
        with self._lock:
            self._known[token] = (session, threading.Event())
        return token

    @contextmanager
    def running(self, token: str) -> Iterator[threading.Event]:
        """The event that tells this painting to stop; forgotten in the end."""
        with self._lock:
            _, stop = self._known.setdefault(token, (None, threading.Event()))
        try:
            yield stop
        finally:
            self.forget(token)

    def stop(self, session: str | None, token: str = "") -> list[str]:
        """Stop one painting, or all of a session; the tokens that this concerned."""
        with self._lock:
            meant = [
                (known, stop)
                for known, (owner, stop) in self._known.items()
                if (known == token if token else owner is not None and owner == session)
            ]
        for _, stop in meant:
            stop.set()
        return [known for known, _ in meant]

    def forget(self, token: str) -> None:
        """A painting is over, or will never begin."""
        with self._lock:
            self._known.pop(token, None)

    def end_session(self, session: str | None) -> None:
        """A session is over: stop what it began and forget what it had waiting."""
        for token in self.stop(session):
            self.forget(token)
