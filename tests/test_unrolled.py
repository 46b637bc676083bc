"""Unrolled GAN: its foresight by hand, and the ring of eight Gaussians of its paper."""

import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
import torch
import toys
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import SGD, Adam
from torch.testing import assert_close

from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import Optimizers
from gan_studio.gans.families import unrolled

ANGLES = torch.arange(8) * math.pi / 4
MODES = 2 * torch.stack([ANGLES.cos(), ANGLES.sin()], 1)


class Scalar(nn.Module):
    """x -> w x"""

    def __init__(self, w: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(w, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return self.w * x


def scalar_loss(phi: Tensor, x: float, w0: float, K: int) -> Tensor:
    """softplus(-w_K phi), where w takes a step of Adam on the real x and the fake phi and K more.

    D(x) = w x, so d/dw [softplus(-w x) + softplus(w phi)] is -x sigma(-w x) + phi sigma(w phi).
    """
    w, m, v = torch.tensor(w0, dtype=torch.float64), 0.0, 0.0
    for t in range(1, K + 2):
        fake = phi.detach() if t == 1 else phi
        g = -x * torch.sigmoid(-w * x) + fake * torch.sigmoid(w * fake)
        m, v = 0.5 * m + 0.5 * g, 0.9 * v + 0.1 * g**2
        w = w - 0.1 * (m / (1 - 0.5**t)) / ((v / (1 - 0.9**t)) ** 0.5 + 1e-8)
        if t == 1:
            w, m, v = (torch.as_tensor(each).detach() for each in (w, m, v))
    return softplus(-w * phi)


@pytest.mark.parametrize("K", [0, 1, 3])
def test_the_step_of_scalar_players_is_the_one_derived_by_hand(K):
    gan = toys.model("unrolled", unrolled_steps=K, pace=1.0, r1_gamma=0.0)
    gan.generator, gan.discriminator = Scalar(0.7), nn.Sequential(Scalar(-0.4), nn.Flatten(0))
    z = torch.ones(1, 1, dtype=torch.float64)
    gan.latents = lambda n, generator=None: z.expand(n, 1)  # noqa: ARG005  # G(z) = phi
    optimizers = Optimizers(
        SGD(gan.generator.parameters(), 1.0),
        Adam(gan.discriminator.parameters(), 0.1, (0.5, 0.9)),
    )
    said = gan.step(iter([{"image": 1.5 * z}]), optimizers)

    phi = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    loss = scalar_loss(phi, 1.5, -0.4, K)
    (slope,) = torch.autograd.grad(loss, phi)
    assert_close(said["generator"].double(), loss.detach(), rtol=1e-5, atol=0)
    assert_close(gan.generator.w.detach(), 0.7 - slope, rtol=1e-5, atol=0)


def test_without_foresight_it_is_the_plain_game():
    plain, ours = toys.model("gan"), toys.model("unrolled", unrolled_steps=0)
    batches = [toys.digits() for _ in range(2)]
    players = plain.optimizers(), ours.optimizers()
    for _ in range(3):
        said = []
        for gan, data, optimizers in zip((plain, ours), batches, players, strict=True):
            torch.manual_seed(0)
            said.append(gan.step(data, optimizers))
        assert said[0] == said[1]
    for p, q in zip(plain.parameters(), ours.parameters(), strict=True):
        assert torch.equal(p, q)


def test_foresight_leaves_the_discriminator_where_the_plain_step_does():
    one, other = (toys.model("unrolled", unrolled_steps=K) for K in (0, 4))
    for gan in (one, other):
        torch.manual_seed(0)
        gan.step(toys.digits(), gan.optimizers())
    for p, q in zip(one.discriminator.parameters(), other.discriminator.parameters(), strict=True):
        assert torch.equal(p, q)
    assert not torch.equal(*(next(gan.generator.parameters()) for gan in (one, other)))


def test_it_foresees_the_optimisers_own_next_step():
    theta = {"w": torch.tensor([1.0, -2.0], requires_grad=True)}
    twin = theta["w"].detach().clone().requires_grad_()
    optimizers = Adam(theta.values(), 0.1, (0.5, 0.9)), Adam([twin], 0.1, (0.5, 0.9))

    def f(theta: unrolled.Parameters) -> Tensor:
        return (theta["w"] ** 3).sum()

    foreseen = unrolled.unroll(theta, f, optimizers[0], 3)["w"]
    for _ in range(3):
        optimizers[1].zero_grad()
        f({"w": twin}).backward()
        optimizers[1].step()
    assert_close(foreseen, twin)


def ring(batch_size: int) -> Iterator[Batch]:
    """Points of eight Gaussians on a circle of radius 2 (Section 3.1, there narrower)."""
    while True:
        centres = MODES[torch.randint(8, (batch_size,))]
        yield {"image": centres + 0.1 * torch.randn(batch_size, 2)}


def network(*widths: int) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for a, b in pairwise(widths):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return layers[:-1]


def covered(K: int, rounds: int, seed: int = 1) -> int:
    """Modes that a fiftieth of the samples lies within three deviations of."""
    gan = toys.model("unrolled", seed=seed, unrolled_steps=K, pace=1.0, r1_gamma=0.0, latent_dim=16)
    gan.generator = nn.Sequential(*network(16, 64, 64, 2))
    gan.discriminator = nn.Sequential(*network(2, 64, 64, 1), nn.Flatten(0))
    optimizers = Optimizers(
        Adam(gan.generator.parameters(), 2e-3, (0.5, 0.99)),
        Adam(gan.discriminator.parameters(), 2e-3, (0.5, 0.99)),
    )
    batches = ring(128)
    for _ in range(rounds):
        gan.step(batches, optimizers)
    with torch.no_grad():
        near = torch.cdist(gan.generator(gan.latents(2000)), MODES) < 0.3
    return int((near.float().mean(0) > 0.02).sum())


@pytest.mark.slow
def test_on_a_ring_of_gaussians_the_plain_game_drops_modes_and_foresight_keeps_all_eight():
    assert covered(K=0, rounds=500) < 4
    assert covered(K=5, rounds=500) == 8
