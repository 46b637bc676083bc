"""The GAN is dead; long live the GAN! A Modern Baseline GAN (Huang et al., 2024), https://arxiv.org/abs/2501.05441."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn
from torch.optim import Adam

from gan_studio.families import dcgan, wgan
from gan_studio.gan import Batch, LatentGAN, Losses, Optimizers, descend
from gan_studio.objectives import relativistic
from gan_studio.penalties import r1
from gan_studio.recipe import number


@dataclass(frozen=True, kw_only=True)
class Config(dcgan.Players):
    """The paper's loss for DCGAN's players; docs/families/r3gan.md has its own."""

    gamma: float = 1.0
    """weight of both gradient penalties, Eq. 3 and 4"""
    penalty_share: float = 0.25
    """part of each batch on which they are taken"""
    learning_rate: float = 1e-3
    """Adam's step size, for both players"""
    beta1: float = 0.0
    """Adam's memory of the gradient"""
    beta2: float = 0.99
    """Adam's memory of the squared gradient"""

    def __post_init__(self) -> None:
        super().__post_init__()
        number(self.gamma, "gamma", 0, 1e6)
        number(self.penalty_share, "penalty_share", 0, 1)


class R3GAN(LatentGAN):
    """Every fake is compared with a real picture, and D is kept flat on both."""

    config: Config
    networks = dcgan.Generator, wgan.Critic

    def stem(self) -> nn.Module:
        return dcgan.stem(self.generator)

    def optimizers(self) -> Optimizers:
        c = self.config
        players = self.generator, self.discriminator
        return Optimizers(
            *(
                Adam(p.parameters(), c.learning_rate, (c.beta1, c.beta2), fused=True)
                for p in players
            )
        )

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Section 2
        G, D, c = self.generator.train(), self.discriminator, self.config
        x = next(batches)["image"]
        fake = G(self.latents(len(x)))
        real_scores, fake_scores = D(torch.cat([x, fake.detach()])).chunk(2)
        d_loss = relativistic.discriminator(real_scores, fake_scores)
        part = max(1, round(c.penalty_share * len(x)))
        on_real, on_fake = (c.gamma / 2 * r1(D, images[:part]) for images in (x, fake))
        descend(optimizers.discriminator, d_loss + on_real + on_fake)
        with torch.no_grad():
            real_scores = D(x)
        g_loss = relativistic.generator(real_scores, D(fake))
        descend(optimizers.generator, g_loss)
        return {
            "generator": g_loss.detach(),
            "discriminator": d_loss.detach(),
            "r1": on_real.detach(),
            "r2": on_fake.detach(),
        }
