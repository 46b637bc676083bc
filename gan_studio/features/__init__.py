"""Networks in whose features pictures are compared, by name."""

from __future__ import annotations

from collections.abc import Callable

import torch

from gan_studio.features import inception, reader
from gan_studio.features.reading import Features

FEATURES: dict[str, Callable[[torch.device], Features]] = {
    "inception": inception.load,
    "digits": lambda device: reader.load(device=device),
}
DIGITS = ("digits", "mnist")
"""the data sets whose pictures are compared in the digit reader's features"""
READ = ("mnist",)
"""those of them that it can read; scikit-learn's digits fill their frame, and it misreads most"""


def default(dataset: str) -> str:
    """The features in which pictures of that kind are compared."""
    return "digits" if dataset in DIGITS else "inception"


def quick(name: str, size: int, channels: int, device: torch.device) -> bool:
    """Whether such pictures can be looked at with neither a download nor minutes of waiting."""
    if name == "digits":
        return (size, channels) == (reader.SIZE, 1)
    return device.type != "cpu" and inception.at_hand() is not None


def load(name: str, device: torch.device) -> Features:
    """Features by name; ValueError with one sentence when they cannot be had."""
    if name not in FEATURES:
        known = ", ".join(FEATURES)
        raise ValueError(f"There are no features {name!r}; the known ones are {known}.")
    return FEATURES[name](device)
