"""BEGAN: Boundary Equilibrium Generative Adversarial Networks (Berthelot et al., 2017), https://arxiv.org/abs/1703.10717."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gan_studio.core.validation import check_float
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import Losses, Optimizers, batch_mean, descend
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.families import ebgan
from gan_studio.gans.families.ebgan import pulling_away
from gan_studio.gans.stabilizers import discriminator_is_ahead


@dataclass(frozen=True, kw_only=True)
class Config(ebgan.AutoEncoderConfig):
    """Settings that train in minutes; docs/families/began.md has the paper's values."""

    gamma: float = 1.25
    """Diversity ratio γ: target of L(G(z)) / L(x), Eq. 4."""
    lambda_k: float = 0.002
    """Learning rate λₖ of the balance k, Eq. 5."""
    k_start: float = 0.1
    """Initial balance k₀; 0 in the paper."""
    k_ceiling: float = 0.9
    """Upper bound of the balance k; 1 in the paper, at which the discriminator may stop
    reconstructing."""
    r1_gamma: float = 2.0
    """Weight γ of the R1 penalty on real pictures (Mescheder et al., 2018); 0 switches it off."""
    fixed_fields: ClassVar = ebgan.AutoEncoderConfig.fixed_fields | {"k_start"}
    paper_values: ClassVar = {
        **PRE_2018, "eta": 1, "code_dim": 64, "batch_size": 16, "gamma": 0.5, "lambda_k": 0.001,
        "k_start": 0.0, "k_ceiling": 1.0, "relative": False, "pulling_away": 0.0, "r1_gamma": 0.0,
        "learning_rate": 1e-4, "beta1": 0.5, "beta2": 0.999,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_float(self.gamma, "gamma", 0, 100)
        check_float(self.lambda_k, "lambda_k", 0, 1)
        check_float(self.k_start, "k_start", 0, 1)
        check_float(self.k_ceiling, "k_ceiling", 0, 1)


def next_k(k: Tensor, real: Tensor, fake: Tensor, c: Config) -> Tensor:
    """k_t + lambda_k (gamma L(x) - L(G(z))), 0 to its ceiling (Berthelot et al., 2017, Eq. 5)."""
    balance = c.gamma * real - fake
    if c.relative:
        balance = balance / real
    return (k + c.lambda_k * balance).clamp(0.0, c.k_ceiling)


def global_convergence(real: Tensor, fake: Tensor, gamma: float) -> Tensor:
    """M = L(x) + |gamma L(x) - L(G(z))| (Berthelot et al., 2017, Section 3.4.1)."""
    return real + (gamma * real - fake).abs()


class BEGAN(ebgan.AutoEncoderGAN):
    """D rebuilds real pictures well and fakes badly, as far as k_t keeps the two in balance."""

    config: Config  # pyright: ignore[reportIncompatibleVariableOverride]  # never reassigned
    k: Tensor

    def __init__(self, config: Config, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.register_buffer("k", torch.tensor(config.k_start))

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Eq. 5
        G, D, c = self.generator.train(), self.discriminator, self.config
        augment = self.augment_pipe
        x = next(batches)["image"]
        G_z = G(self.latents(len(x)))
        inputs = augment(torch.cat([x, G_z.detach()]))
        L_x, L_G_z = D(inputs).chunk(2)
        unit = self.energy_unit(L_x)
        L_D = (L_x.mean() - self.k * L_G_z.mean()) / unit
        penalty = self.penalty(inputs[: len(x)], unit)
        if not discriminator_is_ahead(L_D, c.skip_d_below):
            descend(optimizers.discriminator, L_D + penalty)
        inputs = augment(G_z).float()
        codes = D.encoder(inputs)
        L_G = D.energy(inputs, codes).mean() / unit + c.pulling_away * pulling_away(codes)
        descend(optimizers.generator, L_G)
        augment.advance()
        real, fake = batch_mean(L_x), batch_mean(L_G_z)
        self.k.copy_(next_k(self.k, real, fake, c))
        M = global_convergence(real, fake, c.gamma)
        return ebgan.report(L_G, L_D, L_x, L_G_z, k=self.k, M=M)
