"""Real images for evaluation: the reference set, and training images as an upper bound."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from gan_studio.datasets import registry
from gan_studio.datasets.dataset import Dataset, subset

AGAINST = ("test", "all")
"""reference set: images that no training used, or all images"""
MIN_PICTURES = 100
"""images of each kind; among 100 good ones a digit is missing by chance once in 4,000 times"""


def load(dataset: str, size: int, against: str = "test") -> tuple[Dataset, Dataset | None]:
    """The reference set and training images, which are None if `against` is "all".

    For own data sets, which have no test split, every other image is in the reference set.
    """
    if against not in AGAINST:
        raise ValueError(f"Models are measured against {' or '.join(AGAINST)}, not {against!r}.")
    train, test = registry.load(dataset, size), None
    if dataset in registry.DATASETS:
        test = registry.load(dataset, size, train=False)
    if against == "all":
        return require_enough(concatenate(train, test)), None
    if test is None:
        even = torch.arange(len(train)) % 2 == 0
        train, test = subset(train, even), subset(train, ~even)
    require_enough(min(train, test, key=len))
    return test, train


def concatenate(train: Dataset, test: Dataset | None) -> Dataset:
    """Both splits as one data set, without labels."""
    parts = [part.images for part in (train, test) if part is not None]
    return dataclasses.replace(train, images=torch.cat(parts), labels=None, names=())


def has_enough(pictures: Dataset) -> bool:
    """Whether there are enough images to split for an evaluation."""
    return pictures.name in registry.DATASETS or len(pictures) >= 2 * MIN_PICTURES


def require_enough(pictures: Dataset) -> Dataset:
    """Return the data set; ValueError if it has fewer than MIN_PICTURES images."""
    if len(pictures) < MIN_PICTURES:
        raise ValueError(
            f"{pictures.name} has {len(pictures)} pictures to compare with; an evaluation needs at "
            f"least {MIN_PICTURES}."
        )
    return pictures


def subsample(pictures: Tensor, count: int) -> Tensor:
    """`count` of the images, or all, in a fixed random order."""
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(1))
    return pictures[order[:count]]
