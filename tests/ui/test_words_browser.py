"""The Words tab in a real browser, used as a person would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import toys
from conftest import served, visited
from playwright.sync_api import Browser, Page, expect

from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batches
from gan_studio.gans import checkpoint
from gan_studio.gans.families.gan_cls import GANCLS
from gan_studio.studio import Studio

pytestmark = pytest.mark.browser
TOY = "words-toy"
LESSONS = 250


def taught() -> GANCLS:
    """A toy that draws noise, whose text encoder reads."""
    pictures = registry.load("coloured-digits", 16)
    assert pictures.captions
    config = toys.config("gan-cls", width=4, style_dim=8, text_dim=32, word_dim=16, text_rate=0.01)
    torch.manual_seed(0)
    gan = GANCLS(config, 3, len(pictures.captions.grammar.names))  # pyright: ignore[reportArgumentType]
    gan.text.set_vocabulary(pictures.captions.grammar.vocabulary)
    batches = Batches(pictures, 32)
    for _ in range(LESSONS):
        gan.train_text_encoder(next(batches))
    return gan


@pytest.fixture(scope="module")
def words_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root, cache = tmp_path_factory.mktemp("words"), tmp_path_factory.mktemp("gradio")
    gan = taught()
    manifest = checkpoint.Manifest(
        family="gan-cls", config=gan.config, channels=3, dataset="coloured-digits",
        classes=gan.classes,
    )  # fmt: skip
    checkpoint.save_model(root / TOY, gan, gan.generator, manifest)
    with served(Studio(root, "cpu", cache / "runs"), cache) as url:
        yield url


@pytest.fixture
def page(browser: Browser, words_address: str) -> Iterator[Page]:
    with visited(browser, words_address) as page:
        page.get_by_role("tab", name="Words").click()
        page.locator("#worded img[src]").wait_for()
        yield page


def made(page: Page) -> str:
    return page.locator("#worded img").get_attribute("src") or ""


def changes(page: Page, before: str) -> None:
    expect(page.locator("#worded img")).not_to_have_attribute("src", before)


def test_a_sentence_is_drawn_as_it_is_typed_and_its_chips_are_sliders(page: Page, tmp_path: Path):
    before = made(page)
    page.locator("#sentence").fill("a green three <b>zebra</b>")
    changes(page, before)
    expect(page.locator("#understood s")).to_have_text(["b", "zebra", "b"])
    chip = page.locator(".chip[data-trait='digit: three']")
    chip.wait_for()
    before = made(page)
    chip.locator("input").press("ArrowLeft")
    changes(page, before)
    expect(chip.locator("output")).to_have_text(chip.locator("output").inner_text())
    before, seed = made(page), page.locator("#words-seed").input_value()
    page.keyboard.press("r")
    changes(page, before)
    assert page.locator("#words-seed").input_value() != seed
    with page.expect_download() as download:
        page.locator("#words-save").click()
    download.value.save_as(tmp_path / "saved.png")
    kept = made(page)
    page.locator("#sentence").fill("a red one")
    changes(page, kept)
    page.locator("#words-restore input").set_input_files(tmp_path / "saved.png")
    expect(page.locator("#sentence")).to_have_value("a green three <b>zebra</b>")
    expect(page.locator("#worded img")).to_have_attribute("src", kept)


def test_nothing_to_read_is_no_error(page: Page):
    page.locator("#sentence").fill("🙂 семь")
    expect(page.locator("#words-notes li")).to_have_count(2)
    page.locator("#sentence").fill("")
    expect(page.locator("#worded")).to_have_class("stale")
    expect(page.locator("#words-notice")).to_have_text("")


def test_a_chip_keeps_the_focus_while_the_picture_follows(page: Page):
    page.locator("#sentence").fill("a green three")
    chip = page.locator(".chip[data-trait='digit: three'] input")
    chip.wait_for()
    for key, value in (("End", "1.5"), ("Home", "-1.5")):
        before = made(page)
        page.keyboard.press(key) if key == "Home" else chip.press(key)
        changes(page, before)
        expect(chip).to_have_value(value)
    expect(page).to_have_url(re.compile("strengths="))
    address = page.url
    page.goto(f"{address.partition('?')[0]}?m={TOY}&s=1&{address.partition('?')[2]}")
    expect(page.locator(".chip[data-trait='digit: three'] input")).to_have_value("-1.5")
    expect(page.locator("#notice")).to_have_text("")
