"""Wasserstein GAN (Arjovsky et al., 2017), https://arxiv.org/abs/1701.07875."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer, RMSprop

from gan_studio.batches import Batch
from gan_studio.families import dcgan
from gan_studio.gan import PLAIN, Losses, Opinions, Optimizers, descend
from gan_studio.layers import BatchNorm2d, normal_init
from gan_studio.objectives import wasserstein
from gan_studio.processes import count
from gan_studio.remedies import RemediedGAN, leads, r1_of_a_part
from gan_studio.values import check_float, check_int


@dataclass(frozen=True, kw_only=True)
class Config(dcgan.Players):
    """A recipe of minutes; docs/families/wgan.md has the paper's."""

    critic_steps: int = 1
    """critic updates per generator update, n_critic in Algorithm 1"""
    clip: float = 0.03
    """largest weight of the critic, c in Algorithm 1"""
    learning_rate: float = 1e-3
    """RMSprop's step size for both players, alpha in Algorithm 1"""
    classic: ClassVar = {
        **PLAIN, "critic_steps": 5, "clip": 0.01, "learning_rate": 5e-5,
        "latent_dim": 100, "width": 64,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.critic_steps, "critic_steps", 1, 1000)
        check_float(self.clip, "clip", 1e-6, 1e6)


class Critic(nn.Module):
    """Images (N, channels, size, size) -> scores (N,), which are no probabilities."""

    def __init__(self, config: dcgan.Players, channels: int) -> None:
        super().__init__()
        *features, score, flat = dcgan.Discriminator(config, channels)
        score.register_parameter("bias", None)  # only differences of scores count
        self.features, self.score = nn.Sequential(*features), nn.Sequential(score, flat)

    def forward(self, x: Tensor) -> Tensor:
        phi = self.features(x)
        # The gap is a small difference of large scores: no bfloat16 for these.
        with torch.autocast(x.device.type, enabled=False):
            return self.score(phi.float())


class NormalisedCritic(Critic):
    """With batch normalisation, as DCGAN's: clipped weights alone let the signal fade.

    Scales and shifts of the normalisation would be clipped as well, and then fade it again.
    """

    def __init__(self, config: dcgan.Players, channels: int) -> None:
        super().__init__(config, channels)
        first, *blocks = self.features.children()
        layers: list[nn.Module] = [first]
        for block in blocks:
            layers.append(block)
            if isinstance(block, nn.Conv2d):
                layers.append(BatchNorm2d(block.out_channels, affine=False))
        self.features = nn.Sequential(*layers)
        normal_init(self)


class WGAN(RemediedGAN):
    """The critic's gap estimates, up to a factor, the distance that the generator descends."""

    config: Config
    measure = "score"
    networks = dcgan.Generator, NormalisedCritic

    def stem(self) -> nn.Module:
        return dcgan.stem(self.generator)

    def opinions(self, batch: Batch) -> Opinions:
        return Opinions(self.measure, self.discriminator(batch["image"]))

    def optimizers(self) -> Optimizers:
        # Arjovsky et al. found Adam's momentum unstable here (Section 4.3).
        c = self.config
        return Optimizers(
            RMSprop(self.generator.parameters(), c.learning_rate),
            RMSprop(self.discriminator.parameters(), c.discriminator_rate or c.learning_rate),
        )

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Algorithm 1
        G, D, c = self.generator.train(), self.discriminator, self.config
        d_loss = torch.zeros(())
        for batch in islice(batches, c.critic_steps):
            d_loss = self.train_critic(batch["image"], optimizers.discriminator)
        g_loss = wasserstein.generator(D(self.veil(G(self.latents(c.batch_size // count())))))
        descend(optimizers.generator, g_loss)
        self.veil.lift()
        return {
            "generator": g_loss.detach(),
            "discriminator": d_loss,
            "critic_gap": -d_loss,  # of the last critic update, before it
            "clipped": share_at(D, c.clip),
        }

    def train_critic(self, x: Tensor, optimizer: Optimizer) -> Tensor:  # lines 2 to 8
        D, c = self.discriminator, self.config
        with torch.no_grad():
            shown = self.veil(torch.cat([x, self.generator(self.latents(len(x)))]))
        # One kind at a time: statistics of both together would tell real from fake.
        loss = wasserstein.discriminator(*(D(images) for images in shown.chunk(2)))
        if not leads(loss, c.skip_below):
            descend(optimizer, loss + r1_of_a_part(D, shown[: len(x)], c))
            clip(D, c.clip)
        return loss.detach()


@torch.no_grad()
def clip(D: nn.Module, c: float) -> None:
    """Bring every weight back into [-c, c]."""
    for w in D.parameters():
        w.clamp_(-c, c)


@torch.no_grad()
def share_at(D: nn.Module, c: float) -> Tensor:
    """The part of the weights that stand at -c or c, ()."""
    return (torch.cat([w.flatten() for w in D.parameters()]).abs() >= c).float().mean()
