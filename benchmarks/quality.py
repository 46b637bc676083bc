"""Digits of each model against MNIST's test set, in the features of a digit reader.

python -m benchmarks.quality dcgan-mnist gan-mnist --record
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
import tyro
from tyro.conf import Positional

from benchmarks import digit_judge, report
from benchmarks.digit_judge import Judge, Reading
from gan_studio import cards, checkpoints, data
from gan_studio.library import SHIPPED
from gan_studio.studio import Studio

COUNT = 5000
COLUMNS = ("", "distance", "readable", "rarest digit", "commonest digit")


def samples(model: str) -> torch.Tensor:
    """The first COUNT pictures of seed 0, (COUNT, 1, 32, 32) uint8."""
    pictures = torch.from_numpy(Studio().sample(model, COUNT)).permute(0, 3, 1, 2)
    if pictures.shape[1:] != (1, digit_judge.SIZE, digit_judge.SIZE):
        raise SystemExit(f"{model} draws no grey pictures of {digit_judge.SIZE} pixels.")
    return pictures


def real(judge: Judge) -> tuple[Reading, Reading]:
    """Readings of MNIST's test set and of COUNT training digits."""
    train = data.load("mnist", digit_judge.SIZE).images
    chosen = torch.randperm(len(train), generator=torch.Generator().manual_seed(1))[:COUNT]
    test = data.load("mnist", digit_judge.SIZE, train=False)
    return digit_judge.read(judge, test.images), digit_judge.read(judge, train[chosen])


def measure(reading: Reading, test: Reading) -> dict[str, float]:
    shares = digit_judge.shares(reading)
    return {
        "distance": round(digit_judge.distance(reading, test), 2),
        "readable": round(digit_judge.readable(reading), 3),
        "rarest_digit": round(float(shares.min()), 3),
        "commonest_digit": round(float(shares.max()), 3),
    }


def write(model: str, measured: dict[str, float], floor: float) -> None:
    """Write the numbers into the model's config.json."""
    directory = SHIPPED / model if (SHIPPED / model).is_dir() else Path(model)
    on = (
        f"{COUNT} samples of seed 0 against the MNIST test set: Fréchet distance in 128 features "
        f"of a digit reader ({COUNT} real digits: {floor}), share that it reads at a confidence "
        f"of {digit_judge.CONFIDENT} or more; benchmarks/quality.py"
    )
    metrics = {**measured, "on": on}
    manifest = dataclasses.replace(checkpoints.load_manifest(directory), metrics=metrics)
    checkpoints.save_manifest(directory, manifest)
    checkpoints.save_card(directory, cards.render(manifest))


def main(models: Positional[tuple[str, ...]], /, *, record: bool = False) -> None:
    """Measure models.

    Args:
        models: names, or directories
        record: write the numbers into each model's config.json
    """
    judge = digit_judge.judge()
    test, train = real(judge)
    measured = {model: measure(digit_judge.read(judge, samples(model)), test) for model in models}
    floor = measure(train, test)
    rows = {**measured, f"{COUNT} real digits": floor}
    report.table(*COLUMNS, rows={name: tuple(map(str, m.values())) for name, m in rows.items()})
    if record:
        for model, numbers in measured.items():
            write(model, numbers, floor["distance"])


if __name__ == "__main__":
    tyro.cli(main)
