"""Stabilisers of GAN training, off by default; docs/remedies.md is the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from gan_studio.core import distributed
from gan_studio.core.validation import check_float, check_int
from gan_studio.gans.base import LatentGAN, normal, uniform
from gan_studio.gans.config import GANConfig, LatentConfig
from gan_studio.gans.penalties import Critic, r1
from gan_studio.gans.progressive import downsample, upsample

Rng = torch.Generator | None


@dataclass(frozen=True, kw_only=True)
class StabilizerConfig(LatentConfig):
    """Stabilisers that fit any GAN of latents."""

    instance_noise: float = 0.0
    """Instance noise (Arjovsky & Bottou, 2017): initial standard deviation of Gaussian noise on all
    inputs of the discriminator."""
    noise_steps: int = 10_000
    """Updates over which the instance noise falls linearly to zero."""
    augment: Literal[
        "auto", "none", "translation", "translation+cutout", "colour+translation+cutout"
    ] = "auto"
    """Differentiable augmentation (Zhao et al., 2020) of all inputs of the discriminator; auto uses
    the strongest policy for data sets below 2,000 pictures, otherwise none."""
    discriminator_rate: float = 0.0
    """Learning rate of the discriminator (TTUR, Heusel et al., 2017); 0 uses the generator’s."""
    skip_d_below: float = 0.0
    """Discriminator loss below which its update is skipped (after Dosovitskiy & Brox, 2016); 0
    never skips."""
    r1_gamma: float = 0.0
    """Weight γ of the R1 penalty on real pictures (Mescheder et al., 2018); 0 switches it off."""
    r1_fraction: float = 0.25
    """Fraction of each batch on which gradient penalties are computed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_float(self.instance_noise, "instance_noise", 0, 10)
        check_int(self.noise_steps, "noise_steps", 1, 10**9)
        check_float(self.discriminator_rate, "discriminator_rate", 0, 1)
        check_float(self.skip_d_below, "skip_d_below", -100, 100)
        check_float(self.r1_gamma, "r1_gamma", 0, 1e6)
        check_float(self.r1_fraction, "r1_fraction", 0, 1)


class AugmentPipe(nn.Module):
    """Augmentation and fading instance noise on every input of D, real or fake.

    The same in both players' updates, so that G never learns to draw the augmentations (Zhao et
    al., 2020, Section 3.2). With neither it is the identity.
    """

    def __init__(self, config: StabilizerConfig) -> None:
        super().__init__()
        self.config = config
        self.updates = 0
        """training steps so far; a resume sets them"""

    def forward(self, x: Tensor, rng: Rng = None) -> Tensor:
        if self.config.augment not in ("auto", "none"):
            x = augment(x, self.config.augment, rng)
        if self.config.instance_noise:
            x = instance_noise(x, self.deviation, rng)
        return x

    def pyramid(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """The same pictures at several sizes, coarse to fine, (N, C, s, s) each, changed alike.

        Each is enlarged to the finest size, changed there by the same random numbers and reduced
        again. Real pictures take this way too, and not from the finest one that has been changed:
        one moved by half a coarse pixel would be sharper than any that G can draw.
        """
        if self.is_identity:
            return list(levels)
        seed, finest = int(torch.randint(2**62, ())), levels[-1].shape[-1]

        def change(x: Tensor) -> Tensor:
            rng = torch.Generator(x.device).manual_seed(seed)
            return downsample(self(upsample(x, finest), rng), x.shape[-1])

        return [change(x) for x in levels]

    @property
    def is_identity(self) -> bool:
        """Whether it changes nothing."""
        return self.config.augment in ("auto", "none") and not self.config.instance_noise

    @property
    def deviation(self) -> float:
        """Standard deviation of the noise now: from `instance_noise` linearly to 0."""
        progress = self.updates / self.config.noise_steps
        return self.config.instance_noise * max(0.0, 1 - progress)

    def advance(self) -> None:
        """Count one training step."""
        self.updates += 1


class AugmentedGAN(LatentGAN):
    """A GAN of latents whose discriminator sees every picture through an augmentation pipe."""

    def __init__(self, config: StabilizerConfig, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.augment_pipe = AugmentPipe(config)

    def reconfigure(self, config: GANConfig) -> None:
        assert isinstance(config, StabilizerConfig)
        super().reconfigure(config)
        self.augment_pipe.config = config

    def resume(self, step: int) -> None:
        self.augment_pipe.updates = step


def instance_noise(x: Tensor, deviation: float, rng: Rng = None) -> Tensor:
    """Pictures with normal noise on each pixel, so that real and fake overlap (Section 3)."""
    return x + deviation * normal(*x.shape, device=x.device, generator=rng)


def augment(x: Tensor, policy: str, rng: Rng = None) -> Tensor:
    """The changes named in `policy`, in its order (Zhao et al., 2020, Section 3.2)."""
    for name in policy.split("+"):
        x = AUGMENTATIONS[name](x, rng)
    return x


def colour(x: Tensor, rng: Rng = None) -> Tensor:
    """Brightness shifted by up to 0.5, saturation times 0 to 2, contrast times 0.5 to 1.5."""
    b, s, c = (_uniform(x, rng)[:, None, None, None] for _ in range(3))
    x = x + (b - 0.5)
    grey = x.mean(1, keepdim=True)
    x = grey + 2 * s * (x - grey)
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (c + 0.5) * (x - mean)


def translation(x: Tensor, rng: Rng = None, most: float = 1 / 8) -> Tensor:
    """Each picture moved by whole pixels, up to `most` of its size; zeros come in."""
    for dim in (2, 3):
        size = x.shape[dim]
        reach = round(most * size)
        shift = (_uniform(x, rng) * (2 * reach + 1)).long() - reach
        source = torch.arange(size, device=x.device) - shift[:, None]  # (N, size)
        shape = (len(x), 1, size, 1) if dim == 2 else (len(x), 1, 1, size)
        shifted = x.gather(dim, source.clamp(0, size - 1).view(shape).expand_as(x))
        x = shifted * ((source >= 0) & (source < size)).view(shape)
    return x


def cutout(x: Tensor, rng: Rng = None, part: float = 0.5) -> Tensor:
    """A square of half the picture's size set to zero, its centre anywhere in the picture."""
    inside = []
    for size in x.shape[2:]:
        side = round(part * size)
        start = (_uniform(x, rng) * (size + 1 - side % 2)).long() - side // 2
        place = torch.arange(size, device=x.device) - start[:, None]  # (N, size)
        inside.append((place >= 0) & (place < side))
    return x * ~(inside[0][:, None, :, None] & inside[1][:, None, None, :])


AUGMENTATIONS: dict[str, Callable[[Tensor, Rng], Tensor]] = {
    "colour": colour,
    "translation": translation,
    "cutout": cutout,
}


def label_smoothing_term(real: Tensor, target: float) -> Tensor:
    """The term that one-sided label smoothing adds to the cross entropy of real scores (N,).

    Salimans et al., 2016, Section 3.4: with the target t, -t log D - (1 - t) log(1 - D) is
    -log D + (1 - t) score.
    """
    return (1 - target) * real.mean()


def r1_on_subset(D: Critic, x: Tensor, c: StabilizerConfig) -> Tensor:
    """R1 on a subset of the batch: as cheap as lazy R1 (Karras et al., 2020), without a counter."""
    if c.r1_gamma == 0:
        return x.new_zeros(())
    return c.r1_gamma / 2 * r1(D, x[: subset(len(x), c)])


def subset(n: int, c: StabilizerConfig) -> int:
    """The number of pictures of a batch on which gradient penalties are computed."""
    return max(1, round(c.r1_fraction * n))


def discriminator_is_ahead(d_loss: Tensor, threshold: float) -> bool:
    """Whether D's loss is so low that its update is skipped; all processes agree."""
    if threshold == 0:
        return False  # without waiting for an accelerator
    return distributed.mean(d_loss.detach()).item() < threshold


def _uniform(x: Tensor, rng: Rng) -> Tensor:
    """A number from 0 to 1 for each picture, (N,)."""
    return uniform(len(x), device=x.device, generator=rng)
