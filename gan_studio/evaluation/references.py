"""The real pictures that models are measured against, and those that say what can be hoped for."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from gan_studio.datasets import registry
from gan_studio.datasets.dataset import Dataset, subset

AGAINST = ("test", "all")
"""what models are compared with: pictures that they never saw, or all that there are"""
MIN_PICTURES = 100
"""pictures of each kind; among a hundred good ones a digit is missing once in 4,000 times"""


def load(dataset: str, size: int, against: str = "test") -> tuple[Dataset, Dataset | None]:
    """What to compare with, and training pictures beside which a model stands; None where all are.

    Of one's own pictures, which have no part for testing, every other one takes its place.
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
    """Both parts as one; whom they show is not asked."""
    parts = [part.images for part in (train, test) if part is not None]
    return dataclasses.replace(train, images=torch.cat(parts), labels=None, names=())


def has_enough(pictures: Dataset) -> bool:
    """Whether a training set leaves enough of one's own pictures on both sides."""
    return pictures.name in registry.DATASETS or len(pictures) >= 2 * MIN_PICTURES


def require_enough(pictures: Dataset) -> Dataset:
    """The pictures; ValueError with one sentence if they are too few to compare with."""
    if len(pictures) < MIN_PICTURES:
        raise ValueError(
            f"{pictures.name} has {len(pictures)} pictures to compare with; an evaluation needs at "
            f"least {MIN_PICTURES}."
        )
    return pictures


def subsample(pictures: Tensor, count: int) -> Tensor:
    """`count` of the pictures, or all, in an order that is always the same."""
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(1))
    return pictures[order[:count]]
