"""A picture comes back from its PNG and from its address, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browsing import (
    carried,
    changed,
    contents,
    picture,
    shows,
    slider,
    source,
    visit,
)
from PIL import Image
from playwright.sync_api import Page, expect
from toys import alike

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.studio.studio import Studio
from gan_studio.style_transfer.painter import PaintingRecipe, StyleConfig

pytestmark = pytest.mark.browser


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


def test_the_link_is_the_address(studio_page: Page):
    studio_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    slider(studio_page, "Direction 1").press("ArrowLeft")
    expect(studio_page).to_have_url(re.compile(r"d=1:-0\.1"))
    studio_page.get_by_role("button", name="Link").click()
    expect(studio_page.get_by_role("button", name="Copied")).to_be_visible()
    assert studio_page.evaluate("navigator.clipboard.readText()") == studio_page.url
    expect(studio_page.get_by_role("button", name="Link")).to_be_visible()


def test_the_saved_png_restores_its_label(toy_page: Page, toy_address: str, tmp_path: Path):
    visit(toy_page, f"{toy_address}?m=cgan-digits&s=3&label=7")
    (tmp_path / "a.png").write_bytes(contents(toy_page))
    visit(toy_page, f"{toy_address}?m=gan-digits")
    toy_page.locator("#restore input[type=file]").set_input_files(tmp_path / "a.png")
    expect(toy_page).to_have_url(re.compile(r"m=cgan-digits&s=3&label=7"))
    expect(toy_page.locator("#label").get_by_role("radio", name="7")).to_be_checked()


def test_an_address_that_is_too_long_for_a_server_is_a_page_with_a_sentence(
    studio_page: Page, address: str
):
    answer = studio_page.request.get(
        f"{address}?m=dcgan-mnist&x={'x' * 60_000}", headers={"accept": "text/html"}
    )
    assert answer.status == 414
    assert answer.headers["content-type"].startswith("text/plain")
