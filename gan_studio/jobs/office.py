"""All jobs of a process: who may steer them, which one runs, which ones wait."""

from __future__ import annotations

import atexit
import functools
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from gan_studio import lending, registry, runs
from gan_studio.events import Turns
from gan_studio.gan import changed
from gan_studio.house import OPEN, House
from gan_studio.jobs import bursts
from gan_studio.jobs.broom import Broom
from gan_studio.jobs.collected import Collected
from gan_studio.jobs.job import Job
from gan_studio.jobs.order import Order
from gan_studio.jobs.permit import permitted
from gan_studio.jobs.record import Record, digest
from gan_studio.jobs.shelf import begun, found, reached, remembered
from gan_studio.jobs.snapshot import Snapshot, Ticket
from gan_studio.survey import DatasetReport
from gan_studio.training import ENDLESS

OWN = "own pictures"
"""the data set of an order for pictures that were collected, and their folder in the run"""
MOST_WAITING = 16
GOODBYE = 10.0
"""seconds in which a training that runs may save when the process ends"""


class Jobs:
    """Trainings under one folder, one at a time on one device."""

    def __init__(
        self,
        root: Path,
        device: torch.device,
        model: Callable[[str], Path],
        saved: Callable[[Path], None] = lambda _: None,
        burst: float | None = None,
        house: House = OPEN,
    ) -> None:
        """`model` finds one to start from by name, `saved` hears of new files in a run directory.

        With `burst` seconds a training goes on in pieces so long. In a public house runs have names
        that nobody guesses, since who knows the name of one may watch it.
        """
        self.root, self.device, self._model, self._saved = root, device, model, saved
        self._burst = bursts.BURST if burst is None and lending.needed() else burst
        self._jobs, self._collected = found(root), Collected(root, house)
        self._queue: list[Job] = []
        self._running: Job | None = None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self.house = house
        self.broom = Broom(root, house.kept, self._let_go, saved)

    def warm_up(self) -> None:
        """Import in the background what takes seconds, before somebody waits for it."""
        threading.Thread(target=registry.load, args=("digits", 8), daemon=True).start()

    def collect(self, sources: Sequence[Path]) -> tuple[str, DatasetReport]:
        """A person's own pictures, made ready to be trained on: a name for `start`, and a report.

        They can be trained on until they are discarded. ValueError with one sentence when there
        is nothing to learn from.
        """
        return self._collected.bring(sources)

    def discard(self, collected: str) -> None:
        """Pictures that were collected are not wanted any more; runs keep those of their own."""
        self._collected.discard(collected)

    def start(self, order: Order, collected: str = "") -> Ticket:
        """Put a training into the queue; ValueError with one sentence when it cannot be."""
        if order.settings.evaluate_every is None:  # seconds in which it could not stop
            order = replace(order, settings=replace(order.settings, evaluate_every=0))
        if order.dataset not in (*registry.DATASETS, OWN):
            raise ValueError(
                f"There is no data set {order.dataset!r}; there are "
                f"{', '.join(registry.DATASETS)} and {OWN}."
            )
        order = permitted(order, self.house)
        if order.settings.start_from:
            self._model(order.settings.start_from)  # a name that is unknown is refused now
        owner = secrets.token_urlsafe(16)
        record = Record(self._directory(order))
        try:
            if order.dataset == OWN:
                self._collected.link(collected, record.directory / OWN)
            record.open(order, owner)
            self._enlist(Job(order, digest(owner), record, begun(order, record)))
        except BaseException:  # what is refused would come back as a training of nobody
            record.remove()
            raise
        return Ticket(record.directory.name, owner)

    def all(self) -> list[Snapshot]:
        """Every job: those that go on first, then the others by name."""
        with self._changed:
            going = [job for job in (self._running, *self._queue) if job]
            rest = [job for _, job in sorted(self._jobs.items()) if job not in going]
        return [self._placed(job.now) for job in (*going, *rest)]

    def visible(self, owners: Mapping[str, str]) -> list[Snapshot]:
        """Every job; in a public house those of which one has the owner's token."""
        return [now for now in self.all() if not self.house.public or self._owns(now.id, owners)]

    def _owns(self, name: str, owners: Mapping[str, str]) -> bool:
        job = self._jobs.get(name)
        return job is not None and secrets.compare_digest(digest(owners.get(name, "")), job.owner)

    def snapshot(self, name: str) -> Snapshot:
        """A job now; ValueError when there is none of that name."""
        return self._placed(self._job(name).watch())

    def sample(self, name: str, step: int) -> Image.Image:
        """A grid that was kept."""
        return self._job(name).record.sample(step)

    def directory(self, name: str) -> Path:
        """Where the model of a job lies."""
        return self._job(name).record.directory

    def steered(self, name: str, owner: str, *, local: bool = False) -> Job:
        """A job for who may steer it: its starter, or the machine's own user."""
        job = self._job(name)
        if not (local or self._owns(name, {name: owner})):
            raise ValueError(f"Only who started {name} can steer it.")
        return job

    def pause(self, name: str, owner: str = "", *, local: bool = False) -> None:
        self.steered(name, owner, local=local).pause()

    def go_on(self, name: str, owner: str = "", *, local: bool = False) -> None:
        self.steered(name, owner, local=local).go_on()

    def step(self, name: str, owner: str = "", *, local: bool = False) -> None:
        """One update, then a pause."""
        self.steered(name, owner, local=local).single()

    def change(
        self,
        name: str,
        owner: str,
        changes: Mapping[str, Any],
        *,
        local: bool = False,
    ) -> None:
        """Other settings; ValueError with one sentence where they cannot be."""
        self.steered(name, owner, local=local).change(changes)

    def turns(self, name: str, owner: str, turns: Turns, *, local: bool = False) -> None:
        """Who learns."""
        self.steered(name, owner, local=local).turns(turns)

    def stop(self, name: str, owner: str = "", *, local: bool = False) -> None:
        """End it after its next update, saved; one that waits leaves the queue."""
        job = self.steered(name, owner, local=local)
        with self._changed:
            if job in self._queue:
                self._queue.remove(job)
                job.become("stopped")
        job.stop()

    def resume(
        self,
        name: str,
        owner: str = "",
        changes: Mapping[str, Any] | None = None,
        *,
        local: bool = False,
    ) -> None:
        """Take up a training that is over, where its last state is; one that is finished goes on
        for as many steps again."""
        job = self.steered(name, owner, local=local)
        now = job.now
        if not now.over:
            raise ValueError(f"{name} is {now.state}; only what is over can be resumed.")
        if not job.record.directory.is_dir():
            raise ValueError(f"{name} was refused before its first step; start another.")
        manifest = job.record.manifest()
        if manifest and reached(manifest) > now.step:  # it was resumed by another process
            now = remembered(job.order, job.record)
        changed(now.config, changes or {})  # refused now, not when its turn has come
        total = now.total
        if total and now.step >= total:
            total = now.step + job.order.settings.steps
        asked = replace(job.order, config=now.config)
        far = replace(asked, settings=replace(asked.settings, steps=total or ENDLESS))
        order = replace(asked, seconds=permitted(far, self.house).seconds)
        snapshot = replace(now, total=total, findings=(), said="")
        again = Job(order, job.owner, job.record, snapshot, changes)
        again.become("waiting")
        self._enlist(again)

    def close(self) -> None:
        """Save and stop what runs; it can be resumed by the next process."""
        self.broom.close()
        with self._changed:
            self._queue = []
            if self._running:
                self._running.stop()
                self._changed.wait_for(lambda: self._running is None, GOODBYE)

    def _let_go(self, folder: Path) -> bool:
        """Forget what lies in a folder, unless it is at work or waits."""
        with self._changed:
            going = [job.record.directory for job in (self._running, *self._queue) if job]
            if folder in going:
                return False
            self._jobs.pop(folder.name, None)
            return True

    def _job(self, name: str) -> Job:
        if name not in self._jobs:
            raise ValueError(f"There is no training {name!r}.")
        return self._jobs[name]

    def _placed(self, snapshot: Snapshot) -> Snapshot:
        """With its place in the queue."""
        with self._changed:
            waiting = [job.now.id for job in self._queue]
            before = int(self._running is not None)
        if snapshot.id not in waiting:
            return snapshot
        return replace(snapshot, place=waiting.index(snapshot.id) + before)

    def _directory(self, order: Order) -> Path:
        """A new folder with a name that says what it is."""
        self.root.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            mark = secrets.token_hex(8) if self.house.public else number
            directory = self.root / f"{order.family}-{order.dataset.split()[0]}-{mark}"
            number += 1
            if directory.name in self._jobs:  # though its folder may have gone
                continue
            with suppress(FileExistsError):
                directory.mkdir()
                return directory

    def _enlist(self, job: Job) -> None:
        with self._changed:
            if len(self._queue) >= MOST_WAITING:
                raise ValueError(f"{MOST_WAITING} trainings wait already; come back later.")
            self._jobs[job.now.id] = job
            self._queue.append(job)
            if not self._thread:
                self._thread = threading.Thread(target=self._work, name="trainings", daemon=True)
                self._thread.start()
                atexit.register(self.close)
            self._changed.notify_all()

    def _work(self) -> None:
        """One job after the other, for ever."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue)
                job = self._running = self._queue.pop(0)
            asked = self._begin, lambda: bool(self._queue), self._saved
            job.context.run(job.drive, *asked)
            with self._changed:
                self._running = None
                self._changed.notify_all()

    def _begin(self, job: Job) -> runs.Story:
        """The training of a job, from its first step or from its last state."""
        order, directory = job.order, job.record.directory
        resume, ancestor = job.record.resumable, order.settings.start_from
        base = self._model(ancestor) if ancestor and not resume else None
        steps = job.now.total or ENDLESS
        changes = job.changes
        if resume and (manifest := job.record.manifest()):  # what changed after the last saving
            changes = {**runs.differing(manifest.config, order.config), **changes}
        begin = functools.partial(
            runs.begin,
            order.family,
            order.config,
            replace(order.settings, steps=steps),
            str(directory / OWN) if order.dataset == OWN else order.dataset,
            directory,
            self.device,
            base,
            order.seconds,
        )
        if self._burst:
            return bursts.in_bursts(begin, resume, changes, self._burst)
        return begin(resume, changes)
