"""The Train tab in a real browser, used as a person would."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import visit
from conftest import visited
from PIL import Image
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from gan_studio.studio.studio import Studio
from gan_studio.ui.train import settings

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW = 120_000


@pytest.fixture
def page(browser: Browser, train_address: str, trainings: Studio) -> Iterator[Page]:
    """The tab, at a family that is quick; what is left running is stopped."""
    with visited(browser, train_address) as page:
        opened(page)
        chosen(page, "Family", "gan")
        yield page
    for snapshot in trainings.jobs.all():
        if not snapshot.is_over:
            trainings.jobs.stop(snapshot.id, local=True)


def opened(page: Page) -> None:
    page.get_by_role("tab", name="Train").click()
    page.locator("#samples img").wait_for()


def chosen(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def begun(page: Page) -> str:
    """Press Train; the id of the training once it runs."""
    page.locator("#train").click()
    expect(page.locator("#train-readout")).to_contain_text("trains")
    page.wait_for_url(re.compile("run="))
    return page.url.partition("run=")[2].partition("&")[0]


def readout(page: Page, text: str) -> None:
    expect(page.locator("#train-readout")).to_contain_text(text)


def step(page: Page) -> int:
    [said] = re.findall(r"step ([\d,]+)", page.locator("#train-readout").inner_text())
    return int(said.replace(",", ""))


def stopped(page: Page) -> None:
    page.locator("#stop-training").click()
    readout(page, "was stopped")


def test_an_empty_tab_shows_a_good_example_and_every_term_in_words(page: Page):
    expect(page.locator("#samples-caption")).to_contain_text("An example")
    expect(page.locator("#progress polyline").first).to_be_attached()
    page.get_by_role("button", name="Settings and remedies").click()
    expect(page.get_by_text(settings.gan_fields("dcgan")["batch_size"].description)).to_be_visible()
    page.get_by_role("button", name="Advanced").last.click()
    expect(page.get_by_label("Objective", exact=True)).to_be_visible()
    chosen(page, "Family", "wgan")
    expect(page.get_by_label("Objective", exact=True)).to_be_hidden()
    expect(page.get_by_text(settings.gan_fields("wgan")["clip"].description).first).to_be_visible()
    expect(
        page.get_by_text(settings.gan_fields("wgan")["learning_rate"].description).first
    ).to_be_visible()


def saved(page: Page, target: Path) -> set[str]:
    """Save the model there as a zip; the names of what is in it."""
    with page.expect_download() as download:
        page.locator("#save-model").click()
    download.value.save_as(target)
    with zipfile.ZipFile(target) as archive:
        return {Path(part).name for part in archive.namelist()}


def test_a_training_is_watched_reloaded_paused_changed_stopped_and_explored(
    page: Page, browser: Browser, trainings: Studio, tmp_path: Path
):
    example = page.locator("#samples img").get_attribute("src")
    name = begun(page)
    expect(page.locator("#samples img")).not_to_have_attribute("src", example or "")
    expect(page.locator("#real img")).to_be_visible()
    expect(page.locator("#progress figure").nth(1)).to_be_attached()

    page.reload()
    readout(page, "trains")
    assert f"run={name}" in page.url
    expect(page.locator("#samples img")).to_be_visible()

    with visited(browser, f"{page.url.partition('?')[0]}") as other:
        opened(other)
        other.get_by_role("button", name="All trainings").click()
        other.locator(f"#trainings button[data-key='{name}']").click()
        readout(other, "trains")
        for control in ("#pause", "#one-step", "#stop-training"):
            expect(other.locator(control)).to_be_disabled()

    page.locator("#pause").click()
    readout(page, "is paused")
    page.wait_for_timeout(1500)
    before = step(page)
    page.locator("#one-step").click()
    readout(page, f"step {before + 1:,}")
    page.locator("#changing button").first.click()
    page.get_by_label("New learning rate").fill("0.0005")
    page.get_by_label("Only D", exact=True).check()
    page.locator("#apply").click()
    page.locator("#pause").click()
    expect(page.locator("#changes")).to_contain_text("learning rate 0.0005")
    expect(page.locator("#progress .mark").first).to_be_attached()
    readout(page, "only D learns")
    assert trainings.jobs.snapshot(name).trainable == "discriminator"

    stopped(page)
    assert saved(page, tmp_path / "model.zip") == {
        *("config.json", "model.safetensors", "history.csv", "samples.png"),
        *("distance.png", "README.md"),
    }
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#models").get_by_label(name, exact=True)).to_be_visible()
    page.wait_for_url(lambda url: "run=" not in url)
    page.get_by_role("tab", name="Train").click()
    page.get_by_role("link", name="Open in Explore").click()
    page.locator("#picture img").wait_for()
    expect(page.locator("#model")).to_contain_text(name)


def test_a_stranger_s_mistakes_are_told_under_the_button(page: Page):
    page.get_by_label("Budget", exact=True).fill("-3")
    page.locator("#train").click()
    said = page.locator("#train-mistake")
    for named in ("minutes", "0.05", "1440", "-3"):
        expect(said).to_contain_text(named)
    chosen(page, "Data", "my own pictures")
    page.get_by_label("Budget", exact=True).fill("1")
    page.locator("#train").click()
    expect(said).to_contain_text("pictures")


def test_own_pictures_are_dropped_told_of_and_trained_on(page: Page, tmp_path: Path):
    for i in range(5):
        Image.effect_noise((40 + i, 50), 60).convert("RGB").save(tmp_path / f"{i}.png")
    (tmp_path / "bad.jpg").write_text("no picture")
    chosen(page, "Data", "my own pictures")
    page.locator("#drop-pictures input[type=file]").set_input_files(
        [str(path) for path in sorted(tmp_path.iterdir())]
    )
    expect(page.locator("#survey")).to_contain_text(re.compile(r"\b5\b"))
    expect(page.locator("#survey")).to_contain_text("bad.jpg")
    first = begun(page)
    expect(page.locator("#real img")).to_be_visible()
    stopped(page)
    chosen(page, "Family", "dcgan")  # the pictures are still shown
    page.locator("#train").click()
    page.wait_for_url(lambda url: "run=" in url and f"run={first}" not in url)
    readout(page, "dcgan on own pictures trains")
    stopped(page)

    page.locator("#drop-pictures").get_by_label("Remove").or_(
        page.locator("#drop-pictures .label-clear-button")
    ).first.click()
    expect(page.locator("#survey")).to_contain_text(re.compile(r"\b4\b"))
    page.locator("#drop-pictures").get_by_label("Clear").first.click()
    expect(page.locator("#survey")).to_have_text("")
    page.locator("#train").click()
    expect(page.locator("#train-mistake")).to_contain_text("pictures")


def test_two_people_who_press_train_at_once_stand_in_line(
    page: Page, browser: Browser, train_address: str
):
    with visited(browser, train_address) as second:
        opened(second)
        chosen(second, "Family", "gan")
        page.locator("#train").click()
        second.locator("#train").click()
        readout(page, "trains")
        readout(second, "2nd")
        second.locator("body").press("Escape")
        readout(second, "was stopped")
        stopped(page)


def test_space_pauses_and_goes_on(page: Page):
    begun(page)
    page.get_by_role("heading", name="GAN Studio").click()
    page.keyboard.press(" ")
    readout(page, "is paused")
    page.keyboard.press(" ")
    readout(page, "trains")
    page.keyboard.press("Escape")
    readout(page, "was stopped")


@contextmanager
def held_back(page: Page, element: str) -> Iterator[None]:
    """Answers to the element's own event come at the end of the block, those to others at once."""
    number = page.evaluate(
        """id => {
            const {components, dependencies} = window.gradio_config;
            const {id: target} = components.find(({props}) => props.elem_id === id);
            return dependencies.find(({targets}) => targets.some(([of]) => of === target)).id;
        }""",
        element,
    )
    held: list[tuple[Route, APIResponse]] = []

    def answer(route: Route) -> None:
        asked = route.request.post_data_json
        if asked and asked["fn_index"] == number and not held:
            held.append((route, route.fetch()))
        else:
            route.fallback()

    page.route("**/run/predict*", answer)
    yield
    for _ in range(1000):  # the test may be quicker than the page
        if held:
            break
        page.wait_for_timeout(10)
    [(route, response)] = held
    route.fulfill(response=response)


def test_a_press_before_the_answer_to_the_last_one_counts(page: Page, trainings: Studio):
    name = begun(page)
    page.get_by_role("heading", name="GAN Studio").click()
    with held_back(page, "pause"):
        page.keyboard.press(" ")
        readout(page, "is paused")  # as the clock has it
        page.keyboard.press(" ")
    readout(page, "trains")
    expect(page.locator("#pause")).to_have_text("⏸ Pause")
    page.keyboard.press("Escape")
    readout(page, "was stopped")
    told = (trainings.jobs.directory(name) / "events.jsonl").read_text().splitlines()
    states = [event["state"] for event in map(json.loads, told) if event["kind"] == "state"]
    assert states == ["running", "paused", "running", "stopped"]


@pytest.mark.parametrize("width", [390, 1024])
def test_nothing_scrolls_sideways_and_on_a_phone_the_picture_comes_first(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture, train = (page.locator(at).bounding_box() for at in ("#samples", "#train"))
    assert picture
    assert train
    assert (picture["y"] < train["y"]) == (width == 390)


def test_two_tabs_of_a_browser_steer_what_either_began(page: Page, train_address: str):
    other = page.context.new_page()
    visit(other, train_address)
    opened(other)
    chosen(other, "Family", "gan")
    first = begun(page)
    other.locator("#train").click()
    other.wait_for_url(re.compile("run="))
    page.goto(f"{train_address}?run={first}")
    expect(page.locator("#train-readout")).to_contain_text("trains")
    expect(page.locator("#stop-training")).to_be_enabled()
    stopped(page)
    other.goto(f"{train_address}?run={first}")
    expect(other.locator("#pause")).to_be_enabled()  # resumes what the other tab began
    other.close()
