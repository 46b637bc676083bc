"""Conditional Generative Adversarial Nets (Mirza & Osindero, 2014), https://arxiv.org/abs/1411.1784."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from gan_studio import adam, gan
from gan_studio.batches import Batch
from gan_studio.families import dcgan, vanilla
from gan_studio.gan import PLAIN, Losses, Opinions, Optimizers, descend
from gan_studio.objectives import OBJECTIVES
from gan_studio.processes import dealt
from gan_studio.remedies import RemediedGAN, leads, r1_of_a_part, smoothing
from gan_studio.values import check_int


@dataclass(frozen=True, kw_only=True)
class Players(dcgan.Players):
    """The size of players that are told a label, whatever their game."""

    embedding: int = 32
    """numbers by which the generator knows a label"""

    lasting: ClassVar = dcgan.Players.lasting | {"embedding"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.embedding, "embedding", 1, 10_000)


@dataclass(frozen=True, kw_only=True)
class Config(Players, dcgan.Config):
    """DCGAN's players, told a label; docs/families/cgan.md has the paper's."""

    r1_gamma: float = 1.0  # said again: a dataclass takes the default of its first base
    """weight of the gradient penalty on real pictures (Mescheder et al., 2018); 0 leaves it out"""
    # Sizes as in Section 4.1, which descends with momentum; Adam as for the plain game.
    classic: ClassVar = {
        **PLAIN, "r1_gamma": 0.0, "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999,
        "latent_dim": 100, "batch_size": 100,
    }  # fmt: skip


class Joined(nn.Module):
    """z and a one-hot label y (N, latent_dim + classes) -> z and what y means, side by side."""

    def __init__(self, config: Players, classes: int) -> None:
        super().__init__()
        self.parts = [config.latent_dim, classes]
        self.embedding = nn.Linear(classes, config.embedding, bias=False)
        nn.init.normal_(self.embedding.weight)  # as large as z

    def forward(self, x: Tensor) -> Tensor:
        z, y = x.split(self.parts, 1)
        return torch.cat([z, self.embedding(y)], 1)


class Generator(nn.Sequential):
    """z and a one-hot label (N, latent_dim + classes) -> images (N, channels, size, size)."""

    def __init__(self, config: Players, channels: int, classes: int) -> None:
        wider = dataclasses.replace(config, latent_dim=config.latent_dim + config.embedding)
        super().__init__(Joined(config, classes), *dcgan.Generator(wider, channels))


class Discriminator(nn.Module):
    """Images (N, channels, size, size) and their labels (N,) -> logits (N,).

    Mirza & Osindero join the label to the input; here it is projected on the features phi, as
    score(phi) + V(y).phi (Miyato & Koyama, 2018).
    """

    def __init__(self, config: Players, channels: int, classes: int) -> None:
        super().__init__()
        layers = list(dcgan.Discriminator(config, channels))
        self.features, self.score = nn.Sequential(*layers[:-2]), nn.Sequential(*layers[-2:])
        deepest = config.width * 2 ** (dcgan.scales(config.image_size) - 1)
        self.V = nn.Embedding(classes, deepest * 4 * 4)
        nn.init.normal_(self.V.weight, 0.0, 0.02)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        phi = self.features(x)
        return self.score(phi) + (self.V(y) * phi.flatten(1)).sum(1)


class CGAN(RemediedGAN):
    """The game of Goodfellow et al., in which both players know what is to be seen (Eq. 2)."""

    config: Config
    measure = "probability"
    networks = Generator, Discriminator

    @classmethod
    def conditional(cls, config: gan.Config) -> bool:
        del config
        return True

    def stem(self) -> nn.Module:
        return nn.Sequential(*list(self.generator.children())[:4])  # label, one pixel's convolution

    def opinions(self, batch: Batch) -> Opinions:
        scores = self.discriminator(batch["image"], batch["label"])
        return Opinions(self.measure, scores.sigmoid())

    def optimizers(self) -> Optimizers:
        return adam.adam(self, self.config)

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Eq. 2
        G, D, T, c = self.generator.train(), self.discriminator, self.veil, self.config
        objective = OBJECTIVES[c.objective]
        batch = next(batches)
        x, y = batch["image"], batch["label"]
        wanted = dealt(lambda n: torch.randint(self.classes, (n,), device=y.device), len(y))
        fake = G(self.labelled(self.latents(len(x)), wanted))
        shown = T(torch.cat([x, fake.detach()]))
        real_scores, fake_scores = D(shown, torch.cat([y, wanted])).float().chunk(2)
        d_loss = objective.discriminator(real_scores, fake_scores)
        d_loss = d_loss + smoothing(real_scores, c.real_target)
        penalty = r1_of_a_part(lambda part: D(part, y[: len(part)]), shown[: len(x)], c)
        if not leads(d_loss, c.skip_below):
            descend(optimizers.discriminator, d_loss + penalty)
        g_loss = objective.generator(D(T(fake), wanted).float())
        descend(optimizers.generator, g_loss)
        T.lift()
        return vanilla.report(g_loss, d_loss, penalty, real_scores, fake_scores)
