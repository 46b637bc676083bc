"""How points of a latent space are joined: along a sphere where they are normal, else straight."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from gan_studio.latents import arithmetic, paths


class Geometry(NamedTuple):
    """The two operations that all walks, sums and maps are made of."""

    between: Callable[[Tensor, Tensor, float], Tensor]
    """a, b (..., dim), t -> the point at t from a (t = 0) to b (t = 1)"""
    mixed: Callable[[Tensor, Tensor], Tensor]
    """points (K, ..., dim), weights (K,) that add up to 1 -> their mixture (1, ..., dim)"""


SPHERE = Geometry(paths.slerp, arithmetic.on_sphere)
"""for normal latents z, which lie near a sphere"""
FLAT = Geometry(torch.lerp, arithmetic.weighted)
"""for spaces that a network has straightened, such as a style-based generator's W"""
