"""Generative Adversarial Networks (Goodfellow et al., 2014), https://arxiv.org/abs/1406.2661."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from gan_studio.core.validation import check_float, check_int
from gan_studio.gans.base import Batch, DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.layers import BatchNorm1d, before_relu
from gan_studio.gans.losses import ADVERSARIAL_LOSSES
from gan_studio.gans.optimizers import AdamConfig, adam
from gan_studio.gans.stabilizers import (
    AugmentedGAN,
    discriminator_is_ahead,
    label_smoothing_term,
    r1_on_subset,
)


@dataclass(frozen=True, kw_only=True)
class Config(AdamConfig):
    """Fully connected networks; docs/families/gan.md has the paper's values and why ours differ."""

    width: int = 512
    """Units per hidden layer."""
    objective: Literal["non-saturating", "minimax"] = "non-saturating"
    """Loss of the generator: -log D(G(z)) (non-saturating), or log(1 - D(G(z))) as in Eq. 1
    (minimax)."""
    r1_gamma: float = 5.0
    """Weight γ of the R1 penalty on real pictures (Mescheder et al., 2018); 0 switches it off."""
    real_label: float = 1.0
    """Target probability of real pictures: below 1, such as 0.9, it is one-sided label smoothing
    (Salimans et al., 2016)."""

    fixed_fields: ClassVar = AdamConfig.fixed_fields | {"width"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.width, "width", 1, 8192)
        check_float(self.real_label, "real_label", 0.5, 1)

    # The paper prints no step sizes; these are Adam's as later papers have them.
    paper_values: ClassVar = {
        **PRE_2018, "r1_gamma": 0.0, "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999,
    }  # fmt: skip


class Generator(nn.Sequential):
    """Latents (N, latent_dim) -> images (N, channels, size, size) in [-1, 1]."""

    def __init__(self, config: Config, channels: int) -> None:
        shape = (channels, config.image_size, config.image_size)
        super().__init__(
            # Goodfellow et al. do not normalise; with it the same minutes reach far more digits.
            nn.Linear(config.latent_dim, config.width, bias=False),
            BatchNorm1d(config.width),
            nn.ReLU(),
            nn.Linear(config.width, config.width, bias=False),
            BatchNorm1d(config.width),
            nn.ReLU(),
            nn.Linear(config.width, channels * config.image_size**2),
            nn.Tanh(),
            nn.Unflatten(1, shape),
        )


class Discriminator(nn.Sequential):
    """Images (N, channels, size, size) -> logits (N,)."""

    def __init__(self, config: Config, channels: int) -> None:
        super().__init__(
            nn.Flatten(),
            nn.Linear(channels * config.image_size**2, config.width),
            nn.LeakyReLU(0.2),  # Goodfellow et al. use maxout and dropout
            nn.Linear(config.width, config.width),
            nn.LeakyReLU(0.2),
            nn.Linear(config.width, 1),
            nn.Flatten(0),
        )


class VanillaGAN(AugmentedGAN):
    """Algorithm 1 with k = 1."""

    config: Config
    output = "probability"
    networks = Generator, Discriminator

    def first_affine(self) -> nn.Module:
        return before_relu(self.generator)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return DiscriminatorOutputs(self.output, self.discriminator(batch["image"]).sigmoid())

    def optimizers(self) -> Optimizers:
        return adam(self, self.config)

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Algorithm 1
        G, D, c = self.generator.train(), self.discriminator, self.config
        augment = self.augment_pipe
        objective = ADVERSARIAL_LOSSES[c.objective]
        x = next(batches)["image"]
        fake = G(self.latents(len(x)))  # one forward serves both, as in Radford et al.'s code
        inputs = augment(torch.cat([x, fake.detach()]))
        real_scores, fake_scores = D(inputs).float().chunk(2)
        d_loss = objective.discriminator(real_scores, fake_scores)
        d_loss = d_loss + label_smoothing_term(real_scores, c.real_label)
        penalty = r1_on_subset(D, inputs[: len(x)], c)
        if not discriminator_is_ahead(d_loss, c.skip_d_below):
            descend(optimizers.discriminator, d_loss + penalty)
        g_loss = objective.generator(D(augment(fake)).float())
        descend(optimizers.generator, g_loss)
        augment.advance()
        return report(g_loss, d_loss, penalty, real_scores, fake_scores)


def report(
    g_loss: Tensor, d_loss: Tensor, penalty: Tensor, real_scores: Tensor, fake_scores: Tensor
) -> Losses:
    """Losses of a step for history.csv; d_real and d_fake are the means of D(x) and D(G(z))."""
    return {
        "generator": g_loss.detach(),
        "discriminator": d_loss.detach(),
        "penalty": penalty.detach(),
        "d_real": real_scores.detach().sigmoid().mean(),
        "d_fake": fake_scores.detach().sigmoid().mean(),
    }
