"""From a key on a slider to the new picture on the screen, against an empty event of Gradio's.

    python -m benchmarks.slider_browser

All pages are asked in turn: as they are, with Chromium's processor slowed down four times, as for
a phone, and with a key each 150 ms. Then: what a key costs the main thread, all that follows
included; pictures a second of a drag; when the first page can be used; how much it moves meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import gradio as gr
import tyro
from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks import report
from benchmarks.server import free_port, studio

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SLOWER = 4
"""times that a phone's processor is slower"""
FAST = 150
"""milliseconds from key to key"""
REST = 900
"""milliseconds after which all that follows a key is over"""
DRAG = 3.0
"""seconds"""

# From the key to the animation frame in which the answer stands on the page: for the picture,
# when it is decoded; for the empty event, when its text has changed. Of keys that come fast the one
# counts that was pressed last.
WATCH = """([slider, answer]) => {
  const range = document.querySelector(slider), target = document.querySelector(answer);
  window.timings = [];
  range.addEventListener('keydown', () => { window.pressed ??= performance.now(); });
  const answered = () => requestAnimationFrame(() => {
    if (window.pressed) window.timings.push(performance.now() - window.pressed);
    window.pressed = undefined;
  });
  new MutationObserver(() => {
    const image = target.querySelector('img');
    image ? image.decode().then(answered, () => {}) : answered();
  }).observe(target, {subtree: true, childList: true, characterData: true, attributes: true,
                      attributeFilter: ['src']});
}"""
# How much of the screen moved after the first second, as Chromium counts it.
SHIFTS = """() => { window.shifted = 0; new PerformanceObserver(list => {
  for (const entry of list.getEntries())
    if (entry.startTime > 1000 && !entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: 'layout-shift', buffered: true}); }"""


def empty() -> gr.Blocks:
    """A page of three components, whose slider gives back its number."""
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Markdown("An empty event")
        slider = gr.Slider(-3, 3, 0, step=0.1, elem_id="slider")
        number = gr.HTML("0", elem_id="answer")
        slider.input(
            str, slider, number, queue=False, trigger_mode="always_last", show_progress="hidden"
        )
    return page


class WatchedPage:
    """A page in Chromium, and its slider."""

    def __init__(self, page: Page, address: str, slider: str, answer: str) -> None:
        self.page, self.slider = page, page.locator(slider).first
        self.browser: CDPSession = page.context.new_cdp_session(page)
        self.browser.send("Performance.enable")
        start = time.perf_counter()
        page.goto(address, wait_until="commit")
        first_byte = time.perf_counter()
        self.slider.wait_for()
        page.locator(answer).first.wait_for()
        if answer.endswith("img"):
            page.wait_for_function(
                "answer => document.querySelector(answer).naturalWidth > 0", arg=answer
            )
        self.interactive = time.perf_counter() - first_byte
        self.answered = first_byte - start
        page.wait_for_timeout(2000)
        page.evaluate(SHIFTS)
        self.keys = 0
        self.slider.focus()
        page.evaluate(WATCH, [slider, answer.removesuffix(" img")])

    def slow_down(self, times: int) -> None:
        self.browser.send("Emulation.setCPUThrottlingRate", {"rate": times})

    def press_key(self) -> None:
        """A key that moves the slider: twenty times to the right, then as often to the left."""
        self.page.keyboard.press("ArrowLeft" if self.keys // 20 % 2 else "ArrowRight")
        self.keys += 1

    def press(self) -> float:
        """Milliseconds from one key to its answer."""
        count = self.page.evaluate("window.timings.length")
        self.press_key()
        self.page.wait_for_function("seen => window.timings.length > seen", arg=count)
        self.page.wait_for_timeout(REST)
        return self.page.evaluate("seen => window.timings[seen]", count)

    def press_fast(self, count: int) -> float:
        """The median of the times from key to answer, of so many keys one after the other."""
        before = self.page.evaluate("window.timings.length")
        for _ in range(count):
            self.press_key()
            self.page.wait_for_timeout(FAST)
        self.page.wait_for_timeout(REST)
        return median(self.page.evaluate("seen => window.timings.slice(seen)", before))

    def busy(self, seconds: float, act: Callable[[], Any] | None = None) -> float:
        """Seconds that the main thread worked while something was done and for so long after."""
        start = self.task_seconds()
        if act:
            act()
        self.page.wait_for_timeout(1000 * seconds)
        return self.task_seconds() - start

    def task_seconds(self) -> float:
        metrics = self.browser.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    def key_cost(self, count: int) -> float:
        """Milliseconds of main thread that a key takes, all that follows included."""
        costs = []
        for _ in range(count):
            idle = self.busy(REST / 1000)
            busy = self.busy(REST / 1000, self.press_key)
            costs.append(1000 * (busy - idle))
        return median(costs)

    def drag(self, seconds: float) -> float:
        """Pictures a second while the slider is dragged to and fro."""
        self.slider.scroll_into_view_if_needed()
        box = self.slider.bounding_box() or {}
        y, left, width = box["y"] + box["height"] / 2, box["x"] + 8, box["width"] - 16
        self.page.evaluate("window.timings = []; window.frames_ = 0")
        self.page.evaluate("""() => new MutationObserver(() => window.frames_++).observe(
            document.querySelector('#picture'), {subtree: true, attributeFilter: ['src']})""")
        self.page.mouse.move(left + width / 2, y)
        self.page.mouse.down()
        end, i, start = time.perf_counter() + seconds, 0, time.perf_counter()
        while time.perf_counter() < end:
            i += 1
            self.page.mouse.move(left + width * abs(i % 100 - 50) / 50, y)
            self.page.wait_for_timeout(8)
        pictures = self.page.evaluate("window.frames_") / (time.perf_counter() - start)
        self.page.mouse.up()
        return pictures


def keys(pages: dict[str, WatchedPage], repetitions: int) -> dict[str, dict[str, float]]:
    """Milliseconds from key to screen, by situation and page."""
    times_by_situation: dict[str, dict[str, float]] = {}
    for times in (1, SLOWER):
        speed = "" if times == 1 else f", {times} times slower"
        single = in_turn(pages, times, WatchedPage.press, repetitions)
        fast = in_turn(pages, times, lambda page: page.press_fast(10), max(3, repetitions // 5))
        times_by_situation |= {
            f"key to screen{speed}": single,
            f"a key each {FAST} ms{speed}": fast,
        }
    return times_by_situation


def in_turn(
    pages: dict[str, WatchedPage],
    slower: int,
    act: Callable[[WatchedPage], float],
    repetitions: int,
) -> dict[str, float]:
    """The medians of what is done on all pages in turn; the first two turns warm up."""
    times: dict[str, list[float]] = {name: [] for name in pages}
    for i in range(repetitions + 2):
        for name, page in pages.items():
            page.page.bring_to_front()
            page.slow_down(slower)
            one = act(page)
            times[name] += [one] if i >= 2 else []
            page.slow_down(1)
    return report.medians(times)


def main(*, repetitions: int = 20) -> None:
    """Press keys on all pages in turn, then drag.

    Args:
        repetitions: keys on each page, for each speed of the processor
    """
    other = empty()
    options = {"server_name": "127.0.0.1", "prevent_thread_lock": True, "quiet": True}
    base = other.launch(server_port=free_port(), **options)[1]
    slider, picture = ".direction input[type=range]", "#picture img"
    with studio() as (address, _), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pages = {
            "empty event": WatchedPage(
                chromium.new_page(), base, "#slider input[type=range]", "#answer"
            ),
            "digit, 32 px": WatchedPage(
                chromium.new_page(), f"{address}?m=dcgan-mnist&s=42", slider, picture
            ),
            "face, 64 px": WatchedPage(
                chromium.new_page(), f"{address}?m=stylegan2-celeba&s=3", slider, picture
            ),
        }
        times = keys(pages, repetitions)
        costs, drags = {}, {}
        for name, page in pages.items():
            page.page.bring_to_front()
            costs[name] = page.key_cost(repetitions // 2)
            if name != "empty event":
                drags[name] = page.drag(DRAG)
        shifts = {n: p.page.evaluate("window.shifted") for n, p in pages.items() if n in drags}
        first = {name: page.interactive for name, page in pages.items()}
        chromium.close()
    for what, medians in times.items():
        plain = medians["empty event"]
        rows = {name: (f"{ms:.0f}", f"{ms / plain:.2f}") for name, ms in medians.items()}
        report.table(what, "ms", "ratio", rows=rows)
    rows = {name: (f"{ms:.0f}",) for name, ms in costs.items()}
    report.table("main thread for a key and all that follows", "ms", rows=rows)
    rows = {name: (f"{n:.0f}", f"{shifts[name]:.3f}") for name, n in drags.items()}
    report.table("a drag", "pictures/s", "layout shift since the first second", rows=rows)
    rows = {name: (f"{seconds:.1f}",) for name, seconds in first.items()}
    report.table("from the first byte to a slider with its picture", "s", rows=rows)
    other.close()


if __name__ == "__main__":
    tyro.cli(main)
