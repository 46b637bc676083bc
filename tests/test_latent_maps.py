"""Maps of latent space: places and recipes."""

import pytest
from mentions import mentions

from gan_studio.images.recipe import Recipe
from gan_studio.studio.maps import (
    CELLS,
    Corners,
    Slopes,
    grid_recipes,
    map_to_plane,
    plane,
    plane_to_map,
)

A, B, C = (Recipe(model="m", seed=seed, psi=0.5) for seed in (1, 2, 3))


def test_the_middle_of_two_slopes_is_the_recipe_with_both_sliders_at_zero():
    recipe = Recipe(model="m", seed=7, directions={1: 2.0, 4: 1.0})
    assert Slopes(recipe=recipe).at(0.5, 0.5) == Recipe(model="m", seed=7, directions={4: 1.0})


def test_right_and_up_are_the_positive_ends_of_the_slopes():
    slopes = Slopes(recipe=A, right=3, up=5)
    assert slopes.at(1, 0).directions == {3: 3.0, 5: 3.0}
    assert slopes.at(0, 1).directions == {3: -3.0, 5: -3.0}
    assert slopes.at(0.71, 0.5).directions == {3: 1.3}  # as a slider can show it


def test_the_corners_of_a_map_are_the_pictures_and_opposite_of_a_is_b_plus_c_minus_a():
    corners = Corners(a=A, b=B, c=C)
    assert [corners.at(0, 0), corners.at(1, 0), corners.at(0, 1)] == [A, B, C]
    assert corners.at(1, 1).mix == ((-1, A), (1, B), (1, C))


@pytest.mark.parametrize(("x", "y"), [(0.123456, 0.987654), (1 / 3, 1 / 3), (0.5, 0.4995)])
def test_the_weights_between_three_corners_add_up_to_one(x, y):
    weights = [part.weight for part in Corners(a=A, b=B, c=C).at(x, y).mix]
    assert sum(weights) == pytest.approx(1)
    assert weights == pytest.approx([1 - x - y, x, y], abs=1e-3)


def test_a_touch_in_the_middle_of_a_cell_is_the_recipe_of_its_picture():
    for plane_ in (Slopes(recipe=A), Corners(a=A, b=B, c=C)):
        recipes = grid_recipes(plane_)
        for row, column in ((0, 0), (3, 8), (10, 10)):
            at = map_to_plane((column + 0.5) / CELLS, (row + 0.5) / CELLS)
            assert plane_.at(*at) == recipes[row * CELLS + column]


def test_a_touch_at_the_very_edge_stays_on_the_plane():
    assert (map_to_plane(0, 0), map_to_plane(1, 1)) == ((0, 0), (1, 1))


def test_one_recipe_is_the_middle_of_a_plane_and_three_are_its_corners():
    assert plane([A], right=2, up=4) == Slopes(recipe=A, right=2, up=4)
    assert plane([A, B, C]) == Corners(a=A, b=B, c=C)


@pytest.mark.parametrize(
    ("recipes", "directions", "named"),
    [
        ([], (1, 2), "0"),
        ([A, B], (1, 2), "2"),
        ([A], (4, 4), "4"),
        ([A], (0, 4), "direction 10000 0"),
        ([A], (1, "x"), "direction 10000 x"),
    ],
)
def test_what_spans_no_plane_is_refused(recipes, directions, named):
    with pytest.raises(ValueError, match=mentions(named)):
        plane(recipes, *directions)


@pytest.mark.parametrize("touched", [(-0.1, 0), (0, 1.1), (float("nan"), 0), ("x", 0)])
def test_a_place_off_the_map_is_refused(touched):
    with pytest.raises(ValueError, match=mentions("0 1")):
        map_to_plane(*touched)


def test_corners_of_two_models_are_refused():
    other = Recipe(model="n", seed=1)
    with pytest.raises(ValueError, match=mentions("m n")):
        grid_recipes(plane([A, B, other]))


def test_the_spot_of_a_place_is_where_a_touch_finds_it():
    for at in ((0.0, 1.0), (0.3, 0.7), (0.5, 0.5)):
        assert map_to_plane(*plane_to_map(*at)) == pytest.approx(at)


def test_the_middle_of_a_plane_is_where_its_recipe_lies():
    recipe = Recipe(model="m", seed=7, directions={1: -3.0, 2: 1.5})
    slopes = Slopes(recipe=recipe)
    assert slopes.at(*slopes.start()) == recipe
