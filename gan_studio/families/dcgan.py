"""Unsupervised Representation Learning with DCGANs (Radford et al., 2016), https://arxiv.org/abs/1511.06434."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from torch import nn

from gan_studio import remedies
from gan_studio.families import vanilla
from gan_studio.gan import PLAIN
from gan_studio.layers import BatchNorm2d, Scores, SeedConvTranspose2d, WholeConv2d, normal_init
from gan_studio.values import check_int


@dataclass(frozen=True, kw_only=True)
class Players(remedies.Config):
    """The size of convolutional players, whatever their game."""

    width: int = 48
    """channels at half the picture's size, doubled at each coarser scale"""

    lasting: ClassVar = remedies.Config.lasting | {"width"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.width, "width", 1, 8192)
        check_size(self.image_size)


@dataclass(frozen=True, kw_only=True)
class Config(Players, vanilla.Config):
    """Convolutional players; docs/families/dcgan.md has the paper's numbers and why ours differ."""

    r1_gamma: float = 1.0
    """weight of the gradient penalty on real pictures (Mescheder et al., 2018); 0 leaves it out"""
    classic: ClassVar = {
        **PLAIN, "r1_gamma": 0.0, "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999,
        "batch_size": 128, "latent_dim": 100, "width": 128,
    }  # fmt: skip


def check_size(image_size: int) -> None:
    """ValueError where doublings from 4x4 do not end at the picture's size."""
    if image_size not in (8, 16, 32, 64, 128, 256):
        raise ValueError(f"The image size must be a power of two from 8 to 256, not {image_size}.")


def scales(image_size: int) -> int:
    """Number of doublings from the 4x4 seed to the picture."""
    return (image_size // 4).bit_length() - 1


class Generator(nn.Sequential):
    """Latents (N, latent_dim) -> images (N, channels, size, size), by transposed convolutions."""

    def __init__(self, config: Players, channels: int) -> None:
        widths = [config.width * 2**i for i in reversed(range(scales(config.image_size)))]
        blocks: list[nn.Module] = [
            nn.Unflatten(1, (config.latent_dim, 1, 1)),
            SeedConvTranspose2d(config.latent_dim, widths[0], 4, bias=False),
            BatchNorm2d(widths[0]),
            nn.ReLU(),
        ]
        for wide, narrow in pairwise(widths):
            blocks += [
                nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1, bias=False),
                BatchNorm2d(narrow),
                nn.ReLU(),
            ]
        blocks += [nn.ConvTranspose2d(widths[-1], channels, 4, stride=2, padding=1), nn.Tanh()]
        super().__init__(*blocks)
        normal_init(self)


def stem(G: nn.Module) -> nn.Module:
    """The generator's first affine map: one pixel's convolution and its normalisation."""
    return nn.Sequential(*list(G.children())[:3])


class Discriminator(nn.Sequential):
    """Images (N, channels, size, size) -> logits (N,), by strided convolutions.

    Radford et al. normalise batches here too; a penalised discriminator must judge each picture by
    itself.
    """

    def __init__(self, config: Players, channels: int) -> None:
        widths = [channels, *(config.width * 2**i for i in range(scales(config.image_size)))]
        blocks: list[nn.Module] = []
        for narrow, wide in pairwise(widths):
            blocks += [nn.Conv2d(narrow, wide, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        super().__init__(*blocks, WholeConv2d(widths[-1], 1, 4), Scores())


class DCGAN(vanilla.VanillaGAN):
    """Algorithm 1 of Goodfellow et al., played by convolutional networks."""

    networks = Generator, Discriminator

    def stem(self) -> nn.Module:
        return stem(self.generator)
