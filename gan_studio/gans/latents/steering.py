"""Directions that learn to carry an attribute to and fro, and nothing else, through the generator.

"On the 'steerability' of generative adversarial networks" (Jahanian, Chai & Isola, 2020,
https://arxiv.org/abs/1907.07171): a straight walk in latent space learns by gradient descent to do
to pictures what was wanted. There an edited picture is wanted, here what a classifier says of it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

BATCH = 16
RATE = 0.05
"""of Adam, on a step of length 1; it falls to a tenth"""
MARGIN = 2.4
"""log-odds beyond which an attribute is there, or gone: 92 and 8 in a hundred"""
SIDE_EFFECT_WEIGHT = 10.0
"""weight of what else changes, in probabilities, against log-odds that its own falls short of"""
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
    """What log-odds (N, K) at both ends leave to be wished, ()."""
    missing = (MARGIN + low[:, own]).relu().mean() + (MARGIN - high[:, own]).relu().mean()
    changes = (high.sigmoid() - low.sigmoid()).abs().mean(0)
    others = (changes.sum() - changes[own]) / max(1, changes.numel() - 1)
    return missing + SIDE_EFFECT_WEIGHT * others
