"""Features of pictures, and what digits they are read as."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from torch import Tensor


class DigitPredictions(NamedTuple):
    """N pictures, read as digits."""

    labels: np.ndarray
    """(N,) the likeliest digit"""
    confidence: np.ndarray
    """(N,) its probability"""


class FeatureBatch(NamedTuple):
    """N pictures, seen by a network."""

    features: np.ndarray
    """(N, D)"""
    digits: DigitPredictions | None = None
    """from a network that reads digits"""

    def rows(self, start: int, count: int) -> FeatureBatch:
        """So many of the pictures."""
        among = slice(start, start + count)
        digits = self.digits and DigitPredictions(*(values[among] for values in self.digits))
        return FeatureBatch(self.features[among], digits)


class FeatureExtractor(Protocol):
    """A network whose features are compared; numbers from different ones are not comparable."""

    @property
    def name(self) -> str:
        """What stands beside every number that came from it."""
        ...

    def check(self, size: int, channels: int) -> None:
        """ValueError for pictures that it cannot take as they are."""
        ...

    def __call__(self, pictures: Tensor) -> FeatureBatch:
        """Pictures (N, C, size, size) uint8 -> what it makes of them."""
        ...
