"""The Compare tab in a real browser, used as a person would."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import visited
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from toy_painter import picture

from gan_studio.images import files as image_files
from gan_studio.studio.studio import Studio
from gan_studio.ui import plots

pytestmark = pytest.mark.browser


@pytest.fixture
def compare_page(studio_page: Page) -> Page:
    opened(studio_page)
    return studio_page


@pytest.fixture
def mixed_page(browser: Browser, mixed_address: str) -> Iterator[Page]:
    with visited(browser, mixed_address) as page:
        opened(page)
        yield page


def opened(page: Page) -> None:
    """The tab once its first comparison stands."""
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compared img").first).to_be_visible()
    expect(page.locator("#curves polyline").first).to_be_attached()


def rows(page: Page) -> list[list[str]]:
    return [
        [img.get_attribute("src") or "" for img in row.locator("img").all()]
        for row in page.locator("#compared tbody tr").all()
    ]


def names(page: Page) -> list[str]:
    return page.locator("#compared-numbers tbody th").all_inner_texts()


def test_a_comparison_is_there_with_a_row_for_each_model(compare_page: Page):
    heads = compare_page.locator("#compared tbody th").all_inner_texts()
    assert heads == Studio().comparable()
    assert {len(row) for row in rows(compare_page)} == {10}
    assert len({picture for row in rows(compare_page) for picture in row}) == 10 * len(heads)
    for text in (plots.LOSSES.title, plots.PROBABILITIES.title):
        expect(compare_page.get_by_role("heading", name=text)).to_be_visible()


def test_nothing_is_compared_before_the_tab_is_opened(studio_page: Page):
    assert studio_page.locator("#compared img").count() == 0


def test_new_seeds_change_every_picture(compare_page: Page):
    before = rows(compare_page)
    compare_page.locator("#renew").click()
    seeds = compare_page.get_by_label("Seeds")
    expect(seeds).not_to_have_value("1, 2, 3, 4, 5, 6, 7, 8, 9, 10")
    first = compare_page.locator("#compared img").first
    expect(first).not_to_have_attribute("src", before[0][0])
    after = rows(compare_page)
    assert all(not set(a) & set(b) for a, b in zip(before, after, strict=True))


def test_a_model_that_is_left_out_loses_its_row(compare_page: Page):
    compare_page.get_by_role("checkbox", name="dcgan-mnist").uncheck()
    expect(compare_page.locator("#compared tbody th").filter(has_text="dcgan-mnist")).to_have_count(
        0
    )
    expect(compare_page.locator("#compared-numbers tbody tr")).to_have_count(
        len(Studio().comparable()) - 1
    )


def test_a_head_sorts_the_table_by_numbers_up_and_down(compare_page: Page):
    studio = Studio()
    parameters = {name: studio.model_info(name).parameters for name in studio.models()}
    head = compare_page.get_by_role("columnheader", name="Parameters")
    head.get_by_role("button").click()
    shown = [parameters[name] for name in names(compare_page)]
    assert shown == sorted(shown)
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").press("Enter")
    shown = [parameters[name] for name in names(compare_page)]
    assert shown == sorted(shown, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"


def test_smoothing_moves_the_curves_and_leaves_the_pictures(compare_page: Page):
    line = compare_page.locator("#curves polyline").first
    smooth = line.get_attribute("points") or ""
    compare_page.evaluate("window.kept = document.querySelector('#compared img')")
    compare_page.get_by_label("range slider for Smoothing").press("Home")
    expect(line).not_to_have_attribute("points", smooth)
    assert compare_page.evaluate("window.kept === document.querySelector('#compared img')")


def test_what_is_shown_can_be_saved(compare_page: Page, tmp_path: Path):
    with compare_page.expect_download() as download:
        compare_page.locator("#save-grid").click()
    download.value.save_as(tmp_path / "grid.png")
    with Image.open(tmp_path / "grid.png") as grid:
        assert image_files.COMPARISON_KEY in grid.info
    with compare_page.expect_download() as download:
        compare_page.locator("#save-table").click()
    download.value.save_as(tmp_path / "table.csv")
    table = list(csv.DictReader((tmp_path / "table.csv").read_text().splitlines()))
    assert [row["model"] for row in table] == Studio().comparable()
    assert int(table[0]["parameters"]) > 0


def test_a_family_tells_its_idea_when_it_is_unfolded(compare_page: Page):
    expect(compare_page.get_by_text("Two networks play a game.")).to_be_hidden()
    compare_page.locator("#ideas summary").first.click()
    expect(compare_page.get_by_text("Two networks play a game.")).to_be_visible()


def test_a_picture_leads_to_itself_in_the_explore_tab(compare_page: Page):
    row = compare_page.locator("#compared tbody tr").filter(has_text="dcgan-mnist")
    row.locator("a").nth(2).click()
    expect(compare_page).to_have_url(re.compile(r"\?m=dcgan-mnist&s=3"))
    expect(compare_page.locator("#picture img")).to_be_visible()
    compare_page.locator("#variations img:not([hidden])").wait_for()


def test_the_explore_tabs_keys_are_still_while_another_tab_is_open(compare_page: Page):
    address = compare_page.url
    compare_page.get_by_role("heading", name="GAN Studio").click()
    for key in ("r", " "):
        compare_page.keyboard.press(key)
    compare_page.wait_for_timeout(500)
    assert compare_page.url == address
    compare_page.get_by_role("tab", name="Explore").click()
    expect(compare_page.get_by_role("button", name="Walk")).to_be_visible()
    compare_page.keyboard.press("r")
    expect(compare_page).not_to_have_url(address)


def test_a_model_of_another_size_is_told_of_in_a_sentence(mixed_page: Page):
    before = rows(mixed_page)
    mixed_page.get_by_role("checkbox", name="gan-mnist").check()
    expect(mixed_page.get_by_text(re.compile(r"gan-mnist\D+32 × 32"))).to_be_visible()
    assert rows(mixed_page) == before


def test_labels_are_the_columns_own_until_one_is_asked_for(mixed_page: Page):
    row = mixed_page.locator("#compared tbody tr").nth(1)
    expect(row.get_by_alt_text("cgan-digits, seed 3, label 2")).to_be_visible()
    mixed_page.get_by_label("Label").fill("5")
    mixed_page.get_by_label("Label").press("Enter")
    expect(row.get_by_alt_text("cgan-digits, seed 3, label 5")).to_be_visible()


def test_the_training_pictures_nearest_to_one_are_shown_where_they_are_at_hand(mixed_page: Page):
    look = mixed_page.locator("#look-for-copies")
    expect(look).to_be_hidden()
    mixed_page.locator("#copies button").first.click()
    look.click()
    expect(mixed_page.locator("#likeness figure")).to_have_count(9)
    expect(mixed_page.locator("#likeness p")).to_contain_text("1,498")
    expect(mixed_page.get_by_alt_text("this picture")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1024])
def test_nothing_scrolls_sideways(compare_page: Page, width: int):
    compare_page.set_viewport_size({"width": width, "height": 844})
    assert compare_page.evaluate("document.documentElement.scrollWidth") <= width


def test_translators_stand_side_by_side_with_the_same_sources(
    browser: Browser, transform_address: str, tmp_path: Path
):
    with visited(browser, transform_address) as page:
        opened_alone(page)
        page.locator("#compare-kind").get_by_text("pictures from pictures", exact=True).click()
        heads = page.locator("#compared tbody th")
        expect(page.locator("#models").get_by_label("cyclegan-hair")).to_be_checked()
        expect(page.locator("#renew")).to_be_hidden()
        expect(page.get_by_label("Seeds")).to_be_hidden()
        picture(60, 40, seed=5).save(tmp_path / "own.png")
        page.locator("#compare-sources input[type=file]").set_input_files(tmp_path / "own.png")
        expect(page.locator("#compared thead th")).to_have_text(["Model", "1"])
        expect(heads).to_have_text(["source", "cyclegan-hair"])
        page.locator("#compare-kind").get_by_text("pictures from latents", exact=True).click()
        expect(page.get_by_label("Seeds")).to_be_visible()
        expect(heads).to_have_text(["gan-mnist"])


def opened_alone(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compared img").first).to_be_visible()
