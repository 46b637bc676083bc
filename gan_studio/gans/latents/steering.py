"""Directions trained through the generator to change one attribute and no other.

"On the 'steerability' of generative adversarial networks" (Jahanian, Chai & Isola, 2020,
https://arxiv.org/abs/1907.07171): a straight walk in latent space is trained by gradient
descent. There its target is an edited picture, here the output of a classifier.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

BATCH = 16
RATE = 0.05
"""of Adam, on a step of length 1; it falls to a tenth"""
MARGIN = 2.4
"""log-odds from which an attribute counts as present or absent: 92 % and 8 %"""
SIDE_EFFECT_WEIGHT = 10.0
"""weight of changes of the other attributes, in probabilities, beside the shortfall in log-odds"""
Odds = Callable[[Tensor, Tensor], Tensor]
"""(points (N, ...), step (dim,)) -> log-odds of all attributes there, (N, K), differentiable"""


def steer(
    odds: Odds,
    points: Tensor,
    start: Tensor,
    own: int,
    reach: float,
    rounds: int,
    rng: torch.Generator,
) -> Tensor:
    """The step of length 1 that moves attribute `own` the most over `reach` to either side.

    It begins as `start` (dim,), in the space in which a length of 1 is one sigma.
    """
    step = start.float().clone().requires_grad_()
    adam = torch.optim.Adam([step], RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.1, rounds)
    with torch.enable_grad():
        for _ in range(rounds):
            part = points[torch.randint(len(points), (BATCH,), generator=rng)]
            unit = step / step.norm()
            loss = steering_loss(odds(part, -reach * unit), odds(part, reach * unit), own)
            adam.zero_grad()
            loss.backward()
            adam.step()
            schedule.step()
    return (step / step.norm()).detach().to(start.dtype)


def steering_loss(low: Tensor, high: Tensor, own: int) -> Tensor:
    """Loss of a step, () from log-odds (N, K) at both ends: shortfall and side effects."""
    missing = (MARGIN + low[:, own]).relu().mean() + (MARGIN - high[:, own]).relu().mean()
    changes = (high.sigmoid() - low.sigmoid()).abs().mean(0)
    others = (changes.sum() - changes[own]) / max(1, changes.numel() - 1)
    return missing + SIDE_EFFECT_WEIGHT * others
