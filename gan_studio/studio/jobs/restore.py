"""Jobs of earlier processes, restored from disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from gan_studio.core.log import warn_once
from gan_studio.core.validation import check_int
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import ENDLESS
from gan_studio.studio.jobs.job import Job
from gan_studio.studio.jobs.record import BROKEN, EVENTS, RunLog
from gan_studio.studio.jobs.snapshot import OVER, Snapshot
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.train import TOTAL
from gan_studio.training import trainable_after

T = TypeVar("T")


def restore_jobs(root: Path) -> dict[str, Job]:
    """All jobs that ever ran below a folder, by name; unreadable ones are left out."""
    jobs = {}
    for path in sorted(root.glob(f"*/{EVENTS}")):
        log = RunLog(path.parent)
        try:
            request, owner = log.read_request()
        except ValueError as error:
            warn_once(str(error))
            continue
        jobs[path.parent.name] = Job(request, owner, log, restore_snapshot(request, log))
    return jobs


def new_snapshot(request: TrainingRequest, log: RunLog) -> Snapshot:
    """A job that waits for its first turn."""
    return Snapshot(
        id=log.directory.name,
        family=request.family,
        dataset=request.dataset,
        config=request.players,
        total=request.total,
    )


def count_steps(manifest: Manifest) -> int:
    """The updates that a checkpoint has behind it; ValueError where its config.json is wrong."""
    return check_int(manifest.training.get("steps", 0), "steps", 0, ENDLESS)


def restore_snapshot(request: TrainingRequest, log: RunLog) -> Snapshot:
    """A job as its files describe it."""
    new = new_snapshot(request, log)
    try:
        (state, reason), steps, manifest = log.last_state(), log.sample_steps(), log.manifest()
        return replace(
            new,
            state=state if state in OVER else "interrupted",
            reason=reason,
            samples=tuple(steps),
            grid=_read_or_none(lambda: log.sample(steps[-1]) if steps else None),
            real=_read_or_none(log.real),
            **(_read_checkpoint(log, manifest) if manifest else {}),
        )
    except BROKEN as error:
        reason = f"{new.id} cannot be read: {error}".replace(str(log.directory), new.id)
        return replace(new, state="failed", reason=reason)


def _read_checkpoint(log: RunLog, manifest: Manifest) -> dict[str, Any]:
    """The fields of a snapshot that the last checkpoint knows."""
    numbers, step = manifest.training, count_steps(manifest)
    changes = tuple(dict(change) for change in numbers.get("changes", ()))
    fields = {
        "config": manifest.config,
        "step": step,
        "seconds": float(numbers.get("seconds", 0)),
        "rows": tuple(row for row in log.history() if row["step"] <= step),
        "trainable": trainable_after(changes),
        "changes": changes,
    }
    if TOTAL in numbers:
        total = check_int(numbers[TOTAL], TOTAL, 1, ENDLESS)
        fields["total"] = None if total == ENDLESS else total
    return fields


def _read_or_none(load: Callable[[], T]) -> T | None:
    """A picture; a training can go on without its pictures."""
    try:
        return load()
    except BROKEN as error:
        warn_once(str(error))
        return None
