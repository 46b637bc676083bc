"""Toy games on digits, played by hand and recorded as a training records them."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import toys
from torch import nn

from gan_studio import data
from gan_studio.average import Average
from gan_studio.data import Batches, Dataset
from gan_studio.diagnostics import Finding, examine
from gan_studio.gan import Config, Diverged
from gan_studio.observing import observer


class Play(NamedTuple):
    """A training as its history tells it."""

    rows: list[dict[str, float]]
    config: Config
    measure: str
    failure: str

    def findings(self, rows: int | None = None) -> list[Finding]:
        """What is found after so many of the rows, or after all."""
        ended = rows is None
        return examine(self.rows[:rows], self.config, self.measure, self.failure if ended else "")

    @property
    def said(self) -> dict[str, int]:
        """Each finding with the step at which it was first found, on the way or at the end."""
        first: dict[str, int] = {}
        for n in range(1, len(self.rows) + 1):
            for finding in self.findings(n):
                first.setdefault(finding.name, int(self.rows[n - 1]["step"]))
        for finding in self.findings():
            first.setdefault(finding.name, int(self.rows[-1]["step"]) if self.rows else 0)
        return first


def play(
    family: str, steps: int, every: int = 30, pictures: int | None = None, **changes: Any
) -> Play:
    """A toy of the family on digits, or on the first of them, seen at `every` so many updates."""
    gan = toys.model(family, **changes)
    digits = first(data.load("digits", 16), pictures)
    observe = observer(digits, data.load("digits", 16, train=False), torch.device("cpu"))
    batches, optimizers = Batches(digits, gan.config.batch_size), gan.optimizers()
    average, rows, failure = Average(gan.generator), [], ""
    for step in range(1, steps + 1):
        try:
            losses = gan.step(batches, optimizers)
        except Diverged as error:
            failure = str(error)
            break
        average.update(gan.generator, step)
        if step % 10 == 0:
            said = {name: loss.item() for name, loss in losses.items()}
            rows.append({"step": step, **said, **gradients(gan.generator, gan.discriminator)})
        if step % every == 0:
            with average.in_place_of(gan):
                rows[-1] |= observe(gan)
    return Play(rows, gan.config, gan.opinions(next(batches)).measure, failure)


def gradients(*players: nn.Module) -> dict[str, float]:
    """The length of each player's last gradient."""
    names = "generator_gradient", "discriminator_gradient"
    found = (
        [p.grad.norm() for p in player.parameters() if p.grad is not None] for player in players
    )
    return {
        name: torch.stack(norms).norm().item() for name, norms in zip(names, found, strict=True)
    }


def first(digits: Dataset, count: int | None) -> Dataset:
    assert digits.labels is not None
    return Dataset(name="digits", images=digits.images[:count], labels=digits.labels[:count])
