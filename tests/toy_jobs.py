"""Trainings of toys in the background, and functions that wait for them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import toys
from safetensors.torch import load_file

from gan_studio.models.library import Library
from gan_studio.studio.jobs import JobQueue, Snapshot, Ticket
from gan_studio.studio.request import TrainingRequest

LONG = 10**6
"""steps that no test waits for"""
PATIENCE = 300.0
"""seconds that a test waits"""


def jobs_in(root: Path, **changes: Any) -> JobQueue:
    library = Library(root, "cpu")
    return JobQueue(root, torch.device("cpu"), library.directory, library.invalidate, **changes)


@contextmanager
def jobs_of(root: Path, **changes: Any) -> Iterator[JobQueue]:
    """The same, closed in the end; fails when a training goes on after that."""
    jobs = jobs_in(root, **changes)
    yield jobs
    jobs.close()
    assert [now.id for now in jobs.all() if now.state in ("running", "paused")] == []


def order(
    family: str = "gan", steps: int = 40, seconds: float | None = None, **toy: Any
) -> TrainingRequest:
    return TrainingRequest(
        family=family,
        dataset="digits",
        config=toys.config(family, **toy),
        settings=toys.settings(steps=steps),
        budget=seconds,
    )


def until(jobs: JobQueue, name: str, reached: Callable[[Snapshot], object]) -> Snapshot:
    """The first snapshot that is as wished; a test that waits too long fails."""
    end = time.monotonic() + PATIENCE
    while not reached(now := jobs.snapshot(name)):
        assert time.monotonic() < end, now
        time.sleep(0.01)
    return now


def finished(jobs: JobQueue, name: str) -> Snapshot:
    return until(jobs, name, lambda now: now.is_over)


def running(jobs: JobQueue, ticket: Ticket) -> Snapshot:
    return until(jobs, ticket.id, lambda now: now.step > 2)


def same_weights(one: Path, other: Path) -> bool:
    ours, theirs = (load_file(run / "model.safetensors") for run in (one, other))
    return all(torch.equal(v, theirs[k]) for k, v in ours.items())
