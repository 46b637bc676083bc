"""Training Generative Adversarial Networks with Limited Data (Karras et al., 2020), https://arxiv.org/abs/2006.06676.

Adaptive discriminator augmentation (ADA): every picture that D sees is changed at random, and how
often is set by how far D overfits. docs/families/stylegan2.md says what we do differently.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from gan_studio.core import distributed
from gan_studio.gans.base import batch_mean, normal, uniform
from gan_studio.gans.stabilizers import AugmentPipe, Rng, StabilizerConfig

PICTURES = 100_000
"""real pictures within which p can rise from 0 to 1; 500,000 in the paper, whose trainings see 25
million"""
SMOOTHING = 1 / 4
"""weight of a batch in the running r_t; the paper averages four batches"""
GREY = 1 / math.sqrt(3)


class AdaptiveAugmentPipe(AugmentPipe):
    """Augmentations that act on each picture with a probability p, then those of `AugmentPipe`."""

    p: Tensor
    """probability of each change, ()"""
    r_t: Tensor
    """running mean of sign(D(x)) over real pictures, (): 0 where D does not overfit, 1 where it
    does completely (Eq. 1)"""

    def __init__(self, config: StabilizerConfig) -> None:
        super().__init__(config)
        self.register_buffer("p", torch.zeros(()))
        self.register_buffer("r_t", torch.zeros(()))

    def forward(self, x: Tensor, rng: Rng = None) -> Tensor:
        x = colour_transform(geometric_transform(x, self.p, rng), self.p, rng)
        return super().forward(x, rng)

    def adapt(self, real_scores: Tensor, target: float) -> None:
        """Move p by the logits of real pictures (N,): up while r_t is above its target."""
        self.r_t.lerp_(batch_mean(real_scores.float().sign()), SMOOTHING)
        change = len(real_scores) * distributed.world_size() / PICTURES
        self.p.add_(change * (self.r_t - target).sign()).clamp_(0, 1)


def geometric_transform(x: Tensor, p: Tensor, rng: Rng = None) -> Tensor:
    """Pixel blitting and geometric transformations, each with probability p, (N, C, H, W).

    Flips, quarter turns, shifts by whole pixels, scalings, turns, stretches and fractional shifts
    (Appendix B). Pixels are interpolated linearly; what lies outside is mirrored.
    """
    grid = affine_grid(transforms(x, p, rng)[:, :2], list(x.shape), align_corners=False)
    return grid_sample(x, grid.to(x.dtype), padding_mode="reflection", align_corners=False)


def transforms(x: Tensor, p: Tensor, rng: Rng = None) -> Tensor:
    """Random maps from output to input coordinates in [-1, 1], (N, 3, 3)."""
    n, size = len(x), x.shape[-1]
    octave = 0.2 * math.log(2)
    flip = 1 - 2 * _happens(x, p / 2, rng)
    quarters = (4 * _uniform(x, rng)).floor() * _happens(x, p, rng) * (math.pi / 2)
    whole = (
        ((_uniform(x, rng, 2) - 0.5) * 0.25 * size).round()
        * (2 / size)
        * _happens(x, p, rng)[:, None]
    )
    scale = (octave * _normal(x, rng) * _happens(x, p, rng)).exp()
    turn_probability = 1 - (1 - p).sqrt()  # two turns: one of them happens with probability p
    turns = [
        (2 * _uniform(x, rng) - 1) * math.pi * _happens(x, turn_probability, rng) for _ in range(2)
    ]
    stretch = (octave * _normal(x, rng) * _happens(x, p, rng)).exp()
    fractional = 0.125 * 2 * _normal(x, rng, 2) * _happens(x, p, rng)[:, None]
    ones = torch.ones(n, device=x.device)
    shift = torch.eye(3, device=x.device).repeat(2, n, 1, 1)
    shift[0, :, :2, 2], shift[1, :, :2, 2] = whole, fractional
    steps = (
        _scaling(flip, ones), _rotation(quarters), shift[0], _scaling(scale, scale),
        _rotation(turns[0]), _scaling(stretch, 1 / stretch), _rotation(turns[1]), shift[1],
    )  # fmt: skip
    theta = steps[0]
    for step in steps[1:]:
        theta = theta @ step
    return theta


def colour_transform(x: Tensor, p: Tensor, rng: Rng = None) -> Tensor:
    """Brightness, contrast, luma flip, hue and saturation, each with probability p, (N, C, H, W).

    Of a grey picture hue and saturation leave everything as it is (Appendix B).
    """
    grey = torch.full((3, 3), 1 / 3, device=x.device)
    eye = torch.eye(3, device=x.device)
    brightness = 0.2 * _normal(x, rng) * _happens(x, p, rng)
    contrast = (0.5 * math.log(2) * _normal(x, rng) * _happens(x, p, rng)).exp()
    luma = eye - 2 * grey * _happens(x, p / 2, rng)[:, None, None]
    hue = _rotation_about_grey((2 * _uniform(x, rng) - 1) * math.pi * _happens(x, p, rng))
    saturation = (math.log(2) * _normal(x, rng) * _happens(x, p, rng)).exp()[:, None, None]
    matrix = (grey + (eye - grey) * saturation) @ hue @ luma * contrast[:, None, None]
    pixels = x.expand(-1, 3, -1, -1).flatten(2) + brightness.to(x.dtype)[:, None, None]
    output = matrix.to(x.dtype) @ pixels
    output = output.view(len(x), 3, *x.shape[2:])
    return output if x.shape[1] == 3 else output.mean(1, keepdim=True)


def _happens(x: Tensor, p: Tensor, rng: Rng) -> Tensor:
    """1 with probability p, otherwise 0, (N,)."""
    return (_uniform(x, rng) < p).float()


def _uniform(x: Tensor, rng: Rng, *shape: int) -> Tensor:
    return uniform(len(x), *shape, device=x.device, generator=rng)


def _normal(x: Tensor, rng: Rng, *shape: int) -> Tensor:
    return normal(len(x), *shape, device=x.device, generator=rng)


def _scaling(horizontal: Tensor, vertical: Tensor) -> Tensor:
    return torch.diag_embed(torch.stack([horizontal, vertical, torch.ones_like(vertical)], 1))


def _rotation(angle: Tensor) -> Tensor:
    """Turns by angles (N,) about the middle, (N, 3, 3)."""
    c, s, zero, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
    return torch.stack([c, -s, zero, s, c, zero, zero, zero, one], 1).view(-1, 3, 3)


def _rotation_about_grey(angle: Tensor) -> Tensor:
    """Turns by angles (N,) of colours about the grey axis, (N, 3, 3), by Rodrigues' formula."""
    v = torch.full((3,), GREY, device=angle.device)
    cross = torch.tensor([[0, -GREY, GREY], [GREY, 0, -GREY], [-GREY, GREY, 0]]).to(v)
    c, s = angle.cos()[:, None, None], angle.sin()[:, None, None]
    return c * torch.eye(3, device=v.device) + s * cross + (1 - c) * torch.outer(v, v)
