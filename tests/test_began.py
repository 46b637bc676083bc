"""BEGAN: its controller and its measure by hand."""

from typing import Any

import torch
import toys
from torch.testing import assert_close

from gan_studio.gans.families.began import BEGAN, Config, global_convergence, next_k

K, L_X, L_G = torch.tensor(0.2), torch.tensor(0.5), torch.tensor(0.1)
"""gamma L(x) - L(G(z)) = 0.25 - 0.1 at gamma = 0.5"""
PAPER = Config(gamma=0.5, lambda_k=0.1, k_ceiling=1.0, relative=False)


def made(**changes: Any) -> BEGAN:
    gan = toys.model("began", **changes)
    assert isinstance(gan, BEGAN)
    return gan


def test_k_moves_by_equation_5():
    assert_close(next_k(K, L_X, L_G, PAPER), torch.tensor(0.2 + 0.1 * 0.15))


def test_k_rests_at_the_equilibrium_and_stays_between_nothing_and_one():
    assert_close(next_k(K, L_X, 0.5 * L_X, PAPER), K)
    assert next_k(torch.tensor(1.0), L_X, L_G, PAPER) == 1
    assert next_k(torch.tensor(0.0), L_X, 9 * L_X, PAPER) == 0


def test_the_relative_controller_does_not_see_the_size_of_the_losses():
    relative = Config(gamma=0.5, lambda_k=0.1)
    assert_close(next_k(K, L_X, L_G, relative), torch.tensor(0.2 + 0.1 * (0.5 - 0.2)))
    assert_close(next_k(K, L_X, L_G, relative), next_k(K, 1e-3 * L_X, 1e-3 * L_G, relative))


def test_M_is_the_loss_of_real_pictures_and_the_distance_from_balance():
    assert_close(global_convergence(L_X, L_G, 0.5), torch.tensor(0.65))
    assert_close(global_convergence(L_X, torch.tensor(0.45), 0.5), torch.tensor(0.7))


def test_a_step_reports_M_and_moves_k_by_its_own_losses():
    gan = made(relative=False, pulling_away=0.0, gamma=0.5, lambda_k=0.1, k_start=0.3)
    optimizers = gan.optimizers()._replace(
        discriminator=torch.optim.SGD(gan.discriminator.parameters(), 0.0)
    )
    said = gan.step(toys.digits(), optimizers)
    real, fake = said["energy_real"], said["energy_fake"]
    assert_close(said["discriminator"], real - 0.3 * fake)
    assert_close(said["generator"], fake)
    assert_close(said["M"], global_convergence(real, fake, 0.5))
    moved = (0.3 + 0.1 * (0.5 * real - fake)).clamp(0, 1)
    assert_close(said["k"], moved)
    assert_close(gan.k, moved)
