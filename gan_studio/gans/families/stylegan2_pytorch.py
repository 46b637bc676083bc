"""Analyzing and Improving the Image Quality of StyleGAN (Karras et al., 2020), https://arxiv.org/abs/1912.04958."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate, leaky_relu, pad

from gan_studio.gans.base import NoDiscriminator
from gan_studio.gans.families.stylegan2_ada import ToRGB
from gan_studio.gans.published import (
    PublishedGAN,
    PublishedGenerator,
    SkipGenerator,
    StyledConfig,
)


@dataclass(frozen=True, kw_only=True)
class Config(StyledConfig):
    """StyleGAN2 as the package stylegan2-pytorch builds it, at its capacity of 16."""

    channel_base: int = 8192
    """Channels of a map times its height, up to most_channels."""
    fixed_fields: ClassVar = StyledConfig.fixed_fields | {"style_dim", "mapping_layers"}

    @property
    def widths(self) -> list[int]:
        """Channels of maps of 4 pixels, 8 and so on."""
        sizes = (2**i for i in range(2, self.image_size.bit_length()))
        return [min(self.most_channels, self.channel_base // size) for size in sizes]


class StyledConv(nn.Module):
    """Modulated convolution, noise, leaky ReLU: (N, I, H, W), (N, style_dim) -> (N, O, H, W).

    Demodulated (Karras et al., 2020, Eq. 3) by scaling what comes in and what goes out. Each
    channel has a strength of its own for the noise.
    """

    def __init__(self, inputs: int, outputs: int, config: Config) -> None:
        super().__init__()
        self.style = nn.Linear(config.style_dim, inputs)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.strength = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        s = self.style(w)
        power = self.weight.square().sum((2, 3))
        sigma = (s.float().square() @ power.T + 1e-8).rsqrt().to(x.dtype)
        y = conv2d(x * s[..., None, None].to(x.dtype), self.weight.to(x.dtype), padding=1)
        y = y * sigma[..., None, None]
        y = y + (self.strength[:, None, None] * noise + self.bias[:, None, None]).to(y.dtype)
        return leaky_relu(y, 0.2, inplace=True)


class Generator(PublishedGenerator, SkipGenerator):
    """Latents (N, latent_dim) -> styles (N, blocks, style_dim) -> images in [-1, 1].

    A block of two convolutions and colours has one style.
    """

    noise: Tensor

    def __init__(self, config: Config, channels: int, classes: int = 0) -> None:
        super().__init__(config, classes)
        widths = config.widths
        self.constant = nn.Parameter(torch.randn(1, widths[0], 4, 4))
        self.first = nn.Conv2d(widths[0], widths[0], 3, padding=1)
        pairs = [(widths[0], widths[0]), *pairwise(widths)]
        self.convs = nn.ModuleList(
            StyledConv(inputs, b, config) for a, b in pairs for inputs in (a, b)
        )
        self.to_rgb = nn.ModuleList(ToRGB(width, channels, config) for width in widths)
        self.register_buffer("noise", torch.rand(config.image_size, config.image_size))

    @property
    def num_ws(self) -> int:
        return len(self.to_rgb)

    def pictures(self, w: Tensor) -> Iterator[Tensor]:
        x = self.first(self.constant).expand(len(w), -1, -1, -1)
        picture = torch.zeros((), device=w.device)
        for i, to_rgb in enumerate(self.to_rgb):
            if i:
                x = interpolate(x, scale_factor=2, mode="bilinear")
                picture = magnify(picture)
            noise = self.noise[: x.shape[2], : x.shape[3]]
            x = self.convs[2 * i](x, w[:, i], noise)
            x = self.convs[2 * i + 1](x, w[:, i], noise)
            picture = picture + to_rgb(x, w[:, i])
            yield 2 * picture - 1  # its colours are from 0 to 1

    def style_weights(self) -> Tensor:
        convs = [conv for conv in self.convs if isinstance(conv, StyledConv)]
        return torch.cat([conv.style.weight for conv in convs])


def magnify(x: Tensor) -> Tensor:
    """Interpolation, then (1, 2, 1) / 4 along either axis, (N, C, H, W) -> (N, C, 2 H, 2 W)."""
    larger = pad(interpolate(x, scale_factor=2, mode="bilinear"), (1, 1, 1, 1), mode="reflect")
    f = torch.tensor([1.0, 2.0, 1.0], device=x.device, dtype=x.dtype) / 4
    kernel = (f[:, None] * f).expand(x.shape[1], 1, 3, 3)
    return conv2d(larger, kernel, groups=x.shape[1])


class StyleGAN2PyTorch(PublishedGAN):
    """The averaged generator of a training with stylegan2-pytorch."""

    config: Config
    networks = Generator, NoDiscriminator
