"""Sums in latent space."""

import pytest
import torch
from mentions import mentions
from torch.testing import assert_close

from gan_studio.gans.latents.paths import from_seed, slerp, spherical_sum, weighted_sum
from gan_studio.images.recipe import Recipe, analogy, mixture

SUM = torch.tensor([1.0, -1.0, 1.0])


@pytest.mark.parametrize("shape", [(5,), (4, 5), (2, 3, 4)])
def test_a_weighted_sum_is_a_minus_b_plus_c_whatever_the_points_shape(shape):
    points = torch.randn(3, *shape)
    assert_close(weighted_sum(points, SUM)[0], points[0] - points[1] + points[2])


def test_on_the_sphere_a_sum_keeps_the_lengths_that_latents_have():
    z = from_seed(1, 300, 64).view(3, 100, 64)
    result = spherical_sum(z, SUM)[0]
    assert result.norm(dim=-1).mean() == pytest.approx(8.0, rel=0.05)  # √64
    assert (z[0] - z[1] + z[2]).norm(dim=-1).mean() == pytest.approx(8 * 3**0.5, rel=0.05)
    assert_close(torch.cosine_similarity(result, z[0] - z[1] + z[2], -1), torch.ones(100))


@pytest.mark.parametrize("shape", [(12,), (4, 12)])
def test_on_the_sphere_a_minus_a_plus_c_is_c(shape):
    a, c = torch.randn(2, *shape)
    assert_close(spherical_sum(torch.stack([a, a, c]), SUM)[0], c)
    assert_close(spherical_sum(torch.stack([a, c, c]), SUM)[0], a)


def test_half_of_two_points_of_one_length_is_the_middle_of_their_great_circle():
    a, b = torch.nn.functional.normalize(torch.randn(2, 9), dim=1)
    half = spherical_sum(torch.stack([a, b]), torch.tensor([0.5, 0.5]))[0]
    assert_close(half, slerp(a, b, 0.5))


@pytest.mark.parametrize("points", [torch.zeros(3, 5), torch.tensor([[1.0], [2.0], [1.0]])])
def test_a_sum_that_vanishes_is_finite(points):
    assert spherical_sum(points, SUM).isfinite().all()


def test_a_long_b_does_not_turn_the_sum_around():
    a, b, c = (s * torch.nn.functional.normalize(torch.randn(9), dim=0) for s in (1.0, 9.0, 2.0))
    result = spherical_sum(torch.stack([a, b, c]), SUM)[0]
    assert result.norm() == pytest.approx(1.0)
    assert torch.cosine_similarity(result, a - b + c, 0) == pytest.approx(1.0)


def recipe(seed: int, model: str = "m") -> Recipe:
    return Recipe(model=model, seed=seed, directions={seed: 1.0})


def test_an_analogy_is_the_three_recipes_with_their_signs():
    parts = analogy(recipe(1), recipe(2), recipe(3)).mix
    assert parts == ((1, recipe(1)), (-1, recipe(2)), (1, recipe(3)))


def test_what_weighs_nothing_is_left_out_and_what_weighs_all_is_itself():
    assert mixture([recipe(1), recipe(2)], [0, 1]) == recipe(2)
    assert len(mixture([recipe(1), recipe(2), recipe(3)], [0.5, 0, 0.5]).mix) == 2


def test_pictures_of_two_models_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match=mentions("m n")):
        analogy(recipe(1), recipe(2, "n"), recipe(3))
