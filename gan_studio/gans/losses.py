"""Adversarial losses: pairs of pure functions of scores, logits (N,), of patches (N, 1, h, w)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import relu, softplus


class AdversarialLoss(NamedTuple):
    """The losses of discriminator and generator."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    """(real, fake) -> ()"""
    generator: Callable[[Tensor], Tensor]
    """(fake) -> ()"""


class RelativisticLoss(NamedTuple):
    """The losses of both where real and fake scores are compared pair by pair."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    """(real, fake) -> ()"""
    generator: Callable[[Tensor, Tensor], Tensor]
    """(real, fake) -> ()"""


def binary_cross_entropy(real: Tensor, fake: Tensor) -> Tensor:
    """-log D(x) - log(1 - D(G(z))) with D = sigmoid(score) (Goodfellow et al., 2014, Eq. 1)."""
    return softplus(-real).mean() + softplus(fake).mean()


minimax = AdversarialLoss(binary_cross_entropy, lambda fake: -softplus(fake).mean())
"""The generator descends log(1 - D(G(z))) (Goodfellow et al., 2014, Eq. 1)."""

non_saturating = AdversarialLoss(binary_cross_entropy, lambda fake: softplus(-fake).mean())
"""The generator descends -log D(G(z)), which does not saturate when D wins (2014, Section 3)."""

ADVERSARIAL_LOSSES = {"minimax": minimax, "non-saturating": non_saturating}

wasserstein = AdversarialLoss(
    lambda real, fake: fake.mean() - real.mean(), lambda fake: -fake.mean()
)
"""Minus the gap E[D(x)] - E[D(G(z))], and G's part of it (Arjovsky et al., 2017, Eq. 2)."""

least_squares = AdversarialLoss(
    lambda real, fake: (real - 1).square().mean() + fake.square().mean(),
    lambda fake: (fake - 1).square().mean(),
)
"""(D(x) - 1)^2 + D(G(z))^2, and G's (D(G(z)) - 1)^2 (Mao et al., 2017, Eq. 2, without the 1/2)."""

hinge = AdversarialLoss(
    lambda real, fake: relu(1 - real).mean() + relu(1 + fake).mean(), lambda fake: -fake.mean()
)
"""max(0, 1 - D(x)) + max(0, 1 + D(G(z))), and G's -D(G(z)) (Lim & Ye, 2017)."""

relativistic = RelativisticLoss(
    lambda real, fake: softplus(fake - real).mean(), lambda real, fake: softplus(real - fake).mean()
)
"""-log sigmoid(D(x) - D(G(z))), and the same with the parts exchanged (Huang et al., 2024, Eq. 2).

The pairing is of Jolicoeur-Martineau, 2019.
"""
