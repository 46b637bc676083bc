"""Images per second of each family's training against a plain loop for the same networks.

    python -m benchmarks.family_throughput

Each family trains by its default recipe on MNIST at 32 pixels, with evaluation, sampling and saving
out of the way. `plain_loops` says what the other side does, and what the two have in common.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path

import torch
import tyro

from benchmarks import plain_loops, report, textbook
from gan_studio import training
from gan_studio.core.events import Event, Step
from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batches
from gan_studio.datasets.dataset import Dataset
from gan_studio.gans.base import LatentGAN
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import TrainingConfig
from gan_studio.gans.families import FAMILIES, family

FOREVER = 10**9


def default_manifest(name: str, digits: Dataset) -> Manifest:
    """The family's default; ValueError for a name that no family has."""
    kind = family(name)
    config = kind.config()
    classes = digits.classes if kind.gan.conditional(config) else 0
    return Manifest(family=name, config=config, channels=1, dataset="mnist", classes=classes)


def ours(manifest: Manifest, digits: Dataset, chunk: int) -> Generator[Event]:
    """The project's training, pausing after every `chunk` updates."""
    settings = TrainingConfig(
        steps=FOREVER, log_every=chunk, sample_every=FOREVER, save_every=FOREVER, evaluate_every=0
    )
    torch.manual_seed(0)
    gan, batches = manifest.build(), Batches(digits, manifest.config.batch_size)
    with tempfile.TemporaryDirectory() as directory:
        events = training.train(gan, batches, settings, Path(directory), manifest)
        with closing(events):
            yield from (event for event in events if isinstance(event, Step))


def plain(manifest: Manifest, chunk: int, workers: int) -> Generator[object]:
    """The plain loop's training, pausing after every `chunk` updates."""
    torch.manual_seed(0)
    gan = manifest.build()
    assert isinstance(gan, LatentGAN)
    losses = plain_loops.train(manifest.family, gan, textbook.loader(workers))
    while True:
        yield next(islice(losses, chunk - 1, None))


def speeds(
    manifest: Manifest, digits: Dataset, chunk: int, repetitions: int, workers: int
) -> dict[str, float]:
    """Pictures per second of both sides, which take turns."""
    c = manifest.config
    assert (c.image_size, c.batch_size) == (textbook.CONFIG.image_size, textbook.CONFIG.batch_size)
    with ExitStack() as stack:
        sides = {"plain": plain(manifest, chunk, workers), "ours": ours(manifest, digits, chunk)}
        for side in sides.values():
            stack.callback(side.close)
            next(side)  # warms up
        seconds = report.alternate({n: s.__next__ for n, s in sides.items()}, repetitions)
    return {n: chunk * c.batch_size / time for n, time in report.medians(seconds).items()}


def main(
    *,
    families: tuple[str, ...] = tuple(FAMILIES),
    chunk: int = 20,
    repetitions: int = 15,
    threads: int = 2,
    workers: int = 2,
) -> None:
    """Time both sides of each family in turn, one family after the other.

    Args:
        families: whose training is timed
        chunk: updates of the generator of each side in one turn
        repetitions: turns
        threads: of torch, for both sides
        workers: processes of the plain loop's data loader
    """
    torch.set_num_threads(threads)
    digits = registry.load("mnist", textbook.CONFIG.image_size)
    rows = {}
    for manifest in [default_manifest(name, digits) for name in families]:
        rates = speeds(manifest, digits, chunk, repetitions, workers)
        (p, o), name = (rates["plain"], rates["ours"]), manifest.family
        rows[name] = (f"{p:.0f}", f"{o:.0f}", f"{o / p:.2f}")
    report.table("family", "plain images/s", "ours images/s", "ratio", rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
