"""The Transform tab in a real browser, used as a person would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import number, slider
from conftest import visited, visitor
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from toy_painter import picture

from gan_studio.images import files as image_files
from gan_studio.images.translation import TranslationRecipe

pytestmark = pytest.mark.browser
PAGE = "m=gan-mnist&s=1"
CANVAS = "document.querySelector('#board canvas').toDataURL()"
"""the drawing, as text"""


@pytest.fixture
def page(browser: Browser, transform_address: str) -> Iterator[Page]:
    """A visit to the tab, where a first drawing became a face."""
    with visited(browser, f"{transform_address}?{PAGE}") as page:
        opened(page)
        yield page


def opened(page: Page) -> None:
    page.get_by_role("tab", name="Transform").click()
    page.locator("#translated .made[src]").wait_for()
    settled(page)


def settled(page: Page) -> None:
    page.wait_for_function("!document.querySelector('#translated.stale')")


def made(page: Page) -> str:
    return page.locator("#translated .made").get_attribute("src") or ""


def changes(page: Page, before: str) -> None:
    """Wait until another picture is shown."""
    expect(page.locator("#translated .made")).not_to_have_attribute("src", before)


def choose(page: Page, name: str) -> None:
    """Press a model, and wait for its picture."""
    before = made(page)
    page.locator("#translators label", has_text=name).click()
    changes(page, before)
    settled(page)


def drop(page: Page, path: Path, area: str = "#bring") -> None:
    page.locator(f"{area} input[type=file]").set_input_files(path)


def stroke(page: Page) -> None:
    """Across the canvas with the mouse."""
    box = page.locator("#board canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for i in range(1, 9):
        page.mouse.move(box["x"] + 20 + i * box["width"] / 10, box["y"] + 20 + i * 15)
    page.mouse.up()


def saved(page: Page, path: Path) -> TranslationRecipe:
    with page.expect_download() as download:
        page.locator("#save-translation").click()
    download.value.save_as(path)
    return TranslationRecipe.from_json(image_files.read_text(path, TranslationRecipe.png_key, ""))


def test_nothing_of_the_tab_is_there_before_it_is_opened(browser: Browser, transform_address: str):
    with visited(browser, f"{transform_address}?{PAGE}") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        expect(page.locator("#translators")).to_have_count(0)
        page.wait_for_timeout(1000)
        assert not [address for address in asked if "/transform/" in address]


def test_a_stroke_changes_the_picture_and_can_be_undone(page: Page):
    before = made(page)
    stroke(page)
    changes(page, before)
    page.wait_for_timeout(2000)  # what was drawn during the stroke came first
    drawn = made(page)
    page.get_by_role("button", name="↶ Undo").click()
    changes(page, drawn)
    page.keyboard.press("Control+Shift+z")
    expect(page.locator("#translated .made")).to_have_attribute("src", drawn)


def test_an_empty_canvas_asks_for_a_drawing_and_loses_nothing(page: Page):
    before = made(page)
    page.get_by_role("button", name="Clear").click()
    notice = page.locator("#translation-notice")
    expect(notice).to_have_text("Draw something first.")
    assert made(page) == before
    stroke(page)
    changes(page, before)
    expect(notice).to_be_empty()


def test_a_press_without_a_move_draws_a_dot(page: Page):
    page.get_by_role("button", name="Clear").click()
    blank = page.evaluate(CANVAS)
    page.locator("#board canvas").click()
    assert page.evaluate(CANVAS) != blank


def test_the_keys_draw_too(page: Page):
    before, drawn = made(page), page.evaluate(CANVAS)
    page.locator("#board canvas").focus()
    for key in ("Space", *["ArrowRight"] * 9, "ArrowDown", "Space"):
        page.keyboard.press(key)
    assert page.evaluate(CANVAS) != drawn
    changes(page, before)


def test_the_lines_of_a_photograph_become_the_drawing(page: Page, tmp_path: Path):
    face = Image.new("L", (200, 200), 200)
    face.paste(40, (50, 60, 150, 160))
    face.save(tmp_path / "face.png")
    before, drawn = made(page), page.evaluate(CANVAS)
    drop(page, tmp_path / "face.png")
    changes(page, before)
    assert page.evaluate(CANVAS) != drawn
    page.get_by_role("button", name="↶ Undo").click()
    page.wait_for_function(f"drawn => {CANVAS} === drawn", arg=drawn)
    notes = page.locator("#translation-notes")
    expect(notes).to_be_empty()
    face.save(tmp_path / "moving.png", save_all=True, append_images=[face.rotate(90)])
    drop(page, tmp_path / "moving.png")
    expect(notes).not_to_be_empty()


def test_a_grey_photograph_gets_colours_and_is_compared(page: Page, tmp_path: Path):
    choose(page, "pix2pix-colour")
    picture(90, 60).convert("L").save(tmp_path / "grey.png")
    before = made(page)
    drop(page, tmp_path / "grey.png")
    changes(page, before)
    coloured = made(page)
    figure = page.locator("#translated")
    page.get_by_label("Before and after").press("Home")
    assert figure.evaluate("one => getComputedStyle(one).getPropertyValue('--at')") == "0%"
    slider(page, "Strength").press("Home")
    assert page.locator("#translated .made").evaluate("one => getComputedStyle(one).opacity") == "0"
    assert made(page) == coloured
    number(page, "Render factor").fill("64")
    expect(page).to_have_url(re.compile("size=64"))
    number(page, "Render factor").fill("-5")
    number(page, "Render factor").press("Enter")
    expect(number(page, "Render factor")).to_have_value("64")
    recipe = saved(page, tmp_path / "saved.png")
    assert (recipe.model, recipe.strength, recipe.size) == ("pix2pix-colour", 0, 64)
    with Image.open(tmp_path / "saved.png") as image:
        assert image.size == (90, 60)
    choose(page, "pix2pix-map-aerial")  # a picture of one's own stays
    ratio = figure.evaluate("one => getComputedStyle(one).getPropertyValue('--ratio')")
    assert float(ratio) == 1.5


def test_a_saved_picture_brings_its_settings_back(page: Page, tmp_path: Path):
    choose(page, "pix2pix-map-aerial")
    page.get_by_role("button", name="Riverside").click()
    number(page, "Strength").fill("0.4")
    saved(page, tmp_path / "saved.png")
    choose(page, "pix2pix-colour")
    number(page, "Strength").fill("1")
    drop(page, tmp_path / "saved.png", "#restore-translation")
    expect(page.locator("#translators :checked")).to_have_value("pix2pix-map-aerial")
    expect(number(page, "Strength")).to_have_value("0.4")
    expect(page.get_by_role("button", name="Riverside")).to_have_class(re.compile("current"))
    picture(20, 20).save(tmp_path / "plain.png")
    drop(page, tmp_path / "plain.png", "#restore-translation")
    expect(page.locator("#translation-notice")).to_contain_text("Transform")


def test_a_cyclic_model_goes_both_ways_and_back(page: Page, tmp_path: Path):
    page.locator("#translators label", has_text="cyclegan-hair").click()
    picture(60, 40).save(tmp_path / "face.png")
    before = made(page)
    drop(page, tmp_path / "face.png")
    changes(page, before)
    expect(page.locator("#round-trip")).to_be_visible()
    expect(page.locator("#frame .square")).to_be_visible()
    whole = made(page)
    page.locator("#frame .square").press("ArrowLeft")
    changes(page, whole)
    forward = made(page)
    page.get_by_label("Blond to black").check()
    changes(page, forward)
    expect(page).to_have_url(re.compile("direction=backward"))
    choose(page, "pix2pix-colour")
    expect(page.locator("#round-trip")).to_be_hidden()
    expect(page.locator("#frame")).to_be_hidden()


def test_an_address_opens_the_tab_with_its_settings(browser: Browser, transform_address: str):
    asked = "t=pix2pix-colour&strength=0.3&size=96&example=cat"
    with visitor(browser, transform_address) as page:
        page.goto(f"{transform_address}?{asked}")
        page.locator("#translated .made[src]").wait_for()
        expect(page.locator("#translators :checked")).to_have_value("pix2pix-colour")
        expect(number(page, "Strength")).to_have_value("0.3")
        expect(number(page, "Render factor")).to_have_value("96")
        expect(page.get_by_role("button", name="cat")).to_have_class(re.compile("current"))
        assert asked in page.url
        page.goto(f"{transform_address}?t=nope")
        expect(page.locator("#translation-notice")).not_to_be_empty()
        page.locator("#translated .made[src]").wait_for()


def test_a_file_that_is_no_picture_is_told_in_a_sentence(page: Page, tmp_path: Path):
    (tmp_path / "bad.png").write_text("no picture")
    before = made(page)
    drop(page, tmp_path / "bad.png")
    expect(page.locator("#translation-notice")).to_contain_text("PNG")
    with page.expect_response("**/transform/models"):  # it looks again which models are here
        page.get_by_role("tab", name="Transform").click()
    expect(page.locator("#translation-notice")).to_contain_text("PNG")
    assert made(page) == before


def test_stop_is_there_while_anything_late_runs_and_ends_it(page: Page):
    stop = page.locator("#stop-translation")
    expect(stop).to_be_hidden()
    page.evaluate("""() => {
        const pending = (signal) => new Promise((end) => (signal.onabort = () => end("ended")));
        window.slow = transform.stoppable(0, pending);
    }""")
    expect(stop).to_be_visible()
    page.evaluate("transform.stoppable(0, () => new Promise((done) => setTimeout(done, 50)))")
    expect(stop).to_be_visible()
    stop.click()
    assert page.evaluate("window.slow") == "ended"
    expect(stop).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1024])
def test_nothing_scrolls_sideways(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    choose(page, "pix2pix-colour")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
