"""The queue of trainings: who may steer them, which one runs, which ones wait."""

from __future__ import annotations

import atexit
import secrets
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from gan_studio.core import zerogpu
from gan_studio.core.events import Trainable
from gan_studio.core.limits import LOCAL, Limits
from gan_studio.datasets import registry
from gan_studio.datasets.report import DatasetReport
from gan_studio.gans.config import ENDLESS, apply_changes
from gan_studio.studio import train
from gan_studio.studio.jobs import time_slices
from gan_studio.studio.jobs.cleanup import RunCleanup
from gan_studio.studio.jobs.job import Control, Job
from gan_studio.studio.jobs.record import RunLog, digest
from gan_studio.studio.jobs.restore import count_steps, new_snapshot, restore_jobs, restore_snapshot
from gan_studio.studio.jobs.snapshot import Snapshot, Ticket
from gan_studio.studio.jobs.uploads import UploadedImages
from gan_studio.studio.request import TrainingRequest, check_limits

OWN = "own pictures"
"""the data set of a request for uploaded pictures, and their folder in the run"""
MAX_WAITING = 16
SHUTDOWN = 10.0
"""seconds in which a training may save when the process ends"""


QUEUES: weakref.WeakSet[JobQueue] = weakref.WeakSet()
"""those that trainings were given to; what they train is saved when the process ends"""


@atexit.register
def close_queues() -> None:
    for queue in list(QUEUES):
        queue.close()


class JobQueue:
    """Trainings under one folder, one at a time on one device."""

    def __init__(
        self,
        root: Path,
        device: torch.device,
        find_model: Callable[[str], Path],
        on_save: Callable[[Path], None] = lambda _: None,
        burst: float | None = None,
        limits: Limits = LOCAL,
    ) -> None:
        """`find_model` finds one to start from by name, `on_save` hears of new files in a run.

        With `burst` a training goes on in pieces of so many seconds. On a public page runs have
        names that nobody guesses, since who knows the name of one may watch it.
        """
        self.root, self.device, self.limits = root, device, limits
        self._find_model, self._on_save = find_model, on_save
        self._burst = time_slices.BURST if burst is None and zerogpu.is_zerogpu() else burst
        self._jobs, self._uploads = restore_jobs(root), UploadedImages(root, limits)
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self.cleanup = RunCleanup(root, limits.retention, self._forget, on_save)

    def warm_up(self) -> None:
        """Import slow modules in the background, before the first training needs them."""
        threading.Thread(target=registry.load, args=("digits", 8), daemon=True).start()

    def collect(self, sources: Sequence[Path]) -> tuple[str, DatasetReport]:
        """Import a visitor's own pictures: a name for `start`, and a report.

        They can be trained on until they are discarded. ValueError with one sentence when none
        of them can be used.
        """
        return self._uploads.add(sources)

    def discard(self, upload: str) -> None:
        """Delete uploaded pictures; trainings that learn from them have links of their own."""
        self._uploads.remove(upload)

    def start(self, request: TrainingRequest, upload: str = "") -> Ticket:
        """Put a training into the queue; ValueError with one sentence where it is refused."""
        if request.dataset not in (*registry.DATASETS, OWN):
            raise ValueError(
                f"There is no data set {request.dataset!r}; there are "
                f"{', '.join(registry.DATASETS)} and {OWN}."
            )
        if request.loop.evaluate_every is None:  # seconds in which it could not stop
            request = replace(request, settings=replace(request.loop, evaluate_every=0))
        request = check_limits(request, self.limits)
        if request.loop.start_from:
            self._find_model(request.loop.start_from)  # an unknown name is refused now
        owner = secrets.token_urlsafe(16)
        log = RunLog(self._make_directory(request))
        try:
            if request.dataset == OWN:
                self._uploads.link(upload, log.directory / OWN)
            log.create(request, owner)
            self._enqueue(Job(request, digest(owner), log, new_snapshot(request, log)))
        except BaseException:  # else it would come back as a training of nobody
            log.remove()
            raise
        return Ticket(log.directory.name, owner)

    def all(self) -> list[Snapshot]:
        """Every job: the one that runs, those that wait, then the others by name."""
        with self._condition:
            active = [job for job in (self._running, *self._waiting) if job]
            rest = [job for _, job in sorted(self._jobs.items()) if job not in active]
        return [self._with_position(job.now) for job in (*active, *rest)]

    def visible(self, owners: Mapping[str, str]) -> list[Snapshot]:
        """Every job; on a public page those whose secret is among `owners`."""
        return [now for now in self.all() if not self.limits.public or self._owns(now.id, owners)]

    def _owns(self, name: str, owners: Mapping[str, str]) -> bool:
        job = self._jobs.get(name)
        return job is not None and secrets.compare_digest(digest(owners.get(name, "")), job.owner)

    def snapshot(self, name: str) -> Snapshot:
        """The state of a job; ValueError when there is none of that name."""
        return self._with_position(self._find(name).watch())

    def sample(self, name: str, step: int) -> Image.Image:
        """The grid of samples after a step."""
        return self._find(name).log.sample(step)

    def directory(self, name: str) -> Path:
        """The directory of a job's model."""
        return self._find(name).log.directory

    def authorize(self, name: str, owner: str, *, local: bool = False) -> Job:
        """A job for those who may steer it: who started it, or the machine's own user."""
        job = self._find(name)
        if not (local or self._owns(name, {name: owner})):
            raise ValueError(f"Only who started {name} can steer it.")
        return job

    def pause(self, name: str, owner: str = "", *, local: bool = False) -> None:
        self.authorize(name, owner, local=local).control(Control.PAUSE)

    def unpause(self, name: str, owner: str = "", *, local: bool = False) -> None:
        self.authorize(name, owner, local=local).control(Control.RUN)

    def step(self, name: str, owner: str = "", *, local: bool = False) -> None:
        """Train one update, show it, then pause."""
        self.authorize(name, owner, local=local).control(Control.STEP)

    def change(
        self, name: str, owner: str, changes: Mapping[str, Any], *, local: bool = False
    ) -> None:
        """Change settings of the family; ValueError with one sentence where that is refused."""
        job = self.authorize(name, owner, local=local)
        self._change_request(job, job.now, changes)
        job.change(changes)

    def set_trainable(
        self, name: str, owner: str, trainable: Trainable, *, local: bool = False
    ) -> None:
        """Choose which players learn."""
        self.authorize(name, owner, local=local).set_trainable(trainable)

    def stop(self, name: str, owner: str = "", *, local: bool = False) -> None:
        """End a training after its next update, saved; one that waits leaves the queue."""
        job = self.authorize(name, owner, local=local)
        with self._condition:
            if job in self._waiting:
                self._waiting.remove(job)
                job.become("stopped")
        job.control(Control.STOP)

    def resume(
        self,
        name: str,
        owner: str = "",
        changes: Mapping[str, Any] | None = None,
        *,
        local: bool = False,
    ) -> None:
        """Continue a training that is over from its last checkpoint; one that is finished trains
        for as many steps again."""
        job = self.authorize(name, owner, local=local)
        now = job.now
        if not now.is_over:
            raise ValueError(f"{name} is {now.state}; only what is over can be resumed.")
        if not job.log.directory.is_dir():
            raise ValueError(f"{name} was refused before its first step; start another.")
        manifest = job.log.manifest()
        if manifest and count_steps(manifest) > now.step:  # another process has resumed it
            now = restore_snapshot(job.request, job.log)
        request = self._change_request(job, now, changes or {})
        total = now.total
        if total and now.step >= total:
            total = now.step + request.loop.steps
        config = now.config if job.log.resumable else request.config  # changed by its first event
        new = replace(now, config=config, total=total, findings=(), reason="")
        new_job = Job(request, job.owner, job.log, new)
        new_job.become("waiting")
        self._enqueue(new_job)

    def _change_request(
        self, job: Job, now: Snapshot, changes: Mapping[str, Any]
    ) -> TrainingRequest:
        """The request of a job with other settings, which are allowed here too."""
        request = replace(job.request, config=apply_changes(now.config, changes))
        return check_limits(request, self.limits)

    def close(self) -> None:
        """Save and stop the training that runs; the next process can resume it."""
        self.cleanup.close()
        with self._condition:
            self._waiting = []
            if self._running:
                self._running.control(Control.STOP)
                self._condition.wait_for(lambda: self._running is None, SHUTDOWN)

    def _forget(self, folder: Path) -> bool:
        """Drop the job of a folder, unless it runs or waits."""
        with self._condition:
            active = [job.log.directory for job in (self._running, *self._waiting) if job]
            if folder in active:
                return False
            self._jobs.pop(folder.name, None)
            return True

    def _find(self, name: str) -> Job:
        if name not in self._jobs:
            raise ValueError(f"There is no training {name!r}.")
        return self._jobs[name]

    def _with_position(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with its place in the queue."""
        with self._condition:
            waiting = [job.now.id for job in self._waiting]
            before = int(self._running is not None)
        if snapshot.id not in waiting:
            return snapshot
        return replace(snapshot, queue_position=waiting.index(snapshot.id) + before)

    def _make_directory(self, request: TrainingRequest) -> Path:
        """A new folder, named after the training."""
        self.root.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            mark = secrets.token_hex(8) if self.limits.public else number
            directory = self.root / f"{request.family}-{request.dataset.split()[0]}-{mark}"
            number += 1
            if directory.name in self._jobs:  # though its folder may be gone
                continue
            with suppress(FileExistsError):
                directory.mkdir()
                return directory

    def _enqueue(self, job: Job) -> None:
        with self._condition:
            if len(self._waiting) >= MAX_WAITING:
                raise ValueError(f"{MAX_WAITING} trainings wait already; come back later.")
            self._jobs[job.now.id] = job
            self._waiting.append(job)
            if not self._thread:
                self._thread = threading.Thread(target=self._work, name="trainings", daemon=True)
                self._thread.start()
                QUEUES.add(self)
            self._condition.notify_all()

    def _work(self) -> None:
        """Run one job after the other, until none waits.

        A thread that is kept keeps the memory of its last training, too: some 50 MB.
        """
        while job := self._next():
            job.context.run(job.drive, self._begin, lambda: bool(self._waiting), self._on_save)

    def _next(self) -> Job | None:
        """The job that runs from now on; without one the thread that asks ends."""
        with self._condition:
            self._running = self._waiting.pop(0) if self._waiting else None
            if not self._running:
                self._thread = None
            self._condition.notify_all()
            return self._running

    def _begin(self, job: Job) -> train.EventStream:
        """The training of a job, from its first step or from its last checkpoint."""
        request, directory, resume = job.request, job.log.directory, job.log.resumable
        settings = request.loop
        base = self._find_model(settings.start_from) if settings.start_from and not resume else None
        if resume:  # another process may have set it otherwise
            _, settings = train.read_configs(request.family, directory)
        request = replace(
            request,
            dataset=str(directory / OWN) if request.dataset == OWN else request.dataset,
            settings=replace(settings, steps=job.now.total or ENDLESS),
            output=directory,
            resume=resume,
            base=base,
        )
        if self._burst:
            return time_slices.in_bursts(request, self.device, self._burst, lambda: job.is_paused)
        return train.setup_training(request, self.device)
