"""Variations, sums, walks and maps of real models at toy sizes."""

import dataclasses

import numpy as np
import pytest
import torch
from mentions import mentions
from torch.testing import assert_close

from gan_studio.images.recipe import MAX_RECIPES, Recipe, analogy, mixture
from gan_studio.studio.maps import plane


@pytest.fixture
def recipe(family) -> Recipe:
    return Recipe(model=f"{family}-digits", seed=3, psi=0.9, directions={2: 1.5})


def pixels(picture) -> np.ndarray:
    return np.asarray(picture).astype(int)


def near(one, other) -> bool:
    return abs(pixels(one) - pixels(other)).max() <= 2


def seeds(recipe, *seeds: int) -> list[Recipe]:
    return [dataclasses.replace(recipe, seed=seed) for seed in seeds]


def test_variations_carry_recipes_that_redraw_them(studio, recipe):
    varied = studio.vary(recipe, strength=0.4, count=5)
    for picture in varied:
        carried = picture.recipe
        assert (carried.psi, carried.directions) == (recipe.psi, recipe.directions)
        assert near(picture.image, studio.generate(carried).image)
    assert len({picture.recipe.to_json() for picture in varied}) == 5


def test_a_variation_of_strength_zero_is_the_picture_and_of_one_another_seeds(studio, recipe):
    still, whole = (studio.vary(recipe, s, 1)[0].recipe for s in (0, 1))
    assert still == recipe
    assert not whole.mix
    assert whole == dataclasses.replace(recipe, seed=whole.seed)


def test_variations_move_away_with_their_strength(studio, recipe):
    def moved(strength: float) -> float:
        model = studio.library.get(recipe.model)
        varied = [p.recipe for p in studio.vary(recipe, strength, 4)]
        return sum((model.latent(r) - model.latent(recipe)).norm().item() for r in varied)

    assert 0 == moved(0) < moved(0.2) < moved(0.5) < moved(0.9)


def test_variations_stay_the_same_until_the_next_turn(studio, recipe):
    one, same, other = (
        [p.recipe.to_json() for p in studio.vary(recipe, 0.3, 4, turn)] for turn in (0, 0, 1)
    )
    assert one == same
    assert not set(one) & set(other)


def test_a_variation_can_be_varied(studio, recipe):
    first = studio.vary(recipe, 0.3, 1)[0].recipe
    second = studio.vary(first, 0.3, 1)[0].recipe
    assert second.size > first.size
    again = Recipe.read(second.to_query())
    assert near(studio.generate(second).image, studio.generate(again).image)


def test_variations_of_variations_go_on_for_ever_and_stay_near(studio, recipe):
    model = studio.library.get(recipe.model)
    for turn in range(50):
        last, recipe = recipe, studio.vary(recipe, 0.1, 1, turn)[0].recipe
        assert 0 < (model.latent(recipe) - model.latent(last)).norm() < model.latent(last).norm()
    assert recipe.size <= 13
    assert sum(part.weight for part in recipe.mix) == pytest.approx(1, abs=1e-6)


def test_a_sum_of_large_mixtures_can_be_varied(studio):
    parts = [mixture(seeds(Recipe(model="gan-digits"), *range(12)), [1 / 12] * 12)] * 3
    total = analogy(*parts)
    assert studio.vary(total, 0.3, 1)[0].recipe.size <= MAX_RECIPES


def test_a_variation_keeps_its_label(studio):
    for label in (None, 7):
        varied = studio.vary(Recipe(model="cgan-digits", seed=23, label=label), 0.5, 3)
        model = studio.library.get("cgan-digits")
        for picture in varied:
            assert model.label(picture.recipe).item() == (7 if label else 3)


def test_a_minus_b_plus_b_is_a(studio, recipe):
    a, b = seeds(recipe, 5, 6)
    assert near(studio.generate(analogy(a, b, b)).image, studio.generate(a).image)
    assert near(studio.generate(analogy(b, b, a)).image, studio.generate(a).image)


def test_a_sum_is_a_recipe_like_any_other(studio, recipe):
    a, b, c = seeds(recipe, 5, 6, 7)
    total, model = analogy(a, b, c), studio.library.get(recipe.model)
    x = [model.latent(r) for r in (a, b, c)]
    straight = x[0] - x[1] + x[2]
    if model.space.has_layers:
        assert_close(model.latent(total), straight)
    else:
        normalize = torch.nn.functional.normalize
        assert_close(normalize(model.latent(total)), normalize(straight))
    moved = dataclasses.replace(total, psi=0.5, directions={1: 2.0})
    by_hand = model.space.truncate(model.latent(total), 0.5)
    assert_close(model.latent(moved), by_hand + 2 * model.bases["pca"][0])
    assert studio.generate(moved).recipe == moved
    assert studio.discriminator_output(total).output


def test_a_coordinate_is_set_after_a_sum(studio):
    total = analogy(*seeds(Recipe(model="dcgan-digits"), 5, 6, 7))
    model = studio.library.get(total.model)
    z = model.latent(dataclasses.replace(total, coordinates={3: 1.0}))[0].tolist()
    assert z[2] == 1.0
    assert z[3:] == model.latent(total)[0].tolist()[3:]


def test_labels_are_added_like_latents_unless_one_is_asked_for(studio):
    a, b, c = (Recipe(model="cgan-digits", seed=s, label=y) for s, y in ((1, 3), (2, 3), (3, 8)))
    model, total = studio.library.get("cgan-digits"), analogy(a, b, c)
    eight = torch.nn.functional.one_hot(torch.tensor([8]), 10).float()
    assert torch.equal(model.point(total)[:, 12:], eight)
    assert model.label(total).item() == 8
    half = mixture([a, c], [0.5, 0.5])
    assert model.classes(half)[0, [3, 8]].tolist() == [0.5, 0.5]
    told = dataclasses.replace(half, label=5)
    assert model.label(told).item() == 5


def test_a_walk_passes_its_pictures_and_closes(studio, recipe):
    stops = seeds(recipe, 5, 6, 7)
    frames = studio.walk(stops, 30)
    assert len(frames) == 30
    for i, stop in enumerate(stops):
        assert near(frames[10 * i], studio.generate(stop).image)
    model = studio.library.get(recipe.model)
    path = model.loop(torch.cat([model.point(stop) for stop in stops]), 30)
    steps = (
        (path - path.roll(1, 0)).flatten(1).norm(dim=1)
    )  # the first is from the last frame to the first
    assert steps[0] == pytest.approx(steps[-1].item(), rel=0.05)


def test_a_walk_may_pass_a_sum(studio, recipe):
    a, b, c = seeds(recipe, 5, 6, 7)
    total = analogy(a, b, c)
    assert near(studio.walk([a, total], 4)[2], studio.generate(total).image)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_walk_of_too_few_or_too_many_pictures_is_refused(studio, recipe, count):
    with pytest.raises(ValueError, match=mentions(count)):
        studio.walk([recipe] * count, 24)


@pytest.mark.parametrize("frames", [1, 601, "many"])
def test_a_walk_of_too_few_or_too_many_frames_is_refused(studio, recipe, frames):
    with pytest.raises(ValueError, match=mentions("frames 2")):
        studio.walk([recipe] * 2, frames)


def test_a_walk_through_two_models_is_refused(studio):
    two = [Recipe(model="gan-digits"), Recipe(model="dcgan-digits")]
    with pytest.raises(ValueError, match=mentions("gan-digits dcgan-digits")):
        studio.walk(two, 24)


def test_a_map_is_what_its_recipes_draw(studio, recipe):
    around, between = plane([recipe], 1, 2), plane(seeds(recipe, 5, 6, 7))
    for flat in (around, between):
        drawn = studio.map(flat, cells=3)
        assert len(drawn) == 9
        for picture in drawn:
            assert near(picture.image, studio.generate(picture.recipe).image)
    corners = [studio.map(between, cells=3)[i].image for i in (0, 2, 6)]
    wanted = [studio.generate(stop).image for stop in seeds(recipe, 5, 6, 7)]
    assert all(near(a, b) for a, b in zip(corners, wanted, strict=True))


def test_a_map_along_a_direction_that_there_is_not_is_refused(studio, recipe):
    with pytest.raises(ValueError, match=mentions("10 11")):
        studio.map(plane([recipe], 1, 11))


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan"), None])
def test_a_strength_out_of_range_is_refused(studio, recipe, strength):
    with pytest.raises(ValueError, match=mentions("strength 0 1")):
        studio.vary(recipe, strength)
