"""Unpaired Image-to-Image Translation using CycleGANs (Zhu et al., 2017), https://arxiv.org/abs/1703.10593."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.families import pix2pix
from gan_studio.gans.families.pix2pix import PatchDiscriminator
from gan_studio.gans.layers import InstanceNorm2d, UpsampleConv2d, normal_init
from gan_studio.gans.losses import least_squares
from gan_studio.gans.translation import Direction, TranslationGAN, outputs, to_channels

TO_IMAGE, TO_SOURCE = "to_image", "to_source"
KEYS: dict[Direction, str] = {"forward": TO_IMAGE, "backward": TO_SOURCE}
"""direction -> name of its generator, and of the discriminator of what it makes"""
HALVINGS = 2
"""of the generator's maps, before its residual blocks"""


@dataclass(frozen=True, kw_only=True)
class UnpairedConfig(pix2pix.NetworkConfig):
    """Settings of networks that learn from two kinds of pictures without pairs."""

    learning_rate: float = 4e-4
    """Learning rate of Adam, for both networks unless discriminator_rate is set."""
    r1_gamma: float = 0.5
    """Weight γ of the R1 penalty on real pictures (Mescheder et al., 2018); 0 switches it off."""
    blocks: int = 4
    """Residual blocks of each generator."""
    discriminator_norm: bool = True
    """Instance normalisation in the discriminator."""

    fixed_fields: ClassVar = pix2pix.NetworkConfig.fixed_fields | {"blocks", "discriminator_norm"}
    paired: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.blocks, "blocks", 1, 32)


@dataclass(frozen=True, kw_only=True)
class Config(UnpairedConfig):
    """Settings that train in hours; docs/families/cyclegan.md has the paper's values."""

    lambda_cycle: float = 10.0
    """Weight λ of the cycle consistency loss, Eq. 3."""
    lambda_identity: float = 5.0
    """Weight of the identity loss: a generator shall leave pictures of its target as they are
    (Section 5.2)."""
    pool_size: int = 50
    """Translations remembered, of which the discriminators see half; 0 remembers none."""

    fixed_fields: ClassVar = UnpairedConfig.fixed_fields | {"pool_size"}
    paper_values: ClassVar = {
        **PRE_2018, "learning_rate": 2e-4, "beta2": 0.999, "batch_size": 2, "width": 64,
        "discriminator_width": 64, "r1_gamma": 0.0, "image_size": 256, "load_size": 286,
        "blocks": 9,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_float(self.lambda_cycle, "lambda_cycle", 0, 1e6)
        check_float(self.lambda_identity, "lambda_identity", 0, 1e6)
        check_int(self.pool_size, "pool_size", 0, 10_000)


class ResidualBlock(nn.Module):
    """Two convolutions beside the identity, (N, width, H, W) -> the same."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*convolution(width, width), *convolution(width, width)[:-1])

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def convolution(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    """A convolution with reflected edges, instance normalisation and a ReLU."""
    edges = kernel // 2
    return norm_relu(nn.Conv2d(inputs, outputs, kernel, stride, edges, padding_mode="reflect"))


def norm_relu(layer: nn.Conv2d) -> list[nn.Module]:
    """The layer, instance normalisation and a ReLU."""
    return [layer, InstanceNorm2d(layer.out_channels), nn.ReLU()]


class ResNet(nn.Sequential):
    """Pictures (N, channels, H, W) -> the same in [-1, 1]: no skips, which would copy the input."""

    def __init__(self, config: UnpairedConfig, channels: int) -> None:
        w = config.width
        layers = [*convolution(channels, w, 7), *convolution(w, 2 * w, stride=2)]
        layers += convolution(2 * w, 4 * w, stride=2)
        layers += [ResidualBlock(4 * w) for _ in range(config.blocks)]
        for wide, narrow in ((4 * w, 2 * w), (2 * w, w)):
            # Stored weights count an enlargement by itself, which is part of the convolution here.
            layers += [nn.Identity(), *norm_relu(UpsampleConv2d(wide, narrow, "reflect"))]
        last = nn.Conv2d(w, channels, 7, padding=3, padding_mode="reflect")
        super().__init__(*layers, last, nn.Tanh())
        normal_init(self)


class Pool(nn.Module):
    """Earlier translations, from which half of what a discriminator sees is taken (Section 4).

    After Shrivastava et al., 2017. What it holds belongs to the state of a training.
    """

    pictures: Tensor
    count: Tensor

    def __init__(self, size: int, channels: int, image_size: int) -> None:
        super().__init__()
        self.register_buffer("pictures", torch.zeros(size, channels, image_size, image_size))
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    def exchange(self, fakes: Tensor) -> Tensor:
        """New pictures (N, C, H, W) -> as many, of which about half are older ones."""
        size = len(self.pictures)
        if not size:
            return fakes
        pictures = []
        for fake in fakes.detach():
            count = int(self.count)
            if count < size:
                self.pictures[count] = fake
                self.count += 1
                pictures.append(fake)
            elif torch.rand(()) < 0.5:
                slot = int(torch.randint(size, ()))
                pictures.append(self.pictures[slot].clone())
                self.pictures[slot] = fake
            else:
                pictures.append(fake)
        return torch.stack(pictures)


class CycleGAN(TranslationGAN):
    """Two translations that must undo each other, each with its own discriminator."""

    config: Config
    output = "score"
    memory_format = torch.contiguous_format  # instance normalisation would copy each map twice
    cyclic = True

    def __init__(self, config: Config, channels: int = 3, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.generator = nn.ModuleDict({key: ResNet(config, channels) for key in KEYS.values()})
        self.discriminator = nn.ModuleDict(
            {
                key: PatchDiscriminator(config, channels, config.discriminator_norm)
                for key in KEYS.values()
            }
        )
        size = config.image_size
        self.pools = {key: Pool(config.pool_size, channels, size) for key in KEYS.values()}

    def training_state(self) -> dict[str, nn.Module]:
        device = next(self.parameters()).device
        return {f"pool_{key}": pool.to(device) for key, pool in self.pools.items()}

    @property
    def multiple(self) -> int:
        return 2**HALVINGS

    def generate(self, source: Tensor, direction: Direction = "forward") -> Tensor:
        return self.generator.get_submodule(KEYS[direction])(source)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return outputs(self.discriminator.get_submodule(TO_IMAGE)(batch["image"]))

    def sample_sheet(self, batch: Batch, columns: int) -> Tensor:
        """Rows of sources, translations and their way back, then the same from the other side."""
        with torch.no_grad():
            self.generator.eval()
            rows = []
            names = dict(zip(KEYS, ("source", "image"), strict=True))
            for direction, name in names.items():
                x = batch[name][: 2 * columns]
                there = self.translate(x, direction)
                back = self.translate(there, other(direction))
                for i in range(0, len(x), columns):
                    rows += [part[i : i + columns] for part in (to_channels(x, 3), there, back)]
        return torch.cat(rows)

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:
        c, batch = self.config, next(batches)
        G, F = (self.generator.get_submodule(key).train() for key in KEYS.values())
        D = {key: self.discriminator.get_submodule(key) for key in KEYS.values()}
        x, y = batch["source"], batch["image"]
        fake_y, fake_x = G(x), F(y)
        cycle = l1_loss(F(fake_y), x) + l1_loss(G(fake_x), y)  # Eq. 2
        adversarial_loss = least_squares.generator(D[TO_IMAGE](fake_y))
        adversarial_loss = adversarial_loss + least_squares.generator(D[TO_SOURCE](fake_x))
        identity = cycle.new_zeros(())
        if c.lambda_identity:
            identity = l1_loss(G(y), y) + l1_loss(F(x), x)
        g_loss = adversarial_loss + c.lambda_cycle * cycle + c.lambda_identity * identity  # Eq. 3
        descend(optimizers.generator, g_loss)
        pairs = {TO_IMAGE: (y, fake_y), TO_SOURCE: (x, fake_x)}
        d_loss = penalty = g_loss.new_zeros(())
        for key, (real, fake) in pairs.items():
            pool_fake = self.pools[key].exchange(fake)
            d_loss = d_loss + least_squares.discriminator(D[key](real), D[key](pool_fake)) / 2
            penalty = penalty + self.r1_penalty(D[key], real)
        descend(optimizers.discriminator, d_loss + penalty)
        losses = {"generator": g_loss, "discriminator": d_loss + penalty, "penalty": penalty}
        losses |= {"cycle": cycle, "identity": identity, "adversarial": adversarial_loss}
        return {name: loss.detach() for name, loss in losses.items()}


def other(direction: Direction) -> Direction:
    """The opposite direction."""
    return "backward" if direction == "forward" else "forward"
