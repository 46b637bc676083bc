"""Free-Form Image Inpainting with Gated Convolution (Yu et al., 2019), https://arxiv.org/abs/1806.03589.

The label map of the discriminator is that of LaMa (Suvorov et al., 2022), the idea that an adversary
makes what a distance alone would blur that of context encoders (Pathak et al., 2016).
docs/families/inpainting.md says what departs.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_max_pool2d, interpolate, leaky_relu, softplus

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.families import pix2pix
from gan_studio.gans.families.pix2pix import DEEPEST, PatchDiscriminator, generator_levels
from gan_studio.gans.families.srgan import perceptual_loss
from gan_studio.gans.layers import normal_init
from gan_studio.gans.translation import Direction, TranslationGAN, outputs


@dataclass(frozen=True, kw_only=True)
class Config(pix2pix.NetworkConfig):
    """Settings that train in an hour; docs/families/inpainting.md has the paper's values."""

    blocks: int = 2
    """Residual blocks where the generator’s maps are smallest, so that each place of a hole sees
    the whole picture."""
    adversarial_after: int = 1500
    """Updates without the discriminator, by distances alone."""
    lambda_hole: float = 6.0
    """Weight of the L1 distance to the true picture within the hole."""
    lambda_known: float = 1.0
    """Weight of the L1 distance where the picture is known."""
    lambda_perceptual: float = 1.0
    """Weight of the distance in features of a perceptual network, relative to their size; 0 leaves
    it out."""
    adversarial: float = 0.1
    """Weight of the adversarial loss; 0 trains by distances alone."""

    fixed_fields: ClassVar = pix2pix.NetworkConfig.fixed_fields | {"blocks"}
    paper_values: ClassVar = {
        **PRE_2018, "image_size": 256, "width": 48, "discriminator_width": 64, "blocks": 6,
        "discriminator_layers": 6, "batch_size": 16, "learning_rate": 1e-4, "beta2": 0.999,
        "r1_gamma": 0.0, "adversarial_after": 0, "lambda_hole": 1.0, "lambda_known": 1.0,
        "lambda_perceptual": 0.0, "adversarial": 1.0,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.blocks, "blocks", 0, 64)
        check_int(self.adversarial_after, "adversarial_after", 0, 10**9)
        for name in ("lambda_hole", "lambda_known", "lambda_perceptual", "adversarial"):
            check_float(getattr(self, name), name, 0, 1e6)

    @property
    def source_task(self) -> str:
        return "holes"


class GatedConv2d(nn.Module):
    """φ(W_f ∗ I) ⊙ σ(W_g ∗ I), (N, C, H, W) -> (N, O, h, w), Section 3.1; φ a leaky ReLU.

    One gate for each place, shared by all channels, costs next to nothing beside the paper's gate
    for each of them (Yi et al., 2020). Nothing is normalised: holes would shift the
    statistics.
    """

    def __init__(self, inputs: int, channels: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, channels + 1, kernel, stride, (kernel - 1) // 2)
        nn.init.kaiming_normal_(self.conv.weight, 0.2)
        nn.init.zeros_(self.conv.bias)  # pyright: ignore[reportArgumentType]
        with torch.no_grad():
            self.conv.weight[:-1] *= 2  # a gate is half open at first
            self.conv.weight[-1] *= 0.1

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv(x)
        return leaky_relu(h[:, :-1], 0.2) * h[:, -1:].sigmoid()


class ResidualBlock(nn.Module):
    """A gated convolution and a plain one beside the identity, which it is at first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = GatedConv2d(width, width)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        normal_init(self.second, 1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(self.first(x))


class Generator(nn.Module):
    """Pictures with holes of zeros and their masks (N, C + 1, H, W) -> whole ones (N, C, H, W).

    A U-Net with values in [-1, 1]; the last layers see the picture itself once more.
    """

    def __init__(self, config: Config, channels: int) -> None:
        super().__init__()
        levels = generator_levels(config.image_size)
        widths = [config.width * min(2**i, DEEPEST) for i in range(levels)]
        sizes = pairwise([channels + 1, *widths])
        self.down = nn.ModuleList(GatedConv2d(narrow, wide, 4, 2) for narrow, wide in sizes)
        self.waist = nn.Sequential(*(ResidualBlock(widths[-1]) for _ in range(config.blocks)))
        self.up = nn.ModuleList(
            GatedConv2d(wide + narrow, narrow) for narrow, wide in [*pairwise(widths)][::-1]
        )
        narrow = max(1, config.width // 2)
        self.last = nn.Sequential(
            GatedConv2d(config.width + channels + 1, narrow), nn.Conv2d(narrow, channels, 3, 1, 1)
        )
        normal_init(self.last[1])

    def forward(self, x: Tensor) -> Tensor:
        skips, h = [x], x
        for block in self.down:
            h = block(h)
            skips.append(h)
        h = self.waist(skips.pop())
        for block in [*self.up, self.last]:
            h = interpolate(h, scale_factor=2, mode="nearest")
            h = block(torch.cat([h, skips.pop()], 1))
        return h.tanh()


class Inpainting(TranslationGAN):
    """Fills holes of pictures.

    A source is a picture beside a mask, (N, channels + 1, H, W), 1 where it is hidden and else -1.
    """

    config: Config
    output = "score"

    def __init__(self, config: Config, channels: int = 3, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.generator = Generator(config, channels)
        self.discriminator = PatchDiscriminator(config, channels + 1)
        self.steps = 0

    def resume(self, step: int) -> None:
        self.steps = step

    @property
    def source_channels(self) -> int:
        return self.channels + 1

    @property
    def multiple(self) -> int:
        return 2 ** generator_levels(self.config.image_size)

    def generate(self, source: Tensor, direction: Direction = "forward") -> Tensor:
        assert direction == "forward"
        x, m = split_mask(source)
        return composite(x, self.fill(x, m), m)

    def fill(self, x: Tensor, m: Tensor) -> Tensor:
        """Pictures (N, C, H, W), which are hidden by the masks first -> what the network draws."""
        return self.generator(torch.cat([x * (1 - m), m], 1))

    def shown_source(self, source: Tensor) -> Tensor:
        return split_mask(source)[0].float()

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        _, m = split_mask(batch["source"])
        return outputs(self.discriminator(batch["image"], m))

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:
        c, D, batch = self.config, self.discriminator, next(batches)
        (x, m), y = split_mask(batch["source"]), batch["image"]
        has_adversary = c.adversarial > 0 and self.steps >= c.adversarial_after
        self.generator.train()
        filling = self.fill(x, m)
        fake = composite(x, filling, m)
        d_loss = penalty = adversarial_loss = features = fake.new_zeros(())
        if has_adversary:
            d_loss = label_map_loss(D(y, m), D(fake.detach(), m), m)
            penalty = self.r1_penalty(D, y, m)
            descend(optimizers.discriminator, d_loss + penalty)
        apart = (filling - y).abs()
        hole, known = (apart * m).mean(), (apart * (1 - m)).mean()
        if c.lambda_perceptual:
            features = perceptual_loss(fake, y)
        if has_adversary:
            scores = D(fake, m)
            labels = label_map(m, scores)
            adversarial_loss = (softplus(-scores) * labels).sum() / labels.sum()
        g_loss = c.lambda_hole * hole + c.lambda_known * known
        g_loss = g_loss + c.lambda_perceptual * features + c.adversarial * adversarial_loss
        descend(optimizers.generator, g_loss)
        self.steps += 1
        losses = {"generator": g_loss, "discriminator": d_loss + penalty, "penalty": penalty}
        losses |= {
            "hole": hole,
            "known": known,
            "perceptual": features,
            "adversarial": adversarial_loss,
        }
        return {name: loss.detach() for name, loss in losses.items()}


def split_mask(source: Tensor) -> tuple[Tensor, Tensor]:
    """Sources (N, C + 1, H, W) -> pictures (N, C, H, W) and masks (N, 1, H, W), 1 where hidden."""
    return source[:, :-1], (source[:, -1:] > 0).to(source.dtype)


def composite(x: Tensor, filling: Tensor, m: Tensor) -> Tensor:
    """The known pixels of x, and those of the filling in the hole, (N, C, H, W)."""
    return torch.where(m > 0, filling, x)


def label_map(m: Tensor, scores: Tensor) -> Tensor:
    """Masks (N, 1, H, W) -> 1 for patches (N, 1, h, w) that touch the hole, else 0."""
    return adaptive_max_pool2d(m, scores.shape[-2:])


def label_map_loss(real: Tensor, fake: Tensor, m: Tensor) -> Tensor:
    """Of scores (N, 1, h, w): patches of a fake that lie beside the hole count as real, ().

    Suvorov et al., 2022, Section 2.2.2; a patch of a fake weighs as much as one of a real picture.
    """
    labels = label_map(m, fake)
    of_fake = softplus(fake) * labels + softplus(-fake) * (1 - labels)
    return softplus(-real).mean() + of_fake.mean()
