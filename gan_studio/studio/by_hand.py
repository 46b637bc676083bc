"""A GAN on digits that a visitor trains step by step, one player at a time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor, nn

from gan_studio.core.events import Trainable
from gan_studio.core.validation import abbreviate
from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batches
from gan_studio.datasets.dataset import Dataset
from gan_studio.gans.families import vanilla
from gan_studio.images import convert
from gan_studio.studio.live import LiveTraining, VisitorTrainings, restart_number

SIZE, LATENT_DIM, WIDTH, BATCH = 8, 16, 64, 64
SHOWN = 8
"""real and generated pictures that are shown"""
ROUNDS = 10
ACTIONS: Mapping[str, tuple[Trainable, int]] = {
    "look": ("both", 0),
    "discriminator": ("discriminator", 1),
    "generator": ("generator", 1),
    "rounds": ("both", ROUNDS),
}
"""what is done -> the players that learn, and how often"""


class Look(NamedTuple):
    """The pictures that are shown, and D's output for each."""

    real: Tensor
    """D(x), (SHOWN,)"""
    fake: Tensor
    """D(G(z)), (SHOWN,)"""
    pictures: Tensor
    """G(z), (SHOWN, 1, SIZE, SIZE)"""


@cache
def load_digits() -> Dataset:
    """The data, which take a moment the first time."""
    return registry.load("digits", SIZE)


def prepare() -> None:
    """Load what the first training by hand or in the plane would wait for."""
    load_digits()
    # The first optimizer that is used imports torch._dynamo, which takes seconds.
    torch.optim.Adam([torch.zeros(1, requires_grad=True)]).zero_grad()


class ByHand(LiveTraining):
    """The GAN of Goodfellow et al. on scikit-learn's digits, 8 pixels wide."""

    def __init__(self) -> None:
        config = vanilla.Config(
            image_size=SIZE, latent_dim=LATENT_DIM, width=WIDTH, batch_size=BATCH, r1_gamma=1.0,
            learning_rate=2e-3,
        )  # fmt: skip
        gan = vanilla.VanillaGAN(config)
        batches = Batches(load_digits(), BATCH, seed=int(torch.randint(2**31, ())))
        super().__init__(gan, batches)
        self.vanilla, self.z = gan, gan.latents(SHOWN)
        self.x = batches.first(SHOWN)["image"]

    @torch.no_grad()
    def look(self) -> Look:
        D, fake = self.vanilla.discriminator, self.vanilla.generator.eval()(self.z)
        return Look(D(self.x).sigmoid(), D(fake).sigmoid(), fake)

    def weights(self) -> tuple[Tensor, Tensor]:
        """All of G's and D's, as one vector each."""
        players: tuple[nn.Module, ...] = self.vanilla.generator, self.vanilla.discriminator
        flat = (torch.cat([p.detach().flatten() for p in one.parameters()]) for one in players)
        return next(flat), next(flat)

    def act(self, action: Any) -> dict[str, Any]:
        """Let players learn; D's scores before and after, and how far each moved."""
        if action not in ACTIONS:
            raise ValueError(
                f"action must be one of {', '.join(ACTIONS)}, not {abbreviate(action)}."
            )
        trainable, rounds = ACTIONS[action]
        (G, D), before = self.weights(), self.look()
        self.train(rounds, trainable)
        (moved_G, moved_D), after = self.weights(), self.look()
        return {
            "step": self.step,
            "real": _strip(self.x),
            "fake": _strip(after.pictures),
            "before": {"real": _round_values(before.real), "fake": _round_values(before.fake)},
            "after": {"real": _round_values(after.real), "fake": _round_values(after.fake)},
            "moved": {
                "generator": round(float((moved_G - G).norm()), 4),
                "discriminator": round(float((moved_D - D).norm()), 4),
            },
            "losses": {name: round(value, 4) for name, value in self.losses.items()},
        }


class HandTrainings:
    """The trainings of all visitors; `act` is called by one thread."""

    def __init__(self, most: int) -> None:
        self.visits = VisitorTrainings[ByHand](most)

    def act(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Apply `action` to the training of the visitor `id`; another `restart` resets it."""
        training, _ = self.visits.get(fields.get("id"), restart_number(fields), ByHand)
        return training.act(fields.get("action", "look"))


def _round_values(values: Tensor) -> list[float]:
    return [round(value, 4) for value in values.tolist()]


def _strip(images: Tensor) -> Image.Image:
    """Pictures (N, 1, S, S) in a row."""
    return convert.grid(convert.to_uint8(images), columns=len(images), gap=0)
