"""Energy-based Generative Adversarial Network (Zhao et al., 2017), https://arxiv.org/abs/1609.03126."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, normalize
from torch.optim import Adam, Optimizer

from gan_studio.families import dcgan
from gan_studio.gan import PLAIN, Batch, LatentGAN, Losses, Opinions, Optimizers, descend
from gan_studio.recipe import whole


@dataclass(frozen=True, kw_only=True)
class AutoEncoderConfig(dcgan.Players):
    """What games with an auto-encoder for a discriminator have in common."""

    latent_dim: int = 16
    """length of z and of the auto-encoder's code: the generator starts as its decoder"""
    width: int = 32
    """channels at half the picture's size, doubled at each coarser scale"""
    eta: Literal[1, 2] = 2
    """what a pixel's error is raised to"""
    generator_rate: float = 5e-4
    """the generator's step size"""
    discriminator_rate: float = 5e-4
    """the discriminator's step size"""
    beta1: float = 0.5
    """Adam's memory of the gradient"""
    beta2: float = 0.999
    """Adam's memory of the squared gradient"""
    warm_rounds: int = 300
    """first rounds, in which the auto-encoder learns alone and the generator copies its decoder"""
    code_noise: float = 0.5
    """deviation of the noise on the codes in those rounds: it spreads them out like latents"""

    def __post_init__(self) -> None:
        super().__post_init__()
        whole(self.warm_rounds, "warm_rounds", 0, 10**9)


@dataclass(frozen=True, kw_only=True)
class Config(AutoEncoderConfig):
    """A recipe of minutes with a warm start; docs/families/ebgan.md has the paper's numbers."""

    margin: float = 1.25
    """energy m up to which the discriminator raises that of fakes, Eq. 1"""
    pulling_away: float = 0.1
    """weight of the pulling-away term, Section 2.4"""
    adaptive: bool = True
    """count both in units of the real pictures' energy, as Wang et al. (2017) adapt m"""
    classic: ClassVar = {
        **PLAIN, "warm_rounds": 0, "adaptive": False, "margin": 0.01, "pulling_away": 1e-4,
        "generator_rate": 1e-3, "discriminator_rate": 1e-3,
    }  # fmt: skip


class Encoder(nn.Sequential):
    """Images (N, channels, size, size) -> codes (N, latent_dim) of mean 0 and deviation 1."""

    def __init__(self, config: AutoEncoderConfig, channels: int) -> None:
        widths = [channels, *(config.width * 2**i for i in range(dcgan.scales(config.image_size)))]
        blocks: list[nn.Module] = []
        for narrow, wide in pairwise(widths):
            blocks += [nn.Conv2d(narrow, wide, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        super().__init__(*blocks, nn.Flatten(), nn.Linear(widths[-1] * 4 * 4, config.latent_dim))

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name
        codes = super().forward(input)
        return layer_norm(codes, codes.shape[1:])


class Decoder(nn.Sequential):
    """Codes or latents (N, latent_dim) -> images (N, channels, size, size) in [-1, 1]."""

    def __init__(self, config: AutoEncoderConfig, channels: int) -> None:
        widths = [config.width * 2**i for i in reversed(range(dcgan.scales(config.image_size)))]
        C = widths[0]
        seed = nn.Sequential(nn.Linear(config.latent_dim, C * 4 * 4), nn.Unflatten(1, (C, 4, 4)))
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
    """Squared cosines between different codes, (N, h) -> () (Zhao et al., 2017, Eq. 4)."""
    N, S = len(S), normalize(S.float())
    cosines = (S @ S.T).square()
    return (cosines.sum() - cosines.diagonal().sum()) / (N * (N - 1))


class AutoEncoderGAN(LatentGAN):
    """A GAN whose discriminator is an auto-encoder, and whose generator starts as its decoder."""

    config: AutoEncoderConfig
    networks = Decoder, AutoEncoder
    generator: Decoder
    discriminator: AutoEncoder
    rounds: Tensor

    def __init__(self, config: AutoEncoderConfig, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.register_buffer("rounds", torch.zeros((), dtype=torch.long))

    def stem(self) -> nn.Module:
        return self.generator.get_submodule("0")

    def opinions(self, batch: Batch) -> Opinions:
        x, D = batch["image"], self.discriminator
        return Opinions("energy", D(x), D.decoder(D.encoder(x)))

    def optimizers(self) -> Optimizers:
        c = self.config
        players = (self.generator, c.generator_rate), (self.discriminator, c.discriminator_rate)
        return Optimizers(
            *(Adam(p.parameters(), rate, (c.beta1, c.beta2), fused=True) for p, rate in players)
        )

    def warm(self) -> bool:
        """Count a round; whether it is one of the first. This look waits for an accelerator."""
        self.rounds += 1
        return bool(self.rounds <= self.config.warm_rounds)

    def warm_up(self, x: Tensor, z: Tensor, optimizer: Optimizer) -> tuple[Tensor, Tensor]:
        """Ours: D learns to rebuild real pictures, G is its decoder; energies of x, G(z), (N,)."""
        G, D = self.generator, self.discriminator
        codes = D.encoder(x)
        real = D.energy(x, codes + self.config.code_noise * torch.randn_like(codes))
        descend(optimizer, real.mean())
        G.load_state_dict(D.decoder.state_dict())
        with torch.no_grad():
            return real.detach(), D(G(z))


class EBGAN(AutoEncoderGAN):
    """D gives real pictures low energy, fakes energy up to a margin; G seeks low energy."""

    config: Config  # pyright: ignore[reportIncompatibleVariableOverride]  # never reassigned
    real_energy: Tensor

    def __init__(self, config: Config, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.register_buffer("real_energy", torch.ones(()))

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Eq. 1 and 2
        G, D = self.generator, self.discriminator
        x = next(batches)["image"]
        z = self.latents(len(x))
        if self.warm():
            real, fake = self.warm_up(x, z, optimizers.discriminator)
            m, _ = self.scaled(real)
            f_pt = torch.zeros_like(m)
            return report(fake.mean(), real.mean(), real, fake, margin=m, pulling_away=f_pt)
        G_z = G(z)
        real, fake = D(torch.cat([x, G_z.detach()])).chunk(2)
        m, weight = self.scaled(real)
        d_loss = discriminator_loss(real, fake, m)
        descend(optimizers.discriminator, d_loss)
        S = D.encoder(G_z)
        f_pt = pulling_away(S)
        g_loss = D.energy(G_z, S).mean() + weight * f_pt
        descend(optimizers.generator, g_loss)
        return report(g_loss, d_loss, real, fake, margin=m, pulling_away=f_pt)

    def scaled(self, real: Tensor) -> tuple[Tensor, Tensor]:
        """Margin and weight of the pulling-away term, in units of the real pictures' energy.

        The unit only falls, as in MAGAN: a margin that follows a growing energy drives it up.
        """
        self.real_energy.lerp_(real.detach().mean().minimum(self.real_energy), 0.01)
        unit = self.real_energy if self.config.adaptive else torch.ones_like(self.real_energy)
        return self.config.margin * unit, self.config.pulling_away * unit


def report(g_loss: Tensor, d_loss: Tensor, real: Tensor, fake: Tensor, **more: Tensor) -> Losses:
    """What history.csv tells of a round."""
    losses = {"generator": g_loss, "discriminator": d_loss}
    said = {**losses, "energy_real": real.mean(), "energy_fake": fake.mean(), **more}
    return {name: value.detach() for name, value in said.items()}
