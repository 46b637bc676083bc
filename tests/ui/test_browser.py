"""The Explore tab in a real browser, used as a person would."""

from __future__ import annotations

import re

import numpy as np
import pytest
from browsing import (
    carried,
    changed,
    open_panel,
    picture,
    slider,
    source,
    visit,
)
from PIL import ImageSequence
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def rendering(page: Page, selector: str) -> str:
    return page.locator(selector).first.evaluate("e => getComputedStyle(e).imageRendering")


def test_the_page_opens_with_a_face_near_the_average(studio_page: Page, address: str):
    visit(studio_page, address)
    recipe = carried(studio_page)
    assert (recipe.model, recipe.psi) == ("stylegan2-celeba", 0.7)
    assert rendering(studio_page, "#picture img") == "auto"
    assert (studio_page.locator("#picture img").bounding_box() or {})["width"] >= 360
    expect(studio_page.locator("#model")).to_contain_text("stylegan2-celeba")


def test_a_digit_is_shown_as_crisp_pixels(studio_page: Page):
    pixels = np.asarray(picture(studio_page).convert("L"))
    assert pixels.shape == (32, 32)
    assert pixels.max() > 200
    assert pixels[:2].max() < 60  # a digit on black, not noise
    shown = studio_page.locator("#picture img")
    assert (shown.bounding_box() or {})["width"] >= 360
    for enlarged in ("#picture img", "#variations img", ".strip img"):
        assert rendering(studio_page, enlarged) == "pixelated"
    expect(studio_page.locator("#readout")).to_contain_text(re.compile(r"[\d.]+ ms on "))


def test_an_arrow_key_changes_the_picture_and_the_address(studio_page: Page):
    before = source(studio_page)
    slider(studio_page, "Direction 1").press("ArrowRight")
    assert changed(studio_page, before) != before
    expect(studio_page).to_have_url(re.compile(r"d=1:0\.1"))


def test_dragging_changes_the_picture_before_the_mouse_is_released(studio_page: Page):
    before = source(studio_page)
    box = slider(studio_page, "Direction 2").bounding_box() or {}
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    studio_page.mouse.move(x, y)
    studio_page.mouse.down()
    studio_page.mouse.move(x + box["width"] / 4, y, steps=5)
    during = changed(studio_page, before)
    studio_page.mouse.move(x + box["width"] / 2.2, y, steps=5)
    assert changed(studio_page, during) not in (before, during)
    studio_page.mouse.up()


def test_the_last_position_of_a_fast_drag_is_the_one_shown(studio_page: Page):
    handle = slider(studio_page, "Direction 3")
    for _ in range(25):
        handle.press("ArrowRight")
    expect(studio_page).to_have_url(re.compile(r"d=3:2\.5"))
    recipe = carried(studio_page)
    assert recipe.directions == {3: 2.5}


@pytest.mark.parametrize("seed", ["-5", "1.5", "99999999999"])
def test_a_wrong_seed_is_told_and_the_picture_stays(studio_page: Page, seed: str):
    studio_page.get_by_label("Seed", exact=True).fill(seed)
    expect(studio_page.locator("#notice")).to_contain_text(seed)
    assert carried(studio_page).seed == 42
    studio_page.get_by_label("Seed", exact=True).fill("7")
    expect(studio_page).to_have_url(re.compile("s=7"))
    expect(studio_page.locator("#notice")).to_be_empty()


def test_faces_are_enlarged_smoothly_everywhere_on_the_tab(studio_page: Page, address: str):
    visit(studio_page, f"{address}?m=dcgan-celeba&s=1")
    for shown in ("#picture img", "#variations img", ".strip img"):
        assert rendering(studio_page, shown) == "auto"
    studio_page.locator("#model").click()
    assert rendering(studio_page, ".card img.crisp") == "pixelated"  # a digit among faces


def test_pressing_a_film_strip_moves_its_slider(studio_page: Page):
    before = source(studio_page)
    studio_page.locator(".strip").nth(5).locator("button").last.click()
    assert changed(studio_page, before) != before
    expect(slider(studio_page, "Direction 6")).to_have_value("2")


def test_random_takes_another_seed_and_under_lock_other_positions(studio_page: Page):
    before = source(studio_page)
    studio_page.keyboard.press("r")
    after = changed(studio_page, before)
    seed = studio_page.get_by_label("Seed", exact=True).input_value()
    studio_page.get_by_label("Lock").check()
    studio_page.get_by_role("button", name="Random").click()
    changed(studio_page, after)
    assert studio_page.get_by_label("Seed", exact=True).input_value() == seed


def test_a_reset_brings_the_slider_and_the_picture_back(studio_page: Page):
    before = source(studio_page)
    slider(studio_page, "Direction 1").press("Home")
    moved = changed(studio_page, before)
    studio_page.locator(".direction").first.get_by_role("button", name="reset").click()
    assert changed(studio_page, moved) == before


def test_the_walk_goes_on_until_it_is_paused(studio_page: Page):
    seen = {source(studio_page)}
    studio_page.locator("#picture").focus()
    studio_page.keyboard.press(" ")
    for _ in range(3):
        seen.add(changed(studio_page, source(studio_page)))
    assert len(seen) == 4
    studio_page.get_by_role("button", name="Pause").click()
    expect(studio_page.get_by_role("button", name="Walk")).to_be_visible()
    studio_page.wait_for_timeout(500)
    still = source(studio_page)
    studio_page.wait_for_timeout(500)
    assert source(studio_page) == still


def test_a_walk_through_the_next_seeds_plays_in_place_of_the_picture(studio_page: Page):
    shown = studio_page.locator("#picture img")
    open_panel(studio_page, "Walk")
    studio_page.get_by_label("the next three seeds").check()
    studio_page.get_by_label("Seconds").fill("2")
    studio_page.locator("#walk").click()
    expect(shown).to_have_attribute("src", re.compile("image/webp"))
    assert len(list(ImageSequence.Iterator(picture(studio_page)))) == 48
    studio_page.locator("#walk").click()
    expect(shown).to_have_attribute("src", re.compile("image/png"))
    expect(studio_page.locator("#walk")).to_have_text("▶ Walk")


def test_the_keyboard_alone_reaches_every_control(studio_page: Page):
    reached = set()
    for _ in range(90):
        studio_page.keyboard.press("Tab")
        reached.add(
            studio_page.evaluate(
                "document.activeElement.ariaLabel || document.activeElement.innerText"
            )
        )
    assert {f"Direction {i}" for i in range(1, 11)} <= reached
    assert {"⟲ Random", "▶ Walk", "⬇ Save"} <= reached


def test_nothing_scrolls_sideways_on_a_phone(studio_page: Page):
    studio_page.set_viewport_size({"width": 390, "height": 844})
    assert studio_page.evaluate("document.documentElement.scrollWidth") <= 390
    order = studio_page.evaluate(
        """['#picture', '#model', '#seed', '.direction', '#history', '#variations', '#restore']
        .map(s => document.querySelector(s).getBoundingClientRect().top)"""
    )
    assert order == sorted(order)
    assert (studio_page.locator("#picture img").bounding_box() or {})["width"] > 300
