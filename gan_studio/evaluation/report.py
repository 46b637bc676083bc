"""Evaluation of a generator: its images against real ones in the features of a network."""

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
from gan_studio.gans.base import GAN, LatentGAN
from gan_studio.images import convert
from gan_studio.vision import features
from gan_studio.vision.extractor import FeatureBatch, FeatureExtractor

BATCH_PIXELS = 256 * 64**2
"""pixels that are drawn in one go"""
MAX_COUNT = 100_000
"""largest number of images of each kind"""
SUBSET = 1000
"""images in a subset of the kernel distance"""
SNAPSHOT_COUNT, SNAPSHOT_SEED = 2000, 1
"""images by which a training chooses its best checkpoint; seed 0 is left for evaluation"""


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Metrics of a set of images against real ones."""

    fid: float
    kid: float
    precision: float
    recall: float
    count: int
    confident_share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """Metrics of a model and how they were measured; None: not defined for these features."""

    model: str
    dataset: str
    against: str
    """reference set: `test` or `all`"""
    features: str
    fid: float
    kid: float
    precision: float
    recall: float
    real_vs_real: Quality
    """real training images against the same test set, or for `all` one half against the other"""
    count: int
    seed: int
    seconds: float
    """for this model alone; the real images are evaluated once for all models"""
    confident_share: float | None = None
    """share of digits that are classified with a probability of 0.9 or more"""
    histogram: tuple[float, ...] | None = None
    """share of each digit"""
    label_accuracy: float | None = None
    """for conditional models, share of digits that are classified as requested"""

    def to_fields(self) -> dict[str, Any]:
        """The fields that are not None, as JSON types."""
        fields = {k: v for k, v in dataclasses.asdict(self).items() if v is not None}
        real = {k: v for k, v in fields["real_vs_real"].items() if v is not None}
        return {**fields, "real_vs_real": real}


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The real images that models are compared with."""

    pictures: Dataset
    train: Dataset | None
    """training images for `real_vs_real`; None if `pictures` are all images"""
    features: FeatureExtractor
    count: int

    @property
    def against(self) -> str:
        return "all" if self.train is None else "test"

    @cached_property
    def real_features(self) -> FeatureBatch:
        """Features in a random order, so that any first part is a random sample."""
        return self.features(subsample(self.pictures.images, len(self.pictures)))

    @cached_property
    def real_vs_real(self) -> Quality:
        """Metrics of real images, the best that a generator can reach."""
        if self.train is not None:
            real = self.features(subsample(self.train.images, self.count))
            return self.quality(real, self.real_features)
        half = len(self.pictures) // 2  # no image may be compared with itself
        first, second = (self.real_features.rows(i * half, half) for i in range(2))
        return self.quality(first.rows(0, self.count), second)

    @property
    def pair_count(self) -> int:
        """Images of each kind for precision and recall, the same as for `real_vs_real`."""
        others = len(self.pictures) // 2 if self.train is None else len(self.train)
        return min(self.count, others)

    def quality(self, reading: FeatureBatch, beside: FeatureBatch) -> Quality:
        """Precision and recall use sets of equal size, the distances use all images."""
        ours, real = reading.features, beside.features
        pairs = min(self.pair_count, len(real), len(ours))
        shares = metrics.precision_recall(real[:pairs], ours[:pairs])
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
        """Evaluate `count` images of a model."""
        real = self.real_vs_real  # computed once for all models, outside of `seconds`
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
        """Histogram of digits; for conditional models also the label accuracy."""
        if reading.digits is None or self.pictures.name not in features.CLASSIFIABLE:
            return {}
        predictions = reading.digits.labels
        histogram = tuple(map(round_digits, metrics.histogram(predictions)))
        figures: dict[str, Any] = {"histogram": histogram}
        if gan.classes == 10:
            labels = np.arange(self.count) % gan.classes
            figures["label_accuracy"] = round_digits(float((predictions == labels).mean()))
        return figures


def snapshot_metrics(
    dataset: str, pictures: Dataset, every: int | None, device: torch.device
) -> Callable[[GAN], dict[str, Any]] | None:
    """The evaluation during a training; None if it is switched off or would be slow."""
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

    def measure(gan: GAN) -> dict[str, Any]:
        assert isinstance(gan, LatentGAN)
        ours = network(generate(gan, SNAPSHOT_COUNT, SNAPSHOT_SEED)).features
        fid = round_digits(metrics.frechet_distance(ours, reference.real_features.features))
        return {"dataset": test.name, "features": network.name, "fid": fid, "count": SNAPSHOT_COUNT}

    return measure


@torch.inference_mode()
def generate(gan: LatentGAN, count: int, seed: int) -> Tensor:
    """The first images of a seed, (count, C, H, W) uint8; conditional models cycle the classes."""
    points = gan.append_labels(gan.latents_of_seed(seed, count))
    device = next(gan.generator.parameters()).device
    rows = max(1, BATCH_PIXELS // gan.config.image_size**2)
    parts = [convert.to_uint8(gan.generator(part.to(device))) for part in points.split(rows)]
    return torch.from_numpy(np.concatenate(parts)).permute(0, 3, 1, 2)


def round_digits(value: float) -> float:
    """Round to four significant digits; more are noise."""
    return float(f"{value:.4g}")
