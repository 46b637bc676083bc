"""A job on disk, beside the model: what was asked, what happened, and some of its pictures."""

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

from gan_studio import checkpoints, disk, image_files
from gan_studio.checkpoints import Manifest
from gan_studio.events import Event, Update
from gan_studio.jobs.order import Order
from gan_studio.jobs.snapshot import State

EVENTS, SAMPLES, REAL, STOP = "events.jsonl", "samples", "real.png", "stop"
KEPT = 100
"""samples that are kept of a run; then every second one goes"""
BROKEN = (ValueError, TypeError, KeyError, AttributeError, OSError, RecursionError, OverflowError)
"""what a file that was edited by hand may raise"""


class Record:
    """The files of one run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def open(self, order: Order, owner: str) -> None:
        """The first line: what was asked for, and by whom."""
        self.write("ordered", order=order.plain(), owner=digest(owner))

    def remove(self) -> None:
        """Leave nothing of a training that learned nothing; what is a model stays."""
        kept = (checkpoints.STATE, checkpoints.CONFIG, disk.MODEL)
        if not any((self.directory / name).exists() for name in kept):
            shutil.rmtree(self.directory, ignore_errors=True)

    def write(self, kind: str, **said: Any) -> None:
        """Add a line to events.jsonl."""
        line = json.dumps({"time": round(time.time(), 3), "kind": kind, **said}, default=str)
        path = self.directory / EVENTS
        with disk.errors_name(path), path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def note(self, event: Event) -> None:
        """Add an event, but for its pictures; an update alone is not worth a line."""
        if isinstance(event, Update):
            return
        said = {f.name: getattr(event, f.name) for f in dataclasses.fields(event)}
        said = {k: v for k, v in said.items() if not isinstance(v, Image.Image | Path)}
        self.write(type(event).__name__.lower(), **said)

    def state(self, state: State, said: str = "") -> None:
        self.write("state", state=state, said=said)

    def is_told_to_stop(self) -> bool:
        """Whether the machine's own user, who may write here, has asked for an end; heard once."""
        try:
            (self.directory / STOP).unlink()
        except OSError:
            return False
        return True

    def tell_to_stop(self) -> None:
        """For another process than that of the job; ValueError when it is over."""
        if not (self.directory / EVENTS).exists():
            raise ValueError(f"{self.directory} holds no training of the page.")
        state, _ = self.last_state()
        if state not in ("running", "paused"):
            raise ValueError(f"{self.directory} is {state}; only what trains can be stopped.")
        (self.directory / STOP).touch()

    def lines(self) -> Iterator[dict[str, Any]]:
        """What events.jsonl says; a line that was cut off by a crash is passed over."""
        with (self.directory / EVENTS).open(encoding="utf-8") as file:
            for line in file:
                with suppress(*BROKEN):
                    yield dict(json.loads(line))

    def ordered(self) -> tuple[Order, str]:
        """What was asked for, and the digest of its owner; ValueError when that is not known."""
        try:
            first = next(self.lines())
            return Order.of(first["order"]), str(first["owner"])
        except (*BROKEN, StopIteration):
            raise ValueError(
                f"{self.directory.name} does not say what was to be trained."
            ) from None

    def last_state(self) -> tuple[State, str]:
        """How it stood when the last line was written."""
        said = [line for line in self.lines() if line.get("state") in get_args(State)]
        return (said[-1]["state"], str(said[-1].get("said", ""))) if said else ("waiting", "")

    def keep(self, step: int, grid: Image.Image) -> None:
        """Keep a sample; of many, those that are evenly apart."""
        self._save(grid, self.directory / SAMPLES / f"{step:09d}.png")
        if len(steps := self.samples()) > KEPT:
            for old in steps[1:-1:2]:
                self._sample(old).unlink(missing_ok=True)

    def samples(self) -> list[int]:
        """The steps whose samples are kept."""
        names = (path.stem for path in (self.directory / SAMPLES).glob("*.png"))
        return sorted(int(name) for name in names if name.isdecimal())

    def sample(self, step: int) -> Image.Image:
        """ValueError when there is none of that step."""
        return image_files.load(self._sample(step))

    def keep_real(self, grid: Image.Image) -> None:
        self._save(grid, self.directory / REAL)

    def real(self) -> Image.Image | None:
        return image_files.load(path) if (path := self.directory / REAL).exists() else None

    def history(self) -> list[dict[str, float]]:
        return checkpoints.load_history(self.directory)

    def manifest(self) -> Manifest | None:
        """What config.json says; None before the first saving."""
        known = (self.directory / checkpoints.CONFIG).exists()
        return checkpoints.load_manifest(self.directory) if known else None

    @property
    def resumable(self) -> bool:
        return (self.directory / checkpoints.STATE).exists()

    def _sample(self, step: int) -> Path:
        return self.directory / SAMPLES / f"{step:09d}.png"

    def _save(self, picture: Image.Image, path: Path) -> None:
        disk.write_atomic(path, image_files.png(picture))


def digest(owner: str) -> str:
    """What is remembered of a secret."""
    return hashlib.sha256(owner.encode()).hexdigest()
