"""The routes by which the owner of a page imports a generator, previews, and whole pictures."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import published_files as files
import pytest
import safetensors.torch
import torch
from conftest import served
from mentions import mentions
from PIL import Image
from published_pickles import nvidia, stylegan2, stylegan3_generator
from torch import nn

from gan_studio.core.limits import PUBLIC
from gan_studio.images import files as image_files
from gan_studio.images.edits import Edits
from gan_studio.images.recipe import Recipe
from gan_studio.studio import NOT_FOR_VISITORS, Studio
from gan_studio.ui.explore.importing import BINARY
from gan_studio.ui.explore.routes import PREFIX


@pytest.fixture(scope="module")
def studio(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(models, "cpu", tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def owned(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(studio, tmp_path_factory.mktemp("gradio")) as url:
        yield url.rstrip("/") + PREFIX


@pytest.fixture(scope="module")
def public(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    studio = Studio(models, "cpu", tmp_path_factory.mktemp("runs"), limits=PUBLIC)
    with served(studio, tmp_path_factory.mktemp("gradio"), rules=PUBLIC) as url:
        yield url.rstrip("/")


def send(address: str, name: str, content: bytes, kind: str = BINARY) -> list[dict[str, Any]]:
    """The lines of the answer to a file that is sent."""
    headers = {"content-type": kind}
    answer = httpx.post(
        f"{address}import_file", params={"name": name}, content=content, headers=headers, timeout=60
    )
    return [json.loads(line) for line in answer.text.splitlines()]


def ask(page: str, verb: str, **asked: Any) -> dict[str, Any]:
    return httpx.post(f"{page}{verb}", json=asked, timeout=60).json()


@pytest.fixture(scope="module")
def large(owned: str) -> str:
    """The name of a generator of 128 pixels that was sent to the page."""
    (told,) = send(owned, "large.pkl", nvidia(stylegan2(size=128)))
    return told["name"]


@pytest.fixture(scope="module")
def turning(owned: str) -> str:
    """The name of a StyleGAN3 that was sent to the page."""
    (told,) = send(owned, "turning.pkl", nvidia(stylegan3_generator()))
    return told["name"]


def test_a_file_becomes_a_model_among_the_imported_ones(owned, studio, large):
    assert large == "large"
    (card,) = [card for card in studio.model_cards() if card.name == large]
    assert (card.group, card.image_size, card.family) == ("imported", 128, "stylegan2-ada")
    assert studio.model_info(large).source["file"] == "large.pkl"


def test_a_name_that_is_taken_gets_a_number(owned, large):
    assert send(owned, "../large.pkl", nvidia(stylegan2()))[-1] == {"name": "large-2"}


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("x.pkl", b"hello", "x.pkl pickle"),
        ("x.pkl", b"", "x.pkl empty"),
        ("x.pt", files.saved({"epoch": 3}), "x.pt epoch"),
        ("x.zip", b"PK", ".pkl .pt .pth"),
        ("", b"PK", ".pkl .pt .pth"),
    ],
)
def test_another_file_is_refused_with_one_sentence_and_leaves_nothing(
    owned, studio, name, content, named
):
    before = studio.models()
    (told,) = send(owned, name, content)
    assert re.match(mentions(named), told["error"])
    assert studio.models() == before


def test_a_page_of_another_site_cannot_send_a_file(owned, studio):
    """What it can send without being asked is a form or plain text."""
    before = studio.models()
    for kind in ("text/plain", "multipart/form-data; boundary=x"):
        assert "error" in send(owned, "x.pkl", nvidia(stylegan2()), kind)[0]
    assert studio.models() == before


def test_well_known_generators_come_with_terms_and_only_these_are_downloaded(owned, studio):
    entries = httpx.get(f"{owned}generators").json()["generators"]
    assert [entry["address"] for entry in entries] == [e.address for e in studio.generators()]
    assert all(
        entry["terms"] and entry["noncommercial"] and not entry["model"] for entry in entries
    )
    for asked in ({"address": "https://example.org/x.pkl"}, {"address": [1]}, {}):
        assert "well-known" in ask(owned, "import", **asked)["error"]


def test_without_a_network_a_well_known_one_says_so_plainly(owned, studio, monkeypatch):
    def unreachable(*args: Any, **options: Any) -> Any:
        raise httpx.ConnectError("no network")

    monkeypatch.setattr(httpx, "stream", unreachable)
    told = ask(owned, "import", address=studio.generators()[0].address)
    assert re.match(mentions("nvidia reached network file"), told["error"])


def test_visitors_of_a_public_page_may_not_import_and_are_not_offered_to(public):
    (told,) = send(f"{public}{PREFIX}", "x.pkl", nvidia(stylegan2()))
    assert told == {"error": NOT_FOR_VISITORS}
    assert 'id=\\"import\\"' not in httpx.get(f"{public}/config").text


def test_the_owner_is_offered_to(owned):
    assert 'id=\\"import\\"' in httpx.get(f"{owned.removesuffix(PREFIX)}/config").text


def opened(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def test_a_move_gives_a_preview_and_rest_the_whole_picture(owned, studio, large):
    studio.library.get(large).size_seconds.update({64: 30.0})
    recipe = Recipe(model=large, seed=3, directions={1: 1.0})
    told = ask(owned, "draw", recipe=recipe.to_fields())
    assert (told["preview"], opened(told["picture"]).width) == (32, 32)
    whole = ask(owned, "whole", recipe=told["query"])
    assert (whole["preview"], whole["query"]) == (0, told["query"])
    drawn = studio.generate(recipe)
    assert opened(whole["picture"]).tobytes() == drawn.image.tobytes()
    signed = Recipe.read(whole["query"])
    assert signed == drawn.recipe
    saved = httpx.get(f"{owned}{told['address']}", timeout=60).content
    assert image_files.read_recipe(io.BytesIO(saved)) == signed
    assert Image.open(io.BytesIO(saved)).tobytes() == drawn.image.tobytes()


def test_a_picture_that_cannot_be_drawn_is_not_found(owned):
    for query in ("m=nope", "x", "m=large&psi=9"):
        answer = httpx.get(f"{owned}picture?{query}")
        assert answer.status_code == 404
        assert "error" in answer.json()


def test_programs_get_the_whole_picture_whatever_it_takes(owned, studio, large):
    from gradio_client import Client

    studio.library.get(large).size_seconds.update({64: 30.0})
    client = Client(owned.removesuffix(PREFIX), verbose=False)
    for asked, endpoint in (([f"m={large}&s=3"], "/draw"), ([large, 3], "/generate")):
        path, _ = client.predict(*asked, api_name=endpoint)
        assert image_files.load(path).size == (128, 128)


def test_film_strips_and_variations_of_a_large_model_are_small(owned, studio, large):
    recipe = Recipe(model=large, seed=3).to_fields()
    (strip,) = ask(owned, "slider_previews", recipe=recipe, sliders=[1])["strips"]
    assert opened(strip).size == (5 * 64, 64)
    assert opened(ask(owned, "vary", recipe=recipe)["src"]).size == (8 * 64, 64)


def test_a_small_picture_is_the_whole_one_seen_from_afar(studio, large):
    recipe = Recipe(model=large, seed=3)
    middle = studio.slider_previews(recipe, [1], 64)[0][2].image
    model = studio.library.get(large)
    pictures = list(model.gan.generator.pictures(model.point(recipe)))
    wanted = ((pictures[4][0].detach().permute(1, 2, 0).numpy() + 1) * 127.5).clip(0, 255)
    assert np.abs(np.asarray(middle, float) - wanted).max() <= 1


def test_stylegan3_says_that_it_can_be_moved_and_its_address_keeps_the_transform(
    owned, studio, turning, large
):
    movable = {
        name: ask(owned, "open", query=f"m={name}")["model"]["movable"] for name in (turning, large)
    }
    assert movable == {turning: True, large: False}
    recipe = Recipe(model=turning, edits=Edits(rotation=30, shift_x=0.25, shift_y=-0.5))
    told = ask(owned, "draw", recipe=recipe.to_fields())
    assert re.match(mentions("rot=30 x=0.25 y=-0.5"), told["query"])
    again = ask(owned, "open", query=told["query"])
    assert opened(again["picture"]).tobytes() == studio.generate(recipe).image.tobytes()
    assert again["recipe"]["edits"] == {"rotation": 30, "shift_x": 0.25, "shift_y": -0.5}
    other = ask(owned, "choose", recipe=again["recipe"], model=large)
    assert "edits" not in other["recipe"]


def test_a_network_that_enlarges_is_put_among_the_models(owned, studio):
    pytest.importorskip("spandrel")
    torch.manual_seed(0)
    body = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.PReLU(4), nn.Conv2d(4, 4, 3), nn.PReLU(4), nn.Conv2d(4, 48, 3)
    )
    weights = {f"body.{name}": value for name, value in body.state_dict().items()}
    (told,) = send(owned, "net.safetensors", safetensors.torch.save(weights))
    assert told == {"name": "net.safetensors", "network": True}
    assert "net.safetensors" in studio.upscalers()
    (told,) = send(owned, "none.safetensors", b"nothing")
    assert "none.safetensors" in told["error"]
