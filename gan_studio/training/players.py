"""The networks of one training with their optimisers, their EMA and their schedules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from gan_studio.core import distributed
from gan_studio.core.devices import fast_bfloat16, use_tensor_cores
from gan_studio.core.events import Trainable
from gan_studio.datasets.batches import BatchStream
from gan_studio.gans.base import GAN, Diverged, Losses, Optimizers
from gan_studio.gans.config import GANConfig, TrainingConfig
from gan_studio.gans.ema import EMA


class Players:
    """A GAN with its optimisers, its averaged generator, and which network learns."""

    def __init__(self, gan: GAN, config: TrainingConfig) -> None:
        self.gan, self.config = gan, config
        self.device = next(gan.parameters()).device
        gan.to(memory_format=gan.memory_format)  # pyright: ignore[reportCallIssue]  # absent in stubs
        self.optimizers = gan.optimizers()
        self.rates = rates(self.optimizers)
        self.ema = EMA(gan.generator, config.average_decay)
        self.trainable: Trainable = "both"
        precision = config.precision
        self.bfloat16 = precision == "bfloat16" or (
            precision == "auto" and fast_bfloat16(self.device)
        )
        use_tensor_cores(self.device)

    @property
    def parts(self) -> dict[str, Any]:
        """Everything that a checkpoint of the training holds."""
        networks = {"gan": self.gan, "average": self.ema.module}
        return {**networks, **self.optimizers._asdict(), **self.gan.training_state()}

    def step(self, batches: BatchStream, step: int) -> Losses:
        """The training step after `step` steps."""
        decay = 0.1 ** min(1.0, step / self.config.decay_steps)
        players = zip(self.optimizers._fields, self.optimizers, self.rates, strict=True)
        for name, optimizer, starts in players:
            learns = self.trainable in ("both", name)
            for group, rate in zip(optimizer.param_groups, starts, strict=True):
                group["lr"] = rate * decay if learns else 0.0
        # Weights change between the two updates, so autocast must not remember their casts.
        with torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.bfloat16, cache_enabled=False
        ):
            losses = self.gan.step(batches, self.optimizers)
        self.ema.update(self.gan.generator, step + 1)
        return losses

    def reconfigure(self, config: GANConfig) -> None:
        """Train on by another configuration; the optimisers keep their moments."""
        self.gan.reconfigure(config)
        fresh = self.gan.optimizers()
        self.rates = rates(fresh)
        for ours, new in zip(self.optimizers, fresh, strict=True):
            for group, new_group in zip(ours.param_groups, new.param_groups, strict=True):
                group.update({k: v for k, v in new_group.items() if k != "params"})

    @contextmanager
    def with_ema(self) -> Iterator[None]:
        """Within the block this process is alone, and the generator is the averaged one."""
        with distributed.main_only(), self.ema.in_place_of(self.gan):
            yield

    def grad_norms(self) -> Losses:
        """The norm of each player's last gradient."""
        players = {"generator": self.gan.generator, "discriminator": self.gan.discriminator}
        return {f"{name}_gradient": grad_norm(player) for name, player in players.items()}

    def check(self) -> None:
        if not all(bool(p.isfinite().all()) for p in self.gan.parameters()):
            raise Diverged("a weight is no longer a number")


def rates(optimizers: Optimizers) -> list[list[float]]:
    """The learning rates of each player."""
    return [[group["lr"] for group in player.param_groups] for player in optimizers]


def grad_norm(player: nn.Module) -> Tensor:
    """The norm of a player's last gradient, ()."""
    gradients = [p.grad.norm() for p in player.parameters() if p.grad is not None]
    # None before a first update, which `skip_d_below` may skip.
    return torch.stack(gradients).norm() if gradients else next(player.parameters()).new_zeros(())
