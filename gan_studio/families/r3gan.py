"""The GAN is dead; long live the GAN! A Modern Baseline GAN (Huang et al., 2024), https://arxiv.org/abs/2501.05441."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.optim import Adam

from gan_studio.families import dcgan
from gan_studio.gan import Batch, LatentGAN, Losses, Optimizers, descend
from gan_studio.layers import Scores, SeedConvTranspose2d, WholeConv2d
from gan_studio.objectives import relativistic
from gan_studio.penalties import r1
from gan_studio.recipe import number


@dataclass(frozen=True, kw_only=True)
class Config(dcgan.Players):
    """Small residual players; docs/families/r3gan.md has the paper's numbers."""

    width: int = 32
    """channels at half the picture's size, doubled at each coarser scale"""
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


class Block(nn.Module):
    """x + F(x), (N, C, H, W) -> (N, C, H, W), without normalisation (Section 3.4).

    It starts as the identity: the last convolution from zeros, the others scaled down with the
    number of blocks (fix-up initialisation, Zhang et al., 2019).
    """

    def __init__(self, channels: int, blocks: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.last = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(self.first.weight, 0.2)
        with torch.no_grad():
            self.first.weight.mul_(blocks**-0.5)  # L^(-1 / (2m - 2)) with m = 2 layers in a block
        nn.init.zeros_(self.last.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.last(leaky_relu(self.first(leaky_relu(x, 0.2)), 0.2))


class Generator(nn.Sequential):
    """Latents (N, latent_dim) -> images (N, channels, size, size) in [-1, 1]."""

    def __init__(self, config: Config, channels: int) -> None:
        n = dcgan.scales(config.image_size)
        widths = [config.width * 2**i for i in reversed(range(n))]
        blocks: list[nn.Module] = [
            nn.Unflatten(1, (config.latent_dim, 1, 1)),
            SeedConvTranspose2d(config.latent_dim, widths[0], 4),
            Block(widths[0], n),
        ]
        nn.init.normal_(blocks[1].get_parameter("weight"), 0.0, config.latent_dim**-0.5)
        for wide, narrow in pairwise(widths):
            blocks += [nn.Conv2d(wide, narrow, 1), nn.Upsample(scale_factor=2, mode="bilinear")]
            blocks += [Block(narrow, n)]
        picture = nn.ConvTranspose2d(widths[-1], channels, 4, stride=2, padding=1)
        super().__init__(*blocks, nn.LeakyReLU(0.2), picture, nn.Tanh())


class Discriminator(nn.Sequential):
    """Images (N, channels, size, size) -> scores (N,): the generator's mirror image."""

    def __init__(self, config: Config, channels: int) -> None:
        n = dcgan.scales(config.image_size)
        widths = [config.width * 2**i for i in range(n)]
        blocks: list[nn.Module] = [
            nn.Conv2d(channels, widths[0], 4, stride=2, padding=1),
            Block(widths[0], n),
        ]
        for narrow, wide in pairwise(widths):
            blocks += [nn.AvgPool2d(2), nn.Conv2d(narrow, wide, 1), Block(wide, n)]
        score = WholeConv2d(widths[-1], 1, 4, bias=False)  # only differences of scores count
        super().__init__(*blocks, nn.LeakyReLU(0.2), score, Scores())


class R3GAN(LatentGAN):
    """Every fake is compared with a real picture, and D is kept flat on both."""

    config: Config
    networks = Generator, Discriminator

    def stem(self) -> nn.Module:
        return nn.Sequential(*list(self.generator.children())[:2])

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
        real_scores, fake_scores = D(torch.cat([x, fake.detach()])).float().chunk(2)
        d_loss = relativistic.discriminator(real_scores, fake_scores)
        part = max(1, round(c.penalty_share * len(x)))
        on_real, on_fake = (c.gamma / 2 * r1(D, images[:part]) for images in (x, fake))
        descend(optimizers.discriminator, d_loss + on_real + on_fake)
        with torch.no_grad():
            real_scores = D(x).float()
        g_loss = relativistic.generator(real_scores, D(fake).float())
        descend(optimizers.generator, g_loss)
        return {
            "generator": g_loss.detach(),
            "discriminator": d_loss.detach(),
            "r1": on_real.detach(),
            "r2": on_fake.detach(),
        }
