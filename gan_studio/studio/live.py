"""Small trainings of visitors on the CPU, which run only while a request is answered."""

from __future__ import annotations

import copy
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from torch import nn
from torch.optim import Optimizer

from gan_studio.core.events import Trainable
from gan_studio.core.validation import abbreviate, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import GAN, Diverged

TRAINABLE = ("both", "discriminator", "generator")
IDLE = 900.0
"""seconds after its last request at which a training is forgotten"""
Training = TypeVar("Training")


class LiveTraining:
    """A GAN, its optimisers and the losses of its last step."""

    def __init__(self, gan: GAN, batches: Iterator[Batch]) -> None:
        self.gan, self.batches, self.optimizers = gan, batches, gan.optimizers()
        self.step, self.losses, self.failure = 0, dict[str, float](), ""

    def train(
        self, rounds: int, trainable: Trainable = "both", seconds: float = float("inf")
    ) -> int:
        """Take up to so many steps of the family, in about so many seconds; how many it took.

        A player that is not trainable keeps its weights, its buffers and its optimiser's moments.
        """
        end, before = time.perf_counter() + seconds, self.step
        while self.step - before < rounds and not self.failure:
            try:
                with self.only(trainable):
                    losses = self.gan.step(self.batches, self.optimizers)
            except Diverged as error:
                self.failure = str(error)
                break
            self.losses = {name: value.item() for name, value in losses.items()}
            self.step += 1
            if time.perf_counter() > end:
                break
        return self.step - before

    @contextmanager
    def only(self, trainable: Trainable) -> Iterator[None]:
        """Within the block both players train; afterwards the other one is restored."""
        if trainable == "both":
            yield
            return
        other = "generator" if trainable == "discriminator" else "discriminator"
        parts: list[nn.Module | Optimizer] = [
            getattr(self.gan, other),
            getattr(self.optimizers, other),
        ]
        states = [copy.deepcopy(part.state_dict()) for part in parts]
        yield
        for part, state in zip(parts, states, strict=True):
            part.load_state_dict(state)


class VisitorTrainings(Generic[Training]):
    """Trainings of visitors, by identifiers that their browsers chose; the oldest are forgotten."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._trainings: OrderedDict[str, tuple[float, Any, Training]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._trainings)

    def get(self, visitor: Any, key: Any, make: Callable[[], Training]) -> tuple[Training, bool]:
        """The training of a visitor, and whether it is new: another `key` starts a new one."""
        if not isinstance(visitor, str) or not 8 <= len(visitor) <= 64:
            raise ValueError(f"id must be a text of 8 to 64 characters, not {abbreviate(visitor)}.")
        now = time.monotonic()
        for other in [n for n, (at, *_) in self._trainings.items() if now - at > IDLE]:
            del self._trainings[other]
        _, before, training = self._trainings.pop(visitor, (0.0, None, None))
        fresh = training is None or before != key
        value = make() if training is None or before != key else training
        self._trainings[visitor] = now, key, value
        while len(self._trainings) > self.most:
            self._trainings.popitem(last=False)
        return value, fresh


def restart_number(fields: Mapping[str, Any]) -> int:
    """The number of a request's restart: a new one resets the training."""
    return check_int(fields.get("restart", 0), "restart", 0, 2**53)
