"""The Style tab in a real browser, used as a person would."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from browsing import visit
from playwright.sync_api import Browser, Locator, Page, expect
from toy_painter import RecordingPainter, picture

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.style_transfer import examples
from gan_studio.style_transfer import painter as painting
from gan_studio.style_transfer.painter import StyleConfig

pytestmark = pytest.mark.browser
SLOW = 120_000


@pytest.fixture
def page(style_page: Page) -> Page:
    """The tab once all that can be chosen is there."""
    style_page.set_default_timeout(SLOW)
    opened(style_page)
    style_page.locator("#styles button").nth(len(examples.STYLES) - 1).wait_for()
    return style_page


def opened(page: Page) -> None:
    page.get_by_role("tab", name="Style").click()
    page.locator("#painting img").wait_for(timeout=SLOW)


@pytest.fixture
def quick(page: Page) -> Page:
    """With a painting of few pixels ahead, at one size only."""
    size = page.get_by_label("Size", exact=True)
    size.click()
    page.get_by_role("option", name="128 pixels").click()
    page.get_by_role("button", name="Advanced").click()
    page.get_by_label("Multi-scale").uncheck()
    return page


def sliders(page: Page) -> list[str]:
    return [
        page.get_by_label(f"number input for {name}", exact=True).input_value()
        for name in ("Content", "Style", "Smoothness")
    ]


def hero(page: Page) -> str:
    return page.locator("#painting img").get_attribute("src") or ""


def begun(page: Page) -> Locator:
    """The line that counts steps, once it does."""
    readout = page.locator("#paint-readout")
    expect(readout).to_contain_text("Step", timeout=SLOW)
    return readout


def stopped(page: Page) -> None:
    page.locator("#halt").click()
    expect(page.locator("#before-after img").first).to_be_visible(timeout=SLOW)
    expect(page.locator("#paint")).to_be_enabled()


def saved(page: Page, path: Path) -> painting.PaintingRecipe:
    with page.expect_download() as download:
        page.locator("#save-painting").click()
    download.value.save_as(path)
    return painting.recipe_of(path)


def test_two_uploaded_pictures_are_painted_stopped_and_saved_with_their_recipe(
    quick: Page, tmp_path: Path
):
    files = tmp_path / "photo.jpg", tmp_path / "brush.png"
    for i, path in enumerate(files):
        picture(160, 120, seed=i).save(path)
    before = hero(quick)
    quick.locator("#drop-content input[type=file]").set_input_files(files[0])
    expect(quick.get_by_role("button", name="photo.jpg")).to_have_attribute("aria-pressed", "true")
    quick.locator("#drop-styles input[type=file]").set_input_files(files[1])
    expect(quick.get_by_role("button", name="brush.png")).to_have_attribute("aria-pressed", "true")
    expect(quick.locator("#painting img")).not_to_have_attribute("src", before)
    quick.locator("#paint").click()
    begun(quick)
    shown = set()
    for _ in range(3):
        quick.wait_for_function(
            "known => !known.includes(document.querySelector('#painting img').src)",
            arg=list(shown),
        )
        shown.add(quick.evaluate("document.querySelector('#painting img').src"))
    assert len(shown) == 3
    stopped(quick)
    expect(quick.locator("#paint-readout")).to_contain_text("Stopped")
    recipe = saved(quick, tmp_path / "painting.png")
    assert recipe.content == painting.fingerprint(files[0])
    assert recipe.styles == (painting.fingerprint(files[1]),)
    assert 0 < recipe.steps_done < recipe.config.steps
    quick.get_by_role("button", name="Losses").click()
    expect(quick.locator("#losses polyline")).to_have_count(4)


def test_examples_are_chosen_with_the_keyboard_and_several_styles_are_mixed(page: Page):
    page.get_by_role("button", name="coffee").press("Enter")
    expect(page.get_by_role("button", name="coffee")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="pagoda")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#paint-readout")).to_contain_text("“coffee”")
    page.get_by_role("button", name="The Scream").press("Enter")
    expect(page.locator("#styles .current")).to_have_count(1)
    page.locator("#mix input").check()
    page.get_by_role("button", name="The Great Wave").press("Enter")
    expect(page.locator("#styles .current")).to_have_count(2)
    expect(page.locator("#paint-readout")).to_contain_text(
        "“The Scream” and “The Great Wave off Kanagawa”"
    )
    expect(page.get_by_label("range slider for Share of The Great Wave")).to_be_visible()


def test_presets_move_the_sliders_and_say_what_they_mean(page: Page):
    assert sliders(page) == ["1", "1", "1"]
    page.get_by_role("button", name="Texture only").click()
    expect(page.locator("#style-weights")).to_contain_text(re.compile(r"^\D*0\D+1"))
    assert sliders(page)[0] == "0"
    expect(page.locator("#start").get_by_label("Noise")).to_be_checked()
    page.get_by_role("button", name="Painterly").click()
    expect(page.locator("#style-weights")).to_contain_text(re.compile(r"^\D*1\D"))


def test_a_finished_painting_is_blended_kept_and_painted_with_keys(quick: Page, tmp_path: Path):
    quick.get_by_label("range slider for Steps").press("Home")
    quick.get_by_role("heading", name="GAN Studio").click()
    quick.keyboard.press("p")
    expect(quick.locator("#before-after img").first).to_be_visible(timeout=SLOW)
    expect(quick.locator("#paint-readout")).to_contain_text("Painted")
    whole = saved(quick, tmp_path / "whole.png")
    assert (whole.strength, whole.steps_done) == (1, 5)
    after = quick.locator("#before-after img").last
    address = after.get_attribute("src") or ""
    quick.get_by_label("range slider for Strength").press("Home")
    expect(after).not_to_have_attribute("src", address)
    quick.wait_for_timeout(500)
    assert saved(quick, tmp_path / "none.png").strength == 0
    expect(quick.locator("#stylize .eighths button")).to_have_count(1)
    quick.get_by_role("button", name="flower").click()
    expect(quick.locator("#before-after")).to_be_hidden()
    quick.get_by_role("button", name="Painting 1").press("Enter")
    expect(quick.locator("#before-after img").first).to_be_visible()


def test_the_page_shows_its_place_in_the_queue_and_can_leave_it(
    quick: Page, browser: Browser, style_address: str
):
    quick.get_by_label("range slider for Steps").press("End")
    quick.locator("#paint").click()
    begun(quick)
    other = browser.new_page()
    visit(other, style_address)
    opened(other)
    other.locator("#paint").click()
    expect(other.get_by_text(re.compile(r"queue: \d"))).to_be_visible(timeout=SLOW)
    other.locator("#halt").click()
    stopped(quick)
    expect(other.locator("#paint")).to_be_enabled(timeout=SLOW)
    expect(other.locator("#paint-readout")).to_contain_text("before it began")
    expect(other.locator("#before-after")).to_be_hidden()
    other.close()


def test_closing_the_page_ends_the_painting(quick: Page, painter: RecordingPainter):
    quick.get_by_label("range slider for Steps").press("End")
    quick.locator("#paint").click()
    begun(quick)
    assert painter.open == 1
    painter.ended.clear()
    quick.close()
    assert painter.ended.wait(15)
    assert painter.open == 0


def test_a_file_that_is_no_picture_is_told_in_a_sentence(page: Page, tmp_path: Path):
    (tmp_path / "bad.png").write_text("no picture")
    before = hero(page)
    page.locator("#drop-content input[type=file]").set_input_files(tmp_path / "bad.png")
    expect(page.get_by_text(re.compile(r"bad\.png \w+"))).to_be_visible(timeout=SLOW)
    assert hero(page) == before


@pytest.mark.parametrize("width", [390, 1024])
def test_nothing_scrolls_sideways(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def dropped(page: Page, area: str, path: Path) -> None:
    page.locator(f"{area} input[type=file]").set_input_files(path)


def painted(page: Page) -> None:
    """Press Paint, and wait for the end of it."""
    page.locator("#paint").click()
    expect(page.locator("#before-after img").first).to_be_visible(timeout=SLOW)
    expect(page.locator("#paint-readout")).to_contain_text("Painted", timeout=SLOW)
    expect(page.locator("#paint")).to_be_enabled(timeout=SLOW)
    expect(page.locator("#halt")).to_be_disabled(timeout=SLOW)


def test_after_an_error_the_next_painting_takes_no_reload(quick: Page, tmp_path: Path):
    picture(20, 20).save(tmp_path / "tiny.png")
    quick.get_by_label("range slider for Steps").press("Home")
    dropped(quick, "#drop-content", tmp_path / "tiny.png")
    expect(quick.get_by_role("button", name="tiny.png")).to_have_attribute(
        "aria-pressed", "true", timeout=SLOW
    )
    for _ in range(2):  # an error after an error, too
        quick.locator("#paint").click()
        expect(quick.locator("#paint")).to_be_disabled(timeout=SLOW)
        expect(quick.locator("#paint")).to_be_enabled(timeout=SLOW)
        expect(quick.locator("#halt")).to_be_disabled(timeout=SLOW)
    quick.get_by_role("button", name="coffee").click()
    expect(quick.get_by_role("button", name="coffee")).to_have_attribute(
        "aria-pressed", "true", timeout=SLOW
    )
    painted(quick)


def test_after_a_value_that_is_refused_before_the_work_paint_works_again(quick: Page):
    quick.get_by_label("range slider for Steps").press("Home")
    seed = quick.get_by_label("Noise seed")
    seed.fill("-5")  # below what the field takes: refused before any handler runs
    quick.locator("#paint").click()
    expect(quick.locator("#paint")).to_be_enabled(timeout=SLOW)
    expect(quick.locator("#halt")).to_be_disabled(timeout=SLOW)
    seed.fill("5")
    painted(quick)


def test_a_press_on_stop_where_nothing_is_painted_gives_paint_back(quick: Page):
    """As after a connection that broke: the page believes that something is under way."""
    quick.get_by_label("range slider for Steps").press("Home")
    refuse = "**/queue/join*"
    quick.route(refuse, lambda route: route.abort())
    quick.locator("#paint").click()
    quick.unroute(refuse)
    if quick.locator("#halt").is_enabled():
        quick.locator("#halt").click()
    expect(quick.locator("#paint")).to_be_enabled(timeout=SLOW)
    painted(quick)


def test_a_file_that_is_refused_leaves_its_area_free_for_the_next(page: Page, tmp_path: Path):
    picture(60, 60).save(tmp_path / "good.jfif", "JPEG")
    for kind, area in (("content", "#drop-content"), ("style", "#drop-styles")):
        bad = tmp_path / f"bad-{kind}.png"
        bad.write_text("no picture")
        dropped(page, area, bad)
        expect(page.locator("#paint-readout")).to_contain_text(bad.name, timeout=SLOW)
        expect(page.locator(area)).not_to_contain_text(bad.stem, timeout=SLOW)
        dropped(page, area, tmp_path / "good.jfif")
        shelf = "#contents" if kind == "content" else "#styles"
        good = page.locator(shelf).get_by_role("button", name="good.jfif")
        expect(good).to_have_attribute("aria-pressed", "true", timeout=SLOW)


def test_a_saved_painting_brings_its_settings_and_its_pictures_back(quick: Page, tmp_path: Path):
    quick.get_by_label("range slider for Steps").press("Home")
    quick.get_by_role("button", name="Subtle").click()
    quick.get_by_role("button", name="coffee").click()
    quick.get_by_role("button", name="The Scream").click()
    expect(quick.locator("#paint-readout")).to_contain_text("“The Scream”", timeout=SLOW)
    painted(quick)
    before = saved(quick, tmp_path / "painting.png")
    quick.reload()
    opened(quick)
    quick.locator("#styles button").nth(len(examples.STYLES) - 1).wait_for()
    pressed = quick.get_by_role("button", name="The Scream")
    for _ in range(2):  # the same again, as well
        dropped(quick, "#restore-painting", tmp_path / "painting.png")
        expect(quick.get_by_label("number input for Content", exact=True)).to_have_value(
            "1.4", timeout=SLOW
        )
        expect(pressed).to_have_attribute("aria-pressed", "true", timeout=SLOW)
        quick.get_by_role("button", name="Painterly").click()
        quick.get_by_role("button", name="The Great Wave").click()
        expect(pressed).to_have_attribute("aria-pressed", "false", timeout=SLOW)
        expect(quick.get_by_label("number input for Content", exact=True)).to_have_value(
            "1", timeout=SLOW
        )
    dropped(quick, "#restore-painting", tmp_path / "painting.png")
    expect(pressed).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    painted(quick)
    assert saved(quick, tmp_path / "again.png") == before


def test_what_a_saved_painting_asks_for_in_vain_is_said(page: Page, tmp_path: Path):
    config = StyleConfig(size=300, steps=7, content_weight=20, style_weight=0.37, seed=9)
    recipe = painting.PaintingRecipe(
        content="0123456789ab", styles=("mosaic", "ba9876543210"), style_weights=(1, 2),
        mask="aaaaaaaaaaaa", config=config, steps_done=7, strength=0.5,
    )  # fmt: skip
    image_files.save(picture(), tmp_path / "painting.png", recipe)
    dropped(page, "#restore-painting", tmp_path / "painting.png")
    told = page.locator("#paint-readout")
    for part in ("content_weight", "mosaic", "0123456789ab", "ba9876543210", "aaaaaaaaaaaa"):
        expect(told).to_contain_text(part, timeout=SLOW)
    expect(page.get_by_label("Size", exact=True)).to_have_value("300 pixels", timeout=SLOW)
    expect(page.get_by_label("number input for Content", exact=True)).to_have_value(
        "2", timeout=SLOW
    )
    page.get_by_role("button", name="Advanced").click()
    page.get_by_label("Multi-scale").uncheck()
    painted(page)
    again = saved(page, tmp_path / "again.png")
    wanted = dataclasses.replace(config, content_weight=8, multi_scale=False)
    assert (again.config, again.strength) == (wanted, 0.5)


def test_a_generated_picture_is_refused_where_paintings_are_restored(page: Page, tmp_path: Path):
    path = tmp_path / "picture.png"
    image_files.save(picture(), path, Recipe(model="dcgan-mnist"))
    dropped(page, "#restore-painting", path)
    expect(page.locator("#paint-readout")).to_contain_text("Explore", timeout=SLOW)
    image_files.save(picture(), path)
    dropped(page, "#restore-painting", path)
    expect(page.locator("#paint-readout")).not_to_contain_text("Explore", timeout=SLOW)
