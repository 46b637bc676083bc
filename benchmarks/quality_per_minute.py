"""How long the project's default recipe takes to the quality of the textbook's after some minutes.

    python -m benchmarks.quality_per_minute

The textbook has batch normalisation in both players, Adam 2e-4 with beta1 0.5, no averaging and no
penalty; its samples are drawn with running and with batch statistics, and the better ones count.
Only training is timed, saving included; judging is not.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import torch
import tyro
from torch import Tensor, nn

from benchmarks import report, textbook
from gan_studio.core.events import Checkpoint
from gan_studio.datasets import registry
from gan_studio.evaluation.metrics import frechet_distance
from gan_studio.gans import checkpoint
from gan_studio.gans.config import TrainingConfig
from gan_studio.gans.latents import paths
from gan_studio.images import convert
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.studio import Studio
from gan_studio.vision import digits

Measure = Callable[[nn.Module], float]
COLUMNS = ("", "seconds", "updates", "distance", "ratio")


@torch.inference_mode()
def pictures(G: nn.Module, count: int) -> Tensor:
    """The first `count` pictures of seed 0, (count, 1, 32, 32) uint8."""
    z = paths.from_seed(0, count, textbook.CONFIG.latent_dim)
    levels = torch.cat([torch.from_numpy(convert.to_uint8(G(part))) for part in z.split(250)])
    return levels.permute(0, 3, 1, 2)


def measure(count: int) -> Measure:
    """Generator -> distance of `count` pictures to MNIST's test set."""
    classify = digits.load()
    test = classify(registry.load("mnist", digits.SIZE, train=False).images).features
    return lambda G: frechet_distance(classify(pictures(G, count)).features, test)


def by_the_book(seconds: float, workers: int) -> tuple[nn.Module, int]:
    """A generator that was trained for that long, and its number of updates."""
    torch.manual_seed(0)
    G, D = textbook.players(normalised=True)
    batches = textbook.loader(workers)
    end = time.perf_counter() + seconds
    losses = takewhile(lambda _: time.perf_counter() < end, textbook.train(G, D, batches))
    return G, sum(1 for _ in losses)


def until(target: float, distance: Measure, every: int, limit: float) -> tuple[float, int, float]:
    """Seconds, updates and distance when the default recipe comes to the target, or gives up."""
    settings = TrainingConfig(steps=10**9, save_every=every, sample_every=10**9, evaluate_every=0)
    seconds, value = 0.0, math.inf
    with tempfile.TemporaryDirectory() as directory:
        train = Studio(device="cpu").train
        request = TrainingRequest(
            family="dcgan",
            dataset="mnist",
            config=textbook.CONFIG,
            settings=settings,
            output=Path(directory),
        )
        with closing(train(request)) as events:
            start = time.perf_counter()
            for event in events:
                seconds += time.perf_counter() - start
                if isinstance(event, Checkpoint) and event.step:
                    value = distance(checkpoint.load_model(event.path)[0].generator)
                    print(f"step {event.step}: {seconds:.0f} s, distance {value:.1f}", flush=True)
                    if value <= target or seconds > limit:
                        return seconds, event.step, value
                start = time.perf_counter()
    raise AssertionError("the training has no end")


def main(
    *,
    minutes: float = 5,
    every: int = 50,
    count: int = 5000,
    threads: int = 2,
    workers: int = 2,
) -> None:
    """Train the textbook for some minutes, then the default recipe until it is as good.

    Args:
        minutes: of the textbook's training
        every: updates between two looks at the default recipe
        count: pictures that are judged
        threads: of torch, for both
        workers: processes of the textbook's data loader
    """
    torch.set_num_threads(threads)
    distance = measure(count)
    book, updates = by_the_book(60 * minutes, workers)
    target = min(distance(book.eval()), distance(book.train()))
    print(f"textbook: {updates} updates, distance {target:.1f}", flush=True)
    seconds, steps, final = until(target, distance, every, limit=120 * minutes)
    ratio = seconds / (60 * minutes)
    rows = {
        "textbook": (f"{60 * minutes:.0f}", str(updates), f"{target:.1f}", "1.00"),
        "studio's default": (f"{seconds:.0f}", str(steps), f"{final:.1f}", f"{ratio:.2f}"),
    }
    report.table(*COLUMNS, rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
