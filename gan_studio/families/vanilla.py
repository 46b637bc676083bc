"""Generative Adversarial Networks (Goodfellow et al., 2014), https://arxiv.org/abs/1406.2661."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from gan_studio import adam
from gan_studio.batches import Batch
from gan_studio.gan import PLAIN, Losses, Opinions, Optimizers, descend
from gan_studio.layers import BatchNorm1d, Scores
from gan_studio.objectives import OBJECTIVES
from gan_studio.remedies import RemediedGAN, leads, r1_of_a_part, smoothing
from gan_studio.values import check_float, check_int


@dataclass(frozen=True, kw_only=True)
class Config(adam.Config):
    """Fully connected players and a recipe of minutes; docs/families/gan.md has the paper's."""

    width: int = 512
    """units in each hidden layer"""
    objective: Literal["non-saturating", "minimax"] = "non-saturating"
    """what the generator descends: -log D(G(z)), or log(1 - D(G(z))) as in Eq. 1"""
    r1_gamma: float = 5.0
    """weight of the gradient penalty on real pictures (Mescheder et al., 2018); 0 leaves it out"""
    real_target: float = 1.0
    """probability at which D is content with a real picture; 0.9 smooths (Salimans et al., 2016)"""

    lasting: ClassVar = adam.Config.lasting | {"width"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.width, "width", 1, 8192)
        check_float(self.real_target, "real_target", 0.5, 1)

    # The paper prints no step sizes; these are Adam's as later papers have them.
    classic: ClassVar = {
        **PLAIN, "r1_gamma": 0.0, "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999,
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
            Scores(),
        )


class VanillaGAN(RemediedGAN):
    """Algorithm 1 with k = 1."""

    config: Config
    measure = "probability"
    networks = Generator, Discriminator

    def stem(self) -> nn.Module:
        return nn.Sequential(*list(self.generator.children())[:2])  # linear map, normalisation

    def opinions(self, batch: Batch) -> Opinions:
        return Opinions(self.measure, self.discriminator(batch["image"]).sigmoid())

    def optimizers(self) -> Optimizers:
        return adam.adam(self, self.config)

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Algorithm 1
        G, D, T, c = self.generator.train(), self.discriminator, self.veil, self.config
        objective = OBJECTIVES[c.objective]
        x = next(batches)["image"]
        fake = G(self.latents(len(x)))  # one forward serves both, as in Radford et al.'s code
        shown = T(torch.cat([x, fake.detach()]))
        real_scores, fake_scores = D(shown).float().chunk(2)
        d_loss = objective.discriminator(real_scores, fake_scores)
        d_loss = d_loss + smoothing(real_scores, c.real_target)
        penalty = r1_of_a_part(D, shown[: len(x)], c)
        if not leads(d_loss, c.skip_below):
            descend(optimizers.discriminator, d_loss + penalty)
        g_loss = objective.generator(D(T(fake)).float())
        descend(optimizers.generator, g_loss)
        T.lift()
        return report(g_loss, d_loss, penalty, real_scores, fake_scores)


def report(
    g_loss: Tensor, d_loss: Tensor, penalty: Tensor, real_scores: Tensor, fake_scores: Tensor
) -> Losses:
    """What history.csv tells of a step; d_real and d_fake are D(x) and D(G(z)) on average."""
    return {
        "generator": g_loss.detach(),
        "discriminator": d_loss.detach(),
        "penalty": penalty.detach(),
        "d_real": real_scores.detach().sigmoid().mean(),
        "d_fake": fake_scores.detach().sigmoid().mean(),
    }
