"""Alias-Free Generative Adversarial Networks (Karras et al., 2021), https://arxiv.org/abs/2106.12423."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from gan_studio.core.validation import check_float, check_int
from gan_studio.gans.base import NoDiscriminator, Transformable
from gan_studio.gans.published import PublishedGAN, PublishedGenerator, StyledConfig
from gan_studio.gans.resampling import filtered_leaky_relu


class Layer(NamedTuple):
    """Shapes and filters of a layer in configurations T and R; pairs are before and behind it."""

    channels: tuple[int, int]
    sizes: tuple[int, int]
    """of its maps, margins included"""
    radial: bool
    """radially symmetric filter before samples are dropped"""
    kernel: int
    """size of the convolution"""
    up: int
    down: int
    """factors by which the rate rises before the nonlinearity and falls behind it"""
    taps: tuple[int, int]
    """of the filters of either"""

    @property
    def padding(self) -> tuple[int, int]:
        """Samples before and after, at the higher rate: as many as the output needs (App. C.3)."""
        before, behind = self.sizes
        total = (behind - 1) * self.down + 1 - (before + self.kernel - 1) * self.up
        total += sum(self.taps) - 2
        first = (total + self.up) // 2
        return first, total - first


@dataclass(frozen=True, kw_only=True)
class Config(StyledConfig):
    """Configuration T at 256 pixels; files of others come with their own values."""

    mapping_layers: int = 2
    """Layers of the mapping network, (z, label) -> w."""
    conv_clamp: float = 256.0
    """Bound of what a layer gives; 0 leaves it unbounded."""
    layers: int = 14
    """Layers between the Fourier features and the colours, N."""
    critical_layers: int = 2
    """Last layers that are sampled critically."""
    first_cutoff: float = 2.0
    """Cutoff frequency of the first layer, f_c."""
    first_stopband: float = 2**2.1
    """Stopband of the first layer, f_t."""
    last_stopband: float = 2**0.3
    """Stopband of the last layer, in units of its cutoff."""
    margin: int = 10
    """Pixels beyond each edge of the picture."""
    output_scale: float = 0.25
    """Factor of the picture."""
    kernel: int = 3
    """Size of the convolutions: 3 for configuration T, 1 for R."""
    filter_size: int = 6
    """Taps of a filter in samples of the lower rate, n."""
    oversampling: int = 2
    """Temporary rate of the nonlinearity, m."""
    radial: bool = False
    """Radially symmetric filters, as configuration R has them."""
    fixed_fields: ClassVar = StyledConfig.fixed_fields | {"style_dim", "mapping_layers"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.layers, "layers", 3, 64)
        check_int(self.critical_layers, "critical_layers", 1, self.layers - 2)
        check_float(self.first_cutoff, "first_cutoff", 0.1, self.image_size / 2)
        check_float(self.first_stopband, "first_stopband", 1, self.image_size)
        check_float(self.last_stopband, "last_stopband", 1, 4)
        check_int(self.margin, "margin", 0, 64)
        check_float(self.output_scale, "output_scale", 1e-6, 1e6)
        check_int(self.kernel, "kernel", 1, 7)
        check_int(self.filter_size, "filter_size", 2, 32)
        check_int(self.oversampling, "oversampling", 1, 4)

    @property
    def cutoffs(self) -> list[float]:
        """f_c of each layer, a geometric series up to the critical ones."""
        return self._series(self.first_cutoff, self.image_size / 2)

    @property
    def rates(self) -> list[int]:
        """s of each layer, the power of two above twice the stopband."""
        last = self.image_size / 2 * self.last_stopband
        stopbands = self._series(self.first_stopband, last)
        return [2 ** math.ceil(math.log2(min(2 * f, self.image_size))) for f in stopbands]

    def _series(self, first: float, last: float) -> list[float]:
        steps = self.layers - self.critical_layers
        return [first * (last / first) ** min(i / steps, 1.0) for i in range(self.layers + 1)]

    def shapes(self, channels: int) -> list[Layer]:
        """The layers and, last, the colours."""
        rates, cutoffs, n = self.rates, self.cutoffs, self.layers
        sizes = [rate + 2 * self.margin for rate in rates[:-2]] + [self.image_size] * 2
        widths = [round(min(self.channel_base / 2 / f, self.most_channels)) for f in cutoffs[:-1]]
        widths.append(channels)
        layers = []
        for a, b in zip([0, *range(n)], range(n + 1), strict=True):
            temporary = max(rates[a], rates[b]) * (self.oversampling if b < n else 1)
            up, down = temporary // rates[a], temporary // rates[b]
            taps = [self.filter_size * k if k > 1 else 1 for k in (up, down)]
            layer = Layer(
                channels=(widths[a], widths[b]),
                sizes=(sizes[a], sizes[b]),
                radial=self.radial and b < n - self.critical_layers and taps[1] > 1,
                kernel=self.kernel if b < n else 1,
                up=up,
                down=down,
                taps=(taps[0], taps[1]),
            )
            layers.append(layer)
        return layers


class FourierFeatures(nn.Module):
    """Sine waves, rotated and shifted as the style says, w (N, style_dim) -> (N, C, S, S).

    Configurations B and H of the paper. `transform` (N, 3, 3) moves the coordinates once more: the
    inverse of what the picture does.
    """

    frequencies: Tensor
    """(C, 2), in waves on the length of the picture"""
    phases: Tensor
    """(C,), in waves"""

    def __init__(self, config: Config, channels: int, size: int) -> None:
        super().__init__()
        self.size, self.rate, self.cutoff = size, config.rates[0], config.cutoffs[0]
        self.motion = nn.Linear(config.style_dim, 4)
        self.weight = nn.Parameter(torch.randn(channels, channels) / math.sqrt(channels))
        self.register_buffer("frequencies", torch.randn(channels, 2))
        self.register_buffer("phases", torch.randn(channels))

    def forward(self, w: Tensor, transform: Tensor) -> Tensor:
        matrix = motion(self.motion(w)) @ transform
        phases = self.phases + (self.frequencies @ matrix[:, :2, 2:])[..., 0]
        frequencies = self.frequencies @ matrix[:, :2, :2]
        # Waves that the transform makes finer than the maps can hold fade out.
        excess = (frequencies.norm(dim=2) - self.cutoff) / (self.rate / 2 - self.cutoff)
        amplitudes = (1 - excess).clamp(0, 1)
        grid = coordinates(self.size, self.rate).to(w)
        waves = torch.einsum("hwk,nck->nhwc", grid, frequencies) + phases[:, None, None]
        x = (2 * math.pi * waves).sin() * amplitudes[:, None, None]
        return (x @ self.weight.T).permute(0, 3, 1, 2)


def motion(t: Tensor) -> Tensor:
    """Rotation and shift of (cos, sin, x, y), at length 1 of the first two, (N, 4) -> (N, 3, 3)."""
    cosine, sine, x, y = (t / t[:, :2].norm(dim=1, keepdim=True)).unbind(1)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    rotation = torch.stack([cosine, -sine, zero, sine, cosine, zero, zero, zero, one], 1)
    translation = torch.stack([one, zero, -x, zero, one, -y, zero, zero, one], 1)
    return rotation.unflatten(1, (3, 3)) @ translation.unflatten(1, (3, 3))


def coordinates(size: int, rate: float) -> Tensor:
    """Places of the samples of a map, in lengths of the picture, whose middle is 0: (S, S, 2)."""
    steps = (torch.arange(size) - (size - 1) / 2) / rate
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    return torch.stack([x, y], 2)


class Synthesis(nn.Module):
    """A layer: modulated convolution, bias, filtered leaky ReLU, (N, I, H, W) -> (N, O, H', W')."""

    magnitude: Tensor
    """mean square of what comes in, as training has tracked it, ()"""
    up_filter: Tensor
    down_filter: Tensor

    def __init__(self, layer: Layer, config: Config, *, colours: bool = False) -> None:
        super().__init__()
        inputs, outputs = layer.channels
        self.colours, self.clamp, self.layer = colours, config.conv_clamp or math.inf, layer
        self.style = nn.Linear(config.style_dim, inputs)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, layer.kernel, layer.kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        up, down = layer.taps
        self.register_buffer("magnitude", torch.ones(()))
        self.register_buffer("up_filter", torch.ones(up))
        self.register_buffer("down_filter", torch.ones((down, down) if layer.radial else (down,)))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        s, weight = self.style(w), self.weight
        if not self.colours:
            weight = weight * weight.square().mean((1, 2, 3), keepdim=True).rsqrt()
            s = s * s.square().mean(1, keepdim=True).rsqrt()
        gain = self.magnitude.rsqrt()
        scale = (s * gain).to(x.dtype)[..., None, None]
        y = conv2d(x * scale, weight.to(x.dtype), padding=self.layer.kernel - 1)
        if not self.colours:
            sigma = (s.square() @ weight.square().sum((2, 3)).T + 1e-8).rsqrt()
            y = y * sigma.to(y.dtype)[..., None, None]
        y = y + self.bias.to(y.dtype)[:, None, None]
        if self.colours:  # its rates are equal and its slope is 1
            return y.clamp(-self.clamp, self.clamp)
        up, down, padding = self.layer.up, self.layer.down, self.layer.padding
        return filtered_leaky_relu(
            y, self.up_filter, self.down_filter, up, down, padding, self.clamp
        )


class Generator(PublishedGenerator, Transformable):
    """Latents (N, latent_dim + classes) -> styles (N, layers, style_dim) -> images in [-1, 1]."""

    def __init__(self, config: Config, channels: int, classes: int = 0) -> None:
        super().__init__(config, classes)
        self.scale = config.output_scale
        *layers, colours = config.shapes(channels)
        self.features = FourierFeatures(config, layers[0].channels[0], layers[0].sizes[0])
        self.layers = nn.ModuleList(
            [
                *(Synthesis(layer, config) for layer in layers),
                Synthesis(colours, config, colours=True),
            ]
        )

    @property
    def num_ws(self) -> int:
        """Number of styles: one for the Fourier features and one for each layer."""
        return len(self.layers) + 1

    def synthesis(self, w: Tensor, transform: Tensor | None = None) -> Tensor:
        if transform is None:
            transform = torch.eye(3, device=w.device).expand(len(w), -1, -1)
        x = self.features(w[:, 0], transform)
        for i, layer in enumerate(self.layers, 1):
            x = layer(x, w[:, i])
        return x.float() * self.scale

    def style_weights(self) -> Tensor:
        convs = [layer for layer in self.layers if isinstance(layer, Synthesis)]
        return torch.cat([conv.style.weight for conv in convs[:-1]])


class StyleGAN3(PublishedGAN):
    """The generator of configurations T and R, with and without labels."""

    config: Config
    networks = Generator, NoDiscriminator
