"""Recipes: what goes round unchanged and what is refused with a sentence."""

import json
import math
from typing import Any

import pytest
from mentions import mentions

from gan_studio.core.validation import MAX_SEED
from gan_studio.images.edits import Edits, pack_point
from gan_studio.images.recipe import Recipe

RECIPES = [
    Recipe(model="gan-mnist"),
    Recipe(model="a", seed=MAX_SEED, psi=0.0),
    Recipe(model="a", psi=1 / 3, directions={10: -1 / 7, 2: 3.0}, coordinates={64: 1e-7, 1: 0.0}),
    Recipe(model="ä & b=c;d", seed=1),
    Recipe(model="a", label=0),
    Recipe(model="a", label=9, directions={1: 1.0}),
    Recipe(model="a", edits=Edits(attributes={"smiling": 1.5, "dark hair": -2.0}, orthogonal=True)),
    Recipe(model="a", edits=Edits(ranges={"3": "fine", "smiling": "coarse"}, basis="sefa")),
    Recipe(model="a", edits=Edits(styles={5: 17, 2: 0}, point=pack_point([0.5, -1e-3, 0.1]))),
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_goes_round_as_json_and_as_query(recipe):
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_query(recipe.to_query(), "other") == recipe
    assert Recipe.from_query("?" + recipe.to_query(), "other") == recipe


def test_an_address_is_short_and_readable():
    recipe = Recipe(model="dcgan-mnist", seed=42, psi=0.7, directions={4: -2, 3: 1.5})
    assert recipe.to_query() == "m=dcgan-mnist&s=42&psi=0.7&d=3:1.5,4:-2"


def test_an_address_without_a_model_takes_the_one_that_is_given():
    assert Recipe.from_query("s=3&unknown=1", "gan") == Recipe(model="gan", seed=3)
    assert Recipe.from_query("", "gan", seed=5) == Recipe(model="gan", seed=5)


def test_a_direction_moved_by_nothing_falls_away_and_a_coordinate_at_zero_stays():
    recipe = Recipe(model="a", directions={1: 0.0, 2: 1}, coordinates={3: 0})
    assert recipe.directions == {2: 1.0}
    assert recipe.coordinates == {3: 0.0}


def test_numbers_may_come_as_text_or_as_whole_floats():
    numbers: list[dict[str, Any]] = [{"seed": "7", "psi": "0.5"}, {"seed": 7.0, "psi": 0.5}]
    assert Recipe(model="a", **numbers[0]) == Recipe(model="a", **numbers[1])


SEEDS = [-1, MAX_SEED + 1, 0.5, math.nan, math.inf, "", "x", "1.5", None, [], {}, "9" * 5000, 1e300]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: str(seed)[:9])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=mentions("seed 0 4294967295")):
        Recipe(model="a", seed=seed)


PSIS = [math.nan, math.inf, -math.inf, -0.1, 2.1, None, "x", [], 10**400]


@pytest.mark.parametrize("psi", PSIS, ids=lambda psi: str(psi)[:9])
def test_a_psi_out_of_range_is_refused(psi):
    with pytest.raises(ValueError, match=mentions("psi 0 2")):
        Recipe(model="a", psi=psi)


LABELS = [-1, 1000, 0.5, math.nan, "x", "", [], True + 0.5]


@pytest.mark.parametrize("label", LABELS, ids=repr)
def test_a_label_that_is_none_is_refused(label):
    with pytest.raises(ValueError, match=mentions("label 0 999")):
        Recipe(model="a", label=label)


def test_a_recipe_of_before_there_were_labels_is_read():
    assert Recipe.from_json('{"model": "a", "seed": 1}') == Recipe(model="a", seed=1)
    assert "label" not in Recipe(model="a").to_json()
    assert Recipe(model="a", label=3).to_query() == "m=a&s=0&label=3"


MOVES = [{1: math.nan}, {1: math.inf}, {1: 11}, {0: 1}, {-1: 1}, {1.5: 1}, {"x": 1}, {1: "x"}]
MOVES += [{1: None}, {None: 1}, {10**9: 1}, [1, 2], "1:2", 3, None, {1: []}, {"1" * 5000: 1}]


@pytest.mark.parametrize("moves", MOVES, ids=lambda moves: str(moves)[:12])
@pytest.mark.parametrize("field", ["directions", "coordinates"])
def test_moves_that_make_no_sense_are_refused(field, moves):
    with pytest.raises(ValueError, match=f"(?i){field[:-1]}") as error:
        Recipe(model="a", **{field: moves})
    assert len(str(error.value)) < 200
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("model", [None, 3, [], "a" * 256, "a\nb", "\ud800"], ids=repr)
def test_a_model_that_is_no_name_is_refused(model):
    with pytest.raises(ValueError, match=mentions("model")):
        Recipe(model=model)


NO_RECIPES = ["", "{", "[]", "3", "null", '"model"', "{}", '{"seed": 1}', "[" * 100_000]
NO_RECIPES += ["9" * 5000, '{"model": "a", "seed": ' + "9" * 5000 + "}"]


@pytest.mark.parametrize("text", NO_RECIPES, ids=lambda text: text[:12])
def test_text_that_is_no_recipe_is_refused(text):
    with pytest.raises(ValueError, match=mentions("recipe")):
        Recipe.from_json(text)


FIELDS = [{"seed": math.nan}, {"psi": math.inf}, {"directions": [1]}, {"coordinates": {"x": 1}}]


@pytest.mark.parametrize("fields", FIELDS, ids=str)
def test_json_with_a_number_that_makes_no_picture_is_refused(fields):
    with pytest.raises(ValueError, match="(?i)" + next(iter(fields)).rstrip("s")):
        Recipe.from_json(json.dumps({"model": "a", **fields}))


QUERIES = ["s=nan", "s=-1", "s=1e400", "psi=inf", "d=1:nan", "d=1", "d=:::", "z=,1:x,", "d=%00:1"]
QUERIES += ["label=-1", "label=x", "label=1.5"]
QUERIES += ["s=" + "9" * 100_000, "m=" + "a" * 100_000, "d=" + "1:99," * 1000]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:9])
def test_an_address_that_makes_no_sense_is_refused(query):
    with pytest.raises(ValueError, match=r"\.$") as error:
        Recipe.from_query(query, "a")
    assert len(str(error.value)) < 200


def mixed(**changes) -> Recipe:
    a = Recipe(model="m", seed=3, psi=0.5, label=2, directions={2: 1.5}, coordinates={9: -0.25})
    inner: dict = {"mix": [[1, {"seed": 8}]]}
    parts: list = [(1, a), (-1, Recipe(model="m", seed=5)), [1, inner]]
    return Recipe(model="m", seed=3, mix=parts, **changes)


def test_a_mix_goes_into_json_and_an_address_and_comes_back():
    recipe = mixed(psi=0.7, directions={1: 2.0})
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_query(recipe.to_query(), "other") == recipe
    assert recipe.mix[0].recipe.directions == {2: 1.5}


def test_a_recipe_is_read_as_json_as_a_query_and_as_an_address():
    recipe = mixed()
    address = f"http://127.0.0.1:7860/?{recipe.to_query()}&__theme=dark"
    for text in (recipe.to_json(), recipe.to_query(), address):
        assert Recipe.read(text) == recipe


@pytest.mark.parametrize("text", ["", "s=42", "no", None, 5, "x" * 10_000])
def test_what_names_no_model_is_no_recipe(text):
    with pytest.raises(ValueError, match="m="):
        Recipe.read(text)


@pytest.mark.parametrize(
    ("mix", "named"),
    [
        (5, "mix"),
        ([[1, 2]], "mix"),
        ([[1, {}, {}]], "mix"),
        ([[1, {}], [1, {}]], "mix 1"),
        ([["x", {}]], "weight -10 10 x"),
        ([[float("nan"), {}]], "weight -10 10 nan"),
        ([[1, {"seed": -1}]], "seed 4294967295 -1"),
        ([[0.02, {}]] * 50, ""),
    ],
)
def test_a_mix_that_makes_no_sense_is_refused(mix, named):
    with pytest.raises(ValueError, match=mentions(named)):
        Recipe(model="m", mix=mix)


@pytest.mark.parametrize("depth", [50, 300, 5000])
def test_a_mix_of_mixes_without_end_is_refused(depth):
    fields: dict = {"seed": 1}
    for _ in range(depth):
        fields = {"mix": [[1, fields]]}
    with pytest.raises(ValueError, match=r"\.$"):
        Recipe(model="m", **fields)


def test_a_mix_in_an_address_that_breaks_off_is_refused():
    with pytest.raises(ValueError, match=mentions("mix")):
        Recipe.read("m=x&mix=[[1,")


@pytest.mark.parametrize(
    "address",
    [
        "https://a.b/?m=x&s=3",
        "https://a.b/#m=x&s=3",
        "/?run=gan-1#m=x&s=3",
        "/?m=x&s=3#",
    ],
)
def test_a_recipe_is_read_from_either_place_in_an_address(address):
    assert Recipe.read(address) == Recipe(model="x", seed=3)
