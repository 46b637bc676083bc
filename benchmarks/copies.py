"""Which copies of training pictures are found, and how many of those it calls suspicious.

python -m benchmarks.copies [--dataset celeba --size 64 --count 2500 --copies 200]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import tyro
from torch import Tensor
from torch.nn.functional import interpolate

from benchmarks.report import table
from gan_studio.datasets import registry
from gan_studio.datasets.dataset import subset
from gan_studio.studio.copies import FeatureIndex, NearestImages


class Shares(NamedTuple):
    """Shares of copies, in parts of 1."""

    nearest: float
    """whose original is the nearest training picture"""
    suspicious: float
    """of which the verdict is that they may be copies"""


def changes() -> dict[str, Callable[[Tensor], Tensor]]:
    """What is done to pictures (N, C, H, W), as numbers from 0 to 255."""
    return {
        "the same": lambda x: x,
        "mirrored": lambda x: x.flip(3),
        "noise of 12 in 255": lambda x: x + 12 * torch.randn_like(x),
        "darker by a fifth": lambda x: 0.8 * x + 10,
        "shifted by a twentieth": lambda x: x.roll((x.shape[2] // 20, -x.shape[3] // 20), (2, 3)),
        "enlarged by a fifth": lambda x: scale(x[..., edge(x), edge(x)], x.shape[-1]),
        "at half size": lambda x: scale(scale(x, x.shape[-1] // 2), x.shape[-1]),
        "70 %, and 30 % of another": lambda x: 0.7 * x + 0.3 * x.roll(1, 0),
        "another picture": lambda x: x,
    }


def edge(x: Tensor) -> slice:
    return slice(x.shape[-1] // 12, -(x.shape[-1] // 12))


def scale(x: Tensor, size: int) -> Tensor:
    return interpolate(x, (size, size), mode="bilinear", antialias=True)


def judge(results: list[NearestImages], index: FeatureIndex, first: int) -> Shares:
    names = index.train.names or tuple(map(str, range(len(index.train))))
    right = [one.names[0] == names[first + i] for i, one in enumerate(results)]
    return Shares(sum(right) / len(results), sum(one.suspicious for one in results) / len(results))


def main(dataset: str = "celeba", size: int = 64, count: int = 2500, copies: int = 200) -> None:
    torch.manual_seed(0)
    train, test = registry.load(dataset, size), registry.load(dataset, size, train=False)
    index = FeatureIndex(subset(train, torch.arange(len(train)) < count), test, torch.device("cpu"))
    rows = {}
    for name, change in changes().items():
        among = test.images if name == "another picture" else train.images
        images = change(among[:copies].float()).round().clamp(0, 255).byte()
        shares = judge([index.nearest(picture, 1) for picture in images], index, 0)
        rows[name] = tuple(f"{share:.0%}" for share in shares)
    table("copies", "original is nearest", "called suspicious", rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
