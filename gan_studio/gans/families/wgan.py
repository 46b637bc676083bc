"""Wasserstein GAN (Arjovsky et al., 2017), https://arxiv.org/abs/1701.07875."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer, RMSprop

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.families import dcgan
from gan_studio.gans.layers import before_relu, normal_init
from gan_studio.gans.losses import wasserstein
from gan_studio.gans.stabilizers import AugmentedGAN, discriminator_is_ahead, r1_on_subset


@dataclass(frozen=True, kw_only=True)
class Config(dcgan.NetworkConfig):
    """Settings that train in minutes; docs/families/wgan.md has the paper's values."""

    critic_steps: int = 1
    """Critic updates per generator update, n_critic in Algorithm 1."""
    clip: float = 0.03
    """Weight clipping: bound on the absolute weights of the critic, c in Algorithm 1."""
    learning_rate: float = 1e-3
    """Learning rate of RMSprop, for both networks unless discriminator_rate is set; α in Algorithm
    1."""
    paper_values: ClassVar = {
        **PRE_2018, "critic_steps": 5, "clip": 0.01, "learning_rate": 5e-5,
        "latent_dim": 100, "width": 64,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.critic_steps, "critic_steps", 1, 1000)
        check_float(self.clip, "clip", 1e-6, 1e6)


class Critic(nn.Module):
    """Images (N, channels, size, size) -> scores (N,), which are no probabilities."""

    def __init__(self, config: dcgan.NetworkConfig, channels: int, *, norm: bool = False) -> None:
        super().__init__()
        self.features = dcgan.features(config, channels, norm=norm)
        self.score = dcgan.score(config, bias=False)  # only differences of scores count

    def forward(self, x: Tensor) -> Tensor:
        phi = self.features(x)
        # The gap is a small difference of large scores: no bfloat16 for these.
        with torch.autocast(x.device.type, enabled=False):
            return self.score(phi.float())


class NormalisedCritic(Critic):
    """With batch normalisation, as DCGAN's: clipped weights alone let the signal fade.

    Scales and shifts of the normalisation would be clipped as well, and then fade it again.
    """

    def __init__(self, config: dcgan.NetworkConfig, channels: int) -> None:
        super().__init__(config, channels, norm=True)
        normal_init(self)


class WGAN(AugmentedGAN):
    """The critic's gap estimates, up to a factor, the distance that the generator descends."""

    config: Config
    output = "score"
    networks = dcgan.Generator, NormalisedCritic

    def first_affine(self) -> nn.Module:
        return before_relu(self.generator)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return DiscriminatorOutputs(self.output, self.discriminator(batch["image"]))

    def optimizers(self) -> Optimizers:
        # Arjovsky et al. found Adam's momentum unstable here (Section 4.3).
        c = self.config
        return Optimizers(
            RMSprop(self.generator.parameters(), c.learning_rate),
            RMSprop(self.discriminator.parameters(), c.discriminator_rate or c.learning_rate),
        )

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Algorithm 1
        G, D, c = self.generator.train(), self.discriminator, self.config
        reals = [batch["image"] for batch in islice(batches, c.critic_steps)]
        d_loss = [self.train_critic(x, optimizers.discriminator) for x in reals][-1]
        g_loss = wasserstein.generator(D(self.augment_pipe(G(self.latents(len(reals[-1]))))))
        descend(optimizers.generator, g_loss)
        self.augment_pipe.advance()
        return {
            "generator": g_loss.detach(),
            "discriminator": d_loss,
            "critic_gap": -d_loss,  # of the last critic update, before it
            "clipped": clipped_share(D, c.clip),
        }

    def train_critic(self, x: Tensor, optimizer: Optimizer) -> Tensor:  # lines 2 to 8
        D, c = self.discriminator, self.config
        with torch.no_grad():
            inputs = self.augment_pipe(torch.cat([x, self.generator(self.latents(len(x)))]))
        # One kind at a time: statistics of both together would tell real from fake.
        loss = wasserstein.discriminator(*(D(images) for images in inputs.chunk(2)))
        if not discriminator_is_ahead(loss, c.skip_d_below):
            descend(optimizer, loss + r1_on_subset(D, inputs[: len(x)], c))
            clip(D, c.clip)
        return loss.detach()


@torch.no_grad()
def clip(D: nn.Module, c: float) -> None:
    """Bring every weight back into [-c, c]."""
    for w in D.parameters():
        w.clamp_(-c, c)


@torch.no_grad()
def clipped_share(D: nn.Module, c: float) -> Tensor:
    """Share of the weights that are at -c or c, ()."""
    return (torch.cat([w.flatten() for w in D.parameters()]).abs() >= c).float().mean()
