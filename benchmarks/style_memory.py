"""The memory that paintings take, against what is predicted before they begin.

python -m benchmarks.style_memory
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
from typing import Literal

import psutil
import torch
import tyro

from benchmarks import report
from gan_studio.style_transfer import StyleConfig, memory, stylize
from gan_studio.vision.network import STUDENT, VGG19, FeatureNetwork

SHAPES = {"embedded": STUDENT, "vgg19": VGG19}
CASES = {"embedded": (256, 512, 1024), "vgg19": (256, 512)}
"""sizes at which each shape of network is measured; what its weights are does not matter"""


def measure(shape: str, size: int, optimizer: Literal["lbfgs", "adam"], steps: int) -> list[int]:
    """Bytes: predicted, measured above what the process took before, and of the whole process."""
    network = FeatureNetwork(SHAPES[shape]).eval().requires_grad_(False)
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs
    config = StyleConfig(size=size, steps=steps, optimizer=optimizer)
    content, style = (2 * torch.rand(1, 3, size, size) - 1 for _ in range(2))
    before = psutil.Process().memory_info().rss
    for _ in stylize(content, style, network, config):
        pass
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return [memory.predict_bytes(network, (size, size), config), peak - before, peak]


def main(*, steps: int = 3) -> None:
    """Paint noise in the style of noise, each painting in a process of its own.

    Args:
        steps: updates at each size; the memory of L-BFGS grows with their number
    """
    rows = {}
    fresh = multiprocessing.get_context("spawn")
    for shape, sizes in CASES.items():
        for size in sizes:
            for optimizer in ("adam", "lbfgs"):
                with fresh.Pool(1) as pool:
                    figures = pool.apply(measure, (shape, size, optimizer, steps))
                prediction, measurement, _ = figures
                name = f"{shape}, {size} px, {optimizer}"
                cells = [f"{value / 1e6:.0f}" for value in figures]
                rows[name] = (*cells, f"{prediction / measurement:.2f}")
                print(name, *rows[name], flush=True)
    report.table("MB", "predicted", "measured", "whole process", "ratio", rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
