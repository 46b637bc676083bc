"""Visits that come and go: open, drag, train, stop, style, close; then what has grown is counted.

    python -m benchmarks.soak

Threads, open files and files on disk are counted after the first rounds, when what loads once is
there, and at the end.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psutil
import tyro

from benchmarks import report
from benchmarks.server import API, REST, START, Visitor, studio

MOVES = 40
STEPS = 3
"""updates of a visit's training before it is stopped"""


class Count(NamedTuple):
    """What a server holds."""

    threads: int
    handles: int
    megabytes: float
    cached: int
    """files that Gradio keeps for a while"""
    runs: int
    """folders of trainings, which are kept on purpose"""


def count_resources(process: psutil.Process, root: Path) -> Count:
    cached_files = sum(path.is_file() for path in (root / "gradio").rglob("*"))
    runs = sum(1 for _ in (root / "runs").rglob("events.jsonl"))
    resident = process.memory_info().rss / 1e6
    return Count(process.num_threads(), process.num_fds(), resident, cached_files, runs)


def visit(visitor: Visitor, number: int) -> None:
    """One visit, from opening the page to closing it."""
    visitor.session = uuid.uuid4().hex
    visitor.http.get("/").raise_for_status()
    with visitor.http.stream("GET", f"{API}/heartbeat/{visitor.session}"):
        moves: dict[str, float] = {}
        for i in range(MOVES):
            moves[str(1 + i % 10)] = (number * MOVES + i) % 61 / 10 - 3
            visitor.picture(directions=moves)
        recipe = {"model": START, "directions": moves}
        for verb, arguments in REST.items():
            visitor.ask(verb, recipe=recipe, **arguments)
        train(visitor)
        style(visitor)


def train(visitor: Visitor) -> None:
    """Begin a training, and stop it once it trains."""
    _, status = visitor.call("train", ["gan", "digits", 50_000, None, {}, None, "", False])
    handle = [status["id"], status["owner"]]
    end = time.monotonic() + 120
    while status["step"] < STEPS and time.monotonic() < end:
        time.sleep(0.1)
        status = visitor.call("watch", handle[:1])[1]
    visitor.call("steer", [*handle, "stop", {}])
    while status["state"] != "stopped" and time.monotonic() < end:
        time.sleep(0.1)
        status = visitor.call("watch", handle[:1])[1]


def style(visitor: Visitor) -> None:
    """Begin a painting through the queue, and stop it after its first pictures."""
    values: list[Any] = visitor.defaults("stylize")
    values[3:5] = [64, 20]
    (event,) = (d for d in visitor.config["dependencies"] if d["api_name"] == "stylize")
    body = {"data": values, "session_hash": visitor.session, "fn_index": event["id"]}
    visitor.http.post(f"{API}/queue/join", json=body).raise_for_status()
    address, frames = f"{API}/queue/data?session_hash={visitor.session}", 0
    with visitor.http.stream("GET", address) as answer:
        for line in answer.iter_lines():
            frames += "process_generating" in line
            if frames == 3:
                visitor.call("stop", ["", ""])
            if "process_completed" in line:
                return


def main(*, minutes: float = 10) -> None:
    """Let them come and go.

    Args:
        minutes: for which they do
    """
    with studio() as (address, server):
        process, root = psutil.Process(server.pid), studio_root(server.pid)
        visitor, end, rounds = Visitor(address), time.monotonic() + 60 * minutes, []
        while time.monotonic() < end or len(rounds) < 8:
            visit(visitor, len(rounds))
            rounds.append(count_resources(process, root))
    early, late = rounds[3 : 3 + len(rounds) // 4 or 1], rounds[-(len(rounds) // 4) :]
    rows = {
        name: tuple(f"{median(getattr(r, name) for r in some):,.0f}" for some in (early, late))
        for name in Count._fields
    }
    report.table(f"{len(rounds)} visits", "early", "late", rows=rows)


def studio_root(pid: int) -> Path:
    """The folder of the server's cache and runs."""
    return Path(psutil.Process(pid).environ()["GRADIO_TEMP_DIR"]).parent


if __name__ == "__main__":
    tyro.cli(main)
