"""Generators as others have published them: for drawing, without a discriminator or a training."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from gan_studio.core.validation import check_float, check_int
from gan_studio.gans.base import (
    Batch,
    DiscriminatorOutputs,
    LatentGAN,
    Losses,
    Optimizers,
    Styled,
)
from gan_studio.gans.config import GANConfig, LatentConfig


@dataclass(frozen=True, kw_only=True)
class StyledConfig(LatentConfig):
    """Shapes that style-based generators share."""

    image_size: int = 256
    """Image size: height and width in pixels, a power of two."""
    latent_dim: int = 512
    """Dimension of the latent vector z."""
    style_dim: int = 512
    """Dimension of a style vector w."""
    mapping_layers: int = 8
    """Layers of the mapping network, (z, label) -> w."""
    mapping_dim: int = 512
    """Channels between the layers of the mapping network."""
    label_dim: int = 512
    """Dimension of the embedded label, where there are labels."""
    labelled: bool = False
    """Whether the generator is given a label."""
    channel_base: int = 32_768
    """Channels of a map times its height, up to most_channels."""
    most_channels: int = 512
    """Maximum number of channels."""
    conv_clamp: float = 0.0
    """Bound of what a convolution gives; 0 leaves it unbounded."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("style_dim", "mapping_dim", "label_dim"):
            check_int(getattr(self, name), name, 1, 10_000)
        check_int(self.mapping_layers, "mapping_layers", 1, 64)
        check_int(self.channel_base, "channel_base", 1, 2**20)
        check_int(self.most_channels, "most_channels", 1, 8192)
        check_float(self.conv_clamp, "conv_clamp", 0, 1e9)
        if self.image_size & (self.image_size - 1):
            raise ValueError(f"The image size must be a power of two, not {self.image_size}.")


NOT_TRAINED = "A generator that was imported has no discriminator to train against."


class PublishedGAN(LatentGAN):
    """A generator alone, whose seeds mean what they mean where it was published."""

    output = "score"
    trainable = False

    @classmethod
    def conditional(cls, config: GANConfig) -> bool:
        assert isinstance(config, StyledConfig)
        return config.labelled

    def latents_of_seed(self, seed: int, n: int) -> Tensor:
        """z of this seed and the next ones, by NumPy, as NVIDIA's `gen_images.py` draws them."""
        rows = [
            np.random.RandomState((seed + i) % 2**32).randn(1, self.config.latent_dim)
            for i in range(n)
        ]
        return torch.from_numpy(np.concatenate(rows)).float()

    def optimizers(self) -> Optimizers:
        raise ValueError(NOT_TRAINED)

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:
        del batches, optimizers
        raise ValueError(NOT_TRAINED)

    def first_affine(self) -> nn.Module:
        assert isinstance(self.generator, PublishedGenerator)
        return self.generator.to_w.layers[0]

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return DiscriminatorOutputs(self.output, self.discriminator(batch["image"]))


class SkipGenerator(Styled):
    """A generator whose picture is a sum over its sizes (Karras et al., 2020, Section 4.1)."""

    @abstractmethod
    def pictures(self, w: Tensor) -> Iterator[Tensor]:
        """The picture at each size, (N, channels, s, s) for s = 4, 8, … up to the whole one."""

    def synthesis(self, w: Tensor) -> Tensor:
        *_, picture = self.pictures(w)
        return picture


class Mapping(nn.Module):
    """Latents with one-hot labels behind them, (N, latent_dim + classes) -> w (N, style_dim)."""

    def __init__(self, config: StyledConfig, classes: int) -> None:
        super().__init__()
        self.latent_dim = config.latent_dim
        inputs = config.latent_dim + (config.label_dim if classes else 0)
        between = [config.mapping_dim] * (config.mapping_layers - 1)
        widths = [inputs, *between, config.style_dim]
        self.embed = nn.Linear(classes, config.label_dim) if classes else None
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))

    def forward(self, z: Tensor) -> Tensor:
        z, label = z[:, : self.latent_dim], z[:, self.latent_dim :]
        x = second_moment_norm(z)
        if self.embed:
            x = torch.cat([x, second_moment_norm(self.embed(label))], 1)
        for layer in self.layers:
            x = nn.functional.leaky_relu(layer(x), 0.2) * 2**0.5
        return x.float()


class PublishedGenerator(nn.Module, Styled):
    """Latents (N, latent_dim + classes) -> one style for all layers -> images in [-1, 1]."""

    mean_style: Tensor

    def __init__(self, config: StyledConfig, classes: int) -> None:
        super().__init__()
        self.to_w = Mapping(config, classes)
        self.register_buffer("mean_style", torch.zeros(config.style_dim))

    @property
    def w_avg(self) -> Tensor:
        return self.mean_style

    def forward(self, z: Tensor) -> Tensor:
        return self.synthesis(self.mapping(z))

    def mapping(self, z: Tensor) -> Tensor:
        """(N, latent_dim + classes) -> (N, num_ws, style_dim), the same style for each layer."""
        return self.to_w(z)[:, None].expand(-1, self.num_ws, -1)


def second_moment_norm(x: Tensor) -> Tensor:
    """x (N, dim) at a mean square of 1."""
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()
