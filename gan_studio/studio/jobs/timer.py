"""Training time of a job, and the schedule of its previews."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

PREVIEW_EVERY, OBSERVE_EVERY, UNWATCHED = 1.0, 3.0, 10.0
"""seconds between two previews and two observations, and between both while no page watches"""
SHARE = 0.02
"""of the time that each of them may take"""
WATCH_SECONDS = 5.0
"""seconds for which a request for the job's state counts as watching"""


class Stopwatch:
    """Seconds of training: those before a resume, and those since, without pauses."""

    def __init__(self, before: float = 0.0) -> None:
        self.before, self._start = before, time.monotonic()

    @property
    def active(self) -> float:
        """since the start or resume"""
        return time.monotonic() - self._start

    @property
    def total(self) -> float:
        return self.before + self.active

    @contextmanager
    def pause(self) -> Iterator[None]:
        start = time.monotonic()
        yield
        self._start += time.monotonic() - start


class PreviewThrottle:
    """Schedules previews: often enough to be live, seldom enough to cost little."""

    def __init__(self, every: float) -> None:
        self.every = every
        self._start = self._last = self._cost = 0.0
        self._count, self._running = 0, False

    def start_if_due(self, last_watch: float) -> bool:
        """Whether a preview starts now; `last_watch` is when the state was last asked for."""
        now = time.monotonic()
        every = self.every if now - last_watch < WATCH_SECONDS else max(self.every, UNWATCHED)
        if self._count and now - self._last < max(every, self._cost / SHARE):
            return False
        self._start, self._running = now, True
        return True

    def finish(self) -> None:
        """Measure what the preview cost, if one was running."""
        if self._running:
            self._running, self._last = False, time.monotonic()
            self._count += 1
            # The first preview also loads the networks that it needs.
            self._cost = self._last - self._start if self._count > 1 else 0.0
