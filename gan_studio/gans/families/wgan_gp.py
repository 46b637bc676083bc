"""Improved Training of Wasserstein GANs (Gulrajani et al., 2017), https://arxiv.org/abs/1704.00028."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.families import dcgan, wgan
from gan_studio.gans.layers import before_relu
from gan_studio.gans.losses import wasserstein
from gan_studio.gans.optimizers import AdamConfig, adam
from gan_studio.gans.penalties import gradient_penalty
from gan_studio.gans.stabilizers import AugmentedGAN, discriminator_is_ahead, r1_on_subset, subset


@dataclass(frozen=True, kw_only=True)
class Config(dcgan.NetworkConfig, AdamConfig):
    """Settings that train in minutes; docs/families/wgan-gp.md has the paper's values."""

    critic_steps: int = 1
    """Critic updates per generator update, n_critic in Algorithm 1."""
    lambda_gp: float = 10.0
    """Weight λ of the gradient penalty, Eq. 3."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.critic_steps, "critic_steps", 1, 1000)
        check_float(self.lambda_gp, "lambda_gp", 0, 1e6)

    paper_values: ClassVar = {
        **PRE_2018, "critic_steps": 5, "r1_fraction": 1.0, "latent_dim": 128, "width": 64,
        "learning_rate": 1e-4, "beta2": 0.9,
    }  # fmt: skip


class WGANGP(AugmentedGAN):
    """The critic is held to slope 1 between real and fake, where clipping held its weights."""

    config: Config
    output = "score"
    networks = dcgan.Generator, wgan.Critic

    def first_affine(self) -> nn.Module:
        return before_relu(self.generator)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return DiscriminatorOutputs(self.output, self.discriminator(batch["image"]))

    def optimizers(self) -> Optimizers:
        return adam(self, self.config)

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Algorithm 1
        G, D, c = self.generator.train(), self.discriminator, self.config
        reals = [batch["image"] for batch in islice(batches, c.critic_steps)]
        critic = [self.train_critic(x, optimizers.discriminator) for x in reals][-1]
        g_loss = wasserstein.generator(D(self.augment_pipe(G(self.latents(len(reals[-1]))))))
        descend(optimizers.generator, g_loss)
        self.augment_pipe.advance()
        return {"generator": g_loss.detach(), **critic}

    def train_critic(self, x: Tensor, optimizer: Optimizer) -> Losses:  # lines 2 to 9
        D, c = self.discriminator, self.config
        with torch.no_grad():
            inputs = self.augment_pipe(torch.cat([x, self.generator(self.latents(len(x)))]))
        x, fake = inputs.chunk(2)
        loss = wasserstein.discriminator(*D(inputs).chunk(2))
        n = subset(len(x), c)
        penalty = c.lambda_gp * gradient_penalty(D, x[:n], fake[:n]) + r1_on_subset(D, x, c)
        if not discriminator_is_ahead(loss, c.skip_d_below):
            descend(optimizer, loss + penalty)
        return {
            "discriminator": (loss + penalty).detach(),  # L of Eq. 3
            "penalty": penalty.detach(),
            "critic_gap": -loss.detach(),
        }
