"""From an arrow key on a slider to the new picture on the screen, against an empty event.

python -m benchmarks.slider_browser
"""

from __future__ import annotations

import gradio as gr
import tyro
from playwright.sync_api import Page, sync_playwright

from benchmarks import report
from benchmarks.server import free_port
from gan_studio.ui import build, launch

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

# From the key to the animation frame in which the answer stands on the page: for the picture,
# when its file is decoded; for the empty event, when its text has changed.
WATCH = """([slider, answer]) => {
  const range = document.querySelector(slider);
  const target = document.querySelector(answer);
  window.timings = [];
  range.addEventListener('keydown', () => { window.pressed = performance.now(); });
  const answered = () => requestAnimationFrame(() => {
    window.timings.push(performance.now() - window.pressed);
  });
  new MutationObserver(() => {
    const image = target.querySelector('img');
    image ? image.decode().then(answered, () => {}) : answered();
  }).observe(target, {subtree: true, childList: true, characterData: true, attributes: true,
                      attributeFilter: ['src']});
}"""


def empty() -> gr.Blocks:
    """A page with one slider whose event gives back its number."""
    with gr.Blocks(analytics_enabled=False) as page:
        slider = gr.Slider(-3, 3, 0, step=0.1, elem_id="slider")
        number = gr.HTML("0", elem_id="answer")
        slider.input(
            str, slider, number, queue=False, trigger_mode="always_last", show_progress="hidden"
        )
    return page


def press(page: Page, slider: str, key: str) -> float:
    """Milliseconds from one key to its answer."""
    seen = page.evaluate("window.timings.length")
    page.locator(slider).press(key)
    page.wait_for_function("seen => window.timings.length > seen", arg=seen)
    page.wait_for_timeout(400)  # what follows once the slider rests is over
    return page.evaluate("seen => window.timings[seen]", seen)


def main(*, repetitions: int = 40) -> None:
    """Press keys on both pages in turn.

    Args:
        repetitions: keys on each page
    """
    options = {"server_name": "127.0.0.1", "prevent_thread_lock": True, "quiet": True}
    studio, other = build(), empty()
    urls = {
        "empty event": other.launch(server_port=free_port(), **options)[1],
        "new picture": launch(studio, server_port=free_port(), **options)[1],
    }
    watched = {
        "empty event": ("#slider input[type=range]", "#answer"),
        "new picture": (".direction input[type=range]", "#picture"),
    }
    times: dict[str, list[float]] = {name: [] for name in urls}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pages = {name: chromium.new_page() for name in urls}
        for name, page in pages.items():
            page.goto(urls[name])
            page.locator(watched[name][0]).first.wait_for()
            page.locator("#picture img, #answer").first.wait_for()
            page.wait_for_timeout(2000)
            page.evaluate(WATCH, list(watched[name]))
        for i in range(repetitions + 3):
            for name, page in pages.items():
                page.bring_to_front()
                key = "ArrowRight" if i // 20 % 2 == 0 else "ArrowLeft"
                taken = press(page, f"{watched[name][0]} >> nth=0", key)
                times[name] += [taken] if i >= 3 else []
        chromium.close()
    medians = report.medians(times)
    base = medians["empty event"]
    rows = {name: (f"{ms:.0f}", f"{ms / base:.2f}") for name, ms in medians.items()}
    report.table("median from key to screen", "ms", "ratio", rows=rows)
    for page in (studio, other):
        page.close()


if __name__ == "__main__":
    tyro.cli(main)
