"""The routes of the Learn tab's scripts, and what its buttons prepare."""

from __future__ import annotations

import base64
import io
from typing import Any

import gradio as gr
import httpx
import pytest
from mentions import mentions
from PIL import Image

from gan_studio.lessons import FIGURES, LANGUAGES, RECORDED, TRIES
from gan_studio.studio import FAMILIES, TRANSLATIONS, Studio
from gan_studio.ui import build
from gan_studio.ui.learn.routes import PREFIX

PLANE = {"id": "a-visitor", "families": ["gan", "r3gan"], "rounds": 1}


@pytest.fixture
def ask(toy_address: str) -> Any:
    def ask(verb: str, asked: Any) -> Any:
        return httpx.post(f"{toy_address.rstrip('/')}{PREFIX}{verb}", json=asked, timeout=60).json()

    return ask


@pytest.fixture
def get(toy_address: str) -> Any:
    return lambda path: httpx.get(f"{toy_address.rstrip('/')}{PREFIX}{path}", timeout=60)


def opened(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


@pytest.mark.parametrize("language", [*LANGUAGES, "fi", 7])
def test_chapters_come_in_the_browsers_language_or_in_english(ask: Any, language: Any):
    told = ask("chapters", {"language": language})
    assert told["problems"] == []
    assert [chapter["figure"] for chapter in told["chapters"]] == list(FIGURES)
    own = language if language in LANGUAGES else "en"
    assert {chapter["language"] for chapter in told["chapters"]} == {own}


def test_a_plane_is_trained_on_and_told(ask: Any):
    first, second = ask("plane", PLANE), ask("plane", PLANE)
    assert first["families"] == list(FAMILIES)
    assert [player["family"] for player in second["players"]] == PLANE["families"]
    assert all(player["step"] == 2 for player in second["players"])
    assert "families" not in second


def test_two_visitors_have_their_own_trainings(ask: Any):
    ask("plane", {**PLANE, "id": "visitor-one"})
    assert ask("plane", {**PLANE, "id": "visitor-two"})["players"][0]["step"] == 1


@pytest.mark.parametrize(
    ("verb", "asked", "words"),
    [
        ("plane", {**PLANE, "families": ["x"]}, "family x"),
        ("plane", {**PLANE, "points": [[0, 0]]}, "points 1"),
        ("plane", {}, "families"),
        ("steps", {"id": "a-visitor", "action": "fly"}, "action fly"),
        ("steps", {}, "id"),
        ("players", {"seed": -1}, "seed -1"),
    ],
)
def test_what_is_asked_wrongly_is_said_in_one_sentence(ask: Any, verb: str, asked: Any, words: str):
    with pytest.raises(ValueError, match=mentions(words)):
        raise ValueError(ask(verb, asked)["error"])


def test_a_thousand_clicks_leave_a_training_whole(ask: Any):
    told = {}
    for _ in range(20):
        told = ask("steps", {"id": "many-clicks", "action": "discriminator"})
    assert told["step"] == 20
    assert opened(told["real"]).size == (64, 8)


def test_both_players_are_told_as_they_are(ask: Any, models: Any):
    told, model = ask("players", {"seed": 3}), Studio(models, "cpu").library
    gan = model.get(model.names()[0]).gan
    for name in ("generator", "discriminator"):
        assert told[name]["parameters"] == sum(p.numel() for p in getattr(gan, name).parameters())
    assert told["generator"]["layers"][-1]["shape"] == told["shape"] == [1, 16, 16]
    assert opened(told["picture"]).size == (16, 16)


def test_the_tree_has_every_family(ask: Any):
    told = {one["name"]: one for one in ask("tree", {})["families"]}
    assert {*told} == {*FAMILIES, *TRANSLATIONS}
    assert told["dcgan"]["models"] == ["dcgan-digits"]
    assert all(one["paper"] and one["summary"] for one in told.values())


def test_only_figures_and_recordings_are_served(get: Any):
    for name in (*FIGURES, "drawing", "recording"):
        assert get(f"figure/{name}.js").headers["content-type"].startswith("text/javascript")
    for path in RECORDED.glob("*.*"):
        assert get(f"recorded/{path.name}").content == path.read_bytes()
    for bad in ("figure/x.js", "figure/..%2Flayout.js", "recorded/..%2F__init__.py", "recorded/x"):
        assert get(bad).status_code == 404


@pytest.fixture(scope="module")
def learn() -> Any:
    page = build()
    return {fn.name: fn.fn for fn in page.fns.values() if fn.name and "prepare_" in fn.name}


def test_a_button_fills_the_form_of_a_training(learn: Any):
    for query in TRIES.values():
        if query.startswith("train="):
            updates = learn["prepare_training"](query)
            family = dict(part.split("=") for part in query.split("&"))["train"]
            assert family in updates.values()


@pytest.mark.parametrize("query", ["train=nothing", "train=gan&data=x", "train=gan&lambda_gp=1"])
def test_a_training_that_cannot_be_is_refused(learn: Any, query: str):
    with pytest.raises(gr.Error, match=mentions(query.rpartition("=")[0].rpartition("&")[2])):
        learn["prepare_training"](query)
