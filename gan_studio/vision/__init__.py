"""Perceptual networks of style transfer, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from gan_studio.core.events import Download
from gan_studio.vision import distilled, vgg19
from gan_studio.vision.network import FeatureNetwork

NETWORKS: dict[str, Callable[[], FeatureNetwork]] = {
    "embedded": distilled.load,
    "vgg19": vgg19.load,
}


def load(name: str, device: torch.device | str = "cpu") -> FeatureNetwork:
    """Load a network by name, with frozen weights; ValueError if it is not available."""
    network = loader(name)()
    return network.to(device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs


def is_available(name: str) -> bool:
    """Whether `load` works without a network connection."""
    return loader(name) is not vgg19.load or vgg19.local_weights() is not None


def fetch(name: str) -> Iterator[Download]:
    """Download the weights, with progress; yields nothing if they are on this machine."""
    return vgg19.fetch() if loader(name) is vgg19.load else iter(())


def loader(name: str) -> Callable[[], FeatureNetwork]:
    """The function that loads a network; ValueError for an unknown name."""
    if name not in NETWORKS:
        names = ", ".join(NETWORKS)
        raise ValueError(f"There is no perceptual network {name!r}; the known ones are {names}.")
    return NETWORKS[name]
