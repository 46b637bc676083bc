"""Coloured digits: the ink's colour, the slant and the background are set by a pure function."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from gan_studio.datasets.captions import Captions
from gan_studio.datasets.dataset import Dataset
from gan_studio.datasets.digit_grammar import COLOURS, DIGITS, SLANTS, TWINS, DigitGrammar

LEAN = 0.5
"""shear of a leaning digit: how far its top moves sideways, in its own height"""
JITTER = 12.0
"""levels of 255 by which colours differ from picture to picture"""
INSET = 1.18
"""how much smaller a digit becomes, so that it stays within the picture when it leans"""
PALETTE = torch.tensor(list(COLOURS.values()), dtype=torch.float32)
HELD_OUT = frozenset((digit, (3 * digit + 1) % len(COLOURS)) for digit in range(len(DIGITS)))
"""pairs of a digit and a colour of ink that no training picture has"""
SEED = 20


def legible(ink: str, paper: str) -> bool:
    """Whether one colour stands out from the other."""
    return ink != paper and frozenset((ink, paper)) not in TWINS


PAIRS = [
    (i, j)
    for i, ink in enumerate(COLOURS)
    for j, paper in enumerate(COLOURS)
    if legible(ink, paper)
]
"""colours of ink and of backgrounds that go together"""


def skew(ink: Tensor) -> Tensor:
    """The shear of some ink (N, S, S) from its moments, (N,): negative where it leans left."""
    s = ink.shape[-1]
    at = torch.arange(s, dtype=ink.dtype, device=ink.device) - (s - 1) / 2
    mass = ink.sum((1, 2)).clamp_min(1e-6)
    x, y = (ink.sum(1) * at).sum(1) / mass, (ink.sum(2) * at).sum(1) / mass
    dx, dy = at[None] - x[:, None], at[None] - y[:, None]  # (N, S)
    covariance = torch.einsum("nij,ni,nj->n", ink, dy, dx) / mass
    variance = (ink.sum(2) * dy.square()).sum(1) / mass
    return -covariance / variance.clamp_min(1e-3)


def shear_images(grey: Tensor, shear: Tensor, inset: float = 1.0) -> Tensor:
    """Pictures (N, 1, S, S) moved sideways row by row, by `shear` (N,) of their distance from the
    middle: positive leans right. Made smaller by `inset`."""
    matrix = torch.zeros(len(grey), 2, 3, dtype=grey.dtype, device=grey.device)
    matrix[:, 0, 0] = matrix[:, 1, 1] = inset
    matrix[:, 0, 1] = shear * inset
    grid = affine_grid(matrix, list(grey.shape), align_corners=False)
    return grid_sample(grey, grid, mode="bilinear", align_corners=False)


def paint(grey: Tensor, ink: Tensor, paper: Tensor, slant: Tensor) -> Tensor:
    """Digits (N, 1, S, S) uint8, white on black, in other colours and with another slant.

    `ink` and `paper` (N, 3) are levels of 255, `slant` (N,) the shear that they shall have, from
    -1 to 1: their own is taken out first. (N, 3, S, S) uint8.
    """
    x = grey.float() / 255
    x = shear_images(x, slant - skew(x[:, 0]), INSET)
    colours = torch.lerp(paper[:, :, None, None], ink[:, :, None, None], x)
    return colours.round().clamp(0, 255).to(torch.uint8)


def dataset(name: str, digits: Dataset, *, train: bool) -> Dataset:
    """Grey digits with labels as coloured ones with captions; always the same."""
    assert digits.labels is not None
    rng = torch.Generator().manual_seed(SEED + train)
    ink, paper, slant = draw_traits(digits.labels, rng, held_out=not train)
    traits = trait_vectors(digits.labels, ink, paper, slant)
    jitter = (torch.rand(2, len(digits), 3, generator=rng) * 2 - 1) * JITTER
    images = [
        paint(x, PALETTE[i] + a, PALETTE[p] + b, (s - 1) * LEAN)
        for x, i, p, s, a, b in zip(
            *(part.split(5000) for part in (digits.images, ink, paper, slant, *jitter)), strict=True
        )
    ]
    captions = Captions(grammar=DigitGrammar(), traits=traits)
    return Dataset(name=name, images=torch.cat(images), labels=digits.labels, captions=captions)


def draw_traits(
    labels: Tensor, rng: torch.Generator, *, held_out: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """For digits (N,) their ink, background and slant, (N,) each, any that are legible.

    Unless `held_out`, none of the pairs of HELD_OUT.
    """
    pairs = torch.tensor(PAIRS)
    weights = torch.ones(len(DIGITS), len(pairs))
    for digit, colour in HELD_OUT if not held_out else ():
        weights[digit] *= pairs[:, 0] != colour
    index = torch.multinomial(weights[labels], 1, generator=rng)[:, 0]
    slant = torch.randint(len(SLANTS), (len(labels),), generator=rng)
    return pairs[index, 0], pairs[index, 1], slant


def trait_vectors(digits: Tensor, ink: Tensor, paper: Tensor, slant: Tensor) -> Tensor:
    """Indices (N,) of each kind -> 1 for the traits of each picture, else -1, (N, traits) int8."""
    counts = len(DIGITS), len(COLOURS), len(SLANTS), len(COLOURS)
    kinds = zip((digits, ink, slant, paper), counts, strict=True)
    one_hots = [torch.nn.functional.one_hot(index, count) for index, count in kinds]
    return (2 * torch.cat(one_hots, 1) - 1).to(torch.int8)
