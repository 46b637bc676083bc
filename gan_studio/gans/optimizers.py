"""Adam for two players (Kingma & Ba, 2015), https://arxiv.org/abs/1412.6980."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from torch import nn, optim

from gan_studio.core.validation import check_float
from gan_studio.gans import stabilizers
from gan_studio.gans.base import GAN, Optimizers


class AdamSettings(Protocol):
    """The fields of a configuration that `adam` reads."""

    @property
    def learning_rate(self) -> float: ...
    @property
    def discriminator_rate(self) -> float: ...
    @property
    def beta1(self) -> float: ...
    @property
    def beta2(self) -> float: ...


def check_adam(c: AdamSettings) -> None:
    """ValueError for a value that is out of range."""
    check_float(c.learning_rate, "learning_rate", 0, 1e38)
    check_float(c.discriminator_rate, "discriminator_rate", 0, 1)
    check_float(c.beta1, "beta1", 0, 0.999_999)
    check_float(c.beta2, "beta2", 0, 0.999_999)


@dataclass(frozen=True, kw_only=True)
class AdamConfig(stabilizers.StabilizerConfig):
    """Settings of Adam."""

    learning_rate: float = 1e-3
    """Learning rate of Adam, for both networks unless discriminator_rate is set."""
    beta1: float = 0.0
    """β₁ of Adam: exponential decay rate of the mean gradient (momentum)."""
    beta2: float = 0.99
    """β₂ of Adam: exponential decay rate of the mean squared gradient."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_adam(self)


def adam(gan: GAN, c: AdamSettings, more: Iterable[nn.Parameter] = ()) -> Optimizers:
    """One Adam for each player; D's also trains `more`, the weights of a second discriminator."""
    G, D = gan.generator.parameters(), [*gan.discriminator.parameters(), *more]
    betas = c.beta1, c.beta2
    return Optimizers(
        optim.Adam(G, c.learning_rate, betas, fused=True),
        optim.Adam(D, c.discriminator_rate or c.learning_rate, betas, fused=True),
    )
