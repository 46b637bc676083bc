"""EMA: the exponential moving average of a generator's weights."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from gan_studio.gans.base import GAN


class EMA:
    """Average of a generator's weights, whose samples are better (Karras et al., 2018).

    The horizon grows with the run up to `1 / (1 - decay)` updates, so that short runs are averaged
    well too. Buffers (running statistics) are averaged alike, whole numbers copied.
    """

    def __init__(self, generator: nn.Module, decay: float = 0.999) -> None:
        self.module = copy.deepcopy(generator).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, generator: nn.Module, step: int) -> None:
        """Take in the weights after update number `step` (from 1)."""
        weight = 1 - min(self.decay, (1 + step) / (20 + step))
        ours, theirs = self.module.state_dict(), generator.state_dict()
        floating = [name for name, value in ours.items() if value.is_floating_point()]
        averages, weights = ([state[n] for n in floating] for state in (ours, theirs))
        torch._foreach_lerp_(averages, weights, weight)  # pyright: ignore[reportPrivateImportUsage]
        for name in ours.keys() - floating:
            ours[name].copy_(theirs[name])

    @contextmanager
    def in_place_of(self, gan: GAN) -> Iterator[None]:
        """Within the block, `gan.generator` is the averaged one."""
        live = gan.generator
        gan.generator = self.module
        try:
            yield
        finally:
            gan.generator = live
