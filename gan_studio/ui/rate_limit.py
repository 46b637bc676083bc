"""Rate limits by token buckets, one for each visitor or address."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MAX_BUCKETS = 10_000
"""buckets that are kept; the least recently used one is dropped"""


class TokenBuckets:
    """Token buckets by name."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow `rate` calls per second on average, and `burst` of them at once."""
        self.rate, self.burst, self._clock = rate, burst, clock
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, cost: float = 1.0) -> float:
        """Take `cost` tokens and return 0; if there are too few, return the seconds to wait."""
        now = self._clock()
        tokens, last_time = self._tokens.pop(name, (self.burst, now))
        tokens = min(self.burst, tokens + (now - last_time) * self.rate)
        enough = tokens >= min(cost, self.burst)
        self._tokens[name] = (tokens - cost if enough else tokens, now)
        if len(self._tokens) > MAX_BUCKETS:
            self._tokens.popitem(last=False)
        return 0.0 if enough else (min(cost, self.burst) - tokens) / self.rate
