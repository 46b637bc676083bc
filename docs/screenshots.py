"""Screenshots of every tab on a desktop and on a phone, and the README's moving picture.

    python -m docs.screenshots
    python -m docs.screenshots --faces

The first starts the studio, trains on digits for half a minute, paints, and writes
docs/images/pages/. The second writes docs/images/faces.webp: loops through six faces.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.server import studio
from gan_studio.studio.studio import Studio

CHROMIUM = "/usr/bin/chromium"
IMAGES = Path(__file__).parent / "images"
TARGET = IMAGES / "pages"
SCREENS = {"desktop": (1440, 1000), "phone": (390, 844)}
FACE = "m=stylegan2-celeba&s=8&psi=0.8"
SECONDS_OF_TRAINING = 40
LOOPS = [[seed, seed + 20, seed + 40] for seed in (8, 101, 102, 103, 104, 105)]
STRIPS = """[...document.querySelectorAll(".strip")].every((strip) =>
    strip.getBoundingClientRect().top > innerHeight || !strip.querySelector("img").hidden)"""
"""whether all film strips in sight are drawn"""
SIDE = 128
"""pixels of a face in the moving picture"""


def explore(page: Page) -> None:
    page.locator("#variations img:not([hidden])").wait_for()
    page.wait_for_function(STRIPS)


def compare(page: Page) -> None:
    opened(page, "Compare", "#compared-numbers td")


def train(page: Page) -> None:
    opened(page, "Train", "#progress figure")
    page.locator("#train").click()
    page.wait_for_timeout(1000 * SECONDS_OF_TRAINING)


def style(page: Page) -> None:
    opened(page, "Style", "#contents button")
    page.locator("#paint").click()
    page.get_by_text("Painted").first.wait_for(timeout=120_000)


def opened(page: Page, tab: str, sign: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()
    page.locator(sign).first.wait_for()


def transform(page: Page) -> None:
    page.locator("#stop-training").click()  # what was begun on the tab before
    page.get_by_text("stopped").first.wait_for()
    opened(page, "Transform", "#tries img")
    page.locator("#translators label", has_text="Colour").click()
    page.wait_for_timeout(3000)


def enlarge(page: Page) -> None:
    transformed(page, "enlarge")
    page.locator("#sharpness input").first.wait_for()


def repair(page: Page) -> None:
    transformed(page, "repair")
    page.get_by_role("button", name="Propose faces").wait_for()
    page.locator('[data-hole="middle"], [data-hole]').first.click()
    page.wait_for_timeout(4000)


def transformed(page: Page, task: str) -> None:
    """The model of a task, and what it makes of the first example."""
    page.evaluate(
        "task => transform.choose(transform.models.find((one) => one.task === task))", task
    )
    page.locator("#tries button").first.click()
    page.locator("#translated .made[src]").wait_for()
    page.wait_for_timeout(5000)


def learn(page: Page) -> None:
    """The chapter of the plane, after some seconds of training."""
    opened(page, "Learn", "#chapter h2")
    page.evaluate("learn.open(7)")
    page.locator(".stage-plane .pane .numbers:not(:empty)").first.wait_for()
    page.wait_for_timeout(15_000)


TABS: dict[str, Callable[[Page], None]] = {
    "explore": explore,
    "compare": compare,
    "train": train,
    "transform": transform,
    "enlarge": enlarge,
    "repair": repair,
    "style": style,
    "learn": learn,
}


def shoot(browser: Browser, address: str, screen: str) -> None:
    """Every tab on one screen."""
    width, height = SCREENS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{address}/?{FACE}")
    for name, open_and_fill in TABS.items():
        open_and_fill(page)
        page.wait_for_timeout(1500)
        page.evaluate("scrollTo(0, 0)")
        shot = Image.open(BytesIO(page.screenshot()))
        shot.convert("RGB").save(TARGET / f"{name}-{screen}.webp", quality=85, method=6)
    context.close()


def faces() -> None:
    """Seamless loops through seeds, side by side."""
    drawing = Studio()
    loops = [drawing.interpolate("stylegan2-celeba", seeds, 48, psi=0.7) for seeds in LOOPS]
    frames = []
    for row in zip(*loops, strict=True):
        frame = Image.new("RGB", (SIDE * len(row), SIDE))
        for i, face in enumerate(row):
            frame.paste(face.resize((SIDE, SIDE), Image.Resampling.BICUBIC), (i * SIDE, 0))
        frames.append(frame)
    rest = {"save_all": True, "append_images": frames[1:], "duration": 70, "loop": 0}
    frames[0].save(IMAGES / "faces.webp", quality=70, method=6, **rest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", action="store_true", help="draw the moving picture alone")
    if parser.parse_args().faces:
        faces()
    else:
        pages()


def pages() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with studio() as (address, _), sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for screen in SCREENS:
            shoot(chromium, address, screen)
        chromium.close()


if __name__ == "__main__":
    main()
