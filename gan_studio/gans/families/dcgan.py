"""Unsupervised Representation Learning with DCGANs (Radford et al., 2016), https://arxiv.org/abs/1511.06434."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from torch import nn

from gan_studio.core.validation import check_int
from gan_studio.gans import stabilizers
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.families import vanilla
from gan_studio.gans.layers import BatchNorm2d, FromPixelConvTranspose2d, FullConv2d, normal_init


@dataclass(frozen=True, kw_only=True)
class NetworkConfig(stabilizers.StabilizerConfig):
    """Size of convolutional networks, whatever their loss."""

    width: int = 48
    """Channels at half the image size, doubled at each coarser scale."""

    fixed_fields: ClassVar = stabilizers.StabilizerConfig.fixed_fields | {"width"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.width, "width", 1, 8192)
        check_size(self.image_size)


@dataclass(frozen=True, kw_only=True)
class Config(NetworkConfig, vanilla.Config):
    """Convolutional networks; docs/families/dcgan.md has the paper's values and why ours differ."""

    r1_gamma: float = 1.0
    """Weight γ of the R1 penalty on real pictures (Mescheder et al., 2018); 0 switches it off."""
    paper_values: ClassVar = {
        **PRE_2018, "r1_gamma": 0.0, "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999,
        "batch_size": 128, "latent_dim": 100, "width": 128,
    }  # fmt: skip


def check_size(image_size: int) -> None:
    """ValueError where doublings from 4x4 do not end at the image size."""
    if image_size not in (8, 16, 32, 64, 128, 256):
        raise ValueError(f"The image size must be a power of two from 8 to 256, not {image_size}.")


def scales(image_size: int) -> int:
    """Number of doublings from 4x4 to the image size."""
    return (image_size // 4).bit_length() - 1


class Generator(nn.Sequential):
    """Latents (N, latent_dim) -> images (N, channels, size, size), by transposed convolutions."""

    def __init__(self, config: NetworkConfig, channels: int, inputs: int = 0) -> None:
        widths = [config.width * 2**i for i in reversed(range(scales(config.image_size)))]
        inputs = inputs or config.latent_dim
        blocks: list[nn.Module] = [
            nn.Unflatten(1, (inputs, 1, 1)),
            FromPixelConvTranspose2d(inputs, widths[0], 4, bias=False),
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


def features(config: NetworkConfig, channels: int, *, norm: bool = False) -> nn.Sequential:
    """Strided convolutions, (N, channels, size, size) -> (N, deepest, 4, 4).

    With `norm` batches are normalised from the second convolution on, without scales and shifts.
    """
    widths = [channels, *(config.width * 2**i for i in range(scales(config.image_size)))]
    blocks: list[nn.Module] = []
    for narrow, wide in pairwise(widths):
        norm_layers = [BatchNorm2d(wide, affine=False)] if norm and blocks else []
        blocks += [nn.Conv2d(narrow, wide, 4, stride=2, padding=1), *norm_layers, nn.LeakyReLU(0.2)]
    return nn.Sequential(*blocks)


def score(config: NetworkConfig, *, bias: bool = True) -> nn.Sequential:
    """Features (N, deepest, 4, 4) -> scores (N,)."""
    layer = FullConv2d(deepest(config), 1, 4)
    if not bias:  # drawn all the same, so that a seed's training stays as it was
        layer.register_parameter("bias", None)
    return nn.Sequential(layer, nn.Flatten(0))


def deepest(config: NetworkConfig) -> int:
    """Channels of the discriminator's last features."""
    return config.width * 2 ** (scales(config.image_size) - 1)


class Discriminator(nn.Sequential):
    """Images (N, channels, size, size) -> logits (N,), by strided convolutions.

    Radford et al. normalise batches here too; a penalised discriminator must judge each picture by
    itself.
    """

    def __init__(self, config: NetworkConfig, channels: int) -> None:
        super().__init__(*features(config, channels), *score(config))


class DCGAN(vanilla.VanillaGAN):
    """Algorithm 1 of Goodfellow et al. with convolutional networks."""

    networks = Generator, Discriminator
