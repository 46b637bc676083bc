"""The time of a job: how long it trained, and when it is looked at."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

LOOK_EVERY, OBSERVE_EVERY, UNWATCHED = 1.0, 3.0, 10.0
"""seconds between two looks and two observations, and between both while nobody watches"""
SHARE = 0.02
"""of the time that each of them may take"""
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

    def __init__(self, every: float) -> None:
        self.every = every
        self._begun = self._last = self._cost = 0.0
        self._count, self._looking = 0, False

    def due(self, asked: float) -> bool:
        """Whether to look now, if somebody has asked at that moment; if so the look begins."""
        now = time.monotonic()
        every = self.every if now - asked < WATCHED else max(self.every, UNWATCHED)
        if self._count and now - self._last < max(every, self._cost / SHARE):
            return False
        self._begun, self._looking = now, True
        return True

    def ended(self) -> None:
        """What was looked at has been told."""
        if self._looking:
            self._looking, self._last = False, time.monotonic()
            self._count += 1
            # The first look also loads what it looks through.
            self._cost = self._last - self._begun if self._count > 1 else 0.0
