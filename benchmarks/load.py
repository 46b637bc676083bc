"""A public studio under load: visitors who drag sliders and look, as browsers tell the server.

    python -m benchmarks.load

The server is a process of its own, in public mode; each visitor has an address of his own, as a
proxy would tell it. A visitor drags for some seconds: at most one move is under way, and the next
is no sooner than a hand moves. Then he looks: the page asks for previews, variations, an opinion.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

import httpx
import psutil
import tyro

from benchmarks import report
from benchmarks.server import API, REST, START, parse_answer, studio
from gan_studio.ui.explore.routes import PREFIX

HAND = 0.05
"""seconds between two moves of a hand on a slider, at least"""
DRAG, LOOK = (1.0, 4.0), (1.0, 3.0)
"""seconds for which a visitor drags, and for which he then looks"""
SETTLE = 0.25
"""seconds after which the page takes the controls to be at rest"""


@dataclass
class Tally:
    """What the visitors saw."""

    moves: list[float] = field(default_factory=list)
    """seconds of each move, to the picture's last byte"""
    rests: list[float] = field(default_factory=list)
    """seconds until previews, variations and opinion were there"""
    errors: list[str] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    """(seconds since the start, resident bytes of the server)"""


class Guest:
    """One visitor, with a session and an address of his own."""

    def __init__(self, number: int, tally: Tally) -> None:
        self.tally, self.session, self.rng = tally, uuid.uuid4().hex, random.Random(number)
        self.moves: dict[str, float] = {}
        self.recipe = {"model": START, "seed": number, "directions": self.moves}
        self.address = {"x-forwarded-for": f"10.0.{number // 250}.{1 + number % 250}"}

    async def visit(self, address: str, until: float, *, rests: bool) -> None:
        """Open the page, drag and look, until the time is over."""
        async with httpx.AsyncClient(base_url=address, timeout=60, headers=self.address) as http:
            await asyncio.sleep(5 * self.rng.random())
            async with self.alive(http):
                (await http.get("/")).raise_for_status()
                while time.monotonic() < until:
                    await self.drag(http, min(until, time.monotonic() + self.rng.uniform(*DRAG)))
                    if rests:
                        await self.look(http)

    @contextlib.asynccontextmanager
    async def alive(self, http: httpx.AsyncClient) -> AsyncIterator[None]:
        """The connection by which the server knows that the page is open."""
        async with http.stream("GET", f"{API}/heartbeat/{self.session}"):
            yield

    async def drag(self, http: httpx.AsyncClient, until: float) -> None:
        slider = str(1 + self.rng.randrange(10))
        while time.monotonic() < until:
            start = time.perf_counter()
            self.moves[slider] = round(self.rng.uniform(-3, 3), 1)
            with self.record_errors():
                await self.ask(http, "draw")
                self.tally.moves.append(time.perf_counter() - start)
            await asyncio.sleep(max(0.0, HAND - (time.perf_counter() - start)))

    async def look(self, http: httpx.AsyncClient) -> None:
        await asyncio.sleep(SETTLE)
        start = time.perf_counter()
        with self.record_errors():
            for verb, asked in REST.items():
                await self.ask(http, verb, **asked)
            self.tally.rests.append(time.perf_counter() - start)
        await asyncio.sleep(self.rng.uniform(*LOOK))

    async def ask(self, http: httpx.AsyncClient, verb: str, **asked: Any) -> dict[str, Any]:
        body, address = {"recipe": self.recipe, **asked}, f"{PREFIX}{verb}"
        try:
            return parse_answer(await http.post(address, json=body))
        except (httpx.ReadError, httpx.RemoteProtocolError):
            # The server had just closed a connection that was idle; browsers ask again, too.
            return parse_answer(await http.post(address, json=body))

    @contextlib.contextmanager
    def record_errors(self) -> Iterator[None]:
        try:
            yield
        except (httpx.HTTPError, RuntimeError) as error:
            self.tally.errors.append(f"{type(error).__name__} {error}")


async def watch(process: psutil.Process, tally: Tally, until: float) -> None:
    """The server's memory, each second."""
    start = time.monotonic()
    while time.monotonic() < until:
        tally.memory.append((time.monotonic() - start, process.memory_info().rss))
        await asyncio.sleep(1)


async def crowd(address: str, process: int, visitors: int, seconds: float, *, rests: bool) -> Tally:
    """So many visitors at once, for so long."""
    tally, until = Tally(), time.monotonic() + seconds
    guests = [Guest(i, tally) for i in range(visitors)]
    visits = [guest.visit(address, until, rests=rests) for guest in guests]
    await asyncio.gather(watch(psutil.Process(process), tally, until), *visits)
    return tally


def growth(memory: list[tuple[float, int]]) -> float:
    """How much more was used at the end than in the middle, as a share."""
    last, _ = memory[-1]
    middle = [rss for when, rss in memory if last / 2 <= when < last / 2 + 5]
    end = [rss for when, rss in memory if when >= last - 5]
    return median(end) / median(middle) - 1


def main(*, visitors: int = 50, seconds: float = 120, rests: bool = True) -> None:
    """Let them come, and tell what they saw.

    Args:
        visitors: how many drag at once
        seconds: for which they do
        rests: whether they also look, which costs the server more than their moves
    """
    with studio(GAN_STUDIO_PUBLIC="1") as (address, process):
        tally = asyncio.run(crowd(address, process.pid, visitors, seconds, rests=rests))
    rows = {
        "moves": (f"{len(tally.moves):,}",),
        "moves per second": (f"{len(tally.moves) / seconds:.0f}",),
        "errors": (f"{len(tally.errors)}",),
        "a move, median": (f"{1000 * median(tally.moves):.0f} ms",),
        "a move, 95th percentile": (f"{1000 * quantiles(tally.moves, n=20)[-1]:.0f} ms",),
        "memory at the end": (f"{tally.memory[-1][1] / 1e6:.0f} MB",),
        "its growth in the second half": (f"{growth(tally.memory):.1%}",),
    }
    if tally.rests:
        rows["previews, variations and opinion, median"] = (f"{1000 * median(tally.rests):.0f} ms",)
    report.table(f"{visitors} visitors, {seconds:g} s", "", rows=rows)
    for error in sorted(set(tally.errors))[:10]:
        print(error)


if __name__ == "__main__":
    tyro.cli(main)
