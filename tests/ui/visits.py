"""How the browser tests come to the page."""

from __future__ import annotations

from playwright.sync_api import Page


def visit(page: Page, address: str) -> None:
    """Open the page and wait until picture, strips and neighbours are there."""
    page.goto(address)
    page.locator("#picture img").wait_for()
    page.locator("#neighbours button").first.wait_for()
    page.locator(".strip button").first.wait_for()
