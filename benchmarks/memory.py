"""All models and all tabs, again and again: what a server's memory is after each.

    python -m benchmarks.memory

A visitor explores every model, compares, walks, projects, paints, trains and looks for copies;
other visits come and go. Resident memory is read after each kind of work.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import psutil
import tyro

from benchmarks import report
from benchmarks.server import API, REST, Visitor, studio
from benchmarks.soak import train

MOVES, TICKS = 15, 20
"""moves of sliders of each model, and visits that only look at the page and at one picture"""


def explore(visitor: Visitor, model: str) -> None:
    """What the Explore tab draws of a model: moves, what lies around, loops, walks, sums, a map."""
    moves: dict[str, float] = {}
    for move in range(MOVES):
        moves[str(1 + move % 10)] = move % 61 / 10 - 3
        visitor.picture(model=model, seed=move, directions=moves)
    recipe = {"model": model, "directions": moves}
    for verb, arguments in REST.items():
        visitor.ask(verb, recipe=recipe, **arguments)
    recipes = [f"m={model}&s={seed}" for seed in (1, 2, 3)]
    visitor.call("vary", [recipes[0], 0.3, 12, 0])
    visitor.call("arithmetic", recipes)
    visitor.call_queued("map", [recipes[:1], 1, 2, 11])
    visitor.call_queued("walk", [recipes, 96, "webp"])
    visitor.ask("walk", pictures=recipes[:1])


def project(visitor: Visitor, models: list[str]) -> None:
    """A picture of one's own in some models' spaces."""
    for model in models:
        picture = visitor.picture(model=model, seed=5)
        visitor.call_queued("project", [visitor.upload(picture, "mine.png"), model, None])


def stylize(visitor: Visitor) -> None:
    """A painting of the default size, of a few steps."""
    values: list[Any] = visitor.defaults("stylize")
    values[3] = 10
    visitor.call_queued("stylize", values)


def visits(visitor: Visitor, count: int) -> None:
    """Others, who open the page and see one picture."""
    mine = visitor.session
    for _ in range(count):
        visitor.session = uuid.uuid4().hex
        visitor.http.get("/").raise_for_status()
        with visitor.http.stream("GET", f"{API}/heartbeat/{visitor.session}"):
            visitor.call("compare", [["dcgan-mnist"], "1, 2", "", 0.9])
    visitor.session = mine


def work(visitor: Visitor, models: list[str]) -> dict[str, Callable[[], object]]:
    """What is done in one round, by name."""
    alike = [
        [m for m in models if m.endswith(kind) and m != "stylegan2-celeba"]
        for kind in ("-mnist", "-celeba")
    ]
    return {
        "explore": lambda: [explore(visitor, model) for model in models],
        "compare": lambda: [
            visitor.call_queued("compare", [m, "1, 2, 3, 4, 5, 6, 7, 8, 9, 10", "", 0.9])
            for m in alike
        ],
        "project": lambda: project(visitor, [m[0] for m in alike]),
        "nearest": lambda: visitor.call_queued("nearest", [alike[0][0], 1]),
        "stylize": lambda: stylize(visitor),
        "train": lambda: train(visitor),
        "visits": lambda: visits(visitor, TICKS),
    }


def main(*, minutes: float = 10) -> None:
    """Let them work.

    Args:
        minutes: for which they do, at least one round
    """
    with studio() as (address, server):
        process, rounds = psutil.Process(server.pid), list[dict[str, float]]()
        visitor, end = Visitor(address), time.monotonic() + 60 * minutes
        models = [value for _, value in visitor.inputs("compare")[0]["props"]["choices"]]
        megabytes = lambda: process.memory_info().rss / 1e6  # noqa: E731
        start = megabytes()
        while not rounds or time.monotonic() < end:
            after = dict[str, float]()
            for name, act in work(visitor, models).items():
                act()
                after[name] = megabytes()
                print(len(rounds), name, round(after[name]), flush=True)
            rounds.append(after)
    rows = {name: tuple(f"{r[name]:,.0f}" for r in (rounds[0], rounds[-1])) for name in rounds[0]}
    title = f"MB resident, {start:,.0f} at the start; after"
    report.table(title, "round 1", f"round {len(rounds)}", rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
