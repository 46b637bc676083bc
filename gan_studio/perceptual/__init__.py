"""Networks through which style transfer looks at pictures, by name."""

from __future__ import annotations

from collections.abc import Callable

import torch

from gan_studio.perceptual import embedded, vgg19
from gan_studio.perceptual.network import FeatureNetwork

NETWORKS: dict[str, Callable[[], FeatureNetwork]] = {
    "embedded": embedded.load,
    "vgg19": vgg19.load,
}


def load(name: str, device: torch.device | str = "cpu") -> FeatureNetwork:
    """A network by name, its weights frozen; ValueError with one sentence when it cannot be had."""
    if name not in NETWORKS:
        known = ", ".join(NETWORKS)
        raise ValueError(f"There is no perceptual network {name!r}; the known ones are {known}.")
    return NETWORKS[name]().to(device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs
