"""Gradient penalties: pure functions of a critic and a batch.

They run in float32 whatever the surrounding precision: a squared gradient norm does not fit
bfloat16's eight bits.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gan_studio.core.distributed import local_rows

Critic = Callable[[Tensor], Tensor]


def r1(D: Critic, x: Tensor) -> Tensor:
    """Mean squared gradient norm of the scores at x, (N, C, H, W) -> ().

    Mescheder et al., 2018, Eq. 9, without gamma/2. On real images this is R1, on generated ones R2.
    """
    return _gradient(D, x).square().sum(1).mean()


def gradient_penalty(D: Critic, real: Tensor, fake: Tensor) -> Tensor:
    """Two-sided penalty between real and fake, (N, C, H, W) each -> ().

    Gulrajani et al., 2017, Eq. 3, without lambda.
    """
    one_each = [1] * (real.dim() - 1)
    t = local_rows(lambda n: torch.rand(n, *one_each, device=real.device), len(real))
    return (_gradient(D, torch.lerp(real.float(), fake.float(), t)).norm(dim=1) - 1).square().mean()


def _gradient(D: Critic, x: Tensor) -> Tensor:
    """The differentiable gradient of each score by its own image, (N, C, H, W) -> (N, C*H*W)."""
    with torch.autocast(x.device.type, enabled=False):
        x = x.detach().float().requires_grad_()
        (gradient,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gradient.flatten(1)
