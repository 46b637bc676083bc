"""The endpoints `/stylize` and `/stop`, through gradio's own client."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from brushes import picture
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from gan_studio.style_transfer import painter as painting
from gan_studio.style_transfer.config import MAX_STEPS
from gan_studio.style_transfer.painter import StyleConfig

LONG = {"size": 64, "steps": 300, "multi_scale": False}


@pytest.fixture(scope="module")
def client(style_address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = str(tmp_path_factory.mktemp("client"))
    return Client(style_address, verbose=False, download_files=folder)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("pictures")
    paths = [folder / name for name in ("content.jpg", "a.png", "b.webp")]
    for i, path in enumerate(paths):
        picture(seed=i).save(path)
    return [str(path) for path in paths]


def asked(files: list[str], **more: Any) -> dict[str, Any]:
    """A painting of the first file in the style of the others."""
    content, *styles = files
    pictures = {"content": handle_file(content), "styles": [handle_file(path) for path in styles]}
    return {**pictures, "size": 64, "steps": 8, **more, "api_name": "/stylize"}


def streamed(client: Client, **arguments: Any) -> list[tuple[str | None, dict[str, Any]]]:
    return list(client.submit(**arguments))


def test_a_painting_streams_previews_and_ends_with_its_recipe(client, files):
    weights = {"style_weights": "1, 3", "smoothness": 0.5, "strength": 0.8, "seed": 5}
    first, *previews, (path, status) = streamed(
        client, **asked(files, **LONG | {"steps": 30}, **weights)
    )
    assert first[0] is None
    assert first[1]["run"] == status["run"]
    assert len(previews) >= 3
    assert len({Path(str(shown)).read_bytes() for shown, _ in previews}) >= 3
    steps = [told["step"] for _, told in previews]
    assert steps == sorted(steps)
    assert {"content", "style", "variation", "total"} == set(previews[0][1]["losses"])
    assert status["done"]
    assert not status["stopped"]
    recipe = painting.recipe_of(str(path))
    assert recipe.to_json() == status["recipe"]
    assert recipe.content == painting.fingerprint(files[0])
    assert (recipe.style_weights, recipe.strength, recipe.steps_done) == ((1, 3), 0.8, 30)
    assert recipe.config == StyleConfig(
        size=64, steps=30, multi_scale=False, smoothness=0.5, seed=5
    )


def test_without_pictures_examples_are_painted(client):
    path, status = client.predict(size=64, steps=1, api_name="/stylize")
    assert json.loads(status["recipe"])["content"] == "pagoda"
    with Image.open(path) as painted:
        assert max(painted.size) == 64


def test_the_arguments_have_names_and_defaults(client):
    endpoint = client.view_api(return_format="dict")["named_endpoints"]["/stylize"]
    names = [p["parameter_name"] for p in endpoint["parameters"]]
    assert names[:7] == [
        "content", "styles", "size", "steps", "content_weight", "style_weight", "smoothness",
    ]  # fmt: skip
    assert all(p["parameter_has_default"] for p in endpoint["parameters"])


def test_a_run_is_stopped_by_its_token_and_keeps_the_picture(client, files):
    job = client.submit(**asked(files, **LONG))
    told = iter(job)
    _, status = next(told)
    next(told)
    answer = client.predict(run=status["run"], api_name="/stop")
    assert answer == {"stopped": [status["run"]]}
    *_, (path, status) = told
    assert status["stopped"]
    assert 0 < status["step"] < LONG["steps"]
    assert painting.recipe_of(str(path)).steps_done == status["step"]


def test_a_session_stops_what_it_began_and_nobody_elses(client, files, style_address, tmp_path):
    job = client.submit(**asked(files, **LONG))
    told = iter(job)
    next(told)
    stranger = Client(style_address, verbose=False, download_files=str(tmp_path / "b"))
    assert stranger.predict(api_name="/stop") == {"stopped": []}
    assert len(client.predict(api_name="/stop")["stopped"]) == 1
    assert list(told)[-1][1]["stopped"]


def test_who_goes_away_ends_the_painting(client, files, painter):
    job = client.submit(**asked(files, **LONG))
    next(iter(job))
    painter.ended.clear()
    job.cancel()
    assert painter.ended.wait(10)
    assert painter.open == 0


BAD = [
    ({"size": 2048}, "size must be at most 1024 pixels"),
    ({"size": 512 + 256, "features": "vgg19"}, "size must be at most 512 pixels"),
    ({"size": -1}, "size must be a whole number from 0"),
    ({"size": 16}, "no side may be below 32"),
    ({"steps": 301}, "steps must be at most 300"),
    ({"steps": 10**9}, f"steps must be a whole number from 1 to {MAX_STEPS}"),
    ({"content_weight": -1}, "content_weight must be a number from 0 to 1000, not -1"),
    ({"content_weight": 0, "style_weight": 0}, "Content and style cannot both have a weight of 0."),
    ({"style_weights": "1"}, "2 styles came with 1 weights."),
    ({"style_weights": "0, 0"}, "The weights of the styles must be numbers from 0"),
    ({"style_weights": "nan, 1"}, "The weights of the styles must be numbers from 0"),
    ({"layer_weights": "1, 2"}, "weights"),
    ({"layer_weights": "0 0 0 0 0"}, "At least one layer of the style must have a weight above 0."),
    ({"features": "../vgg"}, "There is no perceptual network '../vgg'"),
    ({"init": "x"}, "init must be one of content, noise, blend, not 'x'."),
    ({"strength": 3}, "The strength must be a number from 0 to 1, not 3"),
    ({"seed": 0.5}, "seed must be a whole number"),
]


@pytest.mark.parametrize(("more", "sentence"), BAD, ids=str)
def test_senseless_numbers_are_told_in_a_sentence(client, files, more, sentence):
    with pytest.raises(AppError) as error:
        client.predict(**asked(files, **more))
    assert sentence in str(error.value)
    assert "Traceback" not in str(error.value)


def test_files_that_are_no_pictures_are_told_in_a_sentence(client, files, tmp_path):
    (tmp_path / "bad.png").write_text("no picture")
    picture(1, 1).save(tmp_path / "dot.png")
    picture(20_000, 40).save(tmp_path / "wide.png")
    for name, sentence in [
        ("bad.png", "bad.png is not a picture that can be read"),
        ("dot.png", "The content has 1 x 1 pixels; no side may be below 32."),
        ("wide.png", "no side may be below 32."),
    ]:
        with pytest.raises(AppError, match=sentence):
            client.predict(**asked([str(tmp_path / name), *files[1:]]))
    with pytest.raises(AppError, match="A painting takes 1 to 4 styles, not 5"):
        client.predict(**asked([files[0], *[files[1]] * 5]))


@pytest.mark.parametrize("path", ["/etc/passwd", "https://example.com/a.png", "app.py"])
def test_no_path_or_address_of_a_visitor_is_opened(style_address, path):
    import httpx

    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}]
    with httpx.Client(base_url=style_address, timeout=120) as http:
        joined = http.post("/gradio_api/call/stylize", json={"data": data})
        if joined.status_code == 200:
            event = joined.json()["event_id"]
            said = http.get(f"/gradio_api/call/stylize/{event}").text
            assert "event: error" in said
            assert "complete" not in said


def test_one_paints_while_the_other_waits(client, files, style_address, tmp_path, painter):
    first = client.submit(**asked(files, **LONG))
    next(iter(first))
    other = Client(style_address, verbose=False, download_files=str(tmp_path / "b"))
    second = other.submit(**asked(files, steps=1))
    until = time.monotonic() + 120
    while second.status().rank is None and time.monotonic() < until:
        time.sleep(0.2)
    assert second.status().rank is not None
    assert painter.open == 1
    client.predict(api_name="/stop")
    assert second.result(timeout=120)[1]["done"]


def test_a_mask_of_white_on_nothing_is_one_of_white_on_black(client, files, tmp_path):
    strokes, solid = Image.new("LA", (80, 64), (255, 0)), Image.new("L", (80, 64), 0)
    strokes.paste((255, 255), (0, 0, 40, 64))
    solid.paste(255, (0, 0, 40, 64))
    seen = []
    for name, mask in (("strokes.png", strokes), ("solid.png", solid)):
        mask.save(tmp_path / name)
        given = {"mask": handle_file(str(tmp_path / name)), "steps": 2, "multi_scale": False}
        *_, (path, _) = streamed(client, **asked(files[:2], **given))
        with Image.open(str(path)) as painted:
            seen.append(painted.tobytes())
    assert seen[0] == seen[1]
