"""A classifier of spoken digits, which reads their spectrograms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from gan_studio.core import files
from gan_studio.sound import digits

SIZE = digits.SIZE
WEIGHTS = files.SHIPPED / "spoken-digit-reader" / files.MODEL


class Network(nn.Module):
    """Pictures (N, 1, 64, 64) in [-1, 1] -> logits (N, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *block(1, 16), *block(16, 32), *block(32, 48), *block(48, 64),
            nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 4 * 4, 96), nn.ReLU(), nn.Linear(96, 10),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def block(narrow: int, wide: int) -> tuple[nn.Module, ...]:
    conv = nn.Conv2d(narrow, wide, 3, padding=1, bias=False)
    return conv, nn.BatchNorm2d(wide), nn.ReLU(), nn.MaxPool2d(2)


class SpokenDigitClassifier:
    """The trained network, for pictures of sound and for sound."""

    def __init__(self, network: Network) -> None:
        self.network = network.eval()

    @torch.inference_mode()
    def __call__(self, pictures: Tensor) -> np.ndarray:
        """Pictures (N, 1, 64, 64) in [-1, 1] -> the digits that are read, (N,)."""
        parts = [self.network(part).argmax(1) for part in pictures.split(250)]
        return torch.cat(parts).numpy()

    def hear(self, waves: Tensor) -> np.ndarray:
        """Waves (N, T) at the studio's rate -> the digits that are heard, (N,)."""
        return self(torch.cat([digits.picture(wave) for wave in waves]))


def load(path: Path = WEIGHTS) -> SpokenDigitClassifier:
    """Load the trained classifier; ValueError if its file is damaged."""
    network = Network()
    files.load_weights(network, path, "classifier of spoken digits")
    return SpokenDigitClassifier(network)
