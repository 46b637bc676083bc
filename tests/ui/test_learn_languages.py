"""The Learn tab in other languages than English: its figures' texts and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import visitor
from playwright.sync_api import Browser, Locator, Page, expect

from gan_studio.lessons import FIGURES, load
from gan_studio.studio import FAMILIES, TRANSLATIONS, any_family
from gan_studio.ui.languages import LANGUAGES, catalogue, sentences

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOCALES = {"en": "en-GB", "it": "it-IT", "es": "es-ES", "ro": "ro-RO"}
DRAWN = """window.drawn = new Set();
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    window.drawn.add(text);
    return fillText.call(this, text, ...place);
};"""
"""remembers what is written on canvases"""
TEXTS = """stage => {
    const nodes = document.createTreeWalker(stage, NodeFilter.SHOW_TEXT), found = [];
    while (nodes.nextNode())
        if (!stage.contains(nodes.currentNode.parentElement.closest("[lang=en]")))
            found.push(nodes.currentNode.data.trim().replace(/\\s+/g, " "));
    for (const one of stage.querySelectorAll("[title]")) found.push(one.title);
    return [...found, ...window.drawn].filter(Boolean);
}"""
POINT, COMMA = (
    re.compile(rf"(?<![\d.,])0{mark}\d|\d{mark}\d{{1,2}}(?!\d)|\d{mark}\d{{4}}")
    for mark in (r"\.", ",")
)
"""numbers with decimals; three digits and no zero before them may be thousands"""


@pytest.fixture(scope="module", params=LOCALES)
def lesson(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Any]:
    """A language, and a visit to the first chapter with a browser that speaks it."""
    with visitor(browser, address, locale=LOCALES[request.param]) as page:
        page.add_init_script(DRAWN)
        page.goto(f"{address}?learn=1")
        page.locator("#chapter h2").wait_for()
        yield request.param, page


def stage(page: Page, figure: str) -> Locator:
    """A chapter's figure, opened and drawn."""
    page.evaluate("number => learn.open(number)", FIGURES.index(figure) + 1)
    found = page.locator(f".stage-{figure}")
    found.locator("button, input, .paper").first.wait_for()
    return found


def test_every_paper_tells_its_idea_in_the_readers_language(lesson: tuple[str, Page]):
    language, page = lesson
    tree = stage(page, "family-tree")
    for name in (*FAMILIES, *TRANSLATIONS):
        tree.locator(f".paper[data-name='{name}']").click()
        idea = tree.locator(".detail p", has=page.locator("b")).nth(1).locator("span")
        english = any_family(name).summary
        said = english if language == "en" else sentences(language)[english]
        expect(idea).to_have_text(said)
        assert idea.get_attribute("lang") == ("en" if language == "en" else None)


def press_all(figure: str, shown: Locator) -> Iterator[None]:
    """Everything that makes a figure show other texts and numbers."""
    yield
    if figure == "boundary":
        shown.get_by_role("radio").nth(1).check()
        yield
    if figure == "players":
        for box in ("noise", "real", "discriminator", "score"):
            shown.locator(f"[data-box={box}]").click()
            yield
    if figure == "steps":
        shown.locator(".cell").first.wait_for()  # presses before that are not heard
        shown.locator("button").nth(2).click()
        expect(shown.locator(".moved")).to_have_count(2)
        yield
    if figure == "failures":
        for case in range(3):
            shown.locator("fieldset").first.get_by_role("radio").nth(case).check()
            shown.locator(".question input").first.check()
            shown.locator(".answer button").click()
            shown.locator(".recording").nth(1).wait_for()
            yield
    if figure == "plane":
        shown.locator(".pane .numbers:not(:empty)").first.wait_for()
        yield


def test_figures_write_numbers_and_words_as_the_language_does(lesson: tuple[str, Page]):
    language, page = lesson
    other = {} if language == "en" else {**sentences(language), **catalogue(language)}
    english = {text for text, said in other.items() if said != text and " " in text}
    with_decimals = set[str]()
    right, wrong = (POINT, COMMA) if language == "en" else (COMMA, POINT)
    for figure in FIGURES:
        page.evaluate("window.drawn.clear()")
        shown = stage(page, figure)
        for _ in press_all(figure, shown):
            told = shown.evaluate(TEXTS)
            assert not [text for text in told if wrong.search(text)]
            assert not english & {*told}
            with_decimals |= {figure for text in told if right.search(text)}
    shows = {"boundary", "players", "steps", "losses", "failures", "plane", "style"}
    assert with_decimals >= shows


def test_chapters_are_in_the_readers_language(lesson: tuple[str, Page]):
    language, page = lesson
    for number, chapter in enumerate(load(language).chapters, 1):
        page.evaluate("number => learn.open(number)", number)
        expect(page.locator("#chapter h2")).to_have_text(chapter.title)
        expect(page.locator("#chapter")).to_have_attribute("lang", language)
        assert chapter.language == language
    assert len(LANGUAGES) == len(LOCALES) - 1
