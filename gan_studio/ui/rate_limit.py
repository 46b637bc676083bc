"""Rate limits by token buckets, one for each visitor or address."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MAX_BUCKETS = 10_000
"""whose buckets are remembered; who has not come for longest gets a new one, which is full"""


class TokenBuckets:
    """Token buckets by name."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """So many calls a second in the long run, and `burst` of them at once."""
        self.rate, self.burst, self._clock = rate, burst, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, cost: float = 1.0) -> float:
        """Take so much out of a bucket; else, nothing taken, the seconds until there is enough."""
        now = self._clock()
        left, then = self._left.pop(name, (self.burst, now))
        left = min(self.burst, left + (now - then) * self.rate)
        enough = left >= min(cost, self.burst)
        self._left[name] = (left - cost if enough else left, now)
        if len(self._left) > MAX_BUCKETS:
            self._left.popitem(last=False)
        return 0.0 if enough else (min(cost, self.burst) - left) / self.rate
