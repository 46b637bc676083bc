"""Named sliders, layers, a second seed and a picture of one's own in a real browser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import toys
from browsing import carried, number, open_panel, shows, visit
from conftest import served, visited
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from gan_studio.gans import checkpoint
from gan_studio.images.edits import Edits
from gan_studio.images.recipe import Recipe
from gan_studio.models import sliders
from gan_studio.models.sliders import Slider, Sliders
from gan_studio.studio.studio import Studio

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy with two named sliders, and one without styles or names."""
    root = tmp_path_factory.mktemp("faces")
    for family in ("stylegan2", "dcgan"):
        gan, config = toys.model(family, channels=3).eval(), toys.config(family)
        manifest = checkpoint.Manifest(family=family, config=config, channels=3, dataset="toys")
        checkpoint.save_model(root / family, gan, gan.generator, manifest)
    known = [
        Slider(name=n, reads="x", accuracy=0.8, majority=0.5, count=100, reached=0.6, others=0.2)
        for n in ("smiling", "glasses")
    ]
    ways = torch.randn(2, 128, generator=torch.Generator().manual_seed(0))
    sliders.save(root / "stylegan2", Sliders(known, ways, ways.flip(0)), {})
    return root


@pytest.fixture(scope="module")
def face_address(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(Studio(faces, "cpu", faces / "runs"), tmp_path_factory.mktemp("gradio")) as url:
        yield url


@pytest.fixture
def page(browser: Browser, face_address: str) -> Iterator[Page]:
    with visited(browser, f"{face_address}?m=stylegan2&s=3") as page:
        yield page


def test_a_named_slider_moves_the_face_in_the_layers_that_are_chosen(page):
    smile = number(page, "smiling")
    how = page.get_by_text(re.compile("60%.*20%.*80%.*50%"))
    expect(how).to_have_count(2)
    expect(how.first).to_be_hidden()
    page.get_by_text("How reliable").click()
    expect(how.first).to_be_visible()
    smile.fill("1.5")
    shows(page, Recipe(model="stylegan2", seed=3, edits=Edits(attributes={"smiling": 1.5})))
    page.get_by_text("Layers and style mixing").click()
    page.get_by_label("fine", exact=True).check()
    edits = Edits(attributes={"smiling": 1.5}, ranges={"smiling": "fine"})
    shows(page, Recipe(model="stylegan2", seed=3, edits=edits))


def test_a_second_seed_takes_over_from_a_layer_and_an_address_brings_it_back(page, face_address):
    page.get_by_text("Layers and style mixing").click()
    page.get_by_label("Style mixing: second seed").fill("9")
    number(page, "Its styles from layer").fill("4")
    recipe = Recipe(model="stylegan2", seed=3, edits=Edits(styles={4: 9}))
    shows(page, recipe)
    page.goto(f"{face_address}?{recipe.to_query()}")
    shows(page, recipe)
    assert carried(page) == recipe
    expect(page.get_by_label("Style mixing: second seed")).to_have_value("9")


def test_named_sliders_stand_first_and_their_film_strips_can_be_pressed(page):
    labels = page.locator("#sliders .direction label").all_inner_texts()
    assert [label.lower() for label in labels[:3]] == ["smiling", "glasses", "direction 1"]
    strip = page.locator(".strip").first
    expect(strip.locator("img")).to_be_visible()
    strip.locator("button").last.click()
    shows(page, Recipe(model="stylegan2", seed=3, edits=Edits(attributes={"smiling": 2.0})))
    expect(number(page, "smiling")).to_have_value("2")


def test_a_model_without_names_has_the_numbered_sliders_alone(page, face_address):
    page.goto(f"{face_address}?m=dcgan&s=3")
    expect(number(page, "Direction 1")).to_be_visible()
    expect(number(page, "smiling")).to_have_count(0)
    expect(page.get_by_text("How reliable")).to_be_hidden()
    expect(page.get_by_text("Layers and style mixing")).to_be_hidden()


def test_the_square_that_is_looked_for_can_be_dragged_and_made_smaller(page, tmp_path):
    halves = Image.new("RGB", (80, 40), (200, 0, 0))
    halves.paste((0, 0, 200), (40, 0, 80, 40))
    halves.save(tmp_path / "halves.png")
    open_panel(page, "Your picture")
    page.locator("#given input[type=file]").set_input_files(tmp_path / "halves.png")
    square = page.get_by_role("application", name="The square that is used")
    middle = square.bounding_box()
    assert middle
    square.hover()
    page.mouse.down()
    page.mouse.move(middle["x"] + 10 * middle["width"], middle["y"] + 5)
    page.mouse.up()
    moved = square.bounding_box()
    assert moved
    assert moved["x"] == pytest.approx(middle["x"] + middle["width"] / 2, abs=3)
    page.get_by_label("number input for Square").fill("0.5")
    page.wait_for_function(
        "w => document.querySelector('.square').clientWidth < w", arg=0.6 * moved["width"]
    )
    page.locator("#find").click()
    shown = page.locator("#both img").first
    shown.wait_for()
    before = Image.open(io.BytesIO(page.request.get(shown.get_attribute("src") or "").body()))
    red, _, blue = np.asarray(before.convert("RGB")).reshape(-1, 3).mean(0)
    assert blue > 150
    assert red < 50
    page.locator("#take").click()


def test_another_picture_can_be_dropped_and_one_that_cannot_be_read_is_told(
    browser, face_address, tmp_path
):
    page = browser.new_page()  # Chromium notes a refusal on its console
    visit(page, f"{face_address}?m=stylegan2&s=3")
    open_panel(page, "Your picture")
    field, shown = page.locator("#given input[type=file]"), page.locator(".crop img")
    seen = []
    for colour in ("red", "blue"):
        Image.new("RGB", (60, 40), colour).save(tmp_path / f"{colour}.png")
        field.set_input_files(tmp_path / f"{colour}.png")
        expect(shown).not_to_have_attribute("src", seen[-1] if seen else "")
        seen.append(shown.get_attribute("src"))
    assert seen[0] != seen[1]
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    field.set_input_files(tmp_path / "broken.jpg")
    expect(page.get_by_role("alert").filter(has_text="broken.jpg")).to_be_visible()
    expect(shown).to_have_attribute("src", seen[-1])
    field.set_input_files(tmp_path / "red.png")
    expect(shown).to_have_attribute("src", seen[0])
    page.close()


def test_a_picture_of_ones_own_is_found_and_can_be_moved(page, tmp_path):
    Image.new("RGB", (60, 40), (200, 120, 90)).save(tmp_path / "mine.png")
    open_panel(page, "Your picture")
    page.locator("#given input[type=file]").set_input_files(tmp_path / "mine.png")
    expect(page.locator(".crop img")).to_be_visible()
    page.locator("#find").click()
    expect(page.locator("#approach")).to_contain_text("Done", timeout=120_000)
    page.wait_for_function("() => location.search.includes('p=')")
    found = carried(page)
    assert found.edits.point
    open_panel(page, "Sliders")
    number(page, "glasses").fill("2")
    page.wait_for_function("() => location.search.includes('glasses')")
    moved = carried(page).edits
    assert (moved.point, moved.attributes) == (found.edits.point, {"glasses": 2.0})
