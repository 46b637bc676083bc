"""A painter with a tiny network of random weights."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image

from gan_studio import vision
from gan_studio.core.events import Frame
from gan_studio.style_transfer.painter import Painter
from gan_studio.vision.network import FeatureNetwork

BLOCKS = ((4, 4), (6, 6), (8, 8), (8, 8), (8,))


def tiny(name: str = "embedded", _device: object = "cpu") -> FeatureNetwork:
    """A network of VGG's shape that costs nothing."""
    vision.loader(name)
    torch.manual_seed(0)
    network = FeatureNetwork(BLOCKS)
    for layer in network.convolutions.values():
        torch.nn.init.kaiming_normal_(layer.weight)  # pyright: ignore[reportArgumentType]
    return network.eval().requires_grad_(False)


class RecordingPainter(Painter):
    """A painter with a tiny network that takes its time and says how many paintings are open."""

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__("cpu", tiny)
        self.pause, self.open, self.ended = pause, 0, threading.Event()

    def paint(self, *args: Any, **kwargs: Any) -> Iterator[Frame]:
        return self.slowly(super().paint(*args, **kwargs))

    def slowly(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        self.open += 1
        try:
            for frame in frames:
                time.sleep(self.pause)
                yield frame
        finally:
            self.open -= 1
            self.ended.set()


def picture(width: int = 80, height: int = 64, seed: int = 0, mode: str = "RGB") -> Image.Image:
    """Blots of chance."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).convert(mode)
