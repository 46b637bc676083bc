"""From `python app.py` to the first page served, against importing gradio and torch alone.

python -m benchmarks.start
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

import httpx
import tyro

from benchmarks import report
from benchmarks.server import Visitor, free_port

ROOT = Path(__file__).parent.parent
PATIENCE = 300.0
"""seconds until a server counts as one that does not start"""


@contextmanager
def app(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`python app.py` while it runs."""
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
    }
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def first_page(url: str, process: subprocess.Popen[bytes]) -> float:
    """Seconds from now until the page is served."""
    start = time.perf_counter()
    while time.perf_counter() - start < PATIENCE and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=PATIENCE).is_success:
                return time.perf_counter() - start
        time.sleep(0.02)
    raise SystemExit("app.py did not serve its page.")


def imports() -> float:
    """Seconds that importing alone takes."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio, torch"], cwd=ROOT, check=True)
    return time.perf_counter() - start


def resident(pid: int) -> float:
    """Memory of a process in GB; NaN where there is no /proc."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e9


def start() -> tuple[float, float]:
    """Seconds to the first page, and GB resident after the first picture."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with app(port) as process:
        seconds = first_page(url, process)
        Visitor(url).picture()
        return seconds, resident(process.pid)


def main(*, repetitions: int = 7) -> None:
    """Run both in turn; the first turn fills the file cache and is not counted.

    Args:
        repetitions: counted turns
    """
    turns = [(imports(), *start()) for _ in range(repetitions + 1)][1:]
    importing, serving, memory = (median(column) for column in zip(*turns, strict=True))
    rows = {
        "import gradio, torch": (f"{importing:.2f}", "1.00", ""),
        "python app.py": (f"{serving:.2f}", f"{serving / importing:.2f}", f"{memory:.2f}"),
    }
    report.table("", "seconds", "ratio", "GB after a picture", rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
