"""A generator is dropped on the page and drawn there, in a real browser."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import number, picture, slider, source
from conftest import served, visited
from playwright.sync_api import Browser, Page, expect
from published_pickles import nvidia, stylegan2, stylegan3_generator

from gan_studio.core.limits import PUBLIC
from gan_studio.images.edits import Edits
from gan_studio.images.recipe import Recipe
from gan_studio.studio import Studio

pytestmark = pytest.mark.browser

DROP = """([place, name, content]) => {
  const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name));
  for (const kind of ["dragover", "drop"])
    document.querySelector(place).dispatchEvent(
      new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def root(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one")
    shutil.copytree(models / "gan-digits", folder / "gan-digits")
    return folder


@pytest.fixture(scope="module")
def studio(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(root, "cpu", tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def owned(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(studio, tmp_path_factory.mktemp("gradio")) as url:
        yield url


@pytest.fixture
def page(browser: Browser, owned: str) -> Iterator[Page]:
    with visited(browser, owned) as opened:
        yield opened


def drop(page: Page, place: str, name: str, content: bytes) -> None:
    page.evaluate(DROP, [place, name, base64.b64encode(content).decode()])


def chosen(page: Page, name: str) -> None:
    """Wait until a model is the one that is shown."""
    expect(page.locator("#model b")).to_have_text(name)
    expect(page.locator("#readout")).not_to_be_empty()


def test_a_dropped_generator_gives_previews_while_dragging_then_the_whole_picture(
    page: Page, studio: Studio
):
    drop(page, "#picture img", "cats.pkl", nvidia(stylegan2(size=128)))
    chosen(page, "cats")
    expect(page.locator("#cards")).to_be_hidden()
    studio.library.get("cats").size_seconds.update({64: 30.0})
    box = slider(page, "Direction 1").bounding_box() or {}
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate("explorer.REST = 5000")  # the hand moves on before the controls rest
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + box["width"] / 4, y, steps=4)
    expect(page.locator("#readout")).to_have_text(re.compile(r"\b32 px\b"))
    assert picture(page).size == (32, 32)
    page.evaluate("explorer.REST = 100")
    page.mouse.move(x + box["width"] / 3, y, steps=4)
    page.mouse.up()
    expect(page.locator("#readout")).not_to_have_text(re.compile(r"\bpx\b"))
    page.wait_for_function("document.querySelector('#picture img').naturalWidth === 128")
    recipe = Recipe.read(page.evaluate("explorer.query"))
    assert recipe.directions
    assert recipe.sha256
    assert picture(page).tobytes() == studio.generate(recipe).image.tobytes()
    page.locator("#model").click()
    group = page.locator("[data-group=imported]")
    expect(group.get_by_role("radio", name="cats", exact=True)).to_be_checked()


def test_another_file_is_refused_in_a_sentence_and_the_picture_stays(page: Page):
    before = source(page)
    page.locator("#model").click()
    page.locator("#import summary").click()
    page.locator("#import input[type=file]").set_input_files(
        {"name": "x.pt", "mimeType": "", "buffer": b"hello"}
    )
    expect(page.locator("#import [role=alert]")).to_contain_text("x.pt")
    expect(page.locator("#import .working")).to_be_hidden()
    assert source(page) == before


def test_well_known_generators_are_listed_with_their_terms(page: Page, studio: Studio):
    page.locator("#model").click()
    page.locator("#import summary").click()
    entries = page.locator("#import li")
    expect(entries).to_have_count(len(studio.generators()))
    expect(entries.first).to_contain_text("NVIDIA Source Code License")
    expect(entries.first.locator("b")).to_be_visible()
    page.locator("#import summary").press("Enter")
    expect(page.locator("#cards")).to_be_visible()


def test_stylegan3_is_turned_and_shifted_and_its_address_restores_that(
    page: Page, studio: Studio, owned: str
):
    expect(page.get_by_text("Rotation")).to_be_hidden()
    drop(page, "#restore", "turning.pkl", nvidia(stylegan3_generator()))
    chosen(page, "turning")
    page.evaluate("explorer.PATIENCE = -1")  # as on a slow machine
    number(page, "Rotation").fill("30")
    expect(page.locator("#readout")).to_have_text(re.compile(r"\d\.\d s"))
    expect(page).to_have_url(re.compile(r"rot=30"))
    number(page, "Shift to the right").fill("0.25")
    expect(page).to_have_url(re.compile(r"x=0\.25"))
    expect(page.locator("#readout")).to_have_text(re.compile(r"ms on"))
    wanted = Recipe.read(page.url)
    assert wanted.edits == Edits(rotation=30, shift_x=0.25)
    assert picture(page).tobytes() == studio.generate(wanted).image.tobytes()
    page.goto(page.url)
    expect(number(page, "Rotation")).to_have_value("30")
    expect(number(page, "Shift to the right")).to_have_value("0.25")
    expect(number(page, "Shift downwards")).to_have_value("0")


def test_visitors_are_not_offered_to_import(
    browser: Browser, root: Path, tmp_path_factory: pytest.TempPathFactory
):
    public = Studio(root, "cpu", tmp_path_factory.mktemp("runs"), limits=PUBLIC)
    with (
        served(public, tmp_path_factory.mktemp("gradio"), rules=PUBLIC) as url,
        visited(browser, url) as visitor,
    ):
        visitor.locator("#model").click()
        expect(visitor.locator("#cards")).to_be_visible()
        assert not visitor.locator("#import").count()
