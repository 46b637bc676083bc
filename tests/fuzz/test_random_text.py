"""Recipes, addresses, numbers and words of a command line, whatever they hold."""

from __future__ import annotations

import dataclasses
import json
import math
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from results import attempt

from gan_studio.cli.arguments import flag_value, parse, replace_aliases
from gan_studio.cli.sample import sample
from gan_studio.core import validation
from gan_studio.core.validation import MAX_SEED, check_float, check_int
from gan_studio.images.recipe import Recipe
from gan_studio.studio import compare
from gan_studio.style_transfer.config import StyleConfig
from gan_studio.style_transfer.painter import PaintingRecipe

anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda some: st.lists(some, max_size=5) | st.dictionaries(st.text(), some, max_size=5),
    max_leaves=8,
)
sigmas = st.floats(-10, 10)
names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=50)
recipes = st.builds(
    Recipe,
    model=names,
    seed=st.integers(0, MAX_SEED),
    psi=st.floats(0, 2),
    label=st.none() | st.integers(0, 999),
    directions=st.dictionaries(st.integers(1, 10), sigmas, max_size=10),
    coordinates=st.dictionaries(st.integers(1, 10_000), sigmas, max_size=10),
)
quick = settings(max_examples=80, deadline=None)


@quick
@given(recipes)
def test_a_recipe_survives_its_png_and_its_address(recipe):
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_query(recipe.to_query(), "another") == recipe


@quick
@given(anything, anything, anything, anything, anything, anything)
def test_a_recipe_of_anything_is_valid_or_refused_in_one_sentence(m, s, p, label, d, c):
    recipe = attempt(
        lambda: Recipe(model=m, seed=s, psi=p, label=label, directions=d, coordinates=c)
    )
    if isinstance(recipe, Recipe):
        assert 0 <= recipe.seed <= MAX_SEED
        moves = [*recipe.directions.values(), *recipe.coordinates.values()]
        assert all(map(math.isfinite, (recipe.psi, *moves)))


def spoilt(good: dict[str, Any]) -> st.SearchStrategy[str]:
    """JSON of these fields, of which one holds anything."""
    some = st.tuples(st.sampled_from([*good]), anything).map(
        lambda pair: {**good, pair[0]: pair[1]}
    )
    return some.map(lambda fields: json.dumps(fields, default=str))


RECIPE = Recipe(model="dcgan-mnist", directions={1: 2.0}, coordinates={3: 0.5}, text="a seven")
PAINTING = PaintingRecipe(
    content="a", styles=("b",), style_weights=(1.0,), config=StyleConfig(), steps_done=3
)


def opens_again(recipe: Recipe) -> bool:
    """Whether the recipe's own address opens the same picture."""
    return Recipe.from_query(recipe.to_query(), "another") == recipe


@quick
@given(
    st.text()
    | anything.map(lambda value: json.dumps(value, default=str))
    | spoilt(RECIPE.to_fields())
    | spoilt(dataclasses.asdict(PAINTING))
)
def test_any_text_is_a_recipe_or_refused_in_one_sentence(text):
    read = attempt(lambda: Recipe.from_json(text))
    assert isinstance(read, ValueError) or Recipe.from_json(read.to_json()) == read
    painted = attempt(lambda: PaintingRecipe.from_json(text))
    assert isinstance(painted, ValueError) or 0 <= painted.strength <= 1
    opened = attempt(lambda: Recipe.from_query(text, "dcgan-mnist"))
    assert isinstance(opened, ValueError) or opens_again(opened)


moves = st.tuples(st.integers(1, 12), sigmas).map(lambda move: f"{move[0]}:{move[1]}")
queries = st.fixed_dictionaries(
    {},
    optional={
        "m": names,
        "s": st.integers(0, MAX_SEED),
        "psi": st.floats(0, 2),
        "label": st.integers(0, 999),
        "d": moves,
        "z": moves,
        "traits": st.floats(-2, 2).map("digit: one:{}".format),
    },
)
some_text = st.dictionaries(st.sampled_from(["m", "s", "psi", "label", "d", "z"]), st.text())


@quick
@given(some_text | queries | st.tuples(queries, some_text).map(lambda two: {**two[0], **two[1]}))
def test_any_address_opens_a_picture_or_is_refused_in_one_sentence(query):
    address = "&".join(f"{key}={value}" for key, value in query.items())
    opened = attempt(lambda: Recipe.from_query(address, "dcgan-mnist"))
    assert isinstance(opened, ValueError) or opens_again(opened)


@quick
@given(anything)
def test_a_number_lies_in_its_range_or_is_refused_in_one_sentence(value):
    for told in (
        attempt(lambda: check_float(value, "It", -5, 5)),
        attempt(lambda: check_int(value, "It", -5, 5)),
    ):
        assert isinstance(told, ValueError) or -5 <= told <= 5


@quick
@given(anything)
def test_seeds_are_whole_numbers_or_refused_in_one_sentence(value):
    told = attempt(lambda: compare.parse_seeds(value))
    assert isinstance(told, ValueError) or all(0 <= seed <= MAX_SEED for seed in told)


@quick
@given(st.text() | st.from_regex(r"[0-9.]{1,30}[smhd]", fullmatch=True))
def test_a_budget_is_a_time_or_refused_in_one_sentence(text):
    told = attempt(lambda: validation.parse_duration(text))
    assert isinstance(told, ValueError) or 1 <= told <= validation.MAX_DURATION


words = st.lists(
    st.sampled_from(["--count", "--output", "x.png", "--seed", "-1", "--psi", "nan", "--label"])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(words)
def test_any_words_are_a_command_or_refused_in_one_sentence(given_):
    with suppress(SystemExit):  # --help
        told = attempt(lambda: parse(sample, given_, "gan-studio"))
        assert isinstance(told, ValueError) or callable(told)


@quick
@given(words)
def test_flags_are_read_as_they_stand(given_):
    assert len(replace_aliases(given_, {"--seed": "--start"})) == len(given_)
    assert flag_value("--seed", [*given_, "--seed", "7"], "3") == "7"
    assert flag_value("--seed", [*given_, "--seed=8"], "3") == "8"
