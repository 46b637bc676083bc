"""Feature extractors for evaluation, by name."""

from __future__ import annotations

from collections.abc import Callable

import torch

from gan_studio.vision import digits, inception, pooled
from gan_studio.vision.extractor import FeatureExtractor

FEATURES: dict[str, Callable[[torch.device], FeatureExtractor]] = {
    "inception": inception.Inception,
    "digits": lambda device: digits.load(device=device),
    "vgg19": pooled.vgg19,
    "embedded": pooled.load_embedded,
}
DIGIT_SETS = ("digits", "mnist")
"""data sets that are evaluated in the features of the digit classifier"""
CLASSIFIABLE = ("mnist",)
"""those that it classifies well; scikit-learn's digits fill their frame, and most are wrong"""


def default(dataset: str) -> str:
    """The default extractor for a data set; it never needs a download."""
    if dataset in DIGIT_SETS:
        return "digits"
    return "inception" if inception.local_weights() else "embedded"


def is_fast(name: str, size: int, channels: int, device: torch.device) -> bool:
    """Whether these features take neither a download nor minutes of computation."""
    if name == "digits":
        return (size, channels) == (digits.SIZE, 1)
    at_hand = name == "embedded" or inception.local_weights() is not None
    return device.type != "cpu" and at_hand


def load(name: str, device: torch.device) -> FeatureExtractor:
    """Load an extractor by name; ValueError if it is not available."""
    if name not in FEATURES:
        names = ", ".join(FEATURES)
        raise ValueError(f"There are no features {name!r}; the known ones are {names}.")
    return FEATURES[name](device)


def short_name(name: str) -> str:
    """The name in FEATURES of an extractor with a full name: digits for digits-32."""
    return name.partition("-")[0]
