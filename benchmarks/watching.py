"""A training that is watched on the page, against the same training on the command line.

    python -m benchmarks.watching

Both train for the same seconds, in turn, each in a process of its own; the page's is begun and then
watched in a headless Chromium on the same machine. While another trains, Explore's slider is moved
over HTTP, and the training is paused and stopped. What is compared is the number of updates.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from operator import truediv
from pathlib import Path
from statistics import median
from typing import Any

import tyro
from gradio_client import Client
from playwright.sync_api import Page, sync_playwright

from benchmarks import report
from benchmarks.server import START, Visitor, studio
from benchmarks.slider_latency import slider_move
from gan_studio.gans import checkpoint

CHROMIUM = "/usr/bin/chromium"
MOVES = 60


def train_on_command_line(family: str, dataset: str, seconds: float, folder: Path) -> int:
    """Updates of a training on the command line."""
    words = ["train", family, "--dataset", dataset, "--output", str(folder)]
    words += ["--budget", f"{seconds:g}s", "--evaluate-every", "0"]
    subprocess.run([sys.executable, "-m", "gan_studio", *words], check=True, capture_output=True)
    return int(checkpoint.load_manifest(folder).training["steps"])


@contextmanager
def browser() -> Iterator[Page]:
    """A headless Chromium's page."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium.new_page()
        chromium.close()


@contextmanager
def watch_in_browser(address: str, run: str) -> Iterator[None]:
    """Chromium shows the training."""
    with browser() as visit:
        visit.goto(f"{address}/?run={run}")
        visit.wait_for_selector("#progress figure")
        yield


def press_train(visit: Page, family: str, dataset: str, minutes: float) -> str:
    """Press Train as a person would; the name of the training."""
    visit.get_by_role("tab", name="Train").click()
    for label, option in (("Family", family), ("Data", dataset), ("Budget in", "minutes")):
        visit.get_by_label(label, exact=True).click()
        visit.get_by_role("option", name=option, exact=True).click()
    visit.locator("#budget input").fill(f"{minutes:g}")
    visit.locator("#train").click()
    visit.wait_for_url(re.compile("run="))
    return visit.url.partition("run=")[2].partition("&")[0]


class Training:
    """A training of the page, and its last status."""

    def __init__(self, address: str, **fields: Any) -> None:
        self.client = Client(address, verbose=False)
        self.story = self.client.submit(**fields, api_name="/train")
        self.start = time.perf_counter()
        self.status = self.until(lambda status: status["id"])

    def until(self, condition: Any) -> dict[str, Any]:
        """The first status that is as wished."""
        while not (self.story.outputs() and condition(self.story.outputs()[-1][1])):
            time.sleep(0.005)
        return self.story.outputs()[-1][1]

    def steer(self, action: str) -> float:
        """Seconds until the training has done what it was told."""
        state = {"pause": "paused", "go_on": "running", "stop": "stopped"}[action]
        start = time.perf_counter()
        handle = {"id": self.status["id"], "owner": self.status["owner"]}
        self.client.predict(**handle, action=action, api_name="/steer")
        self.until(lambda status: status["state"] == state)
        return time.perf_counter() - start


def train_in_browser(family: str, dataset: str, seconds: float, folder: Path) -> int:
    """Updates of a training that is begun in Chromium, which then watches it."""
    with studio(GAN_STUDIO_RUNS=str(folder)) as (address, _), browser() as visit:
        visit.goto(address)
        run = folder / press_train(visit, family, dataset, seconds / 60)
        while '"finished"' not in (run / "events.jsonl").read_text().splitlines()[-1]:
            visit.wait_for_timeout(1000)
    return int(checkpoint.load_manifest(run).training["steps"])


def measure_delays(family: str, dataset: str, folder: Path) -> dict[str, float]:
    """Seconds to the first sample, of a slider's move, of a pause, of a stop."""
    with studio(GAN_STUDIO_RUNS=str(folder)) as (address, _):
        training = Training(address, family=family, dataset=dataset, minutes=10)
        training.until(lambda status: status["step"] > 0)
        first = time.perf_counter() - training.start
        with watch_in_browser(address, training.status["id"]):
            move, times = slider_move(Visitor(address), START), []
            for _ in range(MOVES):
                start = time.perf_counter()
                move()
                times.append(time.perf_counter() - start)
            pauses = [training.steer(action) for action in ("pause", "go_on") * 3]
            stop = training.steer("stop")
    return {
        "from Train to the first update": first,
        "a move of Explore's slider, median": median(times[5:]),
        "a pause, at worst": max(pauses[::2]),
        "a stop": stop,
    }


def main(
    *, family: str = "dcgan", dataset: str = "mnist", seconds: float = 40, repetitions: int = 5
) -> None:
    """Train in turn, then disturb.

    Args:
        family: what is trained, by its default recipe
        dataset: on what
        seconds: of each training
        repetitions: turns, each compared by itself, as a machine's speed drifts
    """
    updates: dict[str, list[int]] = {"command line": [], "page, watched": []}
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for turn in range(repetitions):
            ours, theirs = (root / f"{side}-{turn}" for side in ("page", "line"))
            updates["command line"].append(train_on_command_line(family, dataset, seconds, theirs))
            updates["page, watched"].append(train_in_browser(family, dataset, seconds, ours))
        delays = measure_delays(family, dataset, root / "disturbed")
    line, _ = updates.values()
    rows = {
        side: (f"{median(ours):.0f}", f"{median(map(truediv, ours, line)):.2f}")
        for side, ours in updates.items()
    }
    report.table(f"updates in {seconds:g} s", "median", "median of ratios", rows=rows)
    report.table("while it trains", "ms", rows={k: (f"{1000 * v:.0f}",) for k, v in delays.items()})


if __name__ == "__main__":
    tyro.cli(main)
