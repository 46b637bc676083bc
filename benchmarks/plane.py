"""A class that looks at GANs in the plane: refreshes and updates that each pupil gets.

    python -m benchmarks.plane

The server is a process of its own, in public mode, and all pupils share one address, as a school
does. Each asks as the figure does: one request at a time, at most eight a second. Before that each
family is timed alone, in seconds of the processor, so that other work on the machine counts little.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from statistics import median
from typing import Any

import httpx
import torch
import tyro

from benchmarks import report
from benchmarks.server import studio
from gan_studio.studio import FAMILIES
from gan_studio.studio.plane import PlaneTraining, ring
from gan_studio.ui.learn.routes import PREFIX

RATE = 8
"""requests of a figure in a second, at most"""
UPDATES, FRAMES = 50, 10
"""that are timed of each family"""


async def pupil(address: str, families: Sequence[str], seconds: float) -> list[tuple[float, int]]:
    """(when, updates of the first family) of each refresh."""
    body: dict[str, Any] = {"id": uuid.uuid4().hex, "families": list(families), "rounds": 5}
    refreshes, start = [], time.perf_counter()
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        while (now := time.perf_counter() - start) < seconds:
            headers = {"x-visit": body["id"]}
            answer = await http.post(f"{PREFIX}plane", json=body, headers=headers)
            content = answer.raise_for_status().json()
            refreshes.append((time.perf_counter() - start, content["taken"][0]))
            await asyncio.sleep(max(0.0, 1 / RATE - (time.perf_counter() - start - now)))
    return refreshes


async def school(address: str, pupils: int, seconds: float, families: Sequence[str]) -> list[Any]:
    return await asyncio.gather(*(pupil(address, families, seconds) for _ in range(pupils)))


def processor(family: str) -> tuple[str, str]:
    """Milliseconds of the processor for an update, and for what is drawn."""
    training = PlaneTraining(family, ring())
    training.train(5)
    training.frame()
    start = time.process_time()
    updates = training.train(UPDATES)
    middle = time.process_time()
    for _ in range(FRAMES):
        training.frame()
    end = time.process_time()
    return f"{1000 * (middle - start) / updates:.1f} ms", f"{1000 * (end - middle) / FRAMES:.1f} ms"


def main(*, pupils: int = 30, seconds: float = 30) -> None:
    """Time every family, then one pupil alone, then a class.

    Args:
        pupils: how many look at once
        seconds: for which they do
    """
    torch.set_num_threads(1)
    times = {name: processor(name) for name in FAMILIES}
    report.table("family", "an update", "a picture", rows=times)
    rows = {}
    with studio(GAN_STUDIO_PUBLIC="1") as (address, _):
        for count in (1, pupils):
            logs = asyncio.run(school(address, count, seconds, ["gan", "wgan-gp"]))
            refreshes = [len(one) / seconds for one in logs]
            updates = [sum(n for _, n in one) / seconds for one in logs]
            rows[f"{count}"] = (
                f"{min(refreshes):.1f}", f"{median(refreshes):.1f}", f"{median(updates):.0f}",
            )  # fmt: skip
    report.table("pupils", "refreshes/s, least", "median", "updates/s", rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
