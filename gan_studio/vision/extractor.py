"""The interface of feature extractors and their outputs."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from torch import Tensor


class DigitPredictions(NamedTuple):
    """Predicted digits of N images."""

    labels: np.ndarray
    """(N,) the most likely digit"""
    confidence: np.ndarray
    """(N,) its probability"""


class FeatureBatch(NamedTuple):
    """Features of N images."""

    features: np.ndarray
    """(N, D)"""
    digits: DigitPredictions | None = None
    """predictions, if the network classifies digits"""

    def rows(self, start: int, count: int) -> FeatureBatch:
        """The features of `count` images from `start` on."""
        part = slice(start, start + count)
        digits = self.digits and DigitPredictions(*(values[part] for values in self.digits))
        return FeatureBatch(self.features[part], digits)


class FeatureExtractor(Protocol):
    """A feature extractor; metrics in different features are not comparable."""

    @property
    def name(self) -> str:
        """Name that is stored with every metric."""
        ...

    def check(self, size: int, channels: int) -> None:
        """ValueError for images that the network does not accept."""
        ...

    def __call__(self, pictures: Tensor) -> FeatureBatch:
        """Pictures (N, C, size, size) uint8 -> features."""
        ...
