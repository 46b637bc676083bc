"""Unrolled Generative Adversarial Networks (Metz et al., 2017), https://arxiv.org/abs/1611.02163."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.func import functional_call
from torch.optim import Optimizer

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import Losses, Optimizers, descend, gradients
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.families import vanilla
from gan_studio.gans.losses import ADVERSARIAL_LOSSES
from gan_studio.gans.stabilizers import discriminator_is_ahead, label_smoothing_term, r1_on_subset

Parameters = Mapping[str, Tensor]
"""theta_D by name"""
TINY = 1e-16
"""the slope of a square root at zero has no end"""


@dataclass(frozen=True, kw_only=True)
class Config(vanilla.Config):
    """Fully connected networks; docs/families/unrolled.md has the paper's values."""

    unrolled_steps: int = 2
    """Unrolling steps K, Eq. 9: discriminator updates through which the generator differentiates; 0
    is a plain GAN."""
    pace: float = 0.02
    """Learning rate of the unrolled updates, relative to the discriminator’s; 1 in the paper."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.unrolled_steps, "unrolled_steps", 0, 100)
        check_float(self.pace, "pace", 0, 1)

    paper_values: ClassVar = {
        **PRE_2018, "unrolled_steps": 5, "pace": 1.0, "r1_gamma": 0.0,
        "learning_rate": 1e-4, "beta1": 0.5, "beta2": 0.999,
    }  # fmt: skip


def unroll(
    theta: Parameters,
    f: Callable[[Parameters], Tensor],
    optimizer: Optimizer,
    steps: int,
    pace: float = 1.0,
) -> Parameters:
    """theta_D after `steps` more updates by Adam, differentiable in G (Eq. 7 and 8).

    The equations show plain gradient steps; the authors' code unrolls Adam, and so do we: its
    moments go on from where the optimiser's are, its step size times `pace`. `theta` stands in the
    optimiser's order.
    """
    if steps == 0:
        return theta
    (group,) = optimizer.param_groups
    eta, (beta1, beta2), epsilon = pace * group["lr"], group["betas"], group["eps"]
    state = [optimizer.state[p] for p in group["params"]]
    zeros = [torch.zeros_like(p) for p in theta.values()]  # before the optimiser's first step
    m = [s.get("exp_avg", zero) for s, zero in zip(state, zeros, strict=True)]
    v = [s.get("exp_avg_sq", zero) for s, zero in zip(state, zeros, strict=True)]
    for i in range(1, steps + 1):
        t = state[0].get("step", 0) + i
        g = gradients(f(theta), list(theta.values()))
        m = [beta1 * m + (1 - beta1) * g for m, g in zip(m, g, strict=True)]
        v = [beta2 * v + (1 - beta2) * g**2 for v, g in zip(v, g, strict=True)]
        rate, correction = eta / (1 - beta1**t), 1 - beta2**t
        values = [
            p - rate * m / ((v / correction + TINY).sqrt() + epsilon)
            for p, m, v in zip(theta.values(), m, v, strict=True)
        ]
        theta = dict(zip(theta, values, strict=True))
    return theta


class UnrolledGAN(vanilla.VanillaGAN):
    """G descends its loss against D as it will be after some more updates."""

    config: Config  # pyright: ignore[reportIncompatibleVariableOverride]  # never reassigned

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Eq. 9 to 11
        G, D, c = self.generator.train(), self.discriminator, self.config
        augment = self.augment_pipe
        objective = ADVERSARIAL_LOSSES[c.objective]
        x = next(batches)["image"]
        fake = G(self.latents(len(x)))
        inputs = augment(torch.cat([x, fake.detach()]))
        real_scores, fake_scores = D(inputs).float().chunk(2)
        d_loss = objective.discriminator(real_scores, fake_scores)
        d_loss = d_loss + label_smoothing_term(real_scores, c.real_label)
        penalty = r1_on_subset(D, inputs[: len(x)], c)
        if not discriminator_is_ahead(d_loss, c.skip_d_below):
            descend(optimizers.discriminator, d_loss + penalty)

        def f(theta: Parameters) -> Tensor:  # not penalised: that would ask for third derivatives
            scores = functional_call(D, dict(theta), augment(torch.cat([x, fake])))
            return objective.discriminator(*scores.float().chunk(2))

        theta = unroll(
            dict(D.named_parameters()), f, optimizers.discriminator, c.unrolled_steps, c.pace
        )
        g_loss = objective.generator(functional_call(D, dict(theta), augment(fake)).float())
        descend(optimizers.generator, g_loss)
        augment.advance()
        return vanilla.report(g_loss, d_loss, penalty, real_scores, fake_scores)
