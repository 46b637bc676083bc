"""Progressive Growing of GANs for Improved Quality, Stability, and Variation (Karras et al., 2018), https://arxiv.org/abs/1710.10196."""  # noqa: E501

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, leaky_relu

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import PRE_2018, GANConfig
from gan_studio.gans.families.dcgan import check_size
from gan_studio.gans.layers import EqualConv2d, EqualLinear, MinibatchStdDev, pixel_norm
from gan_studio.gans.losses import wasserstein
from gan_studio.gans.optimizers import AdamConfig, adam
from gan_studio.gans.penalties import gradient_penalty
from gan_studio.gans.progressive import Size, downsample, fade_in, schedule, upsample
from gan_studio.gans.stabilizers import AugmentedGAN, discriminator_is_ahead, r1_on_subset, subset


@dataclass(frozen=True, kw_only=True)
class NetworkConfig(AdamConfig):
    """Size of networks whose maps double from 4x4 to the picture."""

    latent_dim: int = 128
    """Dimension of the latent vector z."""
    width: int = 16
    """Channels at the full image size, doubled at each coarser scale."""
    most_channels: int = 192
    """Maximum number of channels at any scale."""

    fixed_fields: ClassVar = AdamConfig.fixed_fields | {"width", "most_channels"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.width, "width", 1, 8192)
        check_int(self.most_channels, "most_channels", 1, 8192)
        check_size(self.image_size)

    @property
    def sizes(self) -> list[int]:
        """From 8 to the picture's own."""
        return [2**i for i in range(3, self.image_size.bit_length())]

    def channels(self, size: int) -> int:
        """Channels of maps of that size."""
        return min(self.most_channels, self.width * self.image_size // size)


@dataclass(frozen=True, kw_only=True)
class GrowingConfig(NetworkConfig):
    """Size of networks that may start at small pictures and grow."""

    start_size: int = 8
    """Initial image size of progressive growing, in pixels."""
    grow_steps: int = 2000
    """Updates per size in progressive growing, the first half of them fades the new layers in; 0
    trains at full size from the start."""

    fixed_fields: ClassVar = NetworkConfig.fixed_fields | {"start_size", "grow_steps"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.grow_steps, "grow_steps", 0, 10**9)
        if self.start_size not in self.sizes:
            raise ValueError(
                f"start_size must be one of {', '.join(map(str, self.sizes))}, "
                f"not {self.start_size}."
            )

    @property
    def stages(self) -> list[int]:
        """Sizes through which the players grow."""
        start = self.start_size if self.grow_steps else self.image_size
        return [size for size in self.sizes if size >= start]

    def size(self, updates: int) -> Size:
        """That of the pictures after so many updates."""
        return schedule(updates, self.stages, self.grow_steps)


@dataclass(frozen=True, kw_only=True)
class Config(GrowingConfig):
    """The paper's losses in minutes; docs/families/progan.md has its own values."""

    lambda_gp: float = 10.0
    """Weight λ of the gradient penalty (Gulrajani et al., 2017)."""
    drift: float = 0.001
    """Weight of the drift penalty, the mean squared score of real pictures, Section A.1."""
    paper_values: ClassVar = {
        **PRE_2018, "average_decay": 0.999, "r1_fraction": 1.0, "latent_dim": 512, "width": 64,
        "most_channels": 512, "batch_size": 16,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_float(self.lambda_gp, "lambda_gp", 0, 1e6)
        check_float(self.drift, "drift", 0, 1e6)


class Growing(nn.Module):
    """A network that grows with the number of training steps."""

    played: Tensor
    """the steps, under the name that stored models have for them"""

    def __init__(self, config: GrowingConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("played", torch.zeros((), dtype=torch.long))

    @property
    def steps(self) -> int:
        """Training steps so far."""
        return int(self.played)

    @property
    def size(self) -> Size:
        """Size of its pictures by now."""
        return self.config.size(self.steps)

    @property
    def stage(self) -> int:
        """The index of that size among the stages."""
        return self.config.stages.index(self.size.pixels)

    @property
    def depth(self) -> int:
        """Blocks that it takes from or to maps of 4x4."""
        return self.config.sizes.index(self.size.pixels) + 1


class Block(nn.Module):
    """Two convolutions of a generator at one size, (N, I, H, W) -> (N, O, H, W), Table 2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first, self.second = EqualConv2d(inputs, outputs), EqualConv2d(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.first, self.second):
            x = pixel_norm(leaky_relu(layer(x), 0.2))
        return x


class Generator(Growing):
    """Latents (N, latent_dim) -> images (N, channels, size, size), sharp as far as it has grown."""

    def __init__(self, config: GrowingConfig, channels: int) -> None:
        super().__init__(config)
        widths = [config.channels(size) for size in (4, *config.sizes)]
        self.seed = EqualLinear(config.latent_dim, widths[0] * 16, gain=math.sqrt(2) / 4)
        self.start = EqualConv2d(widths[0], widths[0])
        self.blocks = nn.ModuleList(Block(a, b) for a, b in pairwise(widths))
        self.to_rgb = nn.ModuleList(
            EqualConv2d(config.channels(size), channels, 1, gain=1.0) for size in config.stages
        )

    def forward(self, z: Tensor) -> Tensor:
        size = self.size
        x = self.seed(pixel_norm(z)).unflatten(1, (-1, 4, 4))
        x = pixel_norm(leaky_relu(x, 0.2))
        x = before = pixel_norm(leaky_relu(self.start(x), 0.2))
        for block in self.blocks[: self.depth]:
            before, x = x, block(upsample(x, 2 * x.shape[-1]))
        picture = self.to_rgb[self.stage](x)
        if size.alpha < 1:
            coarse = upsample(self.to_rgb[self.stage - 1](before), size.pixels)
            picture = torch.lerp(coarse, picture, size.alpha)
        # Without the hyperbolic tangent, which Karras et al. leave out, a quick G overshoots.
        return upsample(picture, self.config.image_size).tanh()


class Halving(nn.Module):
    """Two convolutions of a critic and a pooling, (N, I, H, W) -> (N, O, H/2, W/2), Table 2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first, self.second = EqualConv2d(inputs, inputs), EqualConv2d(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = leaky_relu(self.first(x), 0.2)
        # Pooled before the second convolution, which costs a quarter so; the paper pools after it.
        return leaky_relu(self.second(avg_pool2d(x, 2)), 0.2)


def score_layers(width: int) -> nn.Sequential:
    """The last layers of a critic, (N, width, 4, 4) -> scores (N,)."""
    return nn.Sequential(
        nn.Flatten(),
        EqualLinear(width * 16, width),
        nn.LeakyReLU(0.2),
        EqualLinear(width, 1, gain=1.0),
        nn.Flatten(0),
    )


class Critic(Growing):
    """Images (N, channels, size, size) -> scores (N,), at the size that it has grown to.

    What it judges at first are small pictures: of `image_size` pixels each square is one.
    """

    block: type[nn.Module] = Halving

    def __init__(self, config: GrowingConfig, channels: int) -> None:
        super().__init__(config)
        widths = [config.channels(size) for size in (4, *config.sizes)]
        self.from_rgb = nn.ModuleList(
            EqualConv2d(channels, config.channels(size), 1) for size in config.stages
        )
        self.blocks = nn.ModuleList(self.block(b, a) for a, b in pairwise(widths))
        self.deviation = MinibatchStdDev()
        self.last = EqualConv2d(widths[0] + 1, widths[0], appended=1)
        self.score = score_layers(widths[0])

    def forward(self, x: Tensor) -> Tensor:
        size, stage, depth = self.size, self.stage, self.depth
        picture = downsample(x, size.pixels)
        h = self.blocks[depth - 1](self.embed(picture, stage))
        if size.alpha < 1:
            coarse = self.embed(downsample(picture, size.pixels // 2), stage - 1)
            h = torch.lerp(coarse, h, size.alpha)
        for block in reversed(self.blocks[: depth - 1]):
            h = block(h)
        return self.score(leaky_relu(self.last(self.deviation(h)), 0.2)).float()

    def embed(self, picture: Tensor, stage: int) -> Tensor:
        """A picture of that stage as features."""
        return leaky_relu(self.from_rgb[stage](picture), 0.2)


class GrowingGAN(AugmentedGAN):
    """A GAN on pictures that grow."""

    @property
    def players(self) -> tuple[Growing, Growing]:
        G, D = self.generator, self.discriminator
        assert isinstance(G, Growing)
        assert isinstance(D, Growing)
        return G, D

    def reconfigure(self, config: GANConfig) -> None:
        super().reconfigure(config)
        for player in self.players:
            assert isinstance(config, GrowingConfig)
            player.config = config

    def fade_in(self, x: Tensor) -> Tensor:
        """Real pictures as sharp as generated ones are by now, (N, C, H, W)."""
        return fade_in(x, self.players[0].size)

    def finish_step(self) -> None:
        """Advance every schedule by one step."""
        self.augment_pipe.advance()
        for player in self.players:
            player.played += 1


class ProGAN(GrowingGAN):
    """WGAN-GP with one critic update per step, on pictures that grow."""

    config: Config
    output = "score"
    networks = Generator, Critic

    def first_affine(self) -> nn.Module:
        assert isinstance(self.generator, Generator)
        return self.generator.seed

    def optimizers(self) -> Optimizers:
        return adam(self, self.config)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return DiscriminatorOutputs(self.output, self.discriminator.eval()(batch["image"]))

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Section A.1
        G, D = self.generator.train(), self.discriminator.train()
        augment, c = self.augment_pipe, self.config
        x = self.fade_in(next(batches)["image"])
        fake = G(self.latents(len(x)))
        inputs = augment(torch.cat([x, fake.detach()]))
        # Not in one batch, whose deviations would say nothing of how much the fakes vary.
        real_scores, fake_scores = D(inputs[: len(x)]), D(inputs[len(x) :])
        loss = wasserstein.discriminator(real_scores, fake_scores)
        n = subset(len(x), c)
        penalty = c.lambda_gp * gradient_penalty(D, inputs[:n], inputs[len(x) :][:n])
        penalty = penalty + r1_on_subset(D, inputs[: len(x)], c)
        if not discriminator_is_ahead(loss, c.skip_d_below):
            drift = c.drift * real_scores.square().mean()
            descend(optimizers.discriminator, loss + penalty + drift)
        g_loss = wasserstein.generator(D(augment(fake)))
        descend(optimizers.generator, g_loss)
        self.finish_step()
        return {
            "generator": g_loss.detach(),
            "discriminator": (loss + penalty).detach(),
            "penalty": penalty.detach(),
            "critic_gap": -loss.detach(),
        }
