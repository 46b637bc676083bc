"""Throughput of a training."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Throughput:
    """Updates per second since this process took over."""

    def __init__(self, step: int) -> None:
        self.start, self.step = time.perf_counter(), step
        self.last = self.saved = self.start

    @contextmanager
    def pause(self) -> Iterator[None]:
        """The time within does not count: the training waits for its caller."""
        begun = time.perf_counter()
        yield
        waited = time.perf_counter() - begun
        self.start += waited
        self.last += waited

    def rate(self, step: int) -> float:
        return (step - self.step) / (time.perf_counter() - self.start)

    def lap(self) -> float:
        """Seconds since the last call."""
        last, self.last = self.last, time.perf_counter()
        return self.last - last

    def save_due(self, seconds: float) -> bool:
        """Whether so many have passed since the last reset."""
        return time.perf_counter() - self.saved >= seconds

    def reset(self) -> None:
        self.saved = time.perf_counter()
