"""EBGAN: its losses by hand, its unit and its penalty."""

from typing import Any

import pytest
import torch
import toys
from torch import Tensor
from torch.testing import assert_close

from gan_studio.gans.families.ebgan import EBGAN, discriminator_loss, pulling_away
from gan_studio.gans.penalties import r1


def made(**changes: Any) -> EBGAN:
    gan = toys.model("ebgan", **changes)
    assert isinstance(gan, EBGAN)
    return gan


def test_the_pulling_away_term_of_orthogonal_codes_is_0_and_of_equal_codes_1():
    assert_close(pulling_away(2 * torch.eye(4)), torch.tensor(0.0))
    assert_close(pulling_away(torch.tensor([[3.0, 4.0]]).repeat(5, 1)), torch.tensor(1.0))
    assert_close(pulling_away(torch.tensor([[1.0, 2.0], [-2.0, -4.0]])), torch.tensor(1.0))


def test_the_pulling_away_term_is_the_mean_squared_cosine_of_pairs():
    S = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])  # cosines 1/sqrt(2), 0, 1/sqrt(2)
    assert_close(pulling_away(S), torch.tensor(1 / 3))


def test_the_pulling_away_term_of_an_empty_code_has_a_slope_that_is_a_number():
    S = torch.zeros(3, 2, requires_grad=True)
    (slope,) = torch.autograd.grad(pulling_away(S), S)
    assert slope.isfinite().all()


def test_fakes_above_the_margin_cost_the_discriminator_nothing():
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.5, 9.0], requires_grad=True)
    loss = discriminator_loss(real, fake, 2.0)
    assert_close(loss, torch.tensor(2.0 + (1.5 + 0.0) / 2))
    assert_close(torch.autograd.grad(loss, fake)[0], torch.tensor([-0.5, 0.0]))


def test_the_energy_is_the_mean_of_a_picture_s_errors_to_the_power_of_eta():
    x = torch.randn(3, 1, 16, 16)
    for eta in (1, 2):
        D = made(eta=eta).discriminator
        errors = (D.decoder(D.encoder(x)) - x).abs() ** eta
        assert_close(D(x), torch.stack([each.mean() for each in errors]))


def test_codes_have_mean_0_and_deviation_1_as_latents_have():
    codes = made().discriminator.encoder(torch.randn(5, 1, 16, 16))
    assert_close(codes.mean(1), torch.zeros(5), atol=1e-5, rtol=0)
    assert_close(codes.std(1, correction=0), torch.ones(5), atol=1e-2, rtol=0)


@pytest.mark.parametrize("relative", [True, False])
def test_the_unit_follows_the_energy_of_real_pictures_down_but_not_up(relative):
    gan = made(relative=relative)
    fallen = 1 + 0.05 * (0.5 - 1) if relative else 1.0
    assert gan.energy_unit(torch.tensor([0.5])).item() == pytest.approx(fallen)
    assert gan.energy_unit(torch.tensor([7.0])).item() == pytest.approx(fallen)


def test_the_penalty_is_that_of_the_energy_in_its_unit():
    gan, x = made(r1_gamma=2.0, r1_fraction=1.0), torch.rand(4, 1, 16, 16)
    assert_close(gan.penalty(x, torch.tensor(0.5)), 4 * r1(gan.discriminator, x))
    assert made(r1_gamma=0.0).penalty(x, torch.tensor(0.5)) == 0


def test_the_generator_descends_energy_and_pulling_away_alone():
    gan = made(relative=False, pulling_away=0.3)
    seen: list[Tensor] = []
    gan.discriminator.encoder.register_forward_hook(lambda *a: seen.append(a[-1].detach()))
    optimizers = gan.optimizers()._replace(
        discriminator=torch.optim.SGD(gan.discriminator.parameters(), 0.0)
    )
    said = gan.step(toys.digits(), optimizers)
    expected = said["energy_fake"] + 0.3 * pulling_away(seen[-1])
    assert_close(said["generator"], expected)
    assert_close(said["margin"], torch.tensor(gan.config.margin))
