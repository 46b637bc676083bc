"""A small classifier of CelebA's 40 face attributes (Liu et al., 2015, https://arxiv.org/abs/1411.7766)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from gan_studio.core import files

SIZE = 64
WEIGHTS = files.SHIPPED / "face-reader" / files.MODEL


class Network(nn.Module):
    """Images (N, 3, 64, 64) in [-1, 1] -> logits (N, attributes)."""

    def __init__(self, attributes: int = 40) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *block(3, 24, stride=2), *block(24, 48, stride=2), *block(48, 48), nn.MaxPool2d(2),
            *block(48, 96), *block(96, 96), nn.MaxPool2d(2),
            *block(96, 160), nn.Flatten(), nn.Dropout(0.2),
            nn.Linear(160 * 4 * 4, 96), nn.ReLU(), nn.Dropout(0.2),
        )  # fmt: skip
        self.attributes = nn.Linear(96, attributes)

    def forward(self, x: Tensor) -> Tensor:
        return self.attributes(self.features(x))


def block(narrow: int, wide: int, stride: int = 1) -> tuple[nn.Module, ...]:
    conv = nn.Conv2d(narrow, wide, 3, stride, padding=1, bias=False)
    return conv, nn.BatchNorm2d(wide), nn.ReLU()


class FaceAttributeClassifier:
    """The trained network, for square RGB images."""

    def __init__(self, network: Network, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.network = network.eval().to(self.device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs

    def logits(self, pictures: Tensor) -> Tensor:
        """Logits of the attributes (N, 40), differentiable; the images are on its device."""
        return self.network(to_input_size(pictures))

    @torch.inference_mode()
    def features(self, pictures: Tensor) -> np.ndarray:
        """Pictures (N, 3, size, size) in [-1, 1] -> what the attributes are read from, (N, 96)."""
        parts = (part.to(self.device) for part in pictures.split(250))
        features = [self.network.features(to_input_size(part)).cpu() for part in parts]
        return torch.cat(features).numpy()

    @torch.inference_mode()
    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures (N, 3, size, size) in [-1, 1] -> probability of each attribute, (N, 40)."""
        parts = (part.to(self.device) for part in pictures.split(250))
        return torch.cat([self.logits(part).sigmoid().cpu() for part in parts])


def to_input_size(pictures: Tensor) -> Tensor:
    """(N, 3, size, size) -> (N, 3, 64, 64)."""
    if pictures.shape[-1] == SIZE:
        return pictures
    return interpolate(pictures, (SIZE, SIZE), mode="bilinear", antialias=True)


def load(path: Path = WEIGHTS, device: torch.device | str = "cpu") -> FaceAttributeClassifier:
    """Load the trained classifier; ValueError if its file is damaged."""
    network = Network()
    files.load_weights(network, path, "face attribute classifier")
    return FaceAttributeClassifier(network, device)
