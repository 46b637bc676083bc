"""Edits of a recipe: what is kept, what an address says, what is refused with a sentence."""

import math
from typing import Any

import pytest
from mentions import mentions

from gan_studio.images.edits import NO_EDITS, Edits, pack_point, unpack_point
from gan_studio.images.recipe import Recipe


def test_a_point_goes_round_in_half_precision():
    values = [0.0, -1.5, 1 / 3, 1000.0]
    for found, value in zip(unpack_point(pack_point(values)), values, strict=True):
        assert math.isclose(found, value, rel_tol=1e-3)
    assert pack_point(unpack_point(pack_point(values))) == pack_point(values)


def test_a_point_of_a_thousand_numbers_fits_into_an_address():
    recipe = Recipe(model="a", edits=Edits(point=pack_point([1.0] * 1280)))
    assert len(recipe.to_query()) < 4000
    assert Recipe.from_query(recipe.to_query(), "b") == recipe


def test_what_moves_nothing_falls_away():
    assert Edits(attributes={"smiling": 0}, ranges={"3": "all", "4": ""}) == NO_EDITS
    assert NO_EDITS.to_fields() == NO_EDITS.to_query() == {}


def test_an_address_says_edits_in_words():
    edits = Edits(attributes={"smiling": 1.5}, ranges={"smiling": "fine"}, styles={5: 17})
    recipe = Recipe(model="a", seed=1, edits=edits)
    assert recipe.to_query() == "m=a&s=1&a=smiling:1.5&r=smiling:fine&w=5:17"


def test_edits_of_later_versions_are_read_without_what_is_unknown():
    recipe = Recipe.from_json('{"model": "a", "edits": {"apart": true, "aura": 3}}')
    assert recipe.edits == Edits(orthogonal=True)


@pytest.mark.parametrize(("old", "new"), [("components", "pca"), ("layers", "sefa")])
def test_recipes_with_the_earlier_names_of_bases_open(old, new):
    from_address = Recipe.from_query(f"m=a&s=1&d=1:2&b={old}", "a")
    from_file = Recipe.from_json(
        f'{{"model": "a", "seed": 1, "directions": {{"1": 2}}, "edits": {{"basis": "{old}"}}}}'
    )
    assert from_address.edits.basis == from_file.edits.basis == new
    assert from_address == from_file


BAD: list[tuple[dict[str, Any], str]] = [
    ({"attributes": {"smiling": 11}}, "smiling 11"),
    ({"attributes": [1]}, "attributes"),
    ({"attributes": {str(i): 1 for i in range(101)}}, "attributes 101 100"),
    ({"ranges": {"3": "rough"}}, "range 3 coarse middle fine rough"),
    ({"basis": "ica"}, "basis pca sefa ica"),
    ({"styles": {1: 5}}, "layer 2 1"),
    ({"styles": {2: -5}}, "seed 2 -5"),
    ({"point": "A"}, "point"),
    ({"point": "?"}, "point"),
    ({"point": 3}, "point"),
    ({"point": "A" * 10**5}, "point"),
    ({"point": "_38"}, "point"),
    ({"point": pack_point([math.inf])}, "point"),
]


@pytest.mark.parametrize(("fields", "named"), BAD)
def test_edits_that_make_no_sense_are_refused_with_one_sentence(fields, named):
    with pytest.raises(ValueError, match=mentions(named)) as caught:
        Recipe(model="a", edits=fields)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("edits", [3, "x", [], None])
def test_what_are_no_edits_are_refused(edits):
    with pytest.raises(ValueError, match=mentions("edits")):
        Recipe(model="a", edits=edits)
