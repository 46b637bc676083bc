"""The routes that the Explore tab's script asks."""

from __future__ import annotations

import asyncio
import base64
import io
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe, analogy
from gan_studio.studio.maps import Slopes
from gan_studio.studio.studio import Studio
from gan_studio.ui.explore.routes import PREFIX, Live

RECIPE = Recipe(model="gan-digits", seed=3, directions={2: 1.0})
MULTI_SCALE = {"msg-gan-digits": True, "gan-digits": False}
FIELDS = {"recipe": RECIPE.to_fields()}


@pytest.fixture
def ask(toy_address: str) -> Any:
    def ask(verb: str, asked: Any) -> Any:
        body: dict[str, Any] = {"content": asked} if isinstance(asked, bytes) else {"json": asked}
        return httpx.post(f"{toy_address.rstrip('/')}{PREFIX}{verb}", **body).json()

    return ask


@pytest.fixture(scope="module")
def studio(models: Path) -> Studio:
    return Studio(models, "cpu")


def contents(address: str) -> io.BytesIO:
    return io.BytesIO(base64.b64decode(address.partition(",")[2]))


def opened(address: str) -> Image.Image:
    return Image.open(contents(address))


def test_a_recipe_is_drawn_alike_from_its_fields_and_from_its_text(ask, studio):
    wanted = studio.generate(RECIPE).image
    for verb, asked in (("draw", FIELDS), ("open", {"query": RECIPE.to_query()})):
        told = ask(verb, asked)
        assert opened(told["picture"]).tobytes() == wanted.tobytes()
        carried = image_files.read_recipe(contents(told["picture"]))
        assert carried == Recipe.read(told["query"]) == RECIPE
        assert told["name"] == "gan-digits-3.png"
    assert Recipe.from_fields(told["recipe"]) == RECIPE
    assert told["model"]["classes"] == 0


def test_another_model_keeps_seed_and_moves_and_drops_a_label(ask):
    labelled = Recipe(model="cgan-digits", seed=3, label=7, directions={2: 1.0})
    told = ask("choose", {"recipe": labelled.to_fields(), "model": "gan-digits"})
    assert Recipe.read(told["query"]) == RECIPE


def test_previews_are_those_of_the_studio_side_by_side(ask, studio):
    (told,) = ask("slider_previews", {**FIELDS, "sliders": [4]})["strips"]
    wanted = [picture.image for picture in studio.slider_previews(RECIPE)[3]]
    sheet = opened(told)
    size = wanted[0].size
    assert sheet.size == (5 * size[0], size[1])
    middle = sheet.crop((2 * size[0], 0, 3 * size[0], size[1])).convert("L")
    assert middle.getbbox() == wanted[2].convert("L").getbbox()


def test_a_pyramid_is_that_of_the_studio_from_coarse_to_fine(ask, studio):
    recipe = Recipe(model="msg-gan-digits", seed=3)
    told = ask("pyramid", {"recipe": recipe.to_fields()})
    assert told["pixels"] == [4, 8, 16]
    wanted = studio.pyramid(recipe)
    for address, picture in zip(told["pictures"], wanted, strict=True):
        assert opened(address).tobytes() == picture.tobytes()
    models = {name: ask("choose", {**FIELDS, "model": name})["model"] for name in MULTI_SCALE}
    assert {name: model["multi_scale"] for name, model in models.items()} == MULTI_SCALE


def test_what_is_offered_comes_with_its_recipes(ask, studio):
    told = ask("vary", {**FIELDS, "strength": 0.4, "turn": 2})
    wanted = studio.vary(RECIPE, 0.4, len(told["recipes"]), 2)
    assert [Recipe.read(q) for q in told["recipes"]] == [p.recipe for p in wanted]


def test_a_model_says_how_its_pictures_are_enlarged(ask):
    assert ask("open", {"query": RECIPE.to_query()})["model"]["smooth"] is False


def test_without_a_recipe_the_first_model_is_shown_near_the_average_picture(ask, studio):
    told = ask("open", {"query": ""})
    assert told["recipe"]["model"] == studio.models()[0]
    assert told["recipe"]["psi"] == 0.7
    assert Live(Studio()).start() == "stylegan2-celeba"


def test_cards_come_with_a_picture_a_family_and_a_data_set(ask, toy_address, models):
    cards = {card["name"]: card for card in ask("models", {})["cards"]}
    card = cards["dcgan-digits"]
    assert [card[name] for name in ("family", "dataset", "image_size", "group", "smooth")] == [
        "dcgan", "digits", 16, "digits", False
    ]  # fmt: skip
    address = f"{toy_address.rstrip('/')}{PREFIX}thumbnail"
    answer = httpx.get(address, params={"model": "dcgan-digits", "v": card["version"]})
    picture = Image.open(io.BytesIO(answer.content))
    sheet = Image.open(models / "dcgan-digits" / "samples.png")
    assert picture.tobytes() == sheet.crop((0, 0, 16, 16)).tobytes()
    assert "max-age" in answer.headers["cache-control"]
    missing = httpx.get(address, params={"model": "nope"})
    assert missing.status_code == 404
    assert "nope" in missing.json()["error"]


def test_sums_maps_walks_and_loops(ask):
    queries = [f"m=gan-digits&s={seed}" for seed in (1, 2, 3)]
    total = ask("arithmetic", {"terms": queries})
    assert Recipe.read(total["query"]) == analogy(*map(Recipe.read, queries))
    plane = {"pictures": queries[:1], "right": 1, "up": 2}
    assert ask("map", plane)["x"] == 0.5
    corner = Slopes(recipe=Recipe.read(queries[0])).at(1, 0)
    told = ask("look", {**plane, "x": 1, "y": 0, "take": True})
    assert Recipe.from_fields(told["recipe"]) == corner
    for pictures in (queries, queries[:1]):
        told = ask("walk", {"pictures": pictures, "seconds": 0.5})
        assert opened(told["file"]).format == "WEBP"
        assert getattr(opened(told["file"]), "n_frames") == 12  # noqa: B009  # absent in stubs
        assert told["name"] == "gan-digits-1-walk.webp"


def test_a_saved_png_gives_its_recipe_back(ask, studio):
    assert (
        Recipe.read(ask("restore", image_files.encode_png(*studio.generate(RECIPE)))["query"])
        == RECIPE
    )


@pytest.mark.parametrize(
    ("verb", "asked", "named"),
    [
        ("open", {"query": "m=nope"}, "nope"),
        ("open", {}, "NoneType"),
        ("open", [], "JSON object"),
        ("open", b"\xff{", "JSON object"),
        ("draw", {"recipe": {"model": "gan-digits", "seed": -5}}, "-5"),
        ("draw", {"recipe": {"model": "gan-digits", "directions": {"1": "x"}}}, "Direction 1"),
        ("draw", {"recipe": 7}, "recipe"),
        ("choose", {**FIELDS, "model": 3}, "3"),
        ("random_walk_step", {**FIELDS, "step": 9}, "9"),
        ("arithmetic", {"terms": ["m=gan-digits"]}, "terms"),
        ("slider_previews", {**FIELDS, "sliders": [11]}, "11"),
        ("slider_previews", {**FIELDS, "sliders": ["smiling"]}, "smiling"),
        ("slider_previews", {**FIELDS, "sliders": [1] * 99}, "sliders"),
        ("vary", {**FIELDS, "strength": 2}, "2"),
        ("walk", {"pictures": []}, "0"),
        ("walk", {"pictures": ["m=gan-digits"] * 2, "seconds": 99}, "99"),
        ("walk", {"pictures": ["m=gan-digits"] * 2, "kind": "avi"}, "avi"),
        ("map", {"pictures": ["m=gan-digits"], "right": 2, "up": 2}, "2"),
        ("look", {"pictures": ["m=gan-digits"], "x": 7}, "7"),
        ("restore", b"no png", "recipe"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(ask, verb, asked, named):
    told = ask(verb, asked)
    assert set(told) == {"error"}
    assert named in told["error"]
    assert "Traceback" not in told["error"]


def test_what_nobody_waits_for_any_more_is_not_drawn(studio):
    live, done = Live(studio), []

    async def visit() -> None:
        begun, over = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow() -> dict[str, Any]:
            loop.call_soon_threadsafe(begun.set)
            asyncio.run_coroutine_threadsafe(over.wait(), loop).result(10)
            return {}

        first = asyncio.create_task(live.at_rest.run(slow))
        await begun.wait()
        dropped = asyncio.create_task(live.at_rest.run(lambda: done.append("dropped") or {}))
        kept = asyncio.create_task(live.at_rest.run(lambda: done.append("kept") or {}))
        await asyncio.sleep(0)
        dropped.cancel()
        over.set()
        await asyncio.gather(first, kept)

    with ThreadPoolExecutor(1) as threads:  # where a browser is open, this one has a loop that runs
        threads.submit(asyncio.run, visit()).result()
    assert done == ["kept"]


def test_a_connection_that_is_closed_leaves_the_server_as_it_was(toy_address, ask):
    address = httpx.URL(toy_address)
    body = httpx.Request("POST", toy_address, json=FIELDS).content
    for _ in range(20):
        with socket.create_connection((address.host, address.port)) as line:
            head = f"POST {PREFIX}vary HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    start = time.monotonic()
    assert ask("vary", FIELDS)["recipes"]
    assert time.monotonic() - start < 10
