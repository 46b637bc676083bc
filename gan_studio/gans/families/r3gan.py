"""The GAN is dead; long live the GAN! A Modern Baseline GAN (Huang et al., 2024), https://arxiv.org/abs/2501.05441."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import GANConfig
from gan_studio.gans.families import cgan, dcgan
from gan_studio.gans.layers import before_relu
from gan_studio.gans.losses import relativistic
from gan_studio.gans.optimizers import AdamConfig, adam
from gan_studio.gans.stabilizers import AugmentedGAN, discriminator_is_ahead, r1_on_subset


@dataclass(frozen=True, kw_only=True)
class Config(cgan.NetworkConfig, AdamConfig):
    """The paper's loss for DCGAN's players; docs/families/r3gan.md has its own."""

    labelled: bool = False
    """Class-conditional training: both networks get the pictures’ labels, as in the paper for
    CIFAR-10 and ImageNet."""
    r1_gamma: float = 1.0
    """Weight γ of both gradient penalties, R1 on real and R2 on generated pictures, Eq. 3 and 4."""

    fixed_fields: ClassVar = cgan.NetworkConfig.fixed_fields | {"labelled"}
    paper_values: ClassVar = {  # averaged and with a falling rate, as ours
        "learning_rate": 2e-4, "beta2": 0.9, "r1_fraction": 1.0, "batch_size": 256, "width": 96,
    }  # fmt: skip


class Generator(nn.Sequential):
    """DCGAN's or, where there are classes, the conditional GAN's."""

    def __init__(self, config: Config, channels: int, classes: int = 0) -> None:
        conditional = cgan.Generator(config, channels, classes) if classes else None
        super().__init__(*(conditional or dcgan.Generator(config, channels)))


class Critic(nn.Module):
    """Images (N, channels, size, size) and, where there are classes, labels (N,) -> scores (N,).

    A label is projected on the features phi, as score(phi) + V(y).phi (Miyato & Koyama, 2018).
    """

    def __init__(self, config: Config, channels: int, classes: int = 0) -> None:
        super().__init__()
        # Only differences of scores count: no bias. V is drawn in any case, as in earlier versions.
        D = cgan.Discriminator(config, channels, max(1, classes), bias=False)
        self.features, self.score, self.V = D.features, D.score, D.V if classes else None

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        phi = self.features(x)
        # Pairs are told apart by small differences of large scores: no bfloat16 for these.
        with torch.autocast(x.device.type, enabled=False):
            phi = phi.float()
            scores = self.score(phi)
            return scores if self.V is None else scores + (self.V(y) * phi.flatten(1)).sum(1)


class R3GAN(AugmentedGAN):
    """Every fake is compared with a real picture, and D is kept flat on both."""

    config: Config
    output = "score"
    networks = Generator, Critic

    @classmethod
    def conditional(cls, config: GANConfig) -> bool:
        return isinstance(config, Config) and config.labelled

    def first_affine(self) -> nn.Module:
        return before_relu(self.generator)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return DiscriminatorOutputs(
            self.output, self.discriminator(batch["image"], batch.get("label"))
        )

    def optimizers(self) -> Optimizers:
        return adam(self, self.config)

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Section 2
        G, D, c = self.generator.train(), self.discriminator, self.config
        augment = self.augment_pipe
        batch = next(batches)
        x, y = batch["image"], batch["label"] if c.labelled else None
        fake = G(self.append_labels(self.latents(len(x)), y))  # the two of a pair share their label
        inputs = augment(torch.cat([x, fake.detach()]))
        real_scores, fake_scores = D(inputs, None if y is None else y.repeat(2)).chunk(2)
        d_loss = relativistic.discriminator(real_scores, fake_scores)
        on_real, on_fake = (
            r1_on_subset(lambda part: D(part, None if y is None else y[: len(part)]), images, c)
            for images in inputs.chunk(2)
        )
        if not discriminator_is_ahead(d_loss, c.skip_d_below):
            descend(optimizers.discriminator, d_loss + on_real + on_fake)
        with torch.no_grad():
            real_scores = D(augment(x), y)
        g_loss = relativistic.generator(real_scores, D(augment(fake), y))
        descend(optimizers.generator, g_loss)
        augment.advance()
        return {
            "generator": g_loss.detach(),
            "discriminator": d_loss.detach(),
            "r1": on_real.detach(),
            "r2": on_fake.detach(),
        }
