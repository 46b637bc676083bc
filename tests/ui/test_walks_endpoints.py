"""The endpoints that take and give pictures as recipes in text."""

from __future__ import annotations

from pathlib import Path

import av
import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mentions import mentions
from PIL import Image, ImageSequence
from toys import alike

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe, analogy
from gan_studio.studio.studio import Studio

QUERIES = [f"m=gan-digits&s={seed}" for seed in (1, 2, 3)]
RECIPES = [Recipe.read(query) for query in QUERIES]


@pytest.fixture(scope="module")
def toys(toy_address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = str(tmp_path_factory.mktemp("client"))
    return Client(toy_address, verbose=False, download_files=folder)


@pytest.fixture(scope="module")
def studio(models: Path) -> Studio:
    return Studio(models, "cpu")


def same(path: str, picture: Image.Image) -> bool:
    return alike(Image.open(path), picture)


def test_any_recipe_is_drawn_whatever_text_it_comes_in(toys, studio):
    recipe = Recipe(model="gan-digits", seed=3, directions={2: 1.0}, mix=analogy(*RECIPES).mix)
    address = f"http://127.0.0.1:7860/?{recipe.to_query()}"
    for text in (recipe.to_query(), recipe.to_json(), address):
        path, query = toys.predict(text, api_name="/draw")
        assert Recipe.read(query) == image_files.read_recipe(path) == recipe
        assert same(path, studio.generate(recipe).image)


def test_variations_come_with_their_recipes(toys, studio):
    given = {"picture": QUERIES[0], "strength": 0.5, "count": 3}
    paths, queries = toys.predict(**given, api_name="/vary")
    assert len(paths) == len(queries) == 3
    wanted = studio.vary(RECIPES[0], 0.5, 3)
    for path, query, picture in zip(paths, queries, wanted, strict=True):
        assert image_files.read_recipe(path) == Recipe.read(query) == picture.recipe
        assert same(path, picture.image)


def test_a_sum_is_a_recipe_that_goes_on(toys, studio):
    path, query = toys.predict(*QUERIES, api_name="/arithmetic")
    assert Recipe.read(query) == analogy(*RECIPES)
    assert same(path, studio.generate(analogy(*RECIPES)).image)
    _, further = toys.predict(query, QUERIES[0], QUERIES[1], api_name="/arithmetic")
    assert Recipe.read(further).size > Recipe.read(query).size


@pytest.mark.parametrize("kind", ["webp", "gif", "mp4"])
def test_a_walk_is_a_loop_of_the_kind_that_was_asked_for(toys, kind):
    path = toys.predict(QUERIES, frames=6, kind=kind, api_name="/walk")
    assert path.endswith(f".{kind}")
    if kind == "mp4":
        with av.open(str(path), "r") as video:
            assert sum(1 for _ in video.decode(video=0)) == 6
    else:
        with Image.open(path) as loop:
            assert len(list(ImageSequence.Iterator(loop))) == 6
            assert loop.info["loop"] == 0


def test_a_map_is_one_picture_and_its_recipes_by_rows(toys, studio):
    path, queries = toys.predict(QUERIES, cells=4, api_name="/map")
    sheet = np.asarray(Image.open(path))
    assert sheet.shape == (64, 64)
    for i, query in enumerate(queries):
        top, left = i // 4 * 16, i % 4 * 16
        cell = np.asarray(studio.generate(Recipe.read(query)).image).astype(int)
        assert np.abs(sheet[top : top + 16, left : left + 16] - cell).max() <= 2
    assert [Recipe.read(queries[i]) for i in (0, 3, 12)] == RECIPES


def test_endpoints_have_named_arguments_types_and_a_description(toys):
    endpoints = toys.view_api(return_format="dict", print_info=False)["named_endpoints"]
    for name in ("/draw", "/vary", "/arithmetic", "/walk", "/map"):
        told = endpoints[name]
        assert told["description"].startswith("Draw ")
        types = [p["python_type"]["type"] for p in (*told["parameters"], *told["returns"])]
        assert types
        assert "Any" not in types


@pytest.mark.parametrize(
    ("endpoint", "given", "named"),
    [
        ("draw", ["nothing"], "nothing"),
        ("draw", ["m=../secrets"], "../secrets gan-digits"),
        ("draw", ["m=gan-digits&mix=[[1,"], "mix"),
        ("draw", ["m=gan-digits&mix=[[1,5]]"], "mix"),
        ("draw", [None], "None"),
        ("vary", [QUERIES[0], 2], "strength 1 2"),
        ("vary", [QUERIES[0], 0.5, 65], "count 64 65"),
        ("arithmetic", [*QUERIES[:2], "m=dcgan-digits"], "gan-digits dcgan-digits"),
        ("walk", [QUERIES[:1]], "1"),
        ("walk", [[QUERIES[0]] * 7], "7"),
        ("walk", [[*QUERIES, "m=dcgan-digits"]], "gan-digits dcgan-digits"),
        ("walk", [QUERIES, 10_000], "frames 600 10000"),
        ("walk", [QUERIES, 6, "avi"], ".webp .gif .mp4 .avi"),
        ("walk", [None], "None"),
        ("map", [QUERIES[:2]], "2"),
        ("map", [QUERIES[:1], 3, 3], "3"),
        ("map", [QUERIES[:1], 1, 11], "10 11"),
        ("map", [QUERIES, 1, 2, 999], "cells 24 999"),
    ],
)
def test_nonsense_is_told_in_a_sentence(toys, endpoint, given, named):
    with pytest.raises(AppError, match=mentions(named)) as told:
        toys.predict(*given, api_name=f"/{endpoint}")
    assert "Traceback" not in str(told.value)


def test_a_picture_is_found_in_a_models_space(toys, tmp_path):
    given = tmp_path / "given.png"
    Image.new("RGB", (40, 60), (90, 90, 90)).save(given)
    path, query = toys.predict(handle_file(given), "gan-digits", None, api_name="/project")
    assert image_files.read_recipe(path) == Recipe.read(query)
    assert Recipe.read(query).edits.point
    path_again, _ = toys.predict(query, api_name="/draw")
    assert alike(Image.open(path_again), Image.open(path))


def test_a_picture_that_was_not_sent_is_not_looked_for(toy_address, tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (40, 60)).save(secret)
    call = f"{toy_address.rstrip('/')}/gradio_api/call/project"
    sent = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    asked = httpx.post(call, json={"data": [sent, "gan-digits", None]})
    if asked.status_code == 200:
        told = httpx.get(f"{call}/{asked.json()['event_id']}", timeout=120)
        assert "event: error" in told.text
        assert "event: complete" not in told.text
