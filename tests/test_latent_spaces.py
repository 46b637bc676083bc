"""Style space: truncation, directions, ranges of layers, styles mixed, points."""

import dataclasses

import numpy as np
import pytest
import torch
import toys
from mentions import mentions
from torch.testing import assert_close

from gan_studio.gans.families.stylegan2 import StyleGAN2
from gan_studio.gans.latents import directions, paths, spaces
from gan_studio.images.edits import Edits, pack_point
from gan_studio.images.recipe import Recipe

RECIPE = Recipe(model="stylegan2-digits", seed=3)


def changed(**fields) -> Recipe:
    return dataclasses.replace(RECIPE, **fields)


def edited(**fields) -> Recipe:
    return changed(edits=Edits(**fields))


@pytest.fixture
def model(studio):
    return studio.library.get(RECIPE.model)


@pytest.fixture
def G(model):
    assert isinstance(model.gan, StyleGAN2)
    return model.gan.style_generator


def w(G, seed: int) -> torch.Tensor:
    return G.mapping(paths.from_seed(seed, 1, 12))


def test_a_point_in_style_space_is_its_seeds_style_at_every_layer(model, G):
    point = model.point(RECIPE)
    assert point.shape == (1, G.num_ws, 128)
    assert_close(point, w(G, 3))
    assert_close(model.draw(point), G(paths.from_seed(3, 1, 12)).detach())


@pytest.mark.parametrize("psi", [0.0, 0.5, 0.7, 1.5])
def test_truncation_in_style_space_is_its_closed_form(model, G, psi):
    mean = G.w_avg
    assert mean.abs().max() > 0
    assert_close(model.point(changed(psi=psi)), mean + psi * (w(G, 3) - mean))


def test_coordinates_set_z_before_it_becomes_a_style(model, G):
    z = paths.from_seed(3, 1, 12)
    z[:, 4] = 2.5
    assert_close(model.point(changed(coordinates={5: 2.5})), G.mapping(z))


@pytest.mark.parametrize("basis", ["pca", "sefa"])
def test_a_numbered_slider_moves_every_style_along_its_direction(model, basis):
    recipe = changed(directions={2: 1.5}, edits=Edits(basis=basis))
    way = model.point(recipe) - model.point(RECIPE)
    assert_close(way, (1.5 * model.bases[basis][1]).expand_as(way), atol=1e-5, rtol=1e-4)


def test_the_two_bases_differ(model):
    assert (model.bases["pca"] - model.bases["sefa"]).abs().max() > 0.01


def test_a_range_confines_a_slider_to_its_layers_and_all_three_make_the_whole(model):
    origin, ways = model.point(RECIPE), []
    for part in ("coarse", "middle", "fine"):
        recipe = changed(directions={1: 2.0}, edits=Edits(ranges={"1": part}))
        ways.append(model.point(recipe) - origin)
    touched = [way.abs().amax((0, 2)) > 1e-6 for way in ways]
    assert [sum(t.tolist()) for t in touched] == [2, 2, 2]
    assert (torch.stack(touched).sum(0) == 1).all()
    whole = model.point(changed(directions={1: 2.0})) - origin
    assert_close(sum(ways), whole)


def test_styles_of_another_seed_begin_at_their_layer(model, G):
    point = model.point(edited(styles={4: 7, 6: 9}))
    assert_close(point[:, :3], w(G, 3)[:, :3])
    assert_close(point[:, 3:5], w(G, 7)[:, 3:5])
    assert_close(point[:, 5:], w(G, 9)[:, 5:])


def test_a_projected_point_stands_in_place_of_the_seed(model):
    values = model.point(RECIPE).flatten().tolist()
    point = model.point(edited(point=pack_point(values)))
    assert_close(point, model.point(RECIPE), atol=2e-3, rtol=1e-3)
    assert_close(model.point(changed(seed=9, edits=Edits(point=pack_point(values)))), point)


@pytest.mark.parametrize(
    ("edits", "named"),
    [
        ({"styles": {7: 1}}, "6 7"),
        ({"point": pack_point([1.0])}, "1 768"),
        ({"attributes": {"smiling": 1}}, "smiling"),
    ],
)
def test_edits_that_do_not_fit_the_model_are_refused(studio, edits, named):
    with pytest.raises(ValueError, match=mentions(named)):
        studio.generate(edited(**edits))


@pytest.mark.parametrize(
    "edits", [{"styles": {2: 1}}, {"ranges": {"1": "fine"}}, {"point": pack_point([1.0])}]
)
def test_a_model_without_styles_refuses_what_only_styles_have(studio, edits):
    recipe = Recipe(model="gan-digits", directions={1: 1.0}, edits=Edits(**edits))
    with pytest.raises(ValueError, match=mentions("model")):
        studio.generate(recipe)


def test_a_projected_point_in_z_is_the_picture_of_its_latent(studio):
    recipe = Recipe(model="dcgan-digits", seed=4)
    z = studio.library.get("dcgan-digits").latent(recipe)[0].tolist()
    there = dataclasses.replace(recipe, seed=0, edits=Edits(point=pack_point(z)))
    one, other = (np.asarray(studio.generate(r).image).astype(int) for r in (recipe, there))
    assert abs(one - other).max() <= 2


def test_components_of_known_styles_are_their_axes_by_deviation():
    torch.manual_seed(0)
    styles = torch.randn(20_000, 3) * torch.tensor([1.0, 3.0, 2.0])
    found = directions.pca(styles, torch.eye(3), 3)
    assert_close(found, torch.diag(torch.tensor([1.0, 3.0, 2.0]))[[1, 2, 0]], atol=0.1, rtol=0)


def test_directions_of_known_layers_are_what_these_read_as_long_as_the_styles_deviate():
    torch.manual_seed(0)
    styles = torch.randn(20_000, 3) * torch.tensor([1.0, 3.0, 2.0])
    found = directions.sefa(styles, torch.diag(torch.tensor([5.0, 1.0, 2.0])), 4)
    wanted = torch.tensor([[1.0, 0, 0], [0, 0, 2.0], [0, 3.0, 0], [0, 0, 0]])
    assert_close(found, wanted, atol=0.1, rtol=0)


def test_directions_are_the_same_at_every_start():
    one, other = (spaces.space(toys.model("stylegan2")).directions(10, "sefa") for _ in range(2))
    assert torch.equal(one, other)
