"""Optimisers of a painting: L-BFGS as in Gatys et al. (2016), or Adam with an averaged path."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import interpolate

Losses = Callable[[Tensor], dict[str, Tensor]]
"""painting -> its losses, of which `total` is to fall"""
HISTORY = 10
WORSE = 2.0
"""times the least loss so far: a step that ends above it went wrong"""
RATE, BETAS, AVERAGE = 0.04, (0.9, 0.99), 0.95


class Optimizer(Protocol):
    """Something that moves a painting."""

    def step(self, losses: Losses) -> dict[str, Tensor]:
        """Move once; the losses before it."""
        ...

    def result(self) -> Tensor:
        """The painting, with values that may lie a little outside of [-1, 1]."""
        ...


class LBFGS:
    """One evaluation a step; the memory of curvature is kept from one step to the next.

    Without a line search a step can go wrong: then the best painting so far is taken up again,
    with half the step size and an empty memory.
    """

    def __init__(self, start: Tensor) -> None:
        self.x = start.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
        self.best, self.least, self.rate = self.x.detach().clone(), math.inf, 1.0
        self.inner = self.new_optimizer()

    def new_optimizer(self) -> torch.optim.LBFGS:
        return torch.optim.LBFGS(
            [self.x],
            self.rate,
            max_iter=1,
            history_size=HISTORY,
            tolerance_grad=0,
            tolerance_change=0,
        )

    def step(self, losses: Losses) -> dict[str, Tensor]:
        terms = _descent(self.x, losses)
        total = terms["total"].item()
        if not total <= WORSE * self.least:  # not-a-number fails this too
            self.rate /= 2
            self.restore_best()
            terms = _descent(self.x, losses)
        elif total < self.least:
            self.least = total
            self.best.copy_(self.x.detach())
        self.inner.step(lambda: terms["total"])
        return terms

    def restore_best(self) -> None:
        """To the best painting so far."""
        with torch.no_grad():
            self.x.copy_(self.best)
        self.inner = self.new_optimizer()

    def result(self) -> Tensor:
        return self.best


class Adam:
    """Adam (Kingma & Ba, 2015), started with the moments of the size before; shows its average."""

    def __init__(self, start: Tensor, before: Adam | None) -> None:
        self.x = start.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
        self.inner = torch.optim.Adam([self.x], RATE, BETAS)
        self.average, self.weight = torch.zeros_like(start), 0.0
        if before is not None:
            self.inner.state[self.x] = resize_moments(before.inner.state[before.x], start)

    def step(self, losses: Losses) -> dict[str, Tensor]:
        terms = _descent(self.x, losses)
        self.inner.step()
        with torch.no_grad():
            self.x.clamp_(-1, 1)
            self.average.lerp_(self.x, 1 - AVERAGE)
        self.weight = AVERAGE * self.weight + 1 - AVERAGE
        return terms

    def result(self) -> Tensor:
        return self.average / self.weight


def optimizer(name: str, start: Tensor, before: Optimizer | None) -> Optimizer:
    """A fresh one at `start`; what another has learned of the size before is taken over."""
    if name == "lbfgs":
        return LBFGS(start)
    return Adam(start, before if isinstance(before, Adam) else None)


def resize_moments(state: dict[str, Tensor], like: Tensor) -> dict[str, Tensor]:
    """Adam's moments at another size; the step count stays, so no new burst of bias correction."""
    size = like.shape[2:]
    first = interpolate(state["exp_avg"], size, mode="bilinear")
    second = interpolate(state["exp_avg_sq"], size, mode="bilinear")
    return {"step": state["step"], "exp_avg": first, "exp_avg_sq": second}


def _descent(x: Tensor, losses: Losses) -> dict[str, Tensor]:
    """Losses at x, whose gradient is set."""
    terms = losses(x)
    (x.grad,) = torch.autograd.grad(terms["total"], x)
    return {name: value.detach() for name, value in terms.items()}
