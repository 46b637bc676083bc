"""Conditional Generative Adversarial Nets (Mirza & Osindero, 2014), https://arxiv.org/abs/1411.1784."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from gan_studio.core.validation import check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import PRE_2018, GANConfig
from gan_studio.gans.families import dcgan, vanilla
from gan_studio.gans.layers import before_relu
from gan_studio.gans.losses import ADVERSARIAL_LOSSES
from gan_studio.gans.optimizers import adam
from gan_studio.gans.stabilizers import (
    AugmentedGAN,
    discriminator_is_ahead,
    label_smoothing_term,
    r1_on_subset,
)


@dataclass(frozen=True, kw_only=True)
class NetworkConfig(dcgan.NetworkConfig):
    """Size of class-conditional networks, whatever their loss."""

    embedding: int = 32
    """Dimension of the generator’s label embedding."""

    fixed_fields: ClassVar = dcgan.NetworkConfig.fixed_fields | {"embedding"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.embedding, "embedding", 1, 10_000)


@dataclass(frozen=True, kw_only=True)
class Config(NetworkConfig, dcgan.Config):
    """DCGAN's networks with a label; docs/families/cgan.md has the paper's values."""

    r1_gamma: float = 1.0  # said again: a dataclass takes the default of its first base
    """Weight γ of the R1 penalty on real pictures (Mescheder et al., 2018); 0 switches it off."""
    # Sizes as in Section 4.1, which descends with momentum; Adam as for the unconditional GAN.
    paper_values: ClassVar = {
        **PRE_2018, "r1_gamma": 0.0, "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999,
        "latent_dim": 100, "batch_size": 100,
    }  # fmt: skip


class ConcatLabel(nn.Module):
    """z and a one-hot label y (N, latent_dim + classes) -> z and an embedding of y, joined."""

    def __init__(self, config: NetworkConfig, classes: int) -> None:
        super().__init__()
        self.parts = [config.latent_dim, classes]
        self.embedding = nn.Linear(classes, config.embedding, bias=False)
        nn.init.normal_(self.embedding.weight)  # as large as z

    def forward(self, x: Tensor) -> Tensor:
        z, y = x.split(self.parts, 1)
        return torch.cat([z, self.embedding(y)], 1)


class Generator(nn.Sequential):
    """z and a one-hot label (N, latent_dim + classes) -> images (N, channels, size, size)."""

    def __init__(self, config: NetworkConfig, channels: int, classes: int) -> None:
        inputs = config.latent_dim + config.embedding
        super().__init__(ConcatLabel(config, classes), *dcgan.Generator(config, channels, inputs))


class Discriminator(nn.Module):
    """Images (N, channels, size, size) and their labels (N,) -> logits (N,).

    Mirza & Osindero join the label to the input; here it is projected on the features phi, as
    score(phi) + V(y).phi (Miyato & Koyama, 2018).
    """

    def __init__(
        self, config: NetworkConfig, channels: int, classes: int, *, bias: bool = True
    ) -> None:
        super().__init__()
        self.features = dcgan.features(config, channels)
        self.score = dcgan.score(config, bias=bias)
        self.V = nn.Embedding(classes, dcgan.deepest(config) * 4 * 4)
        nn.init.normal_(self.V.weight, 0.0, 0.02)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        phi = self.features(x)
        return self.score(phi) + (self.V(y) * phi.flatten(1)).sum(1)


class CGAN(AugmentedGAN):
    """The GAN of Goodfellow et al., with both networks conditioned on a label (Eq. 2)."""

    config: Config
    output = "probability"
    networks = Generator, Discriminator

    @classmethod
    def conditional(cls, config: GANConfig) -> bool:
        del config
        return True

    def first_affine(self) -> nn.Module:
        return before_relu(self.generator)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        scores = self.discriminator(batch["image"], batch["label"])
        return DiscriminatorOutputs(self.output, scores.sigmoid())

    def optimizers(self) -> Optimizers:
        return adam(self, self.config)

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Eq. 2
        G, D, c = self.generator.train(), self.discriminator, self.config
        augment = self.augment_pipe
        objective = ADVERSARIAL_LOSSES[c.objective]
        batch = next(batches)
        x, y = batch["image"], batch["label"]
        fake_labels = self.random_labels(len(y))
        fake = G(self.append_labels(self.latents(len(x)), fake_labels))
        inputs = augment(torch.cat([x, fake.detach()]))
        real_scores, fake_scores = D(inputs, torch.cat([y, fake_labels])).float().chunk(2)
        d_loss = objective.discriminator(real_scores, fake_scores)
        d_loss = d_loss + label_smoothing_term(real_scores, c.real_label)
        penalty = r1_on_subset(lambda part: D(part, y[: len(part)]), inputs[: len(x)], c)
        if not discriminator_is_ahead(d_loss, c.skip_d_below):
            descend(optimizers.discriminator, d_loss + penalty)
        g_loss = objective.generator(D(augment(fake), fake_labels).float())
        descend(optimizers.generator, g_loss)
        augment.advance()
        return vanilla.report(g_loss, d_loss, penalty, real_scores, fake_scores)
