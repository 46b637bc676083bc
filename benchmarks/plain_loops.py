"""Each family's training as tutorials write it: what `family_throughput` compares ours with.

The networks, the rates, the penalties and the part of the batch that they are taken on are ours,
and so is the game: an update makes as many pictures, and shows D as many, as ours does. What is
plain: torchvision's loader, float32, torch's default optimisers, real and fake judged one after the
other, gradients for all that took part, and a look at both losses after each update.

Some authors freeze D in G's turn (Arjovsky et al., Gulrajani et al., Huang et al.); tutorials
seldom do, and neither do these loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot
from torch.optim import Adam, Optimizer, RMSprop
from torch.utils.data import DataLoader

from gan_studio.gans.base import LatentGAN, Optimizers
from gan_studio.gans.config import LatentConfig
from gan_studio.gans.families import began, cgan, ebgan, r3gan, unrolled, vanilla, wgan, wgan_gp
from gan_studio.gans.losses import relativistic
from gan_studio.gans.optimizers import AdamConfig
from gan_studio.gans.penalties import gradient_penalty
from gan_studio.gans.stabilizers import r1_on_subset

Losses = tuple[float, float]
"""the generator's and the discriminator's"""
Batches = Iterator[tuple[Tensor, Tensor]]
"""pictures (N, C, H, W) and labels (N,), without end"""


def train(
    family: str, gan: LatentGAN, loader: DataLoader[tuple[Tensor, Tensor]]
) -> Iterator[Losses]:
    """Both losses after each update of the networks of `gan`, without end."""
    G, D, c = gan.generator, gan.discriminator, gan.config
    yield from LOOPS[family](G, D, c, optimizers(G, D, c), endless(loader))


def endless(loader: DataLoader[tuple[Tensor, Tensor]]) -> Batches:
    while True:
        yield from loader


def optimizers(G: nn.Module, D: nn.Module, c: LatentConfig) -> Optimizers:
    """Our rates, in torch's default implementation."""
    if isinstance(c, wgan.Config):
        rate = c.learning_rate
        return Optimizers(RMSprop(G.parameters(), rate), RMSprop(D.parameters(), rate))
    assert isinstance(c, AdamConfig)
    rate, betas = c.learning_rate, (c.beta1, c.beta2)
    return Optimizers(Adam(G.parameters(), rate, betas), Adam(D.parameters(), rate, betas))


def descend(optimizer: Optimizer, loss: Tensor) -> float:
    """A step down the gradient, which is computed for both players."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def latents(n: int, c: LatentConfig) -> Tensor:
    return torch.randn(n, c.latent_dim)


def is_real(scores: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(scores, torch.ones_like(scores))


def is_fake(scores: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(scores, torch.zeros_like(scores))


def gan(
    G: nn.Module, D: nn.Module, c: vanilla.Config, players: Optimizers, batches: Batches
) -> Iterator[Losses]:
    """Goodfellow et al., 2014, and Radford et al., 2016."""
    for x, _ in batches:
        fake = G(latents(len(x), c))
        d_loss = is_real(D(x)) + is_fake(D(fake.detach())) + r1_on_subset(D, x, c)
        d = descend(players.discriminator, d_loss)
        yield descend(players.generator, is_real(D(fake))), d


def conditional(
    G: nn.Module, D: nn.Module, c: cgan.Config, players: Optimizers, batches: Batches
) -> Iterator[Losses]:
    """Mirza & Osindero, 2014."""
    classes = D.get_submodule("V").get_parameter("weight").shape[0]
    for x, y in batches:
        fake_labels = torch.randint(classes, y.shape)
        fake = G(torch.cat([latents(len(x), c), one_hot(fake_labels, classes)], 1))
        d_loss = is_real(D(x, y)) + is_fake(D(fake.detach(), fake_labels))
        penalty = r1_on_subset(lambda part, y=y: D(part, y[: len(part)]), x, c)
        d = descend(players.discriminator, d_loss + penalty)
        yield descend(players.generator, is_real(D(fake, fake_labels))), d


def energy_based(
    G: nn.Module, D: ebgan.AutoEncoder, c: ebgan.Config, players: Optimizers, batches: Batches
) -> Iterator[Losses]:
    """Zhao et al., 2017; the margin in units of the real pictures' energy, as ours."""
    for x, _ in batches:
        fake = G(latents(len(x), c))
        real = D(x)
        margin = c.margin * real.mean().item()
        d_loss = ebgan.discriminator_loss(real, D(fake.detach()), margin)
        d = descend(players.discriminator, d_loss + r1_on_subset(D, x, c))
        yield descend(players.generator, pulled_energy(D, fake, c)), d


def pulled_energy(D: ebgan.AutoEncoder, fake: Tensor, c: ebgan.AutoEncoderConfig) -> Tensor:
    """What the generator descends against an auto-encoder (Zhao et al., 2017, Eq. 2 and 4)."""
    codes = D.encoder(fake)
    return D.energy(fake, codes).mean() + c.pulling_away * ebgan.pulling_away(codes)


def boundary_equilibrium(
    G: nn.Module, D: ebgan.AutoEncoder, c: began.Config, players: Optimizers, batches: Batches
) -> Iterator[Losses]:
    """Berthelot et al., 2017."""
    k = c.k_start
    for x, _ in batches:
        fake = G(latents(len(x), c))
        L_x, L_G_z = D(x).mean(), D(fake.detach()).mean()
        d = descend(players.discriminator, L_x - k * L_G_z + r1_on_subset(D, x, c))
        g = descend(players.generator, pulled_energy(D, fake, c))
        balance = c.gamma - (L_G_z / L_x).item()
        k = min(max(k + c.lambda_k * balance, 0.0), c.k_ceiling)
        yield g, d


def foreseeing(
    G: nn.Module, D: nn.Module, c: unrolled.Config, players: Optimizers, batches: Batches
) -> Iterator[Losses]:
    """Metz et al., 2017, on a functional copy of D; Adam's foreseen steps are our `unroll`."""
    for x, _ in batches:
        fake = G(latents(len(x), c))
        d_loss = is_real(D(x)) + is_fake(D(fake.detach())) + r1_on_subset(D, x, c)
        d = descend(players.discriminator, d_loss)

        def f(theta: unrolled.Parameters, x: Tensor = x, fake: Tensor = fake) -> Tensor:
            real_scores = functional_call(D, dict(theta), x)
            return is_real(real_scores) + is_fake(functional_call(D, dict(theta), fake))

        copy = dict(D.named_parameters())
        theta = unrolled.unroll(copy, f, players.discriminator, c.unrolled_steps, c.pace)
        g_loss = is_real(functional_call(D, dict(theta), fake))
        yield descend(players.generator, g_loss), d


def wasserstein(
    G: nn.Module, D: nn.Module, c: wgan.Config, players: Optimizers, batches: Batches
) -> Iterator[Losses]:
    """Arjovsky et al., 2017."""
    while True:
        d = 0.0
        for x, _ in islice(batches, c.critic_steps):
            fake = G(latents(len(x), c)).detach()
            d_loss = D(fake).mean() - D(x).mean() + r1_on_subset(D, x, c)
            d = descend(players.discriminator, d_loss)
            for w in D.parameters():
                w.data.clamp_(-c.clip, c.clip)
        yield descend(players.generator, -D(G(latents(c.batch_size, c))).mean()), d


def penalised(
    G: nn.Module, D: nn.Module, c: wgan_gp.Config, players: Optimizers, batches: Batches
) -> Iterator[Losses]:
    """Gulrajani et al., 2017."""
    while True:
        d = 0.0
        for x, _ in islice(batches, c.critic_steps):
            fake = G(latents(len(x), c)).detach()
            part = max(1, round(c.r1_fraction * len(x)))
            penalty = c.lambda_gp * gradient_penalty(D, x[:part], fake[:part])
            d_loss = D(fake).mean() - D(x).mean() + penalty + r1_on_subset(D, x, c)
            d = descend(players.discriminator, d_loss)
        yield descend(players.generator, -D(G(latents(c.batch_size, c))).mean()), d


def paired(
    G: nn.Module, D: nn.Module, c: r3gan.Config, players: Optimizers, batches: Batches
) -> Iterator[Losses]:
    """Huang et al., 2024; the authors draw fakes anew for G, which ours does not."""
    for x, _ in batches:
        fake = G(latents(len(x), c))
        d_loss = relativistic.discriminator(D(x), D(fake.detach()))
        penalties = r1_on_subset(D, x, c) + r1_on_subset(D, fake, c)
        d = descend(players.discriminator, d_loss + penalties)
        yield descend(players.generator, relativistic.generator(D(x), D(fake))), d


LOOPS: dict[str, Callable[..., Iterator[Losses]]] = {
    "gan": gan,
    "cgan": conditional,
    "dcgan": gan,
    "ebgan": energy_based,
    "unrolled": foreseeing,
    "wgan": wasserstein,
    "began": boundary_equilibrium,
    "wgan-gp": penalised,
    "r3gan": paired,
}
"""each called with generator, discriminator, configuration, optimisers and batches"""
