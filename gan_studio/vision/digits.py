"""A classifier of handwritten digits, whose features are used to evaluate generated digits."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from gan_studio.core import files
from gan_studio.images import convert
from gan_studio.vision.extractor import DigitPredictions, FeatureBatch

SIZE = 32
WEIGHTS = files.SHIPPED / "digit-reader" / files.MODEL


class Network(nn.Module):
    """Images (N, 1, 32, 32) in [-1, 1] -> logits (N, 10), by way of 128 features."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *block(1, 32), *block(32, 32), nn.MaxPool2d(2),
            *block(32, 64), *block(64, 64), nn.MaxPool2d(2),
            *block(64, 96), nn.MaxPool2d(2),
            nn.Flatten(), nn.Dropout(0.3), nn.Linear(96 * 4 * 4, 128), nn.ReLU(),
        )  # fmt: skip
        self.digits = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.digits(self.features(x))


def block(narrow: int, wide: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(narrow, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()


class DigitClassifier:
    """The trained network, for grey digits of 32 x 32 pixels."""

    name = "digits-32"

    def __init__(self, network: Network, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.network = network.eval().to(self.device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs

    def check(self, size: int, channels: int) -> None:
        """ValueError unless the images are grey and of 32 pixels."""
        if (size, channels) != (SIZE, 1):
            kind = "grey" if channels == 1 else "colour"
            raise ValueError(
                f"The digit classifier takes grey pictures of {SIZE} pixels, "
                f"not {kind} ones of {size}."
            )

    @torch.inference_mode()
    def __call__(self, pictures: Tensor) -> FeatureBatch:
        """Pictures (N, 1, 32, 32) uint8 -> their features (N, 128)."""
        parts = (convert.from_uint8(part.to(self.device)) for part in pictures.split(500))
        features = torch.cat([self.network.features(part) for part in parts])
        return FeatureBatch(features.cpu().numpy(), self.classify(features))

    @torch.inference_mode()
    def classify(self, features: Tensor) -> DigitPredictions:
        """Features (N, 128) -> predicted digits."""
        confidence, labels = self.network.digits(features).softmax(1).max(1)
        return DigitPredictions(labels.cpu().numpy(), confidence.cpu().numpy())


def load(path: Path = WEIGHTS, device: torch.device | str = "cpu") -> DigitClassifier:
    """Load the trained classifier; ValueError if its file is damaged."""
    network = Network()
    files.load_weights(network, path, "digit classifier")
    return DigitClassifier(network, device)
