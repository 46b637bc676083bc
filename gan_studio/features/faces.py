"""A reader of faces: a small classifier of CelebA's 40 attributes (Liu et al., 2015, https://arxiv.org/abs/1411.7766)."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, interpolate

from gan_studio import disk
from gan_studio.batches import Batches
from gan_studio.convert import from_uint8
from gan_studio.dataset import Dataset
from gan_studio.events import Step
from gan_studio.features.learning import one_cycle

SIZE = 64
WEIGHTS = disk.SHIPPED / "face-reader" / disk.MODEL
BATCH = 64
SHIFT = 4
"""pixels by which a face may lie elsewhere in its frame"""


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


class Reader:
    """The trained network; it takes every square colour picture for a face."""

    def __init__(self, network: Network, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.network = network.eval().to(self.device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs

    def odds(self, pictures: Tensor) -> Tensor:
        """Log-odds of each attribute (N, 40), through which pictures on its device can learn."""
        return self.network(fitted(pictures))

    @torch.inference_mode()
    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures (N, 3, size, size) in [-1, 1] -> probability of each attribute, (N, 40)."""
        parts = (part.to(self.device) for part in pictures.split(250))
        return torch.cat([self.odds(part).sigmoid().cpu() for part in parts])

    def accuracy(self, faces: Dataset, shown: Tensor) -> Tensor:
        """Share of faces of which each attribute is read as it is, (40,); `shown` (N, 40) bool."""
        return ((self(from_uint8(faces.images)) > 0.5) == shown).float().mean(0)


def fitted(pictures: Tensor) -> Tensor:
    """(N, 3, size, size) -> (N, 3, 64, 64)."""
    if pictures.shape[-1] == SIZE:
        return pictures
    return interpolate(pictures, (SIZE, SIZE), mode="bilinear", antialias=True)


def load(path: Path = WEIGHTS, device: torch.device | str = "cpu") -> Reader:
    """A trained reader; ValueError with one sentence when its file is not intact."""
    network = Network()
    try:
        network.load_state_dict(disk.load_tensors(path))
    except RuntimeError:
        raise ValueError(f"{path} holds no reader of faces: other layers or shapes.") from None
    return Reader(network, device)


def train(
    faces: Dataset, shown: Tensor, epochs: int = 10, seed: int = 0
) -> Generator[Step, None, Network]:
    """Train a reader on faces of 64 pixels that show attributes (N, 40) bool."""
    torch.manual_seed(seed)
    network = Network(shown.shape[1]).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    batches = (
        (disturbed(batch["image"]), shown[batch["label"]].float())
        for batch in Batches(_numbered(faces), BATCH, seed, flips=True)
    )
    total = epochs * max(1, len(faces) // BATCH)
    return one_cycle(network, batches, binary_cross_entropy_with_logits, total, weight_decay=5e-2)


def disturbed(x: Tensor) -> Tensor:
    """Faces elsewhere in their frame, in another light, some as blurred as generated ones.

    A batch is moved, lit and blurred as one, (N, 3, H, W).
    """
    dy, dx = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
    padded = nn.functional.pad(x, [SHIFT] * 4, mode="replicate")
    x = padded[..., SHIFT + dy : SHIFT + dy + SIZE, SHIFT + dx : SHIFT + dx + SIZE]
    contrast, brightness = 1 + 0.3 * torch.rand(()) - 0.15, 0.3 * torch.rand(()) - 0.15
    if torch.rand(()) < 0.3:
        x = interpolate(avg_pool2d(x, 2), (SIZE, SIZE), mode="bilinear")
    return (x * contrast + brightness).contiguous(memory_format=torch.channels_last)


def _numbered(faces: Dataset) -> Dataset:
    """With each picture's place as its label, by which a batch finds what it shows."""
    return replace(faces, labels=torch.arange(len(faces)))
