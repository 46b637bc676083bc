"""How good a generator is: its pictures beside real ones, as a feature network sees them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_studio.datasets.dataset import Dataset
from gan_studio.evaluation import metrics, references
from gan_studio.evaluation.references import subsample
from gan_studio.gans.base import LatentGAN
from gan_studio.gans.latents import paths
from gan_studio.images import convert
from gan_studio.vision import features
from gan_studio.vision.readings import FeatureBatch, FeatureExtractor

MAX_COUNT = 100_000
"""pictures of each kind"""
SUBSET = 1000
"""pictures in a subset of the kernel distance, unless there are fewer"""
SNAPSHOT_COUNT, SNAPSHOT_SEED = 2000, 1
"""pictures by which a training chooses its best; not those of seed 0, which judge it later"""


@dataclass(frozen=True, kw_only=True)
class Quality:
    """A set of pictures against real ones."""

    fid: float
    kid: float
    precision: float
    recall: float
    count: int
    confident_share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was measured of a model, and how; None is what these features do not say."""

    model: str
    dataset: str
    against: str
    """test, its part that no training saw, or all of it"""
    features: str
    fid: float
    kid: float
    precision: float
    recall: float
    real_vs_real: Quality
    """real training pictures against the same test set, or among all one half against the other;
    as many as of the model, or as there are"""
    count: int
    seed: int
    seconds: float
    """for this model alone; what the real pictures take, they take once for all models"""
    confident_share: float | None = None
    """share of the pictures that are read with a probability of 0.9 or more"""
    histogram: tuple[float, ...] | None = None
    """how often each digit is read"""
    label_accuracy: float | None = None
    """of a conditional model, the share that is read as the digit that was asked for"""

    def to_fields(self) -> dict[str, Any]:
        """What is said, for JSON."""
        said = {k: v for k, v in dataclasses.asdict(self).items() if v is not None}
        real = {k: v for k, v in said["real_vs_real"].items() if v is not None}
        return {**said, "real_vs_real": real}


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The real pictures that models are compared with."""

    pictures: Dataset
    train: Dataset | None
    """others beside which a model stands; None where the pictures are all that there are"""
    features: FeatureExtractor
    count: int

    @property
    def against(self) -> str:
        return "all" if self.train is None else "test"

    @cached_property
    def real_features(self) -> FeatureBatch:
        """The pictures in a random order, so that any first part of them is a fair one."""
        return self.features(subsample(self.pictures.images, len(self.pictures)))

    @cached_property
    def real_vs_real(self) -> Quality:
        """The best that a generator can hope for."""
        if self.train is not None:
            real = self.features(subsample(self.train.images, self.count))
            return self.quality(real, self.real_features)
        half = len(self.pictures) // 2  # a picture compared with itself would flatter
        first, second = (self.real_features.rows(i * half, half) for i in range(2))
        return self.quality(first.rows(0, self.count), second)

    @property
    def pair_count(self) -> int:
        """Pictures of each kind for precision and recall: as many as between real ones."""
        others = len(self.pictures) // 2 if self.train is None else len(self.train)
        return min(self.count, others)

    def quality(self, reading: FeatureBatch, beside: FeatureBatch) -> Quality:
        """Precision and recall compare sets of equal size, the distances all there is."""
        ours, real = reading.features, beside.features
        shares = metrics.precision_recall(*equal_counts(real, ours, self.pair_count))
        subset = min(SUBSET, len(ours), len(real))
        return Quality(
            fid=round_digits(metrics.frechet_distance(ours, real)),
            kid=round_digits(metrics.kernel_distance(ours, real, size=subset)),
            precision=round_digits(shares.precision),
            recall=round_digits(shares.recall),
            count=len(ours),
            confident_share=self.confident_share(reading),
        )

    def confident_share(self, reading: FeatureBatch) -> float | None:
        if reading.digits is None or self.pictures.name not in features.CLASSIFIABLE:
            return None
        return round_digits(metrics.confident_share(reading.digits.confidence))

    def report(self, name: str, gan: LatentGAN, seed: int) -> Report:
        """Draw, look, compare."""
        real = self.real_vs_real  # counted once for all models, and in none's seconds
        start = time.perf_counter()
        reading = self.features(generate(gan, self.count, seed))
        quality = dataclasses.asdict(self.quality(reading, self.real_features))
        return Report(
            model=name,
            dataset=self.pictures.name,
            against=self.against,
            features=self.features.name,
            real_vs_real=real,
            seed=seed,
            **quality,
            **self.digits(gan, reading),
            seconds=round(time.perf_counter() - start, 1),
        )

    def digits(self, gan: LatentGAN, reading: FeatureBatch) -> dict[str, Any]:
        """How often each digit is drawn; of a conditional model, how often the one asked for."""
        if reading.digits is None or self.pictures.name not in features.CLASSIFIABLE:
            return {}
        read = reading.digits.labels
        known: dict[str, Any] = {"histogram": tuple(map(round_digits, metrics.histogram(read)))}
        if gan.classes == 10:
            asked = np.arange(self.count) % gan.classes
            known["label_accuracy"] = round_digits(metrics.agreement(read, asked))
        return known


def snapshot_metrics(
    dataset: str, pictures: Dataset, every: int | None, device: torch.device
) -> Callable[[LatentGAN], dict[str, Any]] | None:
    """What a training measures of its generator; None when it is not to, or it would take long."""
    size, name = pictures.images.shape[-1], features.default(pictures.name)
    quick = features.is_fast(name, size, pictures.channels, device) and references.has_enough(
        pictures
    )
    if every == 0 or (every is None and not quick):
        return None
    network = features.load(name, device)
    network.check(size, pictures.channels)
    test, train = references.load(dataset, size)
    reference = Reference(pictures=test, train=train, features=network, count=SNAPSHOT_COUNT)

    def measure(gan: LatentGAN) -> dict[str, Any]:
        ours = network(generate(gan, SNAPSHOT_COUNT, SNAPSHOT_SEED)).features
        fid = round_digits(metrics.frechet_distance(ours, reference.real_features.features))
        return {"dataset": test.name, "features": network.name, "fid": fid, "count": SNAPSHOT_COUNT}

    return measure


@torch.inference_mode()
def generate(gan: LatentGAN, count: int, seed: int) -> Tensor:
    """A seed's first pictures, (count, C, H, W) uint8; a conditional model draws each in turn."""
    points = gan.labelled(paths.from_seed(seed, count, gan.config.latent_dim))
    device = next(gan.generator.parameters()).device
    parts = [convert.to_uint8(gan.generator(part.to(device))) for part in points.split(256)]
    return torch.from_numpy(np.concatenate(parts)).permute(0, 3, 1, 2)


def equal_counts(real: np.ndarray, ours: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The first of both, as many of the one as of the other."""
    n = min(most, len(real), len(ours))
    return real[:n], ours[:n]


def round_digits(value: float) -> float:
    """Four digits: more are noise."""
    return float(f"{value:.4g}")
