"""Image-to-Image Translation with Conditional Adversarial Networks (Isola et al., 2017), https://arxiv.org/abs/1611.07004."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.layers import InstanceNorm2d, UpsampleConv2d, normal_init
from gan_studio.gans.losses import non_saturating
from gan_studio.gans.translation import (
    Direction,
    TranslationConfig,
    TranslationGAN,
    from_luma_chroma,
    outputs,
)

DEEPEST = 8
"""channels of the generator's deepest maps, in widths"""
LEVELS = 4
"""most halvings in the generator: fewer pixels than 4x4 of a map tell little when they are
normalised"""


@dataclass(frozen=True, kw_only=True)
class NetworkConfig(TranslationConfig):
    """Sizes of translating networks."""

    width: int = 32
    """Channels at half the image size in the generator, doubled at each coarser scale."""
    discriminator_width: int = 32
    """Channels at half the image size in the discriminator, doubled at each coarser scale."""
    discriminator_layers: int = 3
    """Halvings before a patch is judged: 3 judge patches of 54 pixels."""

    fixed_fields: ClassVar = TranslationConfig.fixed_fields | {
        "width", "discriminator_width", "discriminator_layers",
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.width, "width", 1, 1024)
        check_int(self.discriminator_width, "discriminator_width", 1, 1024)
        check_int(self.discriminator_layers, "discriminator_layers", 1, 6)
        if self.image_size % 16:
            raise ValueError(
                f"The image size must be a multiple of 16 here, not {self.image_size}."
            )


@dataclass(frozen=True, kw_only=True)
class Config(NetworkConfig):
    """Settings that train in minutes; docs/families/pix2pix.md has the paper's values."""

    task: Literal["pairs", "lines", "colour"] = "pairs"
    """What is learnt: from pairs of pictures; or from any pictures to draw them anew from their
    lines, or to colour them."""
    discriminator_norm: bool = True
    """Instance normalisation in the discriminator."""
    lambda_l1: float = 50.0
    """Weight λ of the L1 distance to the true picture."""
    adversarial: float = 1.0
    """Weight of the adversarial loss; 0 trains by the L1 distance alone."""

    fixed_fields: ClassVar = NetworkConfig.fixed_fields | {"task", "discriminator_norm"}
    paper_values: ClassVar = {
        **PRE_2018, "lambda_l1": 100.0, "learning_rate": 2e-4, "beta2": 0.999, "batch_size": 2,
        "width": 64, "discriminator_width": 64, "r1_gamma": 0.0, "image_size": 256,
        "load_size": 286,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_float(self.lambda_l1, "lambda_l1", 0, 1e6)
        check_float(self.adversarial, "adversarial", 0, 1e6)

    @property
    def source_task(self) -> str:
        return self.task


class UNet(nn.Module):
    """Pictures (N, inputs, H, W) -> (N, outputs, H, W) in [-1, 1]; skips join equal sizes.

    Instances are normalised, so that training and drawing give the same pictures; maps are enlarged
    and then convolved, which leaves no chequerboard (Odena et al., 2016).
    """

    def __init__(self, config: NetworkConfig, inputs: int, channels: int) -> None:
        super().__init__()
        levels = generator_levels(config.image_size)
        widths = [inputs, *(config.width * min(2**i, DEEPEST) for i in range(levels))]
        self.down = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(narrow, wide, 4, 2, 1),
                *([InstanceNorm2d(wide)] if i else []),
                nn.LeakyReLU(0.2),
            )
            for i, (narrow, wide) in enumerate(pairwise(widths))
        )
        shapes = [(wide, narrow) for narrow, wide in pairwise(widths[1:])][::-1]
        self.up = nn.ModuleList(
            nn.Sequential(
                nn.Identity(),  # stored weights count an enlargement by itself here
                UpsampleConv2d(wide if i == 0 else 2 * wide, narrow),
                InstanceNorm2d(narrow),
                nn.ReLU(),
            )
            for i, (wide, narrow) in enumerate(shapes)
        )
        self.last = nn.Sequential(
            nn.Conv2d(2 * config.width, config.width, 3, 1, 1),
            nn.LeakyReLU(0.2),
            nn.Identity(),
            UpsampleConv2d(config.width, channels),
        )
        normal_init(self)

    def forward(self, x: Tensor) -> Tensor:
        skips, h = [], x
        for block in self.down:
            h = block(h)
            skips.append(h)
        h = skips.pop()
        for block in self.up:
            h = torch.cat([block(h), skips.pop()], 1)
        return self.last(h).tanh()


class PatchDiscriminator(nn.Module):
    """Pictures, and where they are given sources beside them -> scores of patches (N, 1, h, w).

    `norm` normalises the maps of each picture between the first layer and the last.
    """

    def __init__(self, config: NetworkConfig, inputs: int, norm: bool = False) -> None:
        super().__init__()
        w, count = config.discriminator_width, config.discriminator_layers
        widths = [inputs, *(w * 2**i for i in range(count))]
        layers: list[nn.Module] = []
        for i, (narrow, wide) in enumerate(pairwise(widths)):
            layers += [nn.Conv2d(narrow, wide, 4, 2, 1), *activation(wide, norm and i > 0)]
        last = 2 * widths[-1]
        layers += [nn.Conv2d(widths[-1], last, 3, 1, 1), *activation(last, norm)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(last, 1, 3, 1, 1))
        normal_init(self)

    def forward(self, image: Tensor, source: Tensor | None = None) -> Tensor:
        return self.layers(image if source is None else torch.cat([source, image], 1))


def activation(channels: int, norm: bool) -> list[nn.Module]:
    """A leaky ReLU, behind instance normalisation where there is one."""
    return [*([InstanceNorm2d(channels)] if norm else []), nn.LeakyReLU(0.2)]


class Pix2Pix(TranslationGAN):
    """A conditional GAN: the discriminator sees the source beside the picture."""

    config: Config
    output = "score"
    memory_format = torch.contiguous_format  # instance normalisation would copy each map twice

    def __init__(self, config: Config, channels: int = 3, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        inputs = self.source_channels
        out_channels = 2 if self.colours else channels
        self.generator = UNet(config, inputs, out_channels)
        self.discriminator = PatchDiscriminator(
            config, inputs + channels, config.discriminator_norm
        )

    @property
    def colours(self) -> bool:
        """Whether the generator gives chroma alone, for the source's own luma."""
        return self.config.task == "colour"

    @property
    def source_channels(self) -> int:
        return self.channels if self.config.task == "pairs" else 1

    @property
    def multiple(self) -> int:
        return 2 ** generator_levels(self.config.image_size)

    def generate(self, source: Tensor, direction: Direction = "forward") -> Tensor:
        assert direction == "forward"
        output = self.generator(source)
        return from_luma_chroma(source, output) if self.colours else output

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return outputs(self.discriminator(batch["image"], batch["source"]))

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:
        c, D = self.config, self.discriminator
        batch = next(batches)
        x, y = batch["source"], batch["image"]
        self.generator.train()
        fake = self.generate(x)
        d_loss = penalty = fake.new_zeros(())
        if c.adversarial:
            d_loss = non_saturating.discriminator(D(y, x), D(fake.detach(), x))
            penalty = self.r1_penalty(D, y, x)
            descend(optimizers.discriminator, d_loss + penalty)
        distance = l1_loss(fake, y)
        g_loss = c.lambda_l1 * distance
        adversarial_loss = (
            non_saturating.generator(D(fake, x)) if c.adversarial else g_loss.new_zeros(())
        )
        g_loss = g_loss + c.adversarial * adversarial_loss
        descend(optimizers.generator, g_loss)
        losses = {"generator": g_loss, "discriminator": d_loss + penalty, "penalty": penalty}
        losses |= {"l1": distance, "adversarial": adversarial_loss}
        return {name: loss.detach() for name, loss in losses.items()}


def generator_levels(image_size: int) -> int:
    """Halvings down to 4x4, at most LEVELS."""
    return min(LEVELS, (image_size & -image_size).bit_length() - 3)
