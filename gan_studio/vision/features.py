"""Networks in whose features pictures are compared, by name."""

from __future__ import annotations

from collections.abc import Callable

import torch

from gan_studio.vision import digits, inception, pooled
from gan_studio.vision.readings import FeatureExtractor

FEATURES: dict[str, Callable[[torch.device], FeatureExtractor]] = {
    "inception": inception.Inception,
    "digits": lambda device: digits.load(device=device),
    "vgg19": pooled.vgg19,
    "embedded": pooled.embedded,
}
DIGIT_SETS = ("digits", "mnist")
"""the data sets whose pictures are compared in the digit reader's features"""
CLASSIFIABLE = ("mnist",)
"""those of them that it can read; scikit-learn's digits fill their frame, and it misreads most"""


def default(dataset: str) -> str:
    """The features in which pictures of that kind are compared; they never need a download."""
    if dataset in DIGIT_SETS:
        return "digits"
    return "inception" if inception.local_weights() else "embedded"


def is_fast(name: str, size: int, channels: int, device: torch.device) -> bool:
    """Whether such pictures can be looked at with neither a download nor minutes of waiting."""
    if name == "digits":
        return (size, channels) == (digits.SIZE, 1)
    at_hand = name == "embedded" or inception.local_weights() is not None
    return device.type != "cpu" and at_hand


def load(name: str, device: torch.device) -> FeatureExtractor:
    """Features by name; ValueError with one sentence when they cannot be had."""
    if name not in FEATURES:
        known = ", ".join(FEATURES)
        raise ValueError(f"There are no features {name!r}; the known ones are {known}.")
    return FEATURES[name](device)


def short_name(name: str) -> str:
    """How features are asked for whose full name stands beside a number: digits for digits-32."""
    return name.partition("-")[0]
