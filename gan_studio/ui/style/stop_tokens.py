"""Tokens by which paintings are stopped, each with the visit that asked for it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class StopTokens:
    """A token for each painting that waits or is under way."""

    def __init__(self) -> None:
        self._events: dict[str, tuple[str | None, threading.Event]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._events)

    def create(self, session: str | None) -> str:
        """A new token of a session."""
        token = secrets.token_hex(8)
        with self._lock:
            self._events[token] = (session, threading.Event())
        return token

    @contextmanager
    def running(self, token: str) -> Iterator[threading.Event]:
        """The event that tells this painting to stop; forgotten in the end."""
        with self._lock:
            _, stop = self._events.setdefault(token, (None, threading.Event()))
        try:
            yield stop
        finally:
            self.forget(token)

    def stop(self, session: str | None, token: str = "") -> list[str]:
        """Stop one painting, or all of a session, and return the tokens of those that it stops."""
        with self._lock:
            matches = [
                (key, stop)
                for key, (owner, stop) in self._events.items()
                if (key == token if token else owner is not None and owner == session)
            ]
        for _, stop in matches:
            stop.set()
        return [key for key, _ in matches]

    def forget(self, token: str) -> None:
        """A painting is over, or will never begin."""
        with self._lock:
            self._events.pop(token, None)

    def end_session(self, session: str | None) -> None:
        """A session is over: stop what it began and forget what it had waiting."""
        for token in self.stop(session):
            self.forget(token)
