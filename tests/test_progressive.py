"""Growing: which size when, how a new one fades in, and that nothing jumps."""

from itertools import pairwise

import pytest
import torch
import toys
from mentions import mentions
from torch.testing import assert_close

from gan_studio.gans.families.progan import GrowingGAN
from gan_studio.gans.progressive import Size, downsample, fade_in, schedule, upsample

GROWING = ["progan", "stylegan2"]


@pytest.fixture(params=GROWING)
def grower(request: pytest.FixtureRequest) -> GrowingGAN:
    gan = toys.model(request.param, start_size=8, grow_steps=10).eval()
    for parameter in gan.parameters():  # biases begin at 0, where little shows
        parameter.data += 0.1 * torch.randn_like(parameter)
    assert isinstance(gan, GrowingGAN)
    return gan


def at(gan: GrowingGAN, step: int) -> GrowingGAN:
    """Both players as they are after so many rounds."""
    for player in gan.players:
        player.played.fill_(step)
    return gan


def test_each_size_has_its_steps_and_fades_in_during_half_of_them():
    sizes = [8, 16, 32]
    assert [schedule(step, sizes, 10) for step in (0, 9)] == [Size(8, 1.0)] * 2
    assert [schedule(step, sizes, 10).alpha for step in (10, 11, 14, 15, 19)] == [0, 0.2, 0.8, 1, 1]
    assert schedule(25, sizes, 10) == Size(32, 1.0)
    assert schedule(10**6, sizes, 10) == Size(32, 1.0)
    assert schedule(0, sizes, 0) == Size(32, 1.0)


def test_enlarging_and_pooling_are_each_others_inverse_on_small_pictures():
    x = torch.randn(2, 3, 4, 4)
    assert_close(downsample(upsample(x, 16), 4), x)
    assert_close(downsample(torch.arange(4.0).view(1, 1, 2, 2), 1), torch.full((1, 1, 1, 1), 1.5))


def test_real_pictures_fade_in_like_generated_ones():
    x = torch.randn(2, 3, 16, 16)
    coarse = upsample(downsample(x, 8), 16)
    assert torch.equal(fade_in(x, Size(16, 1.0)), x)
    assert_close(fade_in(x, Size(16, 0.0)), coarse)
    assert_close(fade_in(x, Size(16, 0.25)), 0.75 * coarse + 0.25 * x)


def test_a_new_size_comes_in_without_a_jump(grower):
    z, x = grower.latents(4), fade_in(torch.rand(4, 1, 16, 16), Size(16, 0.0))
    small, judged = at(grower, 9).generator(z), grower.discriminator(x)
    begun = at(grower, 10)
    assert_close(begun.generator(z), small)
    assert_close(begun.discriminator(x), judged)


def test_the_share_of_the_new_size_rises_without_a_jump(grower):
    z = grower.latents(4)
    seen = [at(grower, step).generator(z) for step in range(10, 17)]
    moves = [(a - b).abs().mean().item() for a, b in pairwise(seen)]
    assert all(0 < move < 0.5 for move in moves[:5])
    assert moves[5] == 0


def test_small_pictures_cost_layers_of_large_ones_nothing(grower):
    at(grower, 3)
    grower.generator(grower.latents(2)).sum().backward()
    used = [p.grad is not None for p in grower.generator.parameters()]
    assert any(used)
    assert not all(used)


@pytest.mark.parametrize("name", GROWING)
def test_a_round_lets_both_players_grow(name):
    gan = toys.model(name, start_size=8, grow_steps=1)
    assert isinstance(gan, GrowingGAN)
    assert [player.size.pixels for player in gan.players] == [8, 8]
    batches, optimizers = toys.digits(), gan.optimizers()
    gan.step(batches, optimizers)
    assert [player.size.pixels for player in gan.players] == [16, 16]


@pytest.mark.parametrize("name", GROWING)
def test_a_first_size_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match=mentions("start_size 8 16 32 24")):
        toys.config(name, image_size=32, start_size=24)
