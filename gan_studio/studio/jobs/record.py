"""The log of a run, beside its model: the request, what happened, and samples on the way."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from PIL import Image

from gan_studio.core import files
from gan_studio.core.events import Event, Update
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.images import files as image_files
from gan_studio.studio.jobs.snapshot import State
from gan_studio.studio.request import TrainingRequest

EVENTS, SAMPLES, REAL, STOP = "events.jsonl", "samples", "real.png", "stop"
MAX_SAMPLES = 100
"""samples of a run; beyond that every second one is deleted"""
BROKEN = (ValueError, TypeError, KeyError, AttributeError, OSError, RecursionError, OverflowError)
"""errors that a file edited by hand may raise"""


class RunLog:
    """The files of one run besides the model."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def create(self, request: TrainingRequest, owner: str) -> None:
        """Write the first line: the request, and the digest of the owner's secret."""
        self.write("ordered", order=request.to_json(), owner=digest(owner))

    def remove(self) -> None:
        """Delete the run, unless there is a model or a state to resume from."""
        lasting = (checkpoint.STATE, checkpoint.CONFIG, files.MODEL)
        if not any((self.directory / name).exists() for name in lasting):
            shutil.rmtree(self.directory, ignore_errors=True)

    def write(self, kind: str, **values: Any) -> None:
        """Add a line to events.jsonl."""
        line = json.dumps({"time": round(time.time(), 3), "kind": kind, **values}, default=str)
        path = self.directory / EVENTS
        with files.name_in_errors(path), path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def append(self, event: Event) -> None:
        """Add an event without its pictures; an Update alone gets no line."""
        if isinstance(event, Update):
            return
        values = {f.name: getattr(event, f.name) for f in dataclasses.fields(event)}
        values = {k: v for k, v in values.items() if not isinstance(v, Image.Image | Path)}
        self.write(type(event).__name__.lower(), **values)

    def write_state(self, state: State, reason: str = "") -> None:
        self.write("state", state=state, said=reason)

    def take_stop_request(self) -> bool:
        """Whether the machine's own user, who may write here, has asked it to stop; true once."""
        try:
            (self.directory / STOP).unlink()
        except OSError:
            return False
        return True

    def request_stop(self) -> None:
        """Ask the process that trains it to stop; ValueError when nothing trains."""
        if not (self.directory / EVENTS).exists():
            raise ValueError(f"{self.directory} holds no training of the page.")
        state, _ = self.last_state()
        if state not in ("running", "paused"):
            raise ValueError(f"{self.directory} is {state}; only what trains can be stopped.")
        (self.directory / STOP).touch()

    def lines(self) -> Iterator[dict[str, Any]]:
        """The lines of events.jsonl; one that a crash cut off is skipped."""
        with (self.directory / EVENTS).open(encoding="utf-8") as file:
            for line in file:
                with suppress(*BROKEN):
                    yield dict(json.loads(line))

    def read_request(self) -> tuple[TrainingRequest, str]:
        """The request, and the digest of the owner's secret; ValueError where they are lost."""
        try:
            first = next(self.lines())
            return TrainingRequest.from_json(first["order"]), str(first["owner"])
        except (*BROKEN, StopIteration):
            raise ValueError(
                f"{self.directory.name} does not say what was to be trained."
            ) from None

    def last_state(self) -> tuple[State, str]:
        """The last state, and why it came to that."""
        states = [line for line in self.lines() if line.get("state") in get_args(State)]
        return (states[-1]["state"], str(states[-1].get("said", ""))) if states else ("waiting", "")

    def save_sample(self, step: int, grid: Image.Image) -> None:
        """Save a sample; of too many every second one is deleted."""
        image_files.save(grid, self._sample(step))
        if len(steps := self.sample_steps()) > MAX_SAMPLES:
            for old in steps[1:-1:2]:
                self._sample(old).unlink(missing_ok=True)

    def sample_steps(self) -> list[int]:
        """The steps of all samples."""
        names = (path.stem for path in (self.directory / SAMPLES).glob("*.png"))
        return sorted(int(name) for name in names if name.isdecimal())

    def sample(self, step: int) -> Image.Image:
        """ValueError when there is none of that step."""
        return image_files.load(self._sample(step))

    def save_real(self, grid: Image.Image) -> None:
        image_files.save(grid, self.directory / REAL)

    def real(self) -> Image.Image | None:
        return image_files.load(path) if (path := self.directory / REAL).exists() else None

    def history(self) -> list[dict[str, float]]:
        return checkpoint.load_history(self.directory)

    def manifest(self) -> Manifest | None:
        """The content of config.json; None before the first checkpoint."""
        exists = (self.directory / checkpoint.CONFIG).exists()
        return checkpoint.load_manifest(self.directory) if exists else None

    @property
    def resumable(self) -> bool:
        return (self.directory / checkpoint.STATE).exists()

    def _sample(self, step: int) -> Path:
        return self.directory / SAMPLES / f"{step:09d}.png"


def digest(owner: str) -> str:
    """A secret as the log stores it."""
    return hashlib.sha256(owner.encode()).hexdigest()
