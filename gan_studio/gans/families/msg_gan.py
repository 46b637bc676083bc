"""MSG-GAN: Multi-Scale Gradients for Generative Adversarial Networks (Karnewar & Wang, 2020), https://arxiv.org/abs/1903.06048."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, leaky_relu

from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, MultiScale, Optimizers, descend
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.families import progan
from gan_studio.gans.layers import EqualConv2d, EqualLinear, MinibatchStdDev, pixel_norm
from gan_studio.gans.losses import non_saturating
from gan_studio.gans.optimizers import adam
from gan_studio.gans.progressive import downsample, upsample
from gan_studio.gans.stabilizers import AugmentedGAN, discriminator_is_ahead, r1_on_subset

Pyramid = list[Tensor]
"""The same pictures at each size from 4x4 to their own, coarse to fine, (N, C, s, s) each."""


@dataclass(frozen=True, kw_only=True)
class Config(progan.NetworkConfig):
    """A small one that trains in minutes; docs/families/msg-gan.md has the paper's values."""

    learning_rate: float = 4e-3
    """Learning rate of Adam, for both networks unless discriminator_rate is set."""
    r1_gamma: float = 2.0
    """Weight γ of the R1 penalty on real pictures (Mescheder et al., 2018), the mean over their
    sizes; 0 switches it off."""
    paper_values: ClassVar = {
        **PRE_2018, "average_decay": 0.999, "r1_gamma": 10.0, "r1_fraction": 1.0, "latent_dim": 512,
        "width": 64, "most_channels": 512, "learning_rate": 3e-3,
    }  # fmt: skip


class Generator(MultiScale):
    """Latents (N, latent_dim) -> images (N, channels, size, size), the finest of a pyramid."""

    def __init__(self, config: Config, channels: int) -> None:
        super().__init__()
        widths = [config.channels(size) for size in (4, *config.sizes)]
        self.seed = EqualLinear(config.latent_dim, widths[0] * 16, gain=math.sqrt(2) / 4)
        self.start = EqualConv2d(widths[0], widths[0])
        self.blocks = nn.ModuleList(progan.Block(a, b) for a, b in pairwise(widths))
        self.to_rgb = nn.ModuleList(EqualConv2d(a, channels, 1, gain=1.0) for a in widths)

    def forward(self, z: Tensor) -> Tensor:
        return self.pyramid(z)[-1]

    def pyramid(self, z: Tensor) -> Pyramid:
        """Latents -> o_i = r(g_i) at each size, all from one pass."""
        x = self.seed(pixel_norm(z)).unflatten(1, (-1, 4, 4))
        x = pixel_norm(leaky_relu(x, 0.2))
        features = [pixel_norm(leaky_relu(self.start(x), 0.2))]
        for block in self.blocks:
            features.append(block(upsample(features[-1], 2 * features[-1].shape[-1])))
        # Without the hyperbolic tangent a quick G overshoots, as in progan.
        return [r(g).tanh() for r, g in zip(self.to_rgb, features, strict=True)]


class CombinedBlock(nn.Module):
    """Two convolutions of D at one size and a pooling, (N, I, H, W) -> (N, O, H/2, W/2).

    Each sees how much the batch varies at its size, not only the last (MinBatchStdDev).
    """

    def __init__(self, inputs: int, width: int, outputs: int) -> None:
        super().__init__()
        self.deviation = MinibatchStdDev()
        self.first, self.second = EqualConv2d(inputs + 1, width), EqualConv2d(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = leaky_relu(self.first(self.deviation(x)), 0.2)
        # Pooled before the second convolution, which costs a quarter so; the paper pools after it.
        return leaky_relu(self.second(avg_pool2d(x, 2)), 0.2)


class Discriminator(nn.Module):
    """Pyramids, one tensor for each size, coarse to fine -> logits (N,).

    Of images alone, (N, channels, size, size), the coarser sizes are means of their pixels.
    """

    def __init__(self, config: Config, channels: int) -> None:
        super().__init__()
        self.sizes = [4, *config.sizes]
        widths = [config.channels(size) for size in self.sizes]
        self.from_rgb = EqualConv2d(channels, widths[-1], 1)
        in_channels = [*(channels + width for width in widths[:-1]), widths[-1]]
        self.blocks = nn.ModuleList(
            CombinedBlock(in_channels[i], widths[i], widths[i - 1]) for i in range(1, len(widths))
        )
        self.deviation = MinibatchStdDev()
        self.last = EqualConv2d(in_channels[0] + 1, widths[0])
        self.score = progan.score_layers(widths[0])

    def forward(self, *o: Tensor) -> Tensor:
        if len(o) == 1:
            o = tuple(pyramid(o[0], self.sizes))
        d = leaky_relu(self.from_rgb(o[-1]), 0.2)
        for block, picture in zip(reversed(self.blocks), reversed(o[:-1]), strict=True):
            d = phi_simple(picture, block(d))
        return self.score(leaky_relu(self.last(self.deviation(d)), 0.2)).float()


def phi_simple(o: Tensor, d: Tensor) -> Tensor:
    """Pictures beside D's features at their size, (N, C, H, W) and (N, I, H, W)."""
    return torch.cat([o.to(d.dtype), d], 1)


def pyramid(x: Tensor, sizes: Sequence[int]) -> Pyramid:
    """Real pictures (N, C, H, W) at each of the sizes."""
    return [downsample(x, size) for size in sizes]


class MSGGAN(AugmentedGAN):
    """The non-saturating loss with R1, on pictures at all sizes at once."""

    config: Config
    output = "probability"
    networks = Generator, Discriminator

    @property
    def players(self) -> tuple[Generator, Discriminator]:
        """Both networks, typed."""
        G, D = self.generator, self.discriminator
        assert isinstance(G, Generator)
        assert isinstance(D, Discriminator)
        return G, D

    def first_affine(self) -> nn.Module:
        return self.players[0].seed

    def optimizers(self) -> Optimizers:
        return adam(self, self.config)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return DiscriminatorOutputs(
            self.output, self.discriminator.eval()(batch["image"]).sigmoid()
        )

    @torch.no_grad()
    def sample_sheet(self, batch: Batch, columns: int) -> Tensor:
        """The first row of pictures at each coarser size, enlarged, and then all."""
        o = self.players[0].eval().pyramid(self.preview_inputs(batch))
        coarser = [upsample(x[:columns], self.config.image_size) for x in o[:-1]]
        return torch.cat([*coarser, o[-1]]).float()

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:
        G, D = self.train().players
        augment, c = self.augment_pipe.pyramid, self.config
        real = augment(pyramid(next(batches)["image"], D.sizes))
        fake = G.pyramid(self.latents(len(real[0])))
        # Not in one batch, whose deviations would say nothing of how much the fakes vary.
        real_scores, fake_scores = D(*real), D(*augment([o.detach() for o in fake]))
        d_loss = non_saturating.discriminator(real_scores, fake_scores)
        penalty = r1_of_pyramid(D, real, c)
        if not discriminator_is_ahead(d_loss, c.skip_d_below):
            descend(optimizers.discriminator, d_loss + penalty)
        g_loss = non_saturating.generator(D(*augment(fake)))
        descend(optimizers.generator, g_loss)
        self.augment_pipe.advance()
        return {
            "generator": g_loss.detach(),
            "discriminator": d_loss.detach(),
            "penalty": penalty.detach(),
            "d_real": real_scores.detach().sigmoid().mean(),
            "d_fake": fake_scores.detach().sigmoid().mean(),
        }


def r1_of_pyramid(D: Callable[..., Tensor], o: Pyramid, c: Config) -> Tensor:
    """R1 with its γ/2, the mean over the sizes, ()."""
    shapes = [x.shape[1:] for x in o]

    def of_vector(vector: Tensor) -> Tensor:
        parts = vector.split([shape.numel() for shape in shapes], 1)
        return D(*(x.unflatten(1, shape) for x, shape in zip(parts, shapes, strict=True)))

    # A pyramid as one vector: the squared norm of its gradient is the sum over its sizes.
    return r1_on_subset(of_vector, torch.cat([x.flatten(1) for x in o], 1), c) / len(o)
