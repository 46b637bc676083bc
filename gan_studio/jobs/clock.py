"""The time of a job: how long it trained, and when it is looked at."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

LOOK_EVERY, UNWATCHED = 1.0, 10.0
"""seconds between two looks while somebody watches, and while nobody does"""
SHARE = 0.04
"""of the time that looks may take"""
WATCHED = 5.0
"""seconds for which who has asked counts as watching"""


class Clock:
    """Seconds of training: those before a resume, and those since, without pauses."""

    def __init__(self, before: float = 0.0) -> None:
        self.before, self._start = before, time.monotonic()

    @property
    def active(self) -> float:
        """since it was taken up"""
        return time.monotonic() - self._start

    @property
    def total(self) -> float:
        return self.before + self.active

    @contextmanager
    def stopped(self) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self._start += time.monotonic() - begun


class Looks:
    """When the next look is due: often enough to be live, seldom enough to cost little."""

    def __init__(self) -> None:
        self._begun = self._last = self._cost = 0.0
        self._looking = False
        self._asked = -WATCHED

    def watched(self) -> None:
        """Somebody has asked."""
        self._asked = time.monotonic()

    def due(self) -> bool:
        """Whether to look now; if so the look begins."""
        now = time.monotonic()
        every = LOOK_EVERY if now - self._asked < WATCHED else UNWATCHED
        if self._last and now - self._last < max(every, self._cost / SHARE):
            return False
        self._begun, self._looking = now, True
        return True

    def ended(self) -> None:
        """Whatever was looked at has been told."""
        if self._looking:
            self._looking, self._last = False, time.monotonic()
            self._cost = self._last - self._begun
