"""Throughput of a training."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Throughput:
    """Updates per second since this process took over."""

    def __init__(self, step: int) -> None:
        self.start, self.step = time.perf_counter(), step
        self.last = self.last_save = self.start

    @contextmanager
    def pause(self) -> Iterator[None]:
        """The time within does not count: the training waits for its caller."""
        start = time.perf_counter()
        yield
        duration = time.perf_counter() - start
        self.start += duration
        self.last += duration

    def rate(self, step: int) -> float:
        return (step - self.step) / (time.perf_counter() - self.start)

    def lap(self) -> float:
        """Seconds since the last call."""
        last, self.last = self.last, time.perf_counter()
        return self.last - last

    def save_due(self, seconds: float) -> bool:
        """Whether so many have passed since the last reset."""
        return time.perf_counter() - self.last_save >= seconds

    def reset(self) -> None:
        self.last_save = time.perf_counter()
