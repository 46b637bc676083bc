"""How the browser tests come to the page, and what they see there."""

from __future__ import annotations

import base64
import io

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe

DIGIT = "m=dcgan-mnist&s=42"
"""a recipe of a model that is drawn quickly"""


def visit(page: Page, address: str) -> None:
    """Open the page and wait until picture and variations are there."""
    page.goto(address)
    for drawn in ("#picture img[src]", "#variations img:not([hidden])"):
        page.locator(drawn).first.wait_for()


def open_panel(page: Page, name: str) -> None:
    """Open a panel beside the picture."""
    page.locator("#explore-panels").get_by_role("tab", name=name, exact=True).click()


def choose_model(page: Page, name: str) -> None:
    """Press a model's card."""
    page.locator("#model").click()
    page.locator("#cards .card", has=page.get_by_role("radio", name=name, exact=True)).click()


def source(page: Page) -> str:
    """The address of the picture on the Explore tab, which holds its bytes."""
    return page.locator("#picture img").get_attribute("src") or ""


def changed(page: Page, before: str) -> str:
    """The address of the picture once it is another one."""
    expect(page.locator("#picture img")).not_to_have_attribute("src", before)
    return source(page)


def contents(page: Page) -> bytes:
    """The bytes of that picture."""
    return base64.b64decode(source(page).partition(",")[2])


def picture(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(contents(page)))


def carried(page: Page) -> Recipe:
    """The recipe in that picture's PNG."""
    return image_files.read_recipe(io.BytesIO(contents(page)))


def shows(page: Page, recipe: Recipe) -> None:
    """Wait until the page shows a recipe's picture and its address."""
    page.wait_for_function(
        """query => typeof explorer === "object" && [location.search.slice(1), explorer.query]
        .every(text => decodeURIComponent(text) === decodeURIComponent(query))""",
        arg=recipe.to_query(),
    )


def slider(page: Page, label: str) -> Locator:
    return page.get_by_role("slider", name=label, exact=True)


def number(page: Page, label: str) -> Locator:
    """The field beside a slider."""
    return page.get_by_role("spinbutton", name=label, exact=True)
