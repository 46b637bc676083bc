"""Trainings that must give the same in one process as in several.

`torchrun --nproc-per-node=2 tests/distributed_worker.py FILE` writes the values of all processes
to FILE; `test_distributed.py` computes the same in one process.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import torch
import toys
from torch import Tensor, nn

from gan_studio.core import distributed
from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batches
from gan_studio.datasets.dataset import Dataset
from gan_studio.gans import layers
from gan_studio.gans.base import Diverged, LatentGAN, descend
from gan_studio.gans.families.ebgan import pulling_away
from gan_studio.gans.stabilizers import discriminator_is_ahead

GAMES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "gan": ("gan", {"instance_noise": 0.1}),
    "dcgan": ("dcgan", {"augment": "colour+translation+cutout"}),
    "cgan": ("cgan", {}),
    "ebgan": ("ebgan", {}),
    "unrolled": ("unrolled", {}),
    "wgan": ("wgan", {"critic_steps": 2}),
    "penalised wgan": ("wgan", {"r1_gamma": 1.0}),  # differentiates batch norm twice
    "began": ("began", {}),
    "wgan-gp": ("wgan-gp", {"r1_fraction": 1.0}),
    "msg-gan": ("msg-gan", {"augment": "colour+translation+cutout", "instance_noise": 0.1}),
    "r3gan": ("r3gan", {"labelled": True}),
}
Losses = list[dict[str, float]]


def ten_rounds(game: str) -> tuple[LatentGAN, Losses]:
    """A game of ten rounds, and its losses as all processes together have them.

    In float64: to sum a batch in two parts is another order, whose roundings must not show.
    """
    family, changes = GAMES[game]
    with toys.float64():
        gan = toys.model(family, **changes)
        pictures = registry.load("digits", 16)
        batches = Batches(pictures, gan.config.batch_size, share=rank_and_size(), flips=True)
        optimizers = gan.optimizers()
        said = [gan.step(batches, optimizers) for _ in range(10)]
        values = [distributed.means(list(losses.values())) for losses in said]
    return gan, [
        {name: v.item() for name, v in zip(losses, row, strict=True)}
        for losses, row in zip(said, values, strict=True)
    ]


def rank_and_size() -> tuple[int, int]:
    return distributed.rank(), distributed.world_size()


def numbered() -> Dataset:
    """Pictures that show their own number in the left of two pixels."""
    pixels = torch.zeros(40, 1, 1, 2, dtype=torch.uint8)
    pixels[:, 0, 0, 0] = torch.arange(40)
    return Dataset(name="numbers", images=pixels)


def normalisation(kind: type[nn.Module], x: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Everything that comes out of normalising the rows of all: also slopes, and slopes of those.

    Of x and target (N, C, ...) each process takes its rows.
    """
    torch.manual_seed(0)
    layer = kind(x.shape[1], dtype=torch.float64)
    for p in layer.parameters():
        nn.init.normal_(p)
    r, n = rank_and_size()
    x, target = x[r::n].clone().requires_grad_(), target[r::n]
    y = layer(x)
    loss = (y - target).pow(3).mean()
    (slope,) = torch.autograd.grad(y.pow(2).sum(), x, create_graph=True)
    (loss + slope.square().mean()).backward()
    assert x.grad is not None
    parameters = {name: p.grad for name, p in layer.named_parameters() if p.grad is not None}
    return {
        "y": y.detach(),
        "slope": slope.detach(),
        "x": x.grad / n,  # of the sum of all parts; the whole loss is their mean
        **{name: distributed.mean(gradient) for name, gradient in parameters.items()},
        **layer.state_dict(),
    }


def normalisations(plain: bool) -> dict[str, Tensor]:
    """Of a vector's and a picture's batch, by torch's layers or by ours."""
    rng = torch.Generator().manual_seed(1)
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d) if plain else (layers.BatchNorm1d, layers.BatchNorm2d)
    found = {}
    for kind, shape in zip(kinds, [(8, 3), (8, 3, 4, 5)], strict=True):
        x, target = torch.randn(2, *shape, generator=rng, dtype=torch.float64).mul(3).add(5)
        said = normalisation(kind, x, target)
        found |= {f"{len(shape)} {name}": value for name, value in said.items()}
    return found


def divergence() -> tuple[str, bool]:
    """The message, and whether weights stood still, when the last process alone has no number."""
    weight = nn.Parameter(torch.ones(2))
    r, n = rank_and_size()
    loss = weight.sum() * (torch.nan if r == n - 1 else 1.0)
    try:
        descend(torch.optim.SGD([weight], 0.1), loss)
    except Diverged as error:
        return str(error), bool((weight == 1).all())
    return "", False


def refused() -> str:
    """The mistake that the last process made alone."""
    r, n = rank_and_size()

    def work() -> int:
        if r == n - 1:
            raise ValueError(f"process {r} found nothing")
        return r

    try:
        return str(distributed.main_first(work))
    except ValueError as error:
        return str(error)


def mine() -> dict[str, Any]:
    """The values of this process, and those that it has of all processes."""
    r, n = rank_and_size()
    batches = Batches(numbered(), 8, flips=True, share=(r, n))
    torch.manual_seed(5)
    codes = torch.randn(8, 3, generator=torch.Generator().manual_seed(2)).requires_grad_()
    pulled = pulling_away(codes[r::n])
    pulled.backward()
    with distributed.main_only():
        value = distributed.mean(torch.tensor(float(r))).item()
        alone = rank_and_size(), distributed.is_main(), value
    return {
        "batches": torch.stack([next(batches)["image"] for _ in range(5)]),
        "drawn": distributed.local_rows(lambda k: torch.randn(k, 2), 8 // n),
        "next number": torch.rand(()),
        "pulling away": (pulled.detach(), codes.grad),
        "normalised": normalisations(plain=False),
        "diverged": divergence(),
        "refused": refused(),
        "leads": discriminator_is_ahead(torch.tensor(float(r)), 0.4),
        "any": (distributed.any_of(r == n - 1), distributed.any_of(False)),
        "apart": alone,
        "writes": distributed.is_main(),
    }


def main(path: str) -> None:
    torch.set_num_threads(1)
    with distributed.process_group():
        games = {game: ten_rounds(game) for game in GAMES}
        states = {game: gan.state_dict() for game, (gan, _) in games.items()}
        said = {"losses": {game: losses for game, (_, losses) in games.items()}, "states": states}
        everybody: list[dict[str, Any]] = [{} for _ in range(distributed.world_size())]
        torch.distributed.all_gather_object(everybody, {**mine(), **said})
        if distributed.is_main():
            torch.save(everybody, path)


if __name__ == "__main__":
    main(sys.argv[1])
