"""The page in a real browser, used as a person would."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from browsing import (
    carried,
    choose_model,
    contents,
    open_panel,
    picture,
    shows,
    slider,
    source,
    visit,
)
from PIL import Image, ImageSequence
from playwright.sync_api import Page, expect
from toys import alike

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.studio.studio import Studio
from gan_studio.style_transfer.painter import PaintingRecipe, StyleConfig

pytestmark = pytest.mark.browser


def changed(page: Page, before: str) -> str:
    """The picture's address once it is another one."""
    expect(page.locator("#picture img")).not_to_have_attribute("src", before)
    return source(page)


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


def test_the_saved_png_restores_the_picture(studio_page: Page, tmp_path: Path, address: str):
    slider(studio_page, "Direction 4").press("End")
    expect(studio_page).to_have_url(re.compile(r"d=4:3"))
    wanted = picture(studio_page)
    with studio_page.expect_download() as download:
        studio_page.keyboard.press("s")
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    visit(studio_page, f"{address}?m=gan-mnist&s=1")
    studio_page.locator("#restore input[type=file]").set_input_files(saved)
    expect(studio_page).to_have_url(re.compile(r"m=dcgan-mnist&s=42&d=4:3"))
    assert alike(picture(studio_page), wanted)
    expect(slider(studio_page, "Direction 4")).to_have_value("3")


def test_a_painting_on_the_explore_tab_is_told_where_it_is_restored(
    studio_page: Page, tmp_path: Path
):
    before, seen = source(studio_page), Image.new("RGB", (8, 8))
    config = StyleConfig(size=64)
    recipe = PaintingRecipe(
        content="cat", styles=("The Scream",), style_weights=(1,), config=config, steps_done=1
    )
    image_files.save(seen, tmp_path / "painting.png", recipe)
    studio_page.locator("#restore input[type=file]").set_input_files(tmp_path / "painting.png")
    expect(studio_page.locator("#notice")).to_contain_text("Style")
    assert source(studio_page) == before


def test_a_picture_is_saved_under_its_model_and_seed_however_it_came(studio_page: Page):
    def name() -> str:
        with studio_page.expect_download() as download:
            studio_page.keyboard.press("s")
        return download.value.suggested_filename

    assert name() == "dcgan-mnist-42.png"  # as the page opened
    before = source(studio_page)
    studio_page.locator("#random").click()
    before = changed(studio_page, before)
    assert name() == f"dcgan-mnist-{studio_page.locator('#seed').input_value()}.png"
    expect(studio_page.locator("#undo")).to_be_enabled()
    studio_page.locator("#undo").click()
    changed(studio_page, before)
    assert name() == "dcgan-mnist-42.png"


def test_the_address_restores_the_picture(studio_page: Page, address: str):
    recipe = Recipe(model="gan-mnist", seed=5, psi=0.7, directions={2: -1.5}, coordinates={9: 1.25})
    visit(studio_page, f"{address}?{recipe.to_query()}")
    assert alike(picture(studio_page), Studio().generate(recipe).image)


@pytest.mark.parametrize("asked", ["m=nope&s=1", "m=gan-mnist&s=1&psi=9", "m=gan-mnist&s=x"])
def test_an_address_that_cannot_be_restored_is_told_and_stays(studio_page, address, asked):
    visit(studio_page, f"{address}?{asked}")
    expect(studio_page.locator("#notice")).not_to_be_empty()
    assert studio_page.url.endswith(asked)
    assert carried(studio_page).model == "stylegan2-celeba"
    studio_page.keyboard.press("r")
    expect(studio_page).to_have_url(re.compile("m=stylegan2-celeba"))
    expect(studio_page.locator("#notice")).to_be_empty()


@pytest.mark.parametrize("seed", ["-5", "1.5", "99999999999"])
def test_a_wrong_seed_is_told_and_the_picture_stays(studio_page: Page, seed: str):
    studio_page.get_by_label("Seed", exact=True).fill(seed)
    expect(studio_page.locator("#notice")).to_contain_text(seed)
    assert carried(studio_page).seed == 42
    studio_page.get_by_label("Seed", exact=True).fill("7")
    expect(studio_page).to_have_url(re.compile("s=7"))
    expect(studio_page.locator("#notice")).to_be_empty()


def test_pngs_are_restored_one_after_the_other(studio_page: Page, tmp_path: Path):
    field = studio_page.locator("#restore input")
    for seed in (1, 2, 1):
        recipe = Recipe(model="gan-mnist", seed=seed)
        Studio().generate(recipe).save(tmp_path / f"{seed}.png")
        field.set_input_files(tmp_path / f"{seed}.png")
        shows(studio_page, recipe)
    Image.new("L", (8, 8)).save(tmp_path / "plain.png")
    field.set_input_files(tmp_path / "plain.png")
    expect(studio_page.locator("#notice")).not_to_be_empty()
    shows(studio_page, recipe)


def test_a_recipe_too_long_for_an_address_stands_behind_the_hash(studio_page, address):
    moves = dict.fromkeys(range(1, 11), 0.123)
    parts = [(1 / 36, {"seed": seed, "directions": moves}) for seed in range(36)]
    long = Recipe.from_fields({"model": "dcgan-mnist", "mix": parts})
    assert len(long.to_query()) > 6000
    studio_page.evaluate("query => explorer.open(query)", long.to_query())
    studio_page.wait_for_function("() => location.hash.includes('mix=') && !location.search")
    studio_page.reload()
    studio_page.wait_for_function(
        "() => typeof explorer === 'object' && explorer.query.includes('mix=')"
    )
    studio_page.locator("#picture img[src]").wait_for()
    assert carried(studio_page) == long


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


def test_the_link_is_the_address(studio_page: Page):
    studio_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    slider(studio_page, "Direction 1").press("ArrowLeft")
    expect(studio_page).to_have_url(re.compile(r"d=1:-0\.1"))
    studio_page.get_by_role("button", name="Link").click()
    expect(studio_page.get_by_role("button", name="Copied")).to_be_visible()
    assert studio_page.evaluate("navigator.clipboard.readText()") == studio_page.url
    expect(studio_page.get_by_role("button", name="Link")).to_be_visible()


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


def digits(page: Page):
    return page.locator("#label").get_by_role("radio")


def test_a_label_is_chosen_and_stays_through_random_link_and_variations(
    toy_page: Page, toy_address: str
):
    visit(toy_page, f"{toy_address}?m=cgan-digits&s=3")
    assert digits(toy_page).count() == 11
    before = source(toy_page)
    toy_page.locator("#label").get_by_text("7", exact=True).click()
    before = changed(toy_page, before)
    expect(toy_page).to_have_url(re.compile(r"m=cgan-digits&s=3&label=7"))
    toy_page.get_by_role("button", name="Random").click()
    before = changed(toy_page, before)
    assert carried(toy_page).label == 7
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


def test_the_saved_png_restores_its_label(toy_page: Page, toy_address: str, tmp_path: Path):
    visit(toy_page, f"{toy_address}?m=cgan-digits&s=3&label=7")
    (tmp_path / "a.png").write_bytes(contents(toy_page))
    visit(toy_page, f"{toy_address}?m=gan-digits")
    toy_page.locator("#restore input[type=file]").set_input_files(tmp_path / "a.png")
    expect(toy_page).to_have_url(re.compile(r"m=cgan-digits&s=3&label=7"))
    expect(toy_page.locator("#label").get_by_role("radio", name="7")).to_be_checked()


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


def test_nothing_scrolls_sideways_on_a_phone(studio_page: Page):
    studio_page.set_viewport_size({"width": 390, "height": 844})
    assert studio_page.evaluate("document.documentElement.scrollWidth") <= 390
    order = studio_page.evaluate(
        """['#picture', '#model', '#seed', '.direction', '#history', '#variations', '#restore']
        .map(s => document.querySelector(s).getBoundingClientRect().top)"""
    )
    assert order == sorted(order)
    assert (studio_page.locator("#picture img").bounding_box() or {})["width"] > 300


def test_an_address_that_is_too_long_for_a_server_is_a_page_with_a_sentence(
    studio_page: Page, address: str
):
    answer = studio_page.request.get(
        f"{address}?m=dcgan-mnist&x={'x' * 60_000}", headers={"accept": "text/html"}
    )
    assert answer.status == 414
    assert answer.headers["content-type"].startswith("text/plain")
