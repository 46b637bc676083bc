"""Images per second of the project's DCGAN training against a textbook loop; where its time goes.

    python -m benchmarks.training_throughput

Networks, batch and machine are the same; everything else is as either side does it. The project
penalises the discriminator's gradient on a quarter of each batch (R1), which the textbook does not,
so both sides are timed with and without it. `ratio` is against the plain textbook loop, `like for
like` against the textbook loop that also pays for R1 where the project does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Literal

import torch
import tyro

from benchmarks import convolutions, report, textbook
from gan_studio import training
from gan_studio.core.devices import fast_bfloat16
from gan_studio.core.events import Event, Step
from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batches
from gan_studio.datasets.dataset import Dataset
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import TrainingConfig
from gan_studio.gans.families import dcgan

Precision = Literal["auto", "float32", "bfloat16"]
FOREVER = 10**9
COLUMNS = ("", "images/s", "ratio", "like for like")
BASELINES = {True: "textbook + R1", False: "textbook"}


def studio(digits: Dataset, chunk: int, precision: Precision, r1_gamma: float) -> Generator[Event]:
    """The project's training, pausing after every `chunk` updates."""
    config = dcgan.Config(r1_gamma=r1_gamma)
    settings = TrainingConfig(
        steps=FOREVER,
        log_every=chunk,
        sample_every=FOREVER,
        save_every=FOREVER,
        precision=precision,
    )
    torch.manual_seed(0)
    gan = dcgan.DCGAN(config)
    manifest = Manifest(family="dcgan", config=config, channels=1, dataset="mnist")
    with tempfile.TemporaryDirectory() as directory:
        batches = Batches(digits, config.batch_size)
        with closing(training.train(gan, batches, settings, Path(directory), manifest)) as events:
            yield from (event for event in events if isinstance(event, Step))


def plain(chunk: int, workers: int, r1_gamma: float) -> Generator[object]:
    """The textbook's training, pausing after every `chunk` updates."""
    torch.manual_seed(0)
    losses = textbook.train(*textbook.players(normalised=False), textbook.loader(workers), r1_gamma)
    while True:
        yield next(islice(losses, chunk - 1, None))


def contenders(chunk: int, workers: int) -> dict[str, Generator[object]]:
    digits = registry.load("mnist", textbook.CONFIG.image_size)
    gamma = textbook.CONFIG.r1_gamma
    return {
        "textbook": plain(chunk, workers, 0.0),
        "textbook + R1": plain(chunk, workers, gamma),
        "studio, its default (R1)": studio(digits, chunk, "auto", gamma),
        "studio without R1": studio(digits, chunk, "auto", 0.0),
        "studio in float32 (R1)": studio(digits, chunk, "float32", gamma),
        "studio in float32 without R1": studio(digits, chunk, "float32", 0.0),
    }


def main(*, chunk: int = 20, repetitions: int = 15, threads: int = 2, workers: int = 2) -> None:
    """Time both sides in turn.

    Args:
        chunk: updates of each side in one turn
        repetitions: turns
        threads: of torch, for both sides
        workers: processes of the textbook's data loader
    """
    torch.set_num_threads(threads)
    with ExitStack() as stack:
        sides = contenders(chunk, workers)
        for side in sides.values():
            stack.callback(side.close)
            next(side)  # warms up
        seconds = report.alternate({n: s.__next__ for n, s in sides.items()}, repetitions)
    images = chunk * textbook.CONFIG.batch_size
    speeds = {name: images / time for name, time in report.medians(seconds).items()}
    rows = {}
    for name, speed in speeds.items():
        like = speeds[BASELINES["R1" in name and "without" not in name]]
        rows[name] = (f"{speed:.0f}", f"{speed / speeds['textbook']:.2f}", f"{speed / like:.2f}")
    report.table(*COLUMNS, rows=rows)
    explain()


def explain() -> None:
    """Print where an update's time goes and how fast its convolutions are."""
    digits = registry.load("mnist", textbook.CONFIG.image_size)
    with closing(studio(digits, 1, "auto", textbook.CONFIG.r1_gamma)) as updates:
        for _ in range(5):
            next(updates)
        share = convolutions.breakdown(updates.__next__)
    rows = {n: (f"{ms:.1f}", f"{ms / share.total:.0%}") for n, ms in share.milliseconds.items()}
    report.table("one update of the studio's default", "ms", "share", rows=rows)
    rates = {
        "float32 peak of a convolution": convolutions.peak(torch.float32),
        "bfloat16 peak of a convolution": convolutions.peak(torch.bfloat16),
        "the update's convolutions": 1000 * share.convolution_flops / share.convolving,
        "the update as a whole": 1000 * share.convolution_flops / share.total,
    }
    bfloat16 = fast_bfloat16(torch.device("cpu"))
    best = rates[f"{'bfloat16' if bfloat16 else 'float32'} peak of a convolution"]
    rows = {name: (f"{rate / 1e9:.0f}", f"{rate / best:.0%}") for name, rate in rates.items()}
    report.table("", "GFLOP/s", "of the peak", rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
