"""Every tab can be read and used by all: axe-core finds nothing serious on any of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import visit
from playwright.sync_api import Browser, Page

from gan_studio.lessons import FIGURES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WAYS = ("Walk", "Map and sums", "Your picture", "Sliders")
FILLED = {
    "Compare": "#compared-numbers td",
    "Train": "#progress figure",
    "Transform": "#no-translators:visible, #translated .made[src]",
    "Style": "#contents button",
}
"""tab -> what is there once it is filled"""
PHONE, DESKTOP = 390, 1440


@pytest.fixture(params=[("light", DESKTOP), ("dark", PHONE)])
def looked_at(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A visit by each scheme, and on each screen."""
    scheme, width = request.param
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    visit(page, address)
    yield page
    context.close()


def places(page: Page) -> Iterator[str]:
    """Each place of the page in turn, opened and filled."""
    for way in WAYS:
        page.get_by_role("tab", name=way, exact=True).click()
        page.wait_for_timeout(500)
        yield way
    page.locator("#model").click()
    page.locator(".card").first.wait_for()
    yield "the models"
    for tab, sign in FILLED.items():
        page.get_by_role("tab", name=tab, exact=True).click()
        page.locator(sign).first.wait_for()
        page.wait_for_timeout(500)  # what fades in has less contrast
        yield tab
    page.get_by_role("tab", name="Learn", exact=True).click()
    page.locator("#chapter h2").wait_for()
    for number, figure in enumerate(FIGURES, 1):
        page.evaluate("number => learn.open(number)", number)
        page.locator(f".stage-{figure} > *").first.wait_for()
        page.wait_for_timeout(500)
        yield f"chapter {number}"


def complaints(page: Page) -> list[str]:
    """Serious and critical violations that axe-core finds, each with its place."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(looked_at: Page):
    for place in places(looked_at):
        assert not complaints(looked_at), place
        assert looked_at.evaluate("document.documentElement.scrollWidth <= innerWidth"), place


def test_axe_would_find_faint_words_and_buttons_without_names(studio_page: Page):
    studio_page.evaluate(
        """document.querySelector("#device span").style.color = "#ccc";
        document.querySelector("#random").textContent = "";"""
    )
    found = "\n".join(complaints(studio_page))
    assert "color-contrast" in found
    assert "button-name" in found
