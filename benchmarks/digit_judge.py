"""A reader of handwritten digits, by which generated digits are judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from gan_studio import data, images
from gan_studio.metrics import frechet_distance

SIZE = 32
BATCH = 128
CONFIDENT = 0.9
CACHE = Path(__file__).parent / ".cache" / "digit_judge.safetensors"


class Judge(nn.Module):
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


class Reading(NamedTuple):
    """What the judge makes of N pictures."""

    features: np.ndarray
    """(N, 128)"""
    digits: np.ndarray
    """(N,) the likeliest digit"""
    confidence: np.ndarray
    """(N,) its probability"""


def block(narrow: int, wide: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(narrow, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()


def judge() -> Judge:
    """The trained judge, from the cache or, once, from MNIST's training set."""
    if not CACHE.exists():
        trained = train(data.load("mnist", SIZE))
        CACHE.parent.mkdir(exist_ok=True)
        save_file({k: v.contiguous() for k, v in trained.state_dict().items()}, CACHE)
    model = Judge()
    model.load_state_dict(load_file(CACHE))
    return model.eval()


def train(digits: data.Dataset, epochs: int = 6) -> Judge:
    """Label smoothing and slight shifts keep the features from certainty about strange pictures."""
    torch.manual_seed(0)
    model = Judge().to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    steps = epochs * (len(digits) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, steps)
    batches = shifted(data.Batches(digits, BATCH))
    for _ in tqdm(range(steps), desc="training the judge"):
        x, labels = next(batches)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(x)
        loss = cross_entropy(logits.float(), labels, label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model


def shifted(batches: data.Batches) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches moved together by up to two pixels either way; the frame of a digit is empty."""
    for batch in batches:
        dy, dx = torch.randint(-2, 3, (2,)).tolist()
        yield torch.roll(batch["image"], (dy, dx), (2, 3)), batch["label"]


@torch.inference_mode()
def read(model: Judge, pictures: Tensor) -> Reading:
    """Pictures (N, 1, 32, 32), uint8 -> what the judge makes of them."""
    features = torch.cat([model.features(images.from_uint8(part)) for part in pictures.split(500)])
    confidence, digits = model.digits(features).softmax(1).max(1)
    return Reading(features.numpy(), digits.numpy(), confidence.numpy())


def accuracy(reading: Reading, labels: Tensor) -> float:
    """Share of pictures that are read as their labels (N,)."""
    return float((reading.digits == labels.numpy()).mean())


def distance(a: Reading, b: Reading) -> float:
    """Fréchet distance in the judge's features."""
    return frechet_distance(a.features, b.features)


def readable(reading: Reading) -> float:
    """Share of pictures that are read with confidence."""
    return float((reading.confidence >= CONFIDENT).mean())


def shares(reading: Reading) -> np.ndarray:
    """How often each digit is read, (10,), in sum 1."""
    return np.bincount(reading.digits, minlength=10) / len(reading.digits)
