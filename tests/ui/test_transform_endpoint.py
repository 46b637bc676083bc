"""The endpoints `/translate` and `/translators`, and the routes of the Transform tab's script."""

from __future__ import annotations

import base64
import dataclasses
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
import toys
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mentions import mentions
from PIL import Image, ImageDraw
from toy_painter import picture

from gan_studio.images import files as image_files
from gan_studio.images.translation import TranslationRecipe
from gan_studio.studio.translate import digest
from gan_studio.ui.transform import examples, pictures, titles
from gan_studio.ui.transform.routes import PREFIX

LINES, COLOUR, HAIR = "pix2pix-lines-faces", "pix2pix-colour", "cyclegan-hair"


@pytest.fixture(scope="module")
def client(transform_address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = str(tmp_path_factory.mktemp("client"))
    return Client(transform_address, verbose=False, download_files=folder)


@pytest.fixture
def ask(transform_address: str) -> Any:
    def ask(verb: str, asked: Any) -> Any:
        body: dict[str, Any] = {"content": asked} if isinstance(asked, bytes) else {"json": asked}
        address = f"{transform_address.rstrip('/')}{PREFIX}{verb}"
        return httpx.post(address, **body, timeout=120).json()

    return ask


@pytest.fixture
def photo(tmp_path: Path) -> str:
    picture(50, 40).save(tmp_path / "photo.png")
    return str(tmp_path / "photo.png")


def look(path: str) -> Image.Image:
    return Image.open(io.BytesIO(Path(path).read_bytes()))


def drawn() -> Image.Image:
    canvas = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(canvas).ellipse((60, 40, 196, 216), outline="black", width=7)
    return canvas


def saved(image: Image.Image, path: Path, **options: Any) -> str:
    image.save(path, **options)
    return str(path)


def data_url(image: Image.Image) -> str:
    return f"data:image/png;base64,{base64.b64encode(png(image)).decode()}"


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def opened(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


BLANK = Image.new("L", (256, 256), 255)


def recipe(model: str, **more: Any) -> dict[str, Any]:
    return {"recipe": {"model": model, **more}}


def test_a_picture_is_translated_and_its_png_carries_the_recipe(client, photo, translators):
    path, told, back, said = client.predict(
        handle_file(photo), COLOUR, strength=0.5, size=32, api_name="/translate"
    )
    wanted = translators.translate(COLOUR, image_files.load(photo), strength=0.5, size=32)
    with Image.open(path) as shown:
        assert shown.tobytes() == wanted.image.tobytes()
        assert shown.size == (50, 40)
    carried = image_files.read_text(path, TranslationRecipe.png_key, "")
    assert TranslationRecipe.from_json(carried) == wanted.recipe
    assert TranslationRecipe.from_query(told) == wanted.recipe
    assert back is None
    assert said["notes"] == list(wanted.notes)
    assert said["seconds"] > 0


def test_a_cyclic_model_gives_the_round_trip_too(client, photo):
    path, told, back, said = client.predict(
        handle_file(photo), HAIR, direction="backward", api_name="/translate"
    )
    assert "direction=backward" in told
    assert look(path).size == look(back).size == (16, 16)
    assert said["notes"]


def test_a_drawing_and_a_photograph_both_draw(client, photo, tmp_path):
    canvas = saved(drawn(), tmp_path / "drawing.png")
    for source, kind in ((canvas, "drawing"), (canvas, "auto"), (photo, "photo")):
        path, *_ = client.predict(handle_file(source), LINES, input=kind, api_name="/translate")
        assert look(path).size == (16, 16)


def test_the_models_are_listed_with_what_they_do(client, ask):
    listed = client.predict(api_name="/translators")
    assert [one["name"] for one in listed] == [n for n in titles.SHIPPED if n in toys.TRANSLATORS]
    by_name = {one["name"]: one for one in listed}
    assert by_name[HAIR]["cyclic"]
    assert by_name[HAIR]["square"]
    assert by_name[COLOUR]["task"] == "colour"
    assert len({one["title"] for one in listed}) == len(listed)
    shown = ask("models", {})["models"]
    assert [{k: v for k, v in one.items() if k != "examples"} for one in shown] == listed


def test_no_other_list_has_them(translators):
    assert translators.models() == ["gan-mnist"]
    assert [card.name for card in translators.model_cards()] == ["gan-mnist"]


def test_own_models_are_called_by_their_task(translators):
    card = next(c for c in translators.translator_cards() if c.name == COLOUR)
    own = dataclasses.replace(card, name="my-own")
    other = dataclasses.replace(card, name="another", task="pairs")
    assert [one["name"] for one in titles.with_titles([other, own, card])] == [
        COLOUR, "my-own", "another"
    ]  # fmt: skip
    assert titles.title(own) == titles.title(card)
    assert titles.title(other) == titles.OTHER


BAD = [
    ({"model": "nope"}, "nope"),
    ({"model": "gan-mnist"}, "gan-mnist"),
    ({"model": ""}, "model name"),
    ({"strength": 3}, "strength 3"),
    ({"direction": "backward"}, "forward"),
    ({"direction": "up"}, "direction forward backward up"),
    ({"size": 2000}, "1024 2000"),
    ({"size": 5}, "16 5"),
    ({"size": -1}, "size -1"),
    ({"input": "x"}, "input photo drawing x"),
]


@pytest.mark.parametrize(("more", "named"), BAD, ids=str)
def test_senseless_values_are_told_in_a_sentence(client, photo, more, named):
    with pytest.raises(AppError, match=mentions(named)) as error:
        client.predict(handle_file(photo), **{"model": COLOUR, **more}, api_name="/translate")
    assert "Traceback" not in str(error.value)


def test_unusual_pictures_are_translated_or_refused_in_a_sentence(client, tmp_path):
    frames = [picture(40, 40, seed=i) for i in range(3)]
    good = [
        saved(picture(40, 40).convert("RGBA"), tmp_path / "alpha.png"),
        saved(picture(40, 40).convert("CMYK"), tmp_path / "cmyk.jpg"),
        saved(frames[0], tmp_path / "moving.webp", save_all=True, append_images=frames[1:]),
        saved(picture(100, 9), tmp_path / "strip.png"),
    ]
    for path in good:
        for model in (COLOUR, HAIR):
            shown, *_ = client.predict(handle_file(path), model, api_name="/translate")
            assert look(shown).format == "PNG"
    bad = {
        saved(Image.new("L", (1, 5000)), tmp_path / "thin.png"): "1×5000",
        saved(Image.new("L", (12_000, 12_000)), tmp_path / "vast.png"): "12000 50",
        saved(Image.new("L", (9, 5000)), tmp_path / "long.png"): "9×5000 50",
    }
    (tmp_path / "bad.png").write_text("no picture")
    bad[str(tmp_path / "bad.png")] = "bad.png PNG"
    for path, named in bad.items():
        with pytest.raises(AppError, match=mentions(named)):
            client.predict(handle_file(path), COLOUR, api_name="/translate")
    blank = saved(Image.new("RGB", (64, 64), "white"), tmp_path / "blank.png")
    with pytest.raises(AppError, match=mentions("canvas something")):
        client.predict(handle_file(blank), LINES, api_name="/translate")


def test_what_a_network_looks_at_is_limited(client, tmp_path):
    steep = saved(Image.new("RGB", (4000, 100)), tmp_path / "steep.png")
    with pytest.raises(AppError, match=mentions("size 1024 smaller")):
        client.predict(handle_file(steep), "pix2pix-map-aerial", size=1024, api_name="/translate")


@pytest.mark.parametrize("path", ["/etc/passwd", "https://example.com/a.png", "app.py"])
def test_no_path_or_address_of_a_visitor_is_opened(transform_address, path):
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}]
    with httpx.Client(base_url=transform_address, timeout=120) as http:
        joined = http.post("/gradio_api/call/translate", json={"data": data})
        if joined.status_code == 200:
            event = joined.json()["event_id"]
            said = http.get(f"/gradio_api/call/translate/{event}").text
            assert "event: error" in said
            assert "complete" not in said


def test_a_stroke_is_answered_with_a_face(ask, translators):
    told = ask("translate", {**recipe(LINES, input="drawing"), "drawing": data_url(drawn())})
    wanted = translators.translate(LINES, drawn(), input="drawing")
    assert opened(told["picture"]).tobytes() == wanted.image.tobytes()
    assert opened(told["source"]).size == (16, 16)
    assert (told["width"], told["height"]) == (16, 16)
    assert not told["round_trip"]


def test_a_photograph_becomes_a_drawing_that_draws_nearly_the_same(ask, translators):
    face = ask("upload", png(picture(64, 64).resize((256, 256))))
    told = ask("lines", {"model": LINES, **face})
    canvas = opened(told["drawing"])
    assert canvas.size == (256, 256)
    assert set(canvas.convert("L").tobytes()) <= {0, 255}
    assert ask("lines", {"model": COLOUR, **face})["error"]
    assert told["notes"] == []
    face, other, moving = picture(64, 64), picture(48, 48).resize((64, 64)), io.BytesIO()
    face.save(moving, "PNG", save_all=True, append_images=[other])
    told = ask("lines", {"model": LINES, **ask("upload", moving.getvalue())})
    assert told["notes"] == [image_files.FIRST_FRAME]


def test_a_picture_is_sent_once_and_asked_about_by_its_token(ask, translators):
    source = picture(60, 48)
    told = ask("upload", png(source))
    for size in (16, 32):
        shown = ask("translate", {**recipe(COLOUR, size=size, strength=0.2), **told})
        wanted = translators.translate(COLOUR, source, size=size).image
        assert opened(shown["picture"]).size == wanted.size
        assert opened(shown["picture"]).tobytes() == wanted.tobytes()  # the page blends
    assert ask("translate", {**recipe(HAIR), **told})["round_trip"].startswith("data:image/png")


def test_a_square_of_a_picture_can_be_asked_for(ask, translators):
    source = picture(60, 48)
    told = ask("upload", png(source))
    shown = ask("translate", {**recipe(HAIR), **told, "square": [0.75, 0.5, 0.5]})
    wanted = translators.translate(HAIR, source.crop((33, 12, 57, 36))).image
    assert opened(shown["picture"]).tobytes() == wanted.tobytes()
    traced = ask("lines", {"model": LINES, **told, "square": [0.75, 0.5, 0.5]})
    lines = translators.line_drawing(LINES, source.crop((33, 12, 57, 36)))
    assert opened(traced["drawing"]).tobytes() == lines.tobytes()
    for square in ("x", [1, 2], [0.5, 0.5, 0.1], [2, 0, 1], [0, 0, None]):
        assert "square" in ask("translate", {**recipe(HAIR), **told, "square": square})["error"]


def test_the_page_gets_large_pictures_small_and_saves_them_large(ask, transform_address):
    told = ask("upload", png(picture(1500, 900)))
    shown = ask("translate", {**recipe(COLOUR), **told})
    assert opened(shown["picture"]).size == (pictures.PREVIEW, 614)
    file = ask("save", {**recipe(COLOUR, strength=0.3), **told})
    contents = httpx.get(f"{transform_address}{file['file']}").content
    whole = Image.open(io.BytesIO(contents))
    assert whole.size == (1500, 900)
    assert file["name"] == f"{COLOUR}.png"
    restored = ask("restore", contents)
    assert restored["recipe"]["strength"] == 0.3
    assert restored["recipe"]["sha256"] == digest(picture(1500, 900))
    assert restored["example"] == ""


def test_a_saved_example_is_found_again(ask, transform_address):
    asked = {**recipe("pix2pix-map-aerial"), "example": "Riverside"}
    file = ask("save", asked)
    contents = httpx.get(f"{transform_address}{file['file']}").content
    assert ask("restore", contents)["example"] == "Riverside"


def test_each_example_is_a_picture(translators, transform_address):
    for card in translators.translator_cards():
        for name in examples.names(translators, card):
            assert min(examples.picture(translators, name).size) >= 64
    card = next(c for c in translators.translator_cards() if c.name == examples.AERIAL)
    aerial = dataclasses.replace(card, name="pix2pix-aerial-map")
    names = examples.names(translators, aerial)
    both = dataclasses.replace(card, name="cyclegan-map-aerial", cyclic=True)
    assert examples.names(translators, both) == [*examples.MAPS, *names]
    assert [name.removeprefix("aerial ") for name in names] == [*examples.MAPS]
    assert all(min(examples.picture(translators, name).size) >= 64 for name in names)
    answer = httpx.get(
        f"{transform_address}transform/example", params={"name": "Crossroads"}, timeout=120
    )
    assert answer.headers["content-type"] == "image/jpeg"
    assert httpx.get(f"{transform_address}transform/example?name=nope").status_code == 404


def test_a_picture_that_is_gone_is_asked_for_again(ask):
    assert set(ask("translate", {**recipe(COLOUR), "source": "0" * 32})) == {"gone"}


@pytest.mark.parametrize(
    ("verb", "asked", "named"),
    [
        ("translate", {}, "recipe"),
        ("translate", [], "JSON object"),
        ("translate", recipe("nope", strength=1), "source"),
        ("translate", {**recipe("nope"), "drawing": data_url(drawn())}, "nope"),
        ("translate", {**recipe("gan-mnist"), "drawing": data_url(drawn())}, "gan-mnist"),
        ("translate", {**recipe(LINES), "drawing": "x"}, "PNG"),
        ("translate", {**recipe(LINES), "drawing": "data:image/png;base64,%"}, "base64"),
        ("translate", {**recipe(LINES), "drawing": 7}, "int"),
        ("translate", {**recipe(LINES), "example": "nope"}, "nope"),
        ("translate", {**recipe(COLOUR, size=5000), "example": "Riverside"}, "5000"),
        (
            "translate",
            {
                **recipe(LINES, input="drawing"),
                "drawing": data_url(BLANK),
            },
            "something",
        ),
        ("save", {**recipe(LINES), "example": "nope"}, "nope"),
        ("lines", {}, "model"),
        ("upload", b"no picture", "PNG"),
        ("upload", png(Image.new("L", (12_000, 12_000))), "12000"),
        ("upload", png(Image.new("L", (1, 5000))), "1×5000"),
        ("upload", png(Image.new("L", (5000, 9))), "5000×9"),
        ("restore", b"no png", "recipe"),
        ("restore", png(drawn()), "Transform"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(ask, verb, asked, named):
    told = ask(verb, asked)
    assert set(told) == {"error"}
    assert named in told["error"]
    assert "Traceback" not in told["error"]


@pytest.mark.parametrize("token", ["../../../etc", "a/b", "", "0" * 31, "x" * 32])
def test_a_token_is_no_path(ask, token):
    assert set(ask("translate", {**recipe(COLOUR), "source": token})) == {"gone"}


def test_a_recipe_of_a_model_that_is_not_here_is_refused(ask):
    unknown = image_files.encode_png(drawn(), TranslationRecipe(model="nope"))
    assert "nope" in ask("restore", unknown)["error"]
