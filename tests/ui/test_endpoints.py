"""The page's endpoints, through gradio's own client."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mentions import mentions
from PIL import Image, ImageSequence
from toys import alike

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.studio.studio import Studio
from gan_studio.ui.errors import reports_errors


@pytest.fixture(scope="module")
def client(address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(address, verbose=False, download_files=str(tmp_path_factory.mktemp("client")))


def test_generate_draws_the_recipe_that_its_png_carries(client):
    path, said = client.predict(model="dcgan-mnist", seed=7, psi=0.8, d3=1.5, api_name="/generate")
    recipe = Recipe(model="dcgan-mnist", seed=7, psi=0.8, directions={3: 1.5})
    assert image_files.read_recipe(path) == recipe
    assert alike(Image.open(path), Studio().generate(recipe).image)
    assert said["query"] == "m=dcgan-mnist&s=7&psi=0.8&d=3:1.5"


def test_generate_has_named_arguments_with_defaults(client):
    endpoint = client.view_api(return_format="dict")["named_endpoints"]["/generate"]
    names = [p["parameter_name"] for p in endpoint["parameters"]]
    assert names == ["model", "seed", "psi", *(f"d{i}" for i in range(1, 11)), "label"]
    assert all(p["parameter_has_default"] for p in endpoint["parameters"])


def test_arguments_by_position_stand_where_they_always_did(client):
    moves = [0.0, 0.0, 1.5, *[0.0] * 7]
    _, said = client.predict("dcgan-mnist", 7, 0.8, *moves, api_name="/generate")
    assert said["query"] == "m=dcgan-mnist&s=7&psi=0.8&d=3:1.5"
    path, _ = client.predict("gan-mnist", 1, 1.0, *moves, 12, api_name="/interpolate")
    with Image.open(path) as loop:
        assert len(list(ImageSequence.Iterator(loop))) == 12


@pytest.fixture(scope="module")
def toys(toy_address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A client of the studio with a toy of every family."""
    folder = str(tmp_path_factory.mktemp("client"))
    return Client(toy_address, verbose=False, download_files=folder)


def test_a_label_is_asked_for_and_stands_in_the_recipe(toys, models):
    path, said = toys.predict(model="cgan-digits", seed=7, label=4, api_name="/generate")
    recipe = Recipe(model="cgan-digits", seed=7, label=4)
    assert image_files.read_recipe(path) == recipe
    assert alike(Image.open(path), Studio(models, "cpu").generate(recipe).image)
    assert said["query"] == "m=cgan-digits&s=7&label=4"


def test_a_loop_keeps_the_label_that_was_asked_for(toys):
    asked = {"model": "cgan-digits", "seed": 7, "frames": 4, "api_name": "/interpolate"}
    _, said = toys.predict(**asked, label="any")
    assert said["query"] == "m=cgan-digits&s=7"


@pytest.mark.parametrize(
    ("model", "label", "named"),
    [
        ("cgan-digits", 10, "label 9 10"),
        ("cgan-digits", "x", "label x"),
        ("gan-digits", 3, "gan-digits label"),
    ],
)
def test_a_label_that_cannot_be_told_is_refused(toys, model, label, named):
    with pytest.raises(AppError, match=mentions(named)):
        toys.predict(model=model, label=label, api_name="/generate")


def test_an_opinion_is_a_sentence_and_its_numbers(toys, models, family):
    recipe = Recipe(model=f"{family}-digits", seed=5, psi=0.7, directions={2: 1.0})
    told_ = toys.predict(model=recipe.model, seed=5, psi=0.7, d2=1, api_name="/opinion")
    opinion = Studio(models, "cpu").discriminator_output(recipe)
    assert told_["measure"] == opinion.output
    assert (told_["value"], told_["typical"]) == (opinion.value, opinion.typical)
    assert told_["query"] == recipe.to_query()
    digits = ".2f" if opinion.output == "probability" else ".3g"
    assert f" {opinion.value:{digits}}" in told_["text"]
    assert f" average {opinion.typical:{digits}}" in told_["text"]
    assert bool(told_["rebuilt"]) == (opinion.reconstruction is not None)


def test_interpolate_gives_a_seamless_animated_webp(client):
    path, _ = client.predict(model="gan-mnist", seed=1, frames=24, api_name="/interpolate")
    with Image.open(path) as loop:
        assert (loop.format, loop.info["loop"]) == ("WEBP", 0)
        assert len(list(ImageSequence.Iterator(loop))) == 24
        assert loop.width >= 256


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('["../secrets", 1, 1]', "There is no model '../secrets'; the known ones are began-celeba"),
        ('[["dcgan-mnist"], 1, 1]', "model"),
        ('["dcgan-mnist", -1, 1]', "The seed must be a whole number from 0 to 4294967295, not -1."),
        ('["dcgan-mnist", 1.5, 1]', "The seed must be a whole number"),
        ('["dcgan-mnist", 1e99, 1]', "The seed must be a whole number"),
        ('["dcgan-mnist", 1, NaN]', "psi must be a number from 0 to 2, not nan."),
        ('["dcgan-mnist", 1, 1, NaN]', "Direction 1 must be a number from -10 to 10, not nan."),
        (
            '["dcgan-mnist", 1, 1, Infinity]',
            "Direction 1 must be a number from -10 to 10, not inf.",
        ),
        ('["dcgan-mnist", 1, 1, "x"]', "Direction 1 must be a number from -10 to 10, not x."),
        (
            '["dcgan-mnist", null, 1]',
            "The seed must be a whole number from 0 to 4294967295, not None.",
        ),
    ],
)
def test_nonsense_is_told_in_a_sentence(address, given, told):
    recipe = given[:-1] + ", 0" * (13 - given.count(",") - 1) + "]"
    body = f'{{"data": {recipe[:-1]}, "any"]}}'
    answer = httpx.post(
        f"{address}gradio_api/run/generate",
        content=body,
        headers={"content-type": "application/json"},
    )
    error = answer.json()["error"]
    assert told in error
    assert "Traceback" not in error


def test_files_outside_the_cache_are_not_served(client, address):
    for path in (Path(__file__), "/etc/hostname"):
        assert httpx.get(f"{address}gradio_api/file={path}").status_code == 403


def test_a_full_disk_is_told_without_its_path():
    def draw() -> None:
        raise OSError(28, "No space left on device", "/somewhere/private")

    with pytest.raises(gr.Error) as told_:
        reports_errors(draw)()
    assert "No space left on device" in str(told_.value.message)
    assert "/somewhere" not in str(told_.value.message)
