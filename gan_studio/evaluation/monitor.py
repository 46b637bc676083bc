"""Diagnostics of a running training: outputs of the discriminator, distance and diversity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from gan_studio import vision
from gan_studio.datasets.batches import Batch
from gan_studio.datasets.dataset import Dataset
from gan_studio.datasets.pairs import PairBatches, PairDataset
from gan_studio.evaluation import metrics
from gan_studio.gans.base import GAN
from gan_studio.images import convert
from gan_studio.vision import digits, features

T = TypeVar("T")

COUNT = 128
"""images of each kind; of ten equal classes one is missing by chance once in 70,000 times"""
SEED = 2
"""of the latents and the choice of real images; not the seed of the grid or of evaluations"""
MIN_SIZE, MAX_SIZE = 32, 64
"""input size of the perceptual network in pixels; other images are resized to this range"""
LAYER = "relu3_1"
MIN_SPREAD = 1e-3
"""spread of equal images, but for rounding; that of digits is about ten"""
MIN_NEAREST = 0.05
"""relative nearest-neighbour distance below which images are repeated; healthy toys have 0.10 and
more, most of them near 1"""
NORMS = nn.BatchNorm1d, nn.BatchNorm2d


class Monitor:
    """Monitors a training on `pictures`; `held_out` are real images that are not trained on."""

    def __init__(self, pictures: Dataset, held_out: Dataset | None, device: torch.device) -> None:
        self.device = device
        self.train = fixed_batch(pictures, device)
        self.held_out = (
            fixed_batch(held_out, device) if held_out is not None and len(held_out) else None
        )
        shape = pictures.images.shape[-1], pictures.channels
        self.has_digits = pictures.name in features.CLASSIFIABLE and shape == (digits.SIZE, 1)

    def __call__(self, gan: GAN) -> dict[str, float]:
        """Diagnostic values by name; changes neither the GAN nor the global random state."""
        with eval_mode(gan), torch.inference_mode():
            fake = gan.fakes(self.train, COUNT, SEED)
            return {**self.discriminator_values(gan, fake), **self.image_values(fake["image"])}

    def discriminator_values(self, gan: GAN, fake: Batch) -> dict[str, float]:
        """Mean outputs of the discriminator for real, generated and held-out images."""
        real, fake_values = gan.discriminate(self.train), gan.discriminate(fake).values
        values = {
            "real": real.values.mean(),
            "fake": fake_values.mean(),
            "accuracy": accuracy(real.values, fake_values, real.output),
        }
        if self.held_out is not None:
            values["held_out"] = gan.discriminate(self.held_out).values.mean()
        return dict(zip(values, torch.stack(list(values.values())).tolist(), strict=True))

    def image_values(self, fake: Tensor) -> dict[str, float]:
        """Fréchet distance, diversity and missing digits of images (COUNT, C, size, size)."""
        if not bool(fake.isfinite().all()):
            return {}  # the other values show that the training diverges
        real, ours = self.real, self.features(fake)
        values: dict[str, float] = {}
        if len(real) > 1:
            values["distance"] = metrics.frechet_distance(ours, real)
        if spread(real) > MIN_SPREAD:
            values["diversity"] = diversity(ours, real)
        if self.digit_classifier:
            predictions = self.digit_classifier(
                torch.from_numpy(convert.to_uint8(fake)).permute(0, 3, 1, 2)
            ).digits
            assert predictions
            values["missing"] = float(10 - len(np.unique(predictions.labels)))
        return values

    @cached_property
    def real(self) -> np.ndarray:
        """Features of the real images, (N, D); computed once."""
        return self.features(self.train["image"])

    @cached_property
    def digit_classifier(self) -> digits.DigitClassifier | None:
        return keep_rng(lambda: digits.load(device=self.device)) if self.has_digits else None

    @cached_property
    def network(self) -> nn.Module:
        return keep_rng(lambda: vision.load("embedded", self.device))

    def features(self, x: Tensor) -> np.ndarray:
        """Pictures (N, C, size, size) in [-1, 1] -> mean activations, (N, D)."""
        size = min(max(x.shape[-1], MIN_SIZE), MAX_SIZE)
        if x.shape[-1] != size:
            x = interpolate(x, (size, size), mode="bilinear", antialias=True)
        x = x.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        return self.network(x, [LAYER])[LAYER].mean((2, 3)).cpu().numpy()


def keep_rng(build: Callable[[], T]) -> T:
    """Build a network without using random numbers for weights that are overwritten."""
    with torch.random.fork_rng(devices=[]):  # built on the CPU
        return build()


@contextmanager
def eval_mode(gan: GAN) -> Iterator[None]:
    """Evaluation mode within the block; afterwards the GAN is as it was.

    Batch norms of the discriminator use the statistics of the batch, as in training, where real and
    generated images come in separate batches: the running statistics mix both and suit neither.
    """
    modes = {module: module.training for module in gan.modules()}
    norms = [m for m in gan.discriminator.modules() if isinstance(m, NORMS)]
    running = [(m.running_mean, m.running_var) for m in norms]
    gan.eval()
    for m in norms:
        m.running_mean = m.running_var = None  # torch then takes the batch's
    try:
        yield
    finally:
        for m, (mean, var) in zip(norms, running, strict=True):
            m.running_mean, m.running_var = mean, var
        for module, mode in modes.items():
            module.training = mode


def fixed_batch(pictures: Dataset, device: torch.device) -> Batch:
    """COUNT images, or all if there are fewer, the same at every call."""
    if isinstance(pictures, PairDataset):
        return PairBatches(pictures, min(COUNT // 2, len(pictures)), SEED, device).first(COUNT // 2)
    rng = torch.Generator().manual_seed(SEED)
    indices = torch.randperm(len(pictures), generator=rng)[:COUNT]
    batch: Batch = {"image": convert.from_uint8(pictures.images[indices].to(device))}
    if pictures.labels is not None:
        batch["label"] = pictures.labels[indices].to(device)
    if pictures.captions:
        parts = pictures.captions.batch(indices.tolist(), SEED, 0)
        batch |= {name: part.to(device) for name, part in parts.items()}
    return batch


def accuracy(real: Tensor, fake: Tensor, output: str) -> Tensor:
    """Accuracy of the discriminator from its outputs for real (N,) and fake (M,), ()."""
    middle = (real.mean() + fake.mean()) / 2
    threshold = 0.5 if output == "probability" else middle
    sides = real > threshold, fake <= threshold
    if output == "energy":
        sides = real < threshold, fake >= threshold
    shares: list[Tensor] = [side.float().mean() for side in sides]
    return torch.stack(shares).mean()


def diversity(ours: np.ndarray, real: np.ndarray) -> float:
    """Spread of features (N, D) relative to the real ones (M, D); near 0 if images are repeated.

    A few distinct images, each repeated, have the full spread. So a small nearest-neighbour
    distance reduces it, which is comparable only for equal counts.
    """
    ratio = spread(ours) / spread(real)
    if len(ours) == len(real):
        apart = nearest(ours) / max(nearest(real), MIN_SPREAD)  # real images may all be duplicates
        ratio *= min(1.0, apart / MIN_NEAREST)
    return ratio


def spread(x: np.ndarray) -> float:
    """Root of the total variance of features (N, D)."""
    return float(np.sqrt(x.var(0, dtype=np.float64).sum()))


def nearest(x: np.ndarray) -> float:
    """Mean distance of features (N, D) to their nearest neighbour."""
    t = torch.from_numpy(x).double()
    return float(torch.cdist(t, t).fill_diagonal_(torch.inf).min(1).values.mean())
