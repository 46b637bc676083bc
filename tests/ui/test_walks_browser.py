"""History, favourites, variations, interpolations, sums and maps in a real browser."""

from __future__ import annotations

import json
import re

import av
import numpy as np
import pytest
from browsing import DIGIT, carried, number, open_panel, picture, shows, slider, visit
from PIL import Image, ImageSequence
from playwright.sync_api import Page, expect
from toys import alike

from gan_studio.images.recipe import Recipe, analogy
from gan_studio.studio.maps import Slopes
from gan_studio.studio.studio import Studio

pytestmark = pytest.mark.browser


def seen(page: Page):
    return page.locator("#seen button")


def seeds(page: Page, *numbers: int) -> list[Recipe]:
    """Type seeds one after the other, each until it stands in the history."""
    field = page.get_by_label("Seed", exact=True)
    for seed in numbers:
        before = seen(page).count()
        field.fill(str(seed))
        expect(seen(page)).to_have_count(before + 1)
    page.locator("body").click(position={"x": 2, "y": 2})
    return [Recipe(model="dcgan-mnist", seed=seed) for seed in numbers]


@pytest.fixture
def start(studio_page: Page) -> Page:
    expect(seen(studio_page)).to_have_count(1)
    return studio_page


def test_a_press_on_the_history_restores_every_control(start: Page):
    slider(start, "Direction 1").press("End")
    expect(seen(start)).to_have_count(2)
    seeds(start, 7)
    seen(start).nth(1).click()
    shows(start, Recipe(model="dcgan-mnist", seed=42, directions={1: 3}))
    expect(start.get_by_label("Seed", exact=True)).to_have_value("42")
    expect(slider(start, "Direction 1")).to_have_value("3")
    expect(seen(start)).to_have_count(3)
    expect(seen(start).nth(1)).to_have_class("current")


def test_of_a_picture_in_the_history_the_seed_alone_can_be_taken(start: Page):
    seeds(start, 7)
    slider(start, "Direction 2").press("Home")
    expect(seen(start)).to_have_count(3)
    start.get_by_label("seed only").check()
    seen(start).last.click()
    shows(start, Recipe(model="dcgan-mnist", seed=42, directions={2: -3}))


def test_undo_and_redo_by_button_arrow_and_control_z(start: Page):
    seven, eight = seeds(start, 7, 8)
    start.get_by_role("button", name="Undo").click()
    shows(start, seven)
    start.keyboard.press("ArrowLeft")
    shows(start, Recipe(model="dcgan-mnist", seed=42))
    expect(start.get_by_role("button", name="Undo")).to_be_disabled()
    start.keyboard.press("ArrowRight")
    shows(start, seven)
    start.keyboard.press("Control+Shift+z")
    shows(start, eight)
    expect(start.get_by_role("button", name="Redo")).to_be_disabled()
    start.keyboard.press("Control+z")
    shows(start, seven)


def test_steps_back_in_quick_succession_are_all_taken(start: Page):
    seven, *_ = seeds(start, 7, 8, 9, 10)
    for _ in range(3):
        start.keyboard.press("ArrowLeft")
    shows(start, seven)
    start.wait_for_timeout(1000)
    start.keyboard.press("ArrowLeft")
    shows(start, Recipe(model="dcgan-mnist", seed=42))
    expect(start.get_by_role("button", name="Undo")).to_be_disabled()


def test_a_favourite_of_a_model_that_is_gone_is_told(start: Page):
    stale = [{"query": "m=<b>gone&s=1", "picture": "data:image/png;base64,"}]
    start.evaluate("stale => localStorage.setItem('gan-studio-kept', stale)", json.dumps(stale))
    start.evaluate("pictureHistory.loadFavourites()")
    start.locator("#kept button").click()
    expect(start.locator("#notice")).to_contain_text("<b>gone")
    assert carried(start).seed == 42


def test_after_an_undo_another_way_replaces_what_was_undone(start: Page):
    seven, _ = seeds(start, 7, 8)
    start.get_by_role("button", name="Undo").click()
    shows(start, seven)
    (nine,) = seeds(start, 9)
    expect(start.get_by_role("button", name="Redo")).to_be_disabled()
    start.get_by_role("button", name="Undo").click()
    shows(start, seven)
    expect(seen(start)).to_have_count(4)  # the strip keeps them all
    start.get_by_role("button", name="Redo").click()
    shows(start, nine)


def test_a_drag_stands_in_the_history_once(start: Page):
    box = slider(start, "Direction 2").bounding_box() or {}
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    start.mouse.move(x, y)
    start.mouse.down()
    for i in (1, 2, 3):
        start.mouse.move(x + 12 * i, y)
        start.wait_for_timeout(600)
    assert seen(start).count() == 1
    start.mouse.up()
    expect(seen(start)).to_have_count(2)


def test_history_and_favourites_survive_a_reload(start: Page, address: str):
    seven, eight = seeds(start, 7, 8)
    start.keyboard.press("f")
    expect(start.get_by_role("button", name="Kept")).to_be_visible()
    start.get_by_role("button", name="Undo").click()
    shows(start, seven)
    expect(start.get_by_role("button", name="Keep")).to_be_visible()
    visit(start, f"{address}?{seven.to_query()}")
    expect(seen(start)).to_have_count(3)
    start.locator("#kept button").click()
    shows(start, eight)
    start.get_by_role("button", name="Kept").click()
    expect(start.locator("#kept button")).to_have_count(0)
    visit(start, f"{address}?{seven.to_query()}")
    expect(seen(start)).to_have_count(3)
    expect(start.locator("#kept button")).to_have_count(0)


def test_two_tabs_of_a_browser_keep_favourites_together(start: Page, address: str):
    other = start.context.new_page()
    visit(other, f"{address}?{DIGIT}")
    seeds(start, 7)
    start.keyboard.press("f")
    seeds(other, 8)
    other.keyboard.press("f")
    for page in (start, other):
        expect(page.locator("#kept button")).to_have_count(2)
    start.locator("#kept button").first.click()
    shows(start, Recipe(model="dcgan-mnist", seed=8))
    start.keyboard.press("f")
    visit(other, f"{address}?{DIGIT}")
    expect(other.locator("#kept button")).to_have_count(1)


def test_a_favourite_for_which_there_is_no_room_drops_no_other(start: Page):
    start.evaluate("pictureHistory.MAX_FAVOURITES = 1")
    seven, eight = seeds(start, 7, 8)
    start.get_by_role("button", name="Undo").click()
    shows(start, seven)
    start.keyboard.press("f")
    expect(start.locator("#kept button")).to_have_count(1)
    start.get_by_role("button", name="Redo").click()
    shows(start, eight)
    start.keyboard.press("f")
    expect(start.locator("#notice")).not_to_be_empty()
    start.locator("#kept button").click()
    shows(start, seven)


def test_keys_do_nothing_while_somebody_types(start: Page):
    seeds(start, 7)
    number(start, "Direction 1").click()
    for key in ("r", "f", "ArrowLeft"):
        start.keyboard.press(key)
    start.wait_for_timeout(700)
    assert carried(start).seed == 7
    assert start.locator("#kept button").count() == 0


def test_what_the_browser_stored_in_another_form_is_left_out(start: Page, address: str):
    start.evaluate(
        "sessionStorage.setItem('gan-studio-history', '{\"seen\": [1, {}], \"trail\": 5}')"
    )
    visit(start, f"{address}?{DIGIT}")
    expect(seen(start)).to_have_count(1)
    seeds(start, 7)
    start.get_by_role("button", name="Undo").click()
    shows(start, Recipe(model="dcgan-mnist", seed=42))


def test_a_variation_is_pressed_and_can_be_shared(start: Page, address: str):
    wanted = Studio().vary(Recipe(model="dcgan-mnist", seed=42), 0.3, 8)[4]
    start.locator("#variations button").nth(4).click()
    shows(start, wanted.recipe)
    assert alike(picture(start), wanted.image)
    visit(start, f"{address}?{wanted.recipe.to_query()}")
    assert carried(start) == wanted.recipe


def test_variations_follow_their_strength_and_the_picture(start: Page):
    first = start.locator("#variations img")
    told = [first.get_attribute("src")]
    for act in (
        lambda: slider(start, "Variation strength").press("End"),
        lambda: start.get_by_role("button", name="Others").click(),
        lambda: start.keyboard.press("r"),
    ):
        act()
        expect(first).not_to_have_attribute("src", str(told[-1]))
        told.append(first.get_attribute("src"))


def test_a_sum_of_three_pictures_is_shown_and_moved_on(start: Page):
    a, b, c = seeds(start, 7, 8, 9)
    open_panel(start, "Map and sums")
    start.get_by_role("radio", name="three pictures").check()
    for index in (2, 1, 0):  # the last comes first
        start.locator("#terms .thumbs button").nth(index).click()
    shows(start, analogy(a, b, c))
    expect(start.locator("#terms .outcome img")).to_be_visible()
    expect(start.locator("#terms .places img")).to_have_count(4)
    assert alike(picture(start), Studio().generate(analogy(a, b, c)).image)
    open_panel(start, "Sliders")
    slider(start, "Direction 1").press("End")
    start.wait_for_url(re.compile("d=1:3"))
    assert carried(start).mix == analogy(a, b, c).mix
    start.get_by_label("Seed", exact=True).fill("5")
    shows(start, Recipe(model="dcgan-mnist", seed=5, directions={1: 3}))


def test_pictures_of_two_models_are_not_added(start: Page, address: str):
    visit(start, f"{address}?m=gan-mnist&s=1")
    expect(seen(start)).to_have_count(2)
    open_panel(start, "Map and sums")
    start.get_by_role("radio", name="three pictures").check()
    for index in (0, 0, 1):
        start.locator("#terms .thumbs button").nth(index).click()
    expect(start.locator("#corners > p")).to_contain_text("gan-mnist")
    shows(start, Recipe(model="gan-mnist", seed=1))


def test_a_walk_through_chosen_pictures_is_saved_as_a_loop(start: Page):
    seeds(start, 7, 8)
    open_panel(start, "Walk")
    start.get_by_label("pictures that you choose").check()
    go = start.locator("#walks .walk")
    go.click()
    expect(start.locator("#keyframes > p")).to_contain_text("two")
    for index in (0, 1, 2):
        start.locator("#keyframes .thumbs button").nth(index).click()
    start.locator("#keyframes .places button").nth(1).click()  # away again
    start.get_by_label("Seconds").fill("1")
    start.get_by_role("radio", name="MP4").check()
    go.click()
    expect(start.locator("#picture img")).to_have_attribute("src", re.compile("image/webp"))
    frames = [f.convert("L") for f in ImageSequence.Iterator(picture(start))]
    assert len(frames) == 24
    for place, seed in ((0, 8), (12, 42)):
        wanted = Studio().generate(Recipe(model="dcgan-mnist", seed=seed)).image
        small = frames[place].resize(wanted.size, Image.Resampling.NEAREST)
        assert np.abs(np.asarray(small).astype(int) - np.asarray(wanted)).max() <= 2
    with start.expect_download() as download:
        start.get_by_role("link", name="Save the loop").click()
    assert download.value.suggested_filename == "dcgan-mnist-8-walk.mp4"
    with av.open(download.value.path(), "r") as video:
        assert sum(1 for _ in video.decode(video=0)) == 24


def on_the_map(page: Page, x: float, y: float) -> tuple[float, float]:
    page.locator(".map").scroll_into_view_if_needed()
    box = page.locator(".map").bounding_box() or {}
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def test_a_drag_over_the_map_moves_the_picture_and_letting_go_takes_it(start: Page):
    open_panel(start, "Map and sums")
    start.locator(".map img").first.wait_for()
    start.mouse.move(*on_the_map(start, 0.5, 0.5))
    start.mouse.down()
    start.mouse.move(*on_the_map(start, 10.5 / 11, 0.5), steps=4)
    shows(start, Recipe(model="dcgan-mnist", seed=42, directions={1: 3}))
    start.mouse.move(*on_the_map(start, 10.5 / 11, 0.5 / 11), steps=4)
    corner = Slopes(recipe=Recipe(model="dcgan-mnist", seed=42)).at(1, 0)
    shows(start, corner)
    start.mouse.up()
    assert alike(picture(start), Studio().generate(corner).image)
    open_panel(start, "Sliders")
    for direction in (1, 2):
        handle = slider(start, f"Direction {direction}")
        expect(handle).to_have_value("3")
    expect(seen(start)).to_have_count(2)


def test_the_map_is_walked_with_arrow_keys(start: Page):
    open_panel(start, "Map and sums")
    start.locator(".map img").first.wait_for()
    start.locator(".map").focus()
    for _ in range(4):
        start.keyboard.press("ArrowLeft")
    shows(start, Recipe(model="dcgan-mnist", seed=42, directions={1: -0.6}))
    start.keyboard.press("Enter")
    open_panel(start, "Sliders")
    handle = slider(start, "Direction 1")
    expect(handle).to_have_value("-0.6")


def test_a_map_between_three_pictures_has_them_in_its_corners(start: Page):
    a, b, c = seeds(start, 7, 8, 9)
    open_panel(start, "Map and sums")
    start.get_by_role("radio", name="three pictures").check()
    for index in (2, 1, 0):
        start.locator("#corners .thumbs button").nth(index).click()
    start.locator(".map").get_by_role("img").first.wait_for()
    expect(start.locator("#map .caption")).to_contain_text("fourth corner")
    for place, corner in (((0.02, 0.02), b), ((0.98, 0.02), a), ((0.02, 0.98), c)):
        start.mouse.click(*on_the_map(start, *place))
        shows(start, corner)


def test_nothing_scrolls_sideways_in_any_panel_on_a_phone(start: Page):
    for name in ("Sliders", "Walk", "Map and sums", "Your picture"):
        start.set_viewport_size({"width": 1280, "height": 1000})  # where all tabs are in sight
        open_panel(start, name)
        start.set_viewport_size({"width": 390, "height": 844})
        start.wait_for_timeout(300)
        assert start.evaluate("document.documentElement.scrollWidth") <= 390
