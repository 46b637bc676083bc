"""Training Generative Adversarial Networks with Limited Data (Karras et al., 2020), https://arxiv.org/abs/2006.06676."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu

from gan_studio.gans.base import NoDiscriminator
from gan_studio.gans.published import (
    PublishedGAN,
    PublishedGenerator,
    SkipGenerator,
    StyledConfig,
)
from gan_studio.gans.resampling import binomial_blur, magnify


@dataclass(frozen=True, kw_only=True)
class Config(StyledConfig):
    """StyleGAN2 of configuration F at 256 pixels; files of others come with their own values."""

    noise: bool = True
    """Per-layer noise inputs, the same for all pictures."""
    fixed_fields: ClassVar = StyledConfig.fixed_fields | {"style_dim", "mapping_layers"}

    @property
    def sizes(self) -> list[int]:
        """From 4 to the picture's own."""
        return [2**i for i in range(2, self.image_size.bit_length())]

    def channels(self, size: int) -> int:
        """Channels of maps of that size."""
        return min(self.most_channels, self.channel_base // size)


class StyledConv(nn.Module):
    """Modulated convolution, noise, bias, leaky ReLU: (N, I, H, W), (N, style_dim) -> (N, O, S, S).

    Demodulated (Karras et al., 2020, Eq. 3) by scaling what comes in and what goes out, which gives
    the same sums. With `up` it is transposed, of stride 2, and a blur follows (Appendix B there).
    """

    noise: Tensor | None

    def __init__(
        self, inputs: int, outputs: int, size: int, config: Config, *, up: bool = False
    ) -> None:
        super().__init__()
        self.up, self.clamp = up, config.conv_clamp
        self.style = nn.Linear(config.style_dim, inputs)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.strength = nn.Parameter(torch.zeros(())) if config.noise else None
        self.register_buffer("noise", torch.randn(size, size) if config.noise else None)
        self._power: Tensor | None = None

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        """Kernels with their channels last, which CPUs convolve faster."""
        super()._load_from_state_dict(*args, **kwargs)
        weight, last = self.weight.data, torch.channels_last
        if self.up:
            self.weight.data = weight.transpose(0, 1).contiguous(memory_format=last).transpose(0, 1)
        else:
            self.weight.data = weight.contiguous(memory_format=last)
        self._power = None

    def power(self) -> Tensor:
        """Σ w² over the places of each kernel, (O, I); remembered where weights do not learn."""
        if self.weight.requires_grad:
            return self.weight.square().sum((2, 3))
        if self._power is None or self._power.device != self.weight.device:
            with torch.inference_mode(mode=False):  # projection needs it for gradients
                self._power = self.weight.square().sum((2, 3))
        return self._power

    def convolve(self, x: Tensor, kernel: Tensor) -> Tensor:
        kernel = kernel.to(x.dtype)
        if not self.up:
            return conv2d(x, kernel, padding=1)
        return binomial_blur(conv_transpose2d(x, kernel.transpose(0, 1), stride=2))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        s = self.style(w)
        # leaky_relu(√2 y) = √2 leaky_relu(y): the gain costs no pass over the map of its own.
        sigma = (s.float().square() @ self.power().T + 1e-8).rsqrt() * math.sqrt(2)
        if len(x) == 1 and x.shape[2] * x.shape[3] > len(self.bias):  # the kernel is smaller
            y = self.convolve(x, self.weight * (sigma.T * s)[..., None, None])
        else:
            y = self.convolve(x * s[..., None, None].to(x.dtype), self.weight)
            y = y * sigma.to(y.dtype)[..., None, None]
        # In place: a large map costs more to allocate than to add to.
        if self.strength is not None and self.noise is not None:
            y += (self.strength * self.noise * math.sqrt(2)).to(y.dtype)
        y += (self.bias * math.sqrt(2)).to(y.dtype)[:, None, None]
        y = leaky_relu(y, 0.2, inplace=True)
        return y.clamp(-self.clamp, self.clamp) if self.clamp else y


class ToRGB(nn.Module):
    """Colours of a map, (N, I, H, W), (N, style_dim) -> (N, channels, H, W), not demodulated."""

    def __init__(self, inputs: int, channels: int, config: StyledConfig) -> None:
        super().__init__()
        self.clamp = config.conv_clamp
        self.style = nn.Linear(config.style_dim, inputs)
        self.weight = nn.Parameter(torch.randn(channels, inputs, 1, 1) / math.sqrt(inputs))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        s = self.style(w)
        kernels = (self.weight[None, ..., 0, 0] * s[:, None]).to(x.dtype)  # (N, channels, I)
        y = (x.permute(0, 2, 3, 1) @ kernels.transpose(1, 2)[:, None]).permute(0, 3, 1, 2)
        y = y.float() + self.bias[:, None, None]
        return y.clamp(-self.clamp, self.clamp) if self.clamp else y


class Generator(PublishedGenerator, SkipGenerator):
    """Latents (N, latent_dim + classes) -> styles (N, layers, style_dim) -> images in [-1, 1]."""

    def __init__(self, config: Config, channels: int, classes: int = 0) -> None:
        super().__init__(config, classes)
        sizes = config.sizes
        widths = [config.channels(size) for size in sizes]
        self.constant = nn.Parameter(torch.randn(1, widths[0], 4, 4))
        convs = [StyledConv(widths[0], widths[0], 4, config)]
        for (a, b), size in zip(pairwise(widths), sizes[1:], strict=True):
            convs += [StyledConv(a, b, size, config, up=True), StyledConv(b, b, size, config)]
        self.convs = nn.ModuleList(convs)
        self.to_rgb = nn.ModuleList(ToRGB(width, channels, config) for width in widths)

    @property
    def num_ws(self) -> int:
        """Number of styles: one for each convolution and one for the last colours."""
        return len(self.convs) + 1

    def pictures(self, w: Tensor) -> Iterator[Tensor]:
        x = self.constant.expand(len(w), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        x = self.convs[0](x, w[:, 0])
        picture = self.to_rgb[0](x, w[:, 1])
        yield picture
        for i in range(1, len(self.to_rgb)):
            x = self.convs[2 * i - 1](x, w[:, 2 * i - 1])
            x = self.convs[2 * i](x, w[:, 2 * i])
            picture = magnify(picture) + self.to_rgb[i](x, w[:, 2 * i + 1])
            yield picture

    def style_weights(self) -> Tensor:
        convs = [conv for conv in self.convs if isinstance(conv, StyledConv)]
        return torch.cat([conv.style.weight for conv in convs])


class StyleGAN2ADA(PublishedGAN):
    """The generator of StyleGAN2 and StyleGAN2-ADA, with and without labels."""

    config: Config
    networks = Generator, NoDiscriminator
