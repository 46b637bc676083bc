"""Pictures a second at which the feature networks look.

python -m benchmarks.looking [--size 64 --seconds 5]
"""

from __future__ import annotations

import time

import torch
import tyro

from benchmarks.report import table
from gan_studio.core.devices import best_device
from gan_studio.vision import features

NETWORKS = ("embedded", "vgg19")
PART = 500


def main(size: int = 64, seconds: float = 5.0) -> None:
    pictures = torch.randint(0, 256, (PART, 3, size, size), dtype=torch.uint8)
    rows = {}
    for name in NETWORKS:
        look = features.load(name, best_device())
        look(pictures[:100])
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            look(pictures)
            count += PART
        rows[look.name] = (f"{count / (time.perf_counter() - start):.0f}",)
    table("features", "pictures a second", rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
