"""The GAN is dead; long live the GAN! A Modern Baseline GAN (Huang et al., 2024), https://arxiv.org/abs/2501.05441."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_studio import gan
from gan_studio.families import cgan, dcgan
from gan_studio.gan import Batch, LatentGAN, Losses, Opinions, Optimizers, descend
from gan_studio.objectives import relativistic
from gan_studio.penalties import r1
from gan_studio.recipe import number


@dataclass(frozen=True, kw_only=True)
class Config(cgan.Players):
    """The paper's loss for DCGAN's players; docs/families/r3gan.md has its own."""

    labelled: bool = False
    """tell both players the pictures' labels, as the paper does for CIFAR-10 and ImageNet"""
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

    classic: ClassVar = {  # averaged and with a falling rate, as ours
        "learning_rate": 2e-4, "beta2": 0.9, "penalty_share": 1.0, "batch_size": 256, "width": 96,
    }  # fmt: skip


class Generator(nn.Sequential):
    """DCGAN's or, where there are classes, the conditional GAN's."""

    def __init__(self, config: Config, channels: int, classes: int = 0) -> None:
        told = cgan.Generator(config, channels, classes) if classes else None
        super().__init__(*(told or dcgan.Generator(config, channels)))


class Critic(nn.Module):
    """Images (N, channels, size, size) and, where there are classes, labels (N,) -> scores (N,).

    A label is projected on the features phi, as score(phi) + V(y).phi (Miyato & Koyama, 2018).
    """

    def __init__(self, config: Config, channels: int, classes: int = 0) -> None:
        super().__init__()
        D = cgan.Discriminator(config, channels, max(1, classes))
        D.score[0].register_parameter("bias", None)  # only differences of scores count
        self.features, self.score, self.V = D.features, D.score, D.V if classes else None

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        phi = self.features(x)
        # Pairs are told apart by small differences of large scores: no bfloat16 for these.
        with torch.autocast(x.device.type, enabled=False):
            phi = phi.float()
            scores = self.score(phi)
            return scores if self.V is None else scores + (self.V(y) * phi.flatten(1)).sum(1)


class R3GAN(LatentGAN):
    """Every fake is compared with a real picture, and D is kept flat on both."""

    config: Config
    networks = Generator, Critic

    @classmethod
    def conditional(cls, config: gan.Config) -> bool:
        return isinstance(config, Config) and config.labelled

    def stem(self) -> nn.Module:
        return nn.Sequential(*list(self.generator.children())[: 4 if self.classes else 3])

    def opinions(self, batch: Batch) -> Opinions:
        return Opinions("score", self.discriminator(batch["image"], batch.get("label")))

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
        batch = next(batches)
        x, y = batch["image"], batch["label"] if c.labelled else None
        fake = G(self.labelled(self.latents(len(x)), y))  # the two of a pair share their label
        twice = None if y is None else torch.cat([y, y])
        real_scores, fake_scores = D(torch.cat([x, fake.detach()]), twice).chunk(2)
        d_loss = relativistic.discriminator(real_scores, fake_scores)
        part = max(1, round(c.penalty_share * len(x)))
        told = None if y is None else y[:part]
        on_real, on_fake = (
            c.gamma / 2 * r1(lambda images: D(images, told), images[:part]) for images in (x, fake)
        )
        descend(optimizers.discriminator, d_loss + on_real + on_fake)
        with torch.no_grad():
            real_scores = D(x, y)
        g_loss = relativistic.generator(real_scores, D(fake, y))
        descend(optimizers.generator, g_loss)
        return {
            "generator": g_loss.detach(),
            "discriminator": d_loss.detach(),
            "r1": on_real.detach(),
            "r2": on_fake.detach(),
        }
