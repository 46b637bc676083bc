"""Photo-Realistic Single Image Super-Resolution Using a GAN (Ledig et al., 2017), https://arxiv.org/abs/1609.04802.

Two networks are trained one after the other, a faithful one by the distance to the true picture and
a sharp one by features and a discriminator. Mixing their weights gives every degree between them
(Wang et al., 2018, ESRGAN, Section 3.4). docs/families/srgan.md says what else departs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import interpolate, l1_loss, mse_loss, pixel_shuffle

from gan_studio import vision
from gan_studio.core.events import Download
from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.datasets.tasks import SCALE
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.families import pix2pix
from gan_studio.gans.families.pix2pix import PatchDiscriminator
from gan_studio.gans.layers import normal_init
from gan_studio.gans.losses import non_saturating
from gan_studio.gans.translation import Direction, TranslationGAN, outputs
from gan_studio.gans.vision_aided import network

PERCEPTUAL: dict[str, tuple[tuple[str, ...], Callable[[Tensor, Tensor], Tensor]]] = {
    "embedded": (("relu1_2", "relu2_2", "relu3_4", "relu4_2"), l1_loss),
    "vgg19": (("relu2_2", "relu3_4", "relu4_4"), mse_loss),
}
"""perceptual network -> its layers whose activations are compared, and by which distance"""
FAITHFUL, SHARP = "faithful", "sharp"
CLEAN, NOISY = "clean", "noisy"
BRANCHES = {"small": CLEAN, "photo": NOISY}
"""how pictures were made small -> the networks that restore them"""


@dataclass(frozen=True, kw_only=True)
class Config(pix2pix.NetworkConfig):
    """Settings that train in an hour; docs/families/srgan.md has the paper's values."""

    load_size: int = 256
    """Height and width to which pictures are brought before they are cropped at random to the image
    size; 0 crops nothing."""
    batch_size: int = 16
    """Batch size: pictures per update, over all processes."""
    learning_rate: float = 1e-3
    """Learning rate of Adam, for both networks unless discriminator_rate is set."""
    beta1: float = 0.9
    """β₁ of Adam: exponential decay rate of the mean gradient (momentum)."""
    width: int = 48
    """Channels of the generator."""
    blocks: int = 8
    """Residual blocks of the generator."""
    degradation: Literal["small", "photo"] = "small"
    """How training pictures are made small: by bicubic resampling, or as cameras and the web do it,
    with blur, noise and JPEG."""
    sharp_after: int = 8000
    """Updates by the L1 distance alone, which train the faithful half; the sharp one starts from it
    then."""
    lambda_l1: float = 0.3
    """Weight of the L1 distance to the true picture, in the sharp half."""
    lambda_perceptual: float = 1.0
    """Weight of the distance in features of a perceptual network, relative to their size, in the
    sharp half."""
    perceptual_network: Literal["embedded", "vgg19"] = "embedded"
    """Perceptual network of that distance: the small one that ships, or VGG-19, which takes four
    times as long and is downloaded once."""
    adversarial: float = 1e-2
    """Weight of the adversarial loss in the sharp half; 0 trains it without a discriminator."""

    fixed_fields: ClassVar = pix2pix.NetworkConfig.fixed_fields | {"blocks", "degradation"}
    batch_fields: ClassVar = pix2pix.NetworkConfig.batch_fields | {"degradation"}
    paper_values: ClassVar = {
        **PRE_2018, "image_size": 96, "width": 64, "discriminator_width": 64, "blocks": 16,
        "discriminator_layers": 4, "learning_rate": 1e-4, "beta2": 0.999, "r1_gamma": 0.0,
        "adversarial": 1e-3, "sharp_after": 1_000_000, "perceptual_network": "vgg19",
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.blocks, "blocks", 1, 64)
        check_int(self.sharp_after, "sharp_after", 0, 10**9)
        check_float(self.lambda_l1, "lambda_l1", 0, 1e6)
        check_float(self.lambda_perceptual, "lambda_perceptual", 0, 1e6)
        check_float(self.adversarial, "adversarial", 0, 1e6)

    @property
    def source_task(self) -> str:
        return self.degradation


class ResidualBlock(nn.Module):
    """Two convolutions beside the identity, without normalisation (Lim et al., 2017, EDSR)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(self.first(x).relu_())


class SRResNet(nn.Module):
    """Pictures (N, channels, H, W) -> (N, channels, 4 H, 4 W).

    The network adds details to the bilinear enlargement, next to none at first. All
    convolutions run at the small size: one rearrangement of channels enlarges (Shi et al., 2016).
    """

    def __init__(self, config: Config, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, config.width, 3, padding=1)
        self.body = nn.Sequential(*(ResidualBlock(config.width) for _ in range(config.blocks)))
        self.middle = nn.Conv2d(config.width, config.width, 3, padding=1)
        self.last = nn.Conv2d(config.width, channels * SCALE**2, 3, padding=1)
        normal_init(self.last, 1e-3)

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        details = pixel_shuffle(self.last(self.middle(self.body(first)) + first), SCALE)
        return enlarge(x) + details


class Generator(nn.Module):
    """Four networks of one shape, between which weights are mixed.

    `clean` and `noisy` restore pictures that were made small by resampling alone, or have noise and
    traces of JPEG as well; each has a `faithful` and a `sharp` half.
    """

    def __init__(self, config: Config, channels: int) -> None:
        super().__init__()
        first = SRResNet(config, channels)
        self.halves = nn.ModuleDict()
        for key in _keys():
            self.halves[key] = SRResNet(config, channels)
            self.halves[key].load_state_dict(first.state_dict())

    def one_of(self, branch: str, sharpness: str) -> nn.Module:
        """One of the four networks."""
        return self.halves.get_submodule(f"{branch}_{sharpness}")

    @torch.no_grad()
    def follow(self, branch: str, sharpness: str) -> None:
        """Copy a half that learns to those that will start from it."""
        learns = self.one_of(branch, sharpness)
        for other_branch in (CLEAN, NOISY):
            for other in (FAITHFUL, SHARP):
                later = other_branch >= branch and other >= sharpness  # in alphabetical order
                if later and (other_branch, other) != (branch, sharpness):
                    self.one_of(other_branch, other).load_state_dict(learns.state_dict())

    def mix_weights(self, sharpness: float, noise: float) -> dict[str, Tensor]:
        """Weights between the four networks: faithful to sharp, clean to noisy, 0 to 1 each."""
        shares = {
            f"{CLEAN}_{FAITHFUL}": (1 - noise) * (1 - sharpness),
            f"{CLEAN}_{SHARP}": (1 - noise) * sharpness,
            f"{NOISY}_{FAITHFUL}": noise * (1 - sharpness),
            f"{NOISY}_{SHARP}": noise * sharpness,
        }
        states = [(share, self.halves[key].state_dict()) for key, share in shares.items() if share]
        if len(states) == 1:
            return states[0][1]
        names = states[0][1].keys()
        return {
            name: torch.stack([share * state[name] for share, state in states]).sum(0)
            for name in names
        }

    def forward(self, x: Tensor, sharpness: float = 1.0, noise: float = 0.0) -> Tensor:
        weights = self.mix_weights(sharpness, noise)
        return functional_call(self.one_of(CLEAN, SHARP), weights, (x,))


class SRGAN(TranslationGAN):
    """Super-resolution by a factor of four."""

    config: Config
    output = "score"
    scale = SCALE

    def __init__(self, config: Config, channels: int = 3, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.generator = Generator(config, channels)
        self.discriminator = PatchDiscriminator(config, channels)
        self.steps = 0

    def resume(self, step: int) -> None:
        self.steps = step

    def downloads(self) -> Iterator[Download]:
        c = self.config
        return vision.fetch(c.perceptual_network) if c.lambda_perceptual else iter(())

    @property
    def multiple(self) -> int:
        return 1

    @property
    def networks(self) -> Generator:
        """The generator by its own class."""
        assert isinstance(self.generator, Generator)
        return self.generator

    @property
    def branch(self) -> str:
        """The pair of halves that this training trains."""
        return BRANCHES[self.config.degradation]

    def generate(self, source: Tensor, direction: Direction = "forward") -> Tensor:
        assert direction == "forward"
        noise = float(self.branch == NOISY)
        return self.networks(source, 1.0, noise)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return outputs(self.discriminator(batch["image"]))

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:
        batch = next(batches)
        self.generator.train()
        faithful = self.steps < self.config.sharp_after
        step = self.train_faithful if faithful else self.train_sharp
        losses = step(batch["source"], batch["image"], optimizers)
        self.networks.follow(self.branch, FAITHFUL if faithful else SHARP)
        self.steps += 1
        return {name: loss.detach() for name, loss in losses.items()}

    def train_faithful(self, x: Tensor, y: Tensor, optimizers: Optimizers) -> Losses:
        """One update by the L1 distance; the mean square of Ledig et al. blurs more."""
        distance = l1_loss(self.networks.one_of(self.branch, FAITHFUL)(x), y)
        descend(optimizers.generator, distance)
        zero = distance.new_zeros(())
        return {
            "generator": distance, "discriminator": zero, "penalty": zero, "l1": distance,
            "perceptual": zero, "adversarial": zero,
        }  # fmt: skip

    def train_sharp(self, x: Tensor, y: Tensor, optimizers: Optimizers) -> Losses:
        """One update of both players: Eq. 3 with an L1 distance beside the features."""
        c, D = self.config, self.discriminator
        fake = self.networks.one_of(self.branch, SHARP)(x)
        d_loss = penalty = fake.new_zeros(())
        if c.adversarial:
            d_loss = non_saturating.discriminator(D(y), D(fake.detach()))
            penalty = self.r1_penalty(D, y)
            descend(optimizers.discriminator, d_loss + penalty)
        distance, features = l1_loss(fake, y), fake.new_zeros(())
        if c.lambda_perceptual:
            features = perceptual_loss(fake, y, c.perceptual_network)
        adversarial_loss = (
            non_saturating.generator(D(fake)) if c.adversarial else fake.new_zeros(())
        )
        g_loss = (
            c.lambda_l1 * distance
            + c.lambda_perceptual * features
            + c.adversarial * adversarial_loss
        )
        descend(optimizers.generator, g_loss)
        return {
            "generator": g_loss, "discriminator": d_loss + penalty, "penalty": penalty,
            "l1": distance, "perceptual": features, "adversarial": adversarial_loss,
        }  # fmt: skip


def perceptual_loss(fake: Tensor, real: Tensor, name: str = "embedded") -> Tensor:
    """Distance of activations relative to their mean size, (N, 3, H, W) each -> (), Eq. 5.

    Absolute in the small network that ships, distilled from VGG-19; squared, as the paper's, in
    VGG-19 itself.
    """
    look = network(fake.device, name)
    layers, distance = PERCEPTUAL[name]
    with torch.no_grad():
        true = look(real.float(), layers)
        sizes = [distance(x, torch.zeros_like(x)).clamp_min(1e-6) for x in true.values()]
    activations = look(fake, layers)
    distances = [distance(activations[layer], true[layer]) for layer in true]
    return torch.stack([d / size for d, size in zip(distances, sizes, strict=True)]).mean()


def enlarge(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, 4 H, 4 W), bilinear."""
    return interpolate(x, scale_factor=SCALE, mode="bilinear", align_corners=False)


def _keys() -> list[str]:
    return [f"{branch}_{half}" for branch in (CLEAN, NOISY) for half in (FAITHFUL, SHARP)]
