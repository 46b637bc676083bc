"""BEGAN: Boundary Equilibrium Generative Adversarial Networks (Berthelot et al., 2017), https://arxiv.org/abs/1703.10717."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gan_studio.families import ebgan
from gan_studio.families.ebgan import pulling_away
from gan_studio.gan import PLAIN, Batch, Losses, Optimizers, descend


@dataclass(frozen=True, kw_only=True)
class Config(ebgan.AutoEncoderConfig):
    """A recipe of minutes with a warm start; docs/families/began.md has the paper's numbers."""

    gamma: float = 1.0
    """diversity ratio: what L(G(z)) shall be in parts of L(x), Eq. 4"""
    lambda_k: float = 0.01
    """step size of k, Eq. 5"""
    k_start: float = 0.3
    """k_0; the paper starts at 0, but our generator starts with pictures that are rebuilt well"""
    k_floor: float = 0.05
    """the least k; the paper lets it fall to 0, where the discriminator forgets the generator"""
    relative: bool = True
    """let k follow gamma - L(G(z)) / L(x), whatever the size of the losses"""
    pulling_away: float = 0.02
    """weight of EBGAN's pulling-away term on the codes of generated pictures; 0 leaves it out"""
    classic: ClassVar = {
        **PLAIN, "warm_rounds": 0, "eta": 1, "latent_dim": 64, "batch_size": 16, "gamma": 0.5,
        "lambda_k": 0.001, "k_start": 0.0, "k_floor": 0.0, "relative": False, "pulling_away": 0.0,
        "generator_rate": 1e-4, "discriminator_rate": 1e-4,
    }  # fmt: skip


def next_k(k: Tensor, real: Tensor, fake: Tensor, c: Config) -> Tensor:
    """k_t + lambda_k (gamma L(x) - L(G(z))), between its floor and 1 (Berthelot et al., Eq. 5)."""
    balance = c.gamma * real - fake
    if c.relative:
        balance = balance / real
    return (k + c.lambda_k * balance).clamp(c.k_floor, 1.0)


def global_convergence(real: Tensor, fake: Tensor, gamma: float) -> Tensor:
    """M = L(x) + |gamma L(x) - L(G(z))| (Berthelot et al., 2017, Section 3.4.1)."""
    return real + (gamma * real - fake).abs()


class BEGAN(ebgan.AutoEncoderGAN):
    """D rebuilds real pictures well and fakes badly, as far as k_t keeps the two in balance."""

    config: Config  # pyright: ignore[reportIncompatibleVariableOverride]  # never reassigned
    k: Tensor

    def __init__(self, config: Config, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.register_buffer("k", torch.tensor(max(config.k_start, config.k_floor)))

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Eq. 5
        c, G, D = self.config, self.generator, self.discriminator
        x = next(batches)["image"]
        z = self.latents(len(x))
        if self.warm():
            real, fake = self.warm_up(x, z, optimizers.discriminator)
            M = global_convergence(real.mean(), fake.mean(), c.gamma)
            return ebgan.report(fake.mean(), real.mean(), real, fake, k=self.k.clone(), M=M)
        G_z = G(z)
        L_x, L_G_z = D(torch.cat([x, G_z.detach()])).chunk(2)
        L_D = L_x.mean() - self.k * L_G_z.mean()
        descend(optimizers.discriminator, L_D)
        codes = D.encoder(G_z)
        L_G = D.energy(G_z, codes).mean()
        descend(optimizers.generator, L_G + c.pulling_away * pulling_away(codes))
        real, fake = L_x.detach().mean(), L_G.detach()
        self.k.copy_(next_k(self.k, real, fake, c))
        M = global_convergence(real, fake, c.gamma)
        return ebgan.report(L_G, L_D, L_x, L_G_z, k=self.k.clone(), M=M)
