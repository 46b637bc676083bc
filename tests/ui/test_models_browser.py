"""Models are chosen in a real browser, and each shows what it has: labels, sizes, opinions."""

from __future__ import annotations

import re

import pytest
from browsing import (
    carried,
    changed,
    choose_model,
    slider,
    source,
    visit,
)
from playwright.sync_api import Page, expect

from gan_studio.images.recipe import Recipe
from gan_studio.studio.studio import Studio

pytestmark = pytest.mark.browser


def digits(page: Page):
    return page.locator("#label").get_by_role("radio")


def test_a_label_is_chosen_and_stays_through_random_link_and_variations(
    toy_page: Page, toy_address: str
):
    visit(toy_page, f"{toy_address}?m=cgan-digits&s=3")
    assert digits(toy_page).count() == 11
    before = source(toy_page)
    sheet = toy_page.locator("#variations img").first
    unlabelled = sheet.get_attribute("src") or ""
    toy_page.locator("#label").get_by_text("7", exact=True).click()
    before = changed(toy_page, before)
    expect(toy_page).to_have_url(re.compile(r"m=cgan-digits&s=3&label=7"))
    toy_page.get_by_role("button", name="Random").click()
    before = changed(toy_page, before)
    assert carried(toy_page).label == 7
    expect(sheet).not_to_have_attribute("src", unlabelled)
    toy_page.locator("#variations button").nth(1).click()
    changed(toy_page, before)
    recipe = carried(toy_page)
    assert recipe.label == 7
    visit(toy_page, f"{toy_address}?{recipe.to_query()}")
    assert carried(toy_page) == recipe
    expect(toy_page.locator("#label").get_by_role("radio", name="7")).to_be_checked()


def test_every_size_of_a_multi_scale_picture_stands_below_it(toy_page: Page, toy_address: str):
    visit(toy_page, f"{toy_address}?m=msg-gan-digits&s=3")
    sizes = toy_page.locator("#pyramid img")
    expect(sizes).to_have_count(3)
    widths = sizes.evaluate_all("all => all.map(one => one.naturalWidth)")
    assert widths == [4, 8, 16]
    picture_before, before = source(toy_page), sizes.first.get_attribute("src") or ""
    toy_page.get_by_role("button", name="Random").click()
    changed(toy_page, picture_before)
    expect(sizes.first).not_to_have_attribute("src", before)
    visit(toy_page, f"{toy_address}?m=gan-digits&s=3")
    expect(toy_page.locator("#pyramid")).to_be_hidden()


def test_a_model_without_classes_hides_the_label_and_drops_it(toy_page: Page, toy_address: str):
    visit(toy_page, f"{toy_address}?m=cgan-digits&s=3&label=7")
    expect(toy_page.locator("#label")).to_be_visible()
    choose_model(toy_page, "dcgan-digits")
    expect(toy_page).to_have_url(re.compile(r"m=dcgan-digits&s=3(&__theme|$)"))
    expect(toy_page.locator("#label")).to_be_hidden()
    expect(toy_page.locator(".toast-body")).to_have_count(0)
    expect(toy_page.locator("#opinion")).to_contain_text("discriminator")


def test_models_are_chosen_by_the_keyboard_alone(toy_page: Page, toy_address: str):
    visit(toy_page, f"{toy_address}?m=dcgan-digits&s=3")
    toy_page.locator("#model").focus()
    toy_page.keyboard.press("Enter")
    focused = toy_page.locator("#cards :focus")
    expect(focused).to_have_value("dcgan-digits")
    cards = toy_page.get_by_role("radiogroup", name="Model").get_by_role("radio")
    names = cards.evaluate_all("found => found.map(({ value }) => value)")
    toy_page.keyboard.press("ArrowRight")
    following = names[names.index("dcgan-digits") + 1]
    expect(focused).to_have_value(following)
    expect(toy_page).to_have_url(re.compile(f"m={following}&s=3"))
    toy_page.keyboard.press("Escape")
    expect(toy_page.locator("#cards")).to_be_hidden()
    expect(toy_page.locator("#model")).to_be_focused()
    expect(toy_page.locator("#model")).to_contain_text(following)


def test_another_model_is_named_and_one_that_is_not_there_is_told(toy_page: Page, toy_address: str):
    visit(toy_page, f"{toy_address}?m=dcgan-digits&s=3")
    toy_page.locator("#model").click()
    toy_page.get_by_label("Another model by its name").fill("nope")
    toy_page.keyboard.press("Tab")
    expect(toy_page.locator("#notice")).to_contain_text("nope")
    expect(toy_page.locator("#model")).to_contain_text("dcgan-digits")
    toy_page.get_by_label("Another model by its name").fill("gan-digits")
    toy_page.keyboard.press("Tab")
    expect(toy_page).to_have_url(re.compile("m=gan-digits"))
    expect(toy_page.locator("#notice")).to_be_empty()


def test_the_discriminators_opinion_follows_the_picture(studio_page: Page):
    said = studio_page.locator("#opinion")
    told = Studio().discriminator_output(Recipe(model="dcgan-mnist", seed=42))
    for number in (told.value, told.typical):
        expect(said).to_contain_text(f"{number:.2f}")
    slider(studio_page, "Direction 1").press("End")
    moved = Studio().discriminator_output(Recipe(model="dcgan-mnist", seed=42, directions={1: 3.0}))
    expect(said).to_contain_text(f"{moved.value:.2f}")
    expect(studio_page.locator("#opinion.stale")).to_have_count(0)


def test_an_opinion_of_an_earlier_picture_is_faint(studio_page: Page):
    expect(studio_page.locator("#opinion.stale")).to_have_count(0)
    studio_page.keyboard.press(" ")  # a walk does not rest
    expect(studio_page.locator("#opinion.stale")).to_have_count(1)
    studio_page.get_by_role("button", name="Pause").click()
    expect(studio_page.locator("#opinion.stale")).to_have_count(0)


def test_an_auto_encoder_shows_its_reconstruction(toy_page: Page, toy_address: str):
    visit(toy_page, f"{toy_address}?m=began-digits&s=3")
    expect(toy_page.locator("#opinion")).to_contain_text("energy")
    expect(toy_page.locator("#opinion img")).to_be_visible()
    visit(toy_page, f"{toy_address}?m=wgan-digits&s=3")
    expect(toy_page.locator("#opinion")).to_contain_text("critic")
    expect(toy_page.locator("#opinion img")).to_be_hidden()
