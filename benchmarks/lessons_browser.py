"""How fast the chapters of the Learn tab open in a headless Chromium, and how soon they stop.

    python -m benchmarks.lessons_browser

From the press on a chapter's name to its text on the screen, then to the first frame of its figure;
from the press on another tab to the last request that the chapter still sends. The first round
loads what is loaded once; the best round is what a busy machine disturbs least.
"""

from __future__ import annotations

from typing import Any

import tyro
from playwright.sync_api import Page, sync_playwright

from benchmarks import report
from benchmarks.server import studio

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FRAMES = {
    "boundary": "canvas.drawn",
    "players": ".box output",
    "steps": ".cell .bar",
    "losses": ".pane canvas",
    "balance": ".frame-of",
    "failures": ".question input",
    "plane": ".pane .numbers:not(:empty)",
    "family-tree": ".paper[aria-pressed=true]",
    "beyond-noise": ".pictures img",
    "style": ".part",
}
"""figure -> what is there in its first frame"""
REST = 2500
"""milliseconds for which a chapter is open, and its tab closed"""

# Milliseconds from a press on a chapter's name to its text, and to its figure, on the screen.
OPEN = """([number, sign]) => new Promise((done) => {
  const painted = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
  const button = [...document.querySelectorAll("#chapters button")]
    .find((one) => one.querySelector("b").textContent === String(number));
  const wanted = button.querySelector("span").textContent, start = performance.now();
  button.click();
  let opened;
  const look = async () => {
    await painted();
    if (document.querySelector("#chapter h2").textContent === wanted) opened ??= performance.now();
    if (document.querySelector(sign)) return done([opened - start, performance.now() - start]);
    look();
  };
  look();
})"""
# Milliseconds from leaving the tab to the last request to a route of the tab.
LEAVE = """(rest) => new Promise((done) => {
  const { fetch } = window, start = performance.now();
  let last = 0;
  window.fetch = (...asked) => {
    if (String(asked[0]).includes("/learn/")) last = performance.now() - start;
    return fetch(...asked);
  };
  document.querySelector("#explore-tab-button").click();
  setTimeout(() => { window.fetch = fetch; done(last); }, rest);
})"""


def measure(page: Page) -> dict[str, tuple[float, float, float]]:
    """Of each figure the milliseconds until it is open, drawn, and silent once it is left."""
    times: dict[str, tuple[float, float, float]] = {}
    for number, (figure, sign) in enumerate(FRAMES.items(), 1):
        page.locator("#learn-tab-button").click()
        page.locator("#chapter h2").wait_for()
        arguments: list[Any] = [number, f".stage-{figure} {sign}"]
        open_ms, draw_ms = page.evaluate(OPEN, arguments)
        page.wait_for_timeout(REST)
        times[figure] = open_ms, draw_ms, page.evaluate(LEAVE, REST)
    return times


def main(rounds: int = 3) -> None:
    with studio() as (address, _), sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.locator("#variations img:not([hidden])").first.wait_for()
        page.locator("#learn-tab-button").click()
        page.locator("#chapters button").first.wait_for()
        times = [measure(page) for _ in range(rounds)]
        chromium.close()
    rows = {
        figure: tuple(
            f"{call(one[figure][i] for one in some):.0f} ms"
            for i in range(3)
            for some, call in ((times[:1], min), (times, min))
        )
        for figure in FRAMES
    }
    titles = ("chapter", *("open, first", "best", "figure, first", "best", "left, first", "best"))
    report.table(*titles, rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
