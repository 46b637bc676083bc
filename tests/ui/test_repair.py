"""Repair on the Transform tab: its endpoint, its routes, and the tab in a real browser."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import toys
from conftest import served, visited
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mentions import mentions
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from toy_painter import picture

from gan_studio.gans import checkpoint
from gan_studio.images import files as image_files
from gan_studio.images import holes
from gan_studio.images.translation import TranslationRecipe
from gan_studio.studio.studio import Studio
from gan_studio.ui.transform import examples
from gan_studio.ui.transform.routes import PREFIX

NETWORK = "inpainting-celeba"
PHOTOS = "inpainting-photos"
"""takes pictures of any shape"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A toy that learnt to fill holes, and one of faces under the name of the flagship."""
    root = tmp_path_factory.mktemp("repairing")
    toys.save_translators(root)
    gan = toys.model("gan", 3)
    manifest = checkpoint.Manifest(family="gan", config=gan.config, channels=3, dataset="celeba")
    checkpoint.save_model(root / examples.FACES, gan, gan.generator, manifest)
    gan = toys.translation("inpainting")
    manifest = checkpoint.Manifest(
        family="inpainting", config=gan.config, channels=3, dataset="photos"
    )
    checkpoint.save_model(root / PHOTOS, gan, gan.generator, manifest)
    return Studio(root, "cpu", root / "runs")


@pytest.fixture(scope="module")
def address(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(studio, tmp_path_factory.mktemp("gradio")) as url:
        yield url


@pytest.fixture
def ask(address: str) -> Any:
    def ask(verb: str, asked: Any) -> Any:
        body: dict[str, Any] = {"content": asked} if isinstance(asked, bytes) else {"json": asked}
        return httpx.post(f"{address.rstrip('/')}{PREFIX}{verb}", **body, timeout=120).json()

    return ask


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def painted(share: float = 0.5) -> Image.Image:
    """Black on white, from the left."""
    board = Image.new("L", (256, 256), 255)
    board.paste(0, (0, 0, round(256 * share), 256))
    return board


def asked(model: str = NETWORK, board: Image.Image | None = None, **more: Any) -> dict[str, Any]:
    address = f"data:image/png;base64,{base64.b64encode(png(board or painted())).decode()}"
    return {"recipe": {"model": model}, "mask": address, "example": "face 5", **more}


def opened(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))), int)


def test_the_endpoint_gives_proposals_that_carry_their_recipes(address, tmp_path):
    picture(16, 16).save(tmp_path / "face.png")
    mask = Image.new("L", (16, 16))
    mask.paste(255, (4, 4, 10, 12))
    mask.save(tmp_path / "mask.png")
    client = Client(address, verbose=False, download_files=str(tmp_path))
    files = handle_file(tmp_path / "face.png"), handle_file(tmp_path / "mask.png")
    for model, count in ((NETWORK, 1), (examples.FACES, 2)):
        made, said = client.predict(*files, model, count, 7, api_name="/inpaint")
        assert len(made) == count
        assert said["seconds"] > 0
        text = image_files.read_text(made[-1], TranslationRecipe.png_key, "")
        recipe = TranslationRecipe.from_json(text)
        assert recipe.seed == 7 + count - 1
        assert np.array_equal(holes.decode_runs(recipe.mask), holes.to_mask(mask))
    with pytest.raises(AppError, match=mentions("count 5")):
        client.predict(*files, examples.FACES, 5, api_name="/inpaint")


def test_the_page_gets_a_filling_at_once_and_more_when_it_asks(ask):
    told = ask("inpaint", asked())
    source, made = opened(told["source"]), opened(told["proposals"][0]["picture"])
    assert np.array_equal(source[:, 8:], made[:, 8:])
    assert not np.array_equal(source[:, :8], made[:, :8])
    more = ask("propose", asked(examples.FACES, count=2))["proposals"]
    assert [one["seed"] for one in more] == [0, 1]
    assert more[0]["picture"] != more[1]["picture"]


def test_a_picture_of_any_shape_is_repaired_as_a_whole(ask, address):
    clear = picture(48, 32).convert("RGBA")
    clear.putalpha(200)
    source = ask("upload", png(clear))["source"]
    wide = {**asked(PHOTOS, painted(0.25)), "source": source}
    del wide["example"]
    told = ask("inpaint", wide)
    assert (told["width"], told["height"]) == (48, 32)
    assert told["transparent"]
    made = opened(told["proposals"][0]["picture"])
    assert (made[:, 12:, 3] == 200).all()
    assert (made[:, :12, 3] == 255).all()
    contents = httpx.get(f"{address.rstrip('/')}/{ask('save', wide)['file']}").content
    assert Image.open(io.BytesIO(contents)).size == (48, 32)
    restored = ask("restore", contents)
    assert np.array_equal(opened(restored["mask"]) > 0, np.asarray(painted(0.25)) > 0)
    told = ask("inpaint", {**wide, "recipe": {"model": NETWORK}})
    assert (told["width"], told["height"]) == (32, 32)


def test_a_saved_repair_is_restored_with_its_mask(ask, address):
    for model in (NETWORK, examples.FACES):
        saved = ask("save", asked(model, board=painted(0.25)))
        contents = httpx.get(f"{address.rstrip('/')}/{saved['file']}").content
        restored = ask("restore", contents)
        assert restored["recipe"]["model"] == NETWORK
        assert restored["recipe"]["method"] == model
        assert restored["example"] == "face 5"
        assert np.array_equal(opened(restored["mask"]) > 0, np.asarray(painted(0.25)) > 0)


@pytest.mark.parametrize(
    ("verb", "wrong", "said"),
    [
        ("inpaint", asked(board=Image.new("L", (256, 256), 255)), "mask"),
        ("inpaint", asked(board=Image.new("L", (256, 256))), "mask"),
        ("inpaint", {**asked(), "mask": "data:text/plain,x"}, "PNG"),
        ("inpaint", {**asked(), "mask": 3}, "mask"),
        ("inpaint", asked(examples.FACES), "propose"),
        ("propose", asked(examples.FACES, count=9), "count 9"),
        ("inpaint", asked("pix2pix-lines-faces"), "pix2pix-lines-faces"),
    ],
)
def test_what_cannot_be_repaired_is_said(ask, verb, wrong, said):
    assert mentions_in(ask(verb, wrong)["error"], said)


def mentions_in(text: str, parts: str) -> bool:
    return all(part in text for part in parts.split())


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A visit to the tab, where the eyes of an example were filled."""
    with visited(browser, f"{address}?s=1") as page:
        page.get_by_role("tab", name="Transform").click()
        page.locator("#translators label", has_text=NETWORK).click()
        expect(page.locator("#proposals img")).to_have_count(1)
        yield page


def mask(page: Page) -> str:
    return page.evaluate("repair.board.png()")


def made(page: Page) -> str:
    return page.locator("#translated .made").get_attribute("src") or ""


def stroke(page: Page, y: float) -> None:
    box = page.locator("#repairing canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + y * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + y * box["height"], steps=4)
    page.mouse.up()


def changed(page: Page, before: str) -> str:
    expect(page.locator("#translated .made")).not_to_have_attribute("src", before)
    return made(page)


@pytest.mark.browser
def test_a_stroke_repairs_and_undo_keeps_the_rest_of_the_mask(page: Page):
    first, eyes = made(page), mask(page)
    stroke(page, 0.8)
    one, below = changed(page, first), mask(page)
    stroke(page, 0.1)
    changed(page, one)
    page.locator("#repairing [data-do=undo]").click()
    expect(page.locator("#translated .made")).to_have_attribute("src", one)
    assert mask(page) == below != eyes
    page.locator("#repairing [data-do=clear]").click()
    expect(page.locator("#translation-notice")).not_to_be_empty()
    assert made(page) == one


@pytest.mark.browser
def test_proposals_are_chosen_saved_and_restored(page: Page, tmp_path: Path):
    network = made(page)
    page.locator("#propose").click()
    expect(page.locator("#proposals img")).to_have_count(4)
    page.locator("#proposals button").nth(2).click()
    chosen = changed(page, network)
    with page.expect_download() as download:
        page.locator("#save-translation").click()
    download.value.save_as(tmp_path / "saved.png")
    text = image_files.read_text(tmp_path / "saved.png", TranslationRecipe.png_key, "")
    recipe = TranslationRecipe.from_json(text)
    assert (recipe.model, recipe.seed) == (examples.FACES, 1)
    page.locator("#proposals button").nth(0).click()
    changed(page, chosen)
    was = mask(page)
    page.locator("#repairing [data-hole=mouth]").click()
    page.wait_for_function("(was) => repair.board.png() !== was", arg=was)
    changed(page, network)
    page.locator("#restore-translation input").set_input_files(tmp_path / "saved.png")
    expect(page.locator("#proposals img")).to_have_count(2)
    expect(page.locator("#translated .made")).to_have_attribute("src", chosen)
    expect(page.locator("#translation-notice")).not_to_be_empty()
    painted = Image.open(io.BytesIO(base64.b64decode(mask(page).partition(",")[2])))
    hidden = 255 - np.asarray(painted.convert("L"))
    assert abs((hidden > 127).mean() - holes.decode_runs(recipe.mask).mean()) < 0.02


@pytest.mark.browser
@pytest.mark.parametrize("after", ["another hole", "another model"])
def test_proposals_that_come_too_late_are_not_shown(page: Page, after: str):
    held: list[Route] = []
    page.route("**/transform/propose", lambda route: held.extend([route]))
    page.locator("#propose").click()
    before = made(page)
    if after == "another hole":
        page.locator("#repairing [data-hole=mouth]").click()
    else:
        page.locator("#translators label", has_text="pix2pix-colour").click()
    shown = changed(page, before)
    with page.expect_response("**/transform/propose"):
        held[0].continue_()
    expect(page.locator("#propose")).to_be_enabled()
    assert made(page) == shown
    assert page.locator("#proposals img").count() == 1


@pytest.mark.browser
def test_a_mask_is_dropped_and_inverted(page: Page, tmp_path: Path):
    dropped = Image.new("L", (64, 64))
    dropped.paste(255, (0, 32, 64, 64))
    dropped.save(tmp_path / "mask.png")
    before = made(page)
    page.locator("#bring-mask input").set_input_files(tmp_path / "mask.png")
    lower = changed(page, before)
    changed_rows = np.any(
        opened(lower) != opened(page.locator(".before").get_attribute("src") or ""), (1, 2)
    )
    assert not changed_rows[:7].any()
    page.locator("#invert-mask").click()
    changed(page, lower)
