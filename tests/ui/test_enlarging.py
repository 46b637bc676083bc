"""Larger pictures: the routes of the page, the endpoint `/upscale`, and both in a real browser."""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import toys
from browsing import slider
from conftest import served, visited
from gradio_client import Client, handle_file
from mentions import mentions
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from toy_painter import picture

from gan_studio.core.files import SHIPPED
from gan_studio.core.limits import Limits
from gan_studio.gans import checkpoint
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.images.translation import TranslationRecipe
from gan_studio.studio import Studio
from gan_studio.ui.transform.enlarging import PREVIEW_SIDE

MODEL = "srgan-photos"


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A studio with a toy that enlarges, one that draws in colour, and one of digits."""
    root = tmp_path_factory.mktemp("faces")
    for name, gan, channels, dataset in (
        (MODEL, toys.translation("srgan"), 3, "photos"),
        ("dcgan-celeba", toys.model("dcgan", channels=3), 3, "celeba"),
    ):
        family = name.partition("-")[0]
        manifest = checkpoint.Manifest(
            family=family, config=gan.config, channels=channels, dataset=dataset
        )
        checkpoint.save_model(root / name, gan, gan.generator, manifest)
    shutil.copytree(SHIPPED / "gan-mnist", root / "gan-mnist")
    return Studio(root, "cpu", root / "runs")


@pytest.fixture(scope="module")
def address(faces: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(faces, tmp_path_factory.mktemp("gradio")) as url:
        yield url


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def shown(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def ask(address: str, verb: str, asked: Any) -> Any:
    body: dict[str, Any] = {"content": asked} if isinstance(asked, bytes) else {"json": asked}
    return httpx.post(f"{address}{verb}", **body, timeout=120).json()


def lines(address: str, asked: Any) -> list[Any]:
    answer = httpx.post(f"{address}transform/enlarge", json=asked, timeout=120)
    return [json.loads(line) for line in answer.text.splitlines()]


def test_of_a_large_picture_the_middle_is_shown_and_all_of_it_saved(address, faces):
    large = picture(3 * PREVIEW_SIDE, 2 * PREVIEW_SIDE)
    source = ask(address, "transform/upload", png(large))["source"]
    recipe = {"model": MODEL, "scale": 2, "sharpness": 1.0}
    told = ask(address, "transform/translate", {"recipe": recipe, "source": source})
    assert shown(told["picture"]).size == (2 * PREVIEW_SIDE, 2 * PREVIEW_SIDE)
    *parts, last = lines(address, {"recipe": recipe, "source": source})
    assert [part["done"] for part in parts] == [1]  # of two
    saved = httpx.get(address + last["file"]).content
    wanted = faces.upscale(large, MODEL, scale=2, sharpness=1.0)
    with Image.open(io.BytesIO(saved)) as made:
        assert made.size == (6 * PREVIEW_SIDE, 4 * PREVIEW_SIDE)
        assert made.tobytes() == wanted.image.tobytes()
    carried = image_files.read_text(io.BytesIO(saved), TranslationRecipe.png_key, "")
    assert TranslationRecipe.from_json(carried) == wanted.recipe


def test_transparency_stays_and_an_animation_is_said(address, faces, tmp_path):
    clear = picture(PREVIEW_SIDE + 20, PREVIEW_SIDE + 20).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    source = ask(address, "transform/upload", png(clear))["source"]
    asked = {"recipe": {"model": MODEL, "scale": 2}, "source": source}
    told = ask(address, "transform/translate", asked)
    assert told["transparent"]
    assert shown(told["picture"]).mode == "RGBA"
    *_, last = lines(address, asked)
    wanted = faces.upscale(clear, MODEL, scale=2).image
    with Image.open(io.BytesIO(httpx.get(address + last["file"]).content)) as made:
        assert (made.mode, made.tobytes()) == ("RGBA", wanted.tobytes())
    moving = tmp_path / "moving.webp"
    frames = [picture(30, 20).rotate(angle) for angle in (0, 90)]
    frames[0].save(moving, save_all=True, append_images=frames[1:], lossless=True)
    source = ask(address, "transform/upload", moving.read_bytes())["source"]
    told = ask(address, "transform/translate", {**asked, "source": source})
    assert image_files.FIRST_FRAME in told["notes"]
    client = Client(address, verbose=False, download_files=str(tmp_path))
    _, said = client.predict(handle_file(str(moving)), scale=2, api_name="/upscale")
    assert image_files.FIRST_FRAME in said["notes"]


def test_the_tab_knows_which_models_learnt_noise(address, tmp_path):
    [card] = [c for c in ask(address, "transform/models", {})["models"] if c["name"] == MODEL]
    assert not card["denoises"]
    gan = toys.translation("srgan", degradation="photo")
    manifest = checkpoint.Manifest(family="srgan", config=gan.config, channels=3, dataset="photos")
    checkpoint.save_model(tmp_path / "noisy", gan, gan.generator, manifest)
    [card] = Studio(tmp_path, "cpu").translator_cards()
    assert card.denoises


def test_what_is_wrong_is_said_in_a_line(address):
    source = ask(address, "transform/upload", png(picture(40, 30)))["source"]
    [told] = lines(address, {"recipe": {"model": MODEL, "scale": 3}, "source": source})
    assert all(word in told["error"] for word in ("scale", "3"))
    [told] = lines(address, {"recipe": {"model": "nobody"}, "source": source})
    assert "nobody" in told["error"]
    [told] = lines(address, {"recipe": {"model": MODEL}})
    assert "source" in told["error"]


def test_a_visitors_picture_is_limited(faces, tmp_path_factory):
    root = faces.library.roots[0]
    public = Studio(root, "cpu", root / "runs", limits=Limits(public=True))
    with served(public, tmp_path_factory.mktemp("gradio")) as url:
        source = ask(url, "transform/upload", png(Image.new("L", (1100, 1000))))["source"]
        [told] = lines(url, {"recipe": {"model": MODEL}, "source": source})
    assert "1100×1000" in told["error"]


def test_a_drawn_picture_is_enlarged_and_its_png_keeps_the_recipe(address, faces):
    recipe = Recipe(model="dcgan-celeba", seed=5)
    told = ask(address, "explore/enlarged", {"recipe": recipe.to_query()})
    assert told["width"] == 64
    assert shown(told["picture"]).size == (64, 64)
    saved = httpx.get(f"{address}explore/{told['address']}").content
    drawn = faces.generate(recipe)
    with Image.open(io.BytesIO(saved)) as made:
        assert made.tobytes() == faces.enlarge(drawn).tobytes()
        assert made.tobytes() == faces.upscale(drawn.image, MODEL).image.tobytes()
    assert image_files.read_recipe(io.BytesIO(saved)) == drawn.recipe


def test_digits_are_not_enlarged(address):
    told = ask(address, "explore/enlarged", {"recipe": "m=gan-mnist&s=1"})
    assert "gan-mnist" in told["error"]
    told = ask(address, "explore/open", {"query": "m=gan-mnist&s=1"})
    assert not told["model"]["enlarges"]


def test_the_endpoint_enlarges(address, faces, tmp_path):
    client = Client(address, verbose=False, download_files=str(tmp_path))
    picture(30, 20).save(tmp_path / "small.png")
    given = handle_file(str(tmp_path / "small.png"))
    path, said = client.predict(given, scale=2, sharpness=0.25, api_name="/upscale")
    wanted = faces.upscale(picture(30, 20), scale=2, sharpness=0.25)
    with Image.open(path) as made:
        assert made.tobytes() == wanted.image.tobytes()
    assert said["notes"] == list(wanted.notes)
    with pytest.raises(Exception, match=mentions("noise 7")):
        client.predict(given, noise=7, api_name="/upscale")


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visited(browser, f"{address}?m=dcgan-celeba&s=5&psi=1") as page:
        page.locator("#picture img[src]").wait_for()
        yield page


@pytest.mark.browser
def test_the_sharpness_changes_the_picture_and_save_gives_all_of_it(page: Page, tmp_path: Path):
    page.get_by_role("tab", name="Transform").click()
    page.locator("#translators label", has_text=MODEL).click()
    page.locator("#translated .made[src]").wait_for()
    picture(200, 150).save(tmp_path / "own.png")
    made = page.locator("#translated .made")
    before = made.get_attribute("src") or ""
    page.locator("#bring input[type=file]").set_input_files(tmp_path / "own.png")
    expect(made).not_to_have_attribute("src", before)
    before = made.get_attribute("src") or ""
    page.locator("#enlarging [name=scale][value='2']").check(force=True)
    expect(made).not_to_have_attribute("src", before)
    slider(page, "Sharpness").fill("1")
    page.wait_for_function("location.search.includes('sharpness=1')")
    with page.expect_download() as downloading:
        page.locator("#save-translation").click()
    path = tmp_path / "larger.png"
    downloading.value.save_as(path)
    with Image.open(path) as larger:
        assert larger.size == (400, 300)
    recipe = TranslationRecipe.from_json(image_files.read_text(path, TranslationRecipe.png_key, ""))
    assert (recipe.scale, recipe.sharpness) == (2, 1)


@pytest.mark.browser
def test_a_face_is_enlarged_at_rest_until_the_button_is_pressed_again(page: Page, tmp_path: Path):
    button = page.locator("#enlarge")
    button.click()
    page.wait_for_function("document.querySelector('#picture img').naturalWidth === 64")
    with page.expect_download() as downloading:
        page.locator("#save").click()
    downloading.value.save_as(tmp_path / "face.png")
    with Image.open(tmp_path / "face.png") as saved:
        assert saved.size == (64, 64)
    page.locator("#random").click()
    page.wait_for_function("document.querySelector('#picture img').naturalWidth === 16")
    page.wait_for_function("document.querySelector('#picture img').naturalWidth === 64")
    button.click()
    page.wait_for_function("document.querySelector('#picture img').naturalWidth === 16")
