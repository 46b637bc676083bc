"""Toy trainings on digits, as the rows of their histories."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
import toys

from gan_studio import training
from gan_studio.core.events import Observation, Step
from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batches
from gan_studio.datasets.dataset import Dataset
from gan_studio.evaluation.monitor import Monitor
from gan_studio.gans.base import Diverged
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import GANConfig
from gan_studio.training.diagnostics import Finding, examine


class ToyHistory(NamedTuple):
    """The history of one training."""

    rows: list[dict[str, float]]
    config: GANConfig
    measure: str
    failure: str

    def findings(self, rows: int) -> list[Finding]:
        """The findings after so many of the rows."""
        ended = rows == len(self.rows)
        return examine(self.rows[:rows], self.config, self.measure, self.failure if ended else "")

    @property
    def first_findings(self) -> dict[str, int]:
        """Each finding with the step at which it was first found."""
        first: dict[str, int] = {}
        for n in range(1, len(self.rows) + 1):
            for finding in self.findings(n):
                first.setdefault(finding.name, int(self.rows[n - 1]["step"]))
        return first


def toy_history(
    output: Path, family: str, steps: int, pictures: int | None = None, **changes: Any
) -> ToyHistory:
    """A toy of the family on digits, or on the first of them, seen at every thirtieth update."""
    gan, digits = toys.model(family, **changes), first_digits(pictures)
    observe = Monitor(digits, registry.load("digits", 16, train=False), torch.device("cpu"))
    rows: dict[int, dict[str, float]] = {}
    failure = ""
    try:
        events = training.train(
            gan,
            Batches(digits, gan.config.batch_size),
            toys.settings(steps=steps, sample_every=30, save_every=steps, evaluate_every=0),
            output,
            Manifest(family=family, config=gan.config, channels=1, dataset="digits"),
            monitor_fn=observe,
        )
        for event in toys.told(events):
            match event:
                case Step(step=step, losses=values) | Observation(step=step, values=values):
                    rows.setdefault(step, {"step": step}).update(values)
                case _:
                    pass
    except Diverged as error:
        failure = str(error)
    return ToyHistory(list(rows.values()), gan.config, gan.output, failure)


def first_digits(count: int | None) -> Dataset:
    """The first of the digits, or all."""
    digits = registry.load("digits", 16)
    assert digits.labels is not None
    return Dataset(name="digits", images=digits.images[:count], labels=digits.labels[:count])
