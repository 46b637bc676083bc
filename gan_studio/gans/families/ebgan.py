"""Energy-based Generative Adversarial Network (Zhao et al., 2017), https://arxiv.org/abs/1609.03126."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, normalize

from gan_studio.core.distributed import all_gather
from gan_studio.core.validation import check_float, check_int
from gan_studio.gans.base import (
    Batch,
    DiscriminatorOutputs,
    Losses,
    Optimizers,
    batch_mean,
    descend,
)
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.families import dcgan
from gan_studio.gans.layers import before_relu
from gan_studio.gans.optimizers import AdamConfig, adam
from gan_studio.gans.stabilizers import AugmentedGAN, discriminator_is_ahead, r1_on_subset


@dataclass(frozen=True, kw_only=True)
class AutoEncoderConfig(dcgan.NetworkConfig, AdamConfig):
    """Settings of GANs whose discriminator is an auto-encoder."""

    code_dim: int = 32
    """Dimension of the auto-encoder’s code."""
    energy_width: int = 32
    """Channels of the auto-encoder at half the image size, doubled at each coarser scale."""
    eta: Literal[1, 2] = 2
    """Exponent η of the reconstruction error per pixel."""
    pulling_away: float = 0.1
    """Weight of the pulling-away term on the codes of generated pictures, Eq. 4; 0 switches it
    off."""
    relative: bool = True
    """Normalise losses and penalty by the energy of real pictures (after Wang et al., 2017)."""
    r1_gamma: float = 1.0
    """Weight γ of the R1 penalty on real pictures (Mescheder et al., 2018); 0 switches it off."""

    fixed_fields: ClassVar = dcgan.NetworkConfig.fixed_fields | {"code_dim", "energy_width", "eta"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.code_dim, "code_dim", 1, 10_000)
        check_int(self.energy_width, "energy_width", 1, 8192)
        check_float(self.pulling_away, "pulling_away", 0, 1e6)


@dataclass(frozen=True, kw_only=True)
class Config(AutoEncoderConfig):
    """Settings that train in minutes; docs/families/ebgan.md has the paper's values."""

    margin: float = 3.0
    """Margin m, Eq. 1: energy up to which the discriminator raises generated pictures."""
    paper_values: ClassVar = {
        **PRE_2018, "relative": False, "margin": 0.01, "pulling_away": 1e-4, "r1_gamma": 0.0,
        "learning_rate": 1e-3, "beta1": 0.5, "beta2": 0.999,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_float(self.margin, "margin", 0, 1e6)


class Encoder(nn.Sequential):
    """Images (N, channels, size, size) -> codes (N, code_dim) of mean 0 and deviation 1."""

    def __init__(self, config: AutoEncoderConfig, channels: int) -> None:
        widths = [channels, *reversed(_widths(config))]
        blocks: list[nn.Module] = []
        for narrow, wide in pairwise(widths):
            blocks += [nn.Conv2d(narrow, wide, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        super().__init__(*blocks, nn.Flatten(), nn.Linear(widths[-1] * 4 * 4, config.code_dim))

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name
        codes = super().forward(input)
        return layer_norm(codes, codes.shape[1:])


class Decoder(nn.Sequential):
    """Codes (N, code_dim) -> images (N, channels, size, size) in [-1, 1]."""

    def __init__(self, config: AutoEncoderConfig, channels: int) -> None:
        widths = _widths(config)
        C = widths[0]
        seed = nn.Sequential(nn.Linear(config.code_dim, C * 4 * 4), nn.Unflatten(1, (C, 4, 4)))
        blocks: list[nn.Module] = [seed, nn.ReLU()]
        for wide, narrow in pairwise(widths):
            blocks += [nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1), nn.ReLU()]
        blocks += [nn.ConvTranspose2d(widths[-1], channels, 4, stride=2, padding=1), nn.Tanh()]
        super().__init__(*blocks)


class AutoEncoder(nn.Module):
    """Images (N, channels, size, size) -> their energies (N,): how badly they are rebuilt."""

    def __init__(self, config: AutoEncoderConfig, channels: int) -> None:
        super().__init__()
        self.eta = config.eta
        self.encoder, self.decoder = Encoder(config, channels), Decoder(config, channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.energy(x, self.encoder(x))

    def energy(self, x: Tensor, codes: Tensor) -> Tensor:
        """|| Dec(codes) - x ||, to the power of eta, per pixel, (N, C, H, W), (N, h) -> (N,)."""
        return (self.decoder(codes).float() - x).abs().pow(self.eta).flatten(1).mean(1)


def discriminator_loss(real: Tensor, fake: Tensor, m: Tensor | float) -> Tensor:
    """D(x) + [m - D(G(z))]^+ of energies (N,) each (Zhao et al., 2017, Eq. 1)."""
    return real.mean() + (m - fake).relu().mean()


def pulling_away(S: Tensor) -> Tensor:
    """Squared cosines between different codes, (N, h) -> () (Zhao et al., 2017, Eq. 4).

    It is no mean over pictures, so it takes the codes of all processes.
    """
    S = all_gather(normalize(S.float()))
    N = len(S)
    cosines = (S @ S.T).square()
    return (cosines.sum() - cosines.diagonal().sum()) / (N * (N - 1))


class AutoEncoderGAN(AugmentedGAN):
    """A GAN whose discriminator is an auto-encoder."""

    config: AutoEncoderConfig
    output = "energy"
    networks = dcgan.Generator, AutoEncoder
    discriminator: AutoEncoder
    real_energy: Tensor

    def __init__(self, config: AutoEncoderConfig, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.register_buffer("real_energy", torch.ones(()))

    def first_affine(self) -> nn.Module:
        return before_relu(self.generator)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        x, D = batch["image"], self.discriminator
        return DiscriminatorOutputs(self.output, D(x), D.decoder(D.encoder(x)))

    def optimizers(self) -> Optimizers:
        return adam(self, self.config)

    def energy_unit(self, real: Tensor) -> Tensor:
        """Unit of the energies: that of real pictures (N,), averaged over some steps, ().

        It only falls, as in MAGAN: a unit that follows a growing energy drives it up.
        """
        energy = batch_mean(real)
        self.real_energy.lerp_(energy.minimum(self.real_energy), 0.05)
        return self.real_energy if self.config.relative else torch.ones_like(energy)

    def penalty(self, x: Tensor, unit: Tensor) -> Tensor:
        """R1 of the energy in its unit, on a part of real pictures, ()."""
        return r1_on_subset(lambda part: self.discriminator(part) / unit, x, self.config)


class EBGAN(AutoEncoderGAN):
    """D gives real pictures low energy, fakes energy up to a margin; G seeks low energy."""

    config: Config  # pyright: ignore[reportIncompatibleVariableOverride]  # never reassigned

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Eq. 1 and 2
        G, D, c = self.generator.train(), self.discriminator, self.config
        augment = self.augment_pipe
        x = next(batches)["image"]
        G_z = G(self.latents(len(x)))
        inputs = augment(torch.cat([x, G_z.detach()]))
        real, fake = D(inputs).chunk(2)
        unit = self.energy_unit(real)
        d_loss = discriminator_loss(real / unit, fake / unit, c.margin)
        penalty = self.penalty(inputs[: len(x)], unit)
        if not discriminator_is_ahead(d_loss, c.skip_d_below):
            descend(optimizers.discriminator, d_loss + penalty)
        inputs = augment(G_z).float()
        S = D.encoder(inputs)
        f_pt = pulling_away(S)
        g_loss = D.energy(inputs, S).mean() / unit + c.pulling_away * f_pt
        descend(optimizers.generator, g_loss)
        augment.advance()
        return report(g_loss, d_loss, real, fake, margin=c.margin * unit, pulling_away=f_pt)


def report(g_loss: Tensor, d_loss: Tensor, real: Tensor, fake: Tensor, **more: Tensor) -> Losses:
    """Losses of a step for history.csv."""
    losses = {"generator": g_loss, "discriminator": d_loss}
    values = {**losses, "energy_real": real.mean(), "energy_fake": fake.mean(), **more}
    return {name: value.detach().clone() for name, value in values.items()}


def _widths(config: AutoEncoderConfig) -> list[int]:
    """Channels from the 4x4 seed to half the picture's size."""
    return [config.energy_width * 2**i for i in reversed(range(dcgan.scales(config.image_size)))]
