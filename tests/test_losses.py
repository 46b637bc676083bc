"""Objectives at scores whose losses are known by hand."""

import math

import pytest
import torch
from torch.testing import assert_close

from gan_studio.gans.losses import (
    ADVERSARIAL_LOSSES,
    minimax,
    non_saturating,
    relativistic,
    wasserstein,
)

UNDECIDED = torch.zeros(4)
"""scores of a discriminator that says one half to everything"""


@pytest.mark.parametrize("objective", ADVERSARIAL_LOSSES.values(), ids=ADVERSARIAL_LOSSES)
def test_an_undecided_discriminator_loses_two_log_two(objective):
    assert_close(objective.discriminator(UNDECIDED, UNDECIDED).item(), 2 * math.log(2))


def test_the_discriminator_descends_equation_1():
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 3.0])
    D_x, D_G_z = real.sigmoid(), fake.sigmoid()
    expected = -(D_x.log().mean() + (1 - D_G_z).log().mean())
    assert_close(minimax.discriminator(real, fake), expected)


def test_the_generator_of_minimax_descends_log_one_minus_D():
    fake = torch.tensor([0.5, 3.0])
    assert_close(minimax.generator(fake), (1 - fake.sigmoid()).log().mean())


def test_the_non_saturating_generator_descends_minus_log_D():
    fake = torch.tensor([0.5, 3.0])
    assert_close(non_saturating.generator(fake), -fake.sigmoid().log().mean())


def test_only_the_non_saturating_gradient_stays_when_the_discriminator_wins():
    slopes = []
    for objective in (minimax, non_saturating):
        fake = torch.tensor([-20.0], requires_grad=True)
        (slope,) = torch.autograd.grad(objective.generator(fake), fake)
        slopes.append(abs(slope.item()))
    assert slopes[0] < 1e-8
    assert slopes[1] == pytest.approx(1.0)


@pytest.mark.parametrize("objective", ADVERSARIAL_LOSSES.values(), ids=ADVERSARIAL_LOSSES)
def test_losses_of_certain_scores_are_finite(objective):
    certain = torch.tensor([1e4])
    assert objective.discriminator(-certain, certain).isfinite()
    assert objective.generator(-certain).isfinite()


def test_the_wasserstein_critic_descends_minus_its_gap():
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 3.5])
    assert wasserstein.discriminator(real, fake) == 1.5  # 2 - 0.5
    assert wasserstein.generator(fake) == -2


def test_relativistic_players_descend_the_log_of_each_others_wins():
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 3.0])
    D_wins = (real - fake).sigmoid()  # 0.8176 and 0.0180, pair by pair
    assert_close(relativistic.discriminator(real, fake), -D_wins.log().mean())
    assert_close(relativistic.generator(real, fake), -(1 - D_wins).log().mean())


def test_a_relativistic_pair_that_is_level_costs_both_log_two():
    level = torch.tensor([3.0, -5.0])
    for loss in relativistic:
        assert_close(loss(level, level).item(), math.log(2))


@pytest.mark.parametrize("loss", [wasserstein.discriminator, *relativistic])
def test_a_constant_added_to_all_scores_changes_nothing(loss):
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 3.0])
    assert_close(loss(real + 7, fake + 7), loss(real, fake))
