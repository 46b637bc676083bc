"""Steps trained through the generator to change one attribute and no other.

"On the 'steerability' of generative adversarial networks" (Jahanian, Chai & Isola, 2020,
https://arxiv.org/abs/1907.07171): a straight walk in latent space is trained by gradient
descent. There its target is an edited picture, here the output of a classifier. Where each layer
has a style, each gets a step of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

BATCH = 16
RATE = 0.03
"""of Adam, on steps that are at most 1 long; it falls to a tenth"""
MARGIN = 2.4
"""log-odds from which an attribute counts as present or absent: 92 % and 8 %"""
SIDE_EFFECT_WEIGHT = 10.0
"""weight of changes of the other attributes, in probabilities, beside the shortfall in log-odds"""
Odds = Callable[[Tensor, Tensor], Tensor]
"""(points (N, ...), step (...)) -> log-odds of all attributes there, (N, K), differentiable"""


def steer(
    odds: Odds,
    points: Tensor,
    start: Tensor,
    own: int,
    reach: float,
    rounds: int,
    rng: torch.Generator,
) -> Tensor:
    """The step (dim,) or (layers, dim) that moves attribute `own` the most over ±`reach`.

    It begins as `start`, in the space in which a length of 1 is one sigma, and is nowhere longer.
    """
    step = start.float().clone().requires_grad_()
    adam = torch.optim.Adam([step], RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.1, max(1, rounds))
    with torch.enable_grad():
        for _ in range(rounds):
            part = points[torch.randint(len(points), (BATCH,), generator=rng)]
            loss = steering_loss(odds(part, -reach * step), odds(part, reach * step), own)
            adam.zero_grad()
            loss.backward()
            adam.step()
            schedule.step()
            step.data = shorten(step.data)
    return step.detach().to(start.dtype)


def shorten(step: Tensor) -> Tensor:
    """A step (..., dim), in each layer at most 1 long."""
    return step / step.norm(dim=-1, keepdim=True).clamp_min(1)


def steering_loss(low: Tensor, high: Tensor, own: int) -> Tensor:
    """Loss of a step, () from log-odds (N, K) at both ends: shortfall and side effects."""
    missing = (MARGIN + low[:, own]).relu().mean() + (MARGIN - high[:, own]).relu().mean()
    changes = (high.sigmoid() - low.sigmoid()).abs().mean(0)
    others = (changes.sum() - changes[own]) / max(1, changes.numel() - 1)
    return missing + SIDE_EFFECT_WEIGHT * others
