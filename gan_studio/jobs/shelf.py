"""The jobs that earlier processes left on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gan_studio import runs
from gan_studio.checkpoints import Manifest
from gan_studio.jobs.job import Job
from gan_studio.jobs.order import Order
from gan_studio.jobs.record import BROKEN, EVENTS, Record
from gan_studio.jobs.snapshot import OVER, Snapshot
from gan_studio.notices import notice
from gan_studio.recipe import whole
from gan_studio.training import ENDLESS, trainable_after

T = TypeVar("T")


def found(root: Path) -> dict[str, Job]:
    """Every run under a folder that a job made, by name; those that nobody can read are left."""
    jobs = {}
    for path in sorted(root.glob(f"*/{EVENTS}")):
        record = Record(path.parent)
        try:
            order, owner = record.ordered()
        except ValueError as error:
            notice(str(error))
            continue
        jobs[path.parent.name] = Job(order, owner, record, remembered(order, record))
    return jobs


def begun(order: Order, record: Record) -> Snapshot:
    """A job that waits for its first turn."""
    return Snapshot(
        id=record.directory.name,
        state="waiting",
        family=order.family,
        dataset=order.dataset,
        config=order.config,
        total=order.total,
    )


def reached(manifest: Manifest) -> int:
    """The updates after which it was saved; ValueError where it says none."""
    return whole(manifest.training.get("steps", 0), "steps", 0, ENDLESS)


def aim(order: Order, manifest: Manifest | None) -> int | None:
    """Updates at which it is to end; None where time decides."""
    if not manifest or runs.TOTAL not in manifest.training:
        return order.total
    total = whole(manifest.training[runs.TOTAL], runs.TOTAL, 1, ENDLESS)
    return None if total == ENDLESS else total


def remembered(order: Order, record: Record) -> Snapshot:
    """A job as the files tell of it."""
    name = record.directory.name
    try:
        state, said = record.last_state()
        manifest, steps = record.manifest(), record.samples()
        told = manifest.training if manifest else {}
        done = reached(manifest) if manifest else 0
        changes = tuple(dict(change) for change in told.get("changes", ()))
        return Snapshot(
            id=name,
            state=state if state in OVER else "interrupted",
            family=order.family,
            dataset=order.dataset,
            config=manifest.config if manifest else order.config,
            step=done,
            total=aim(order, manifest),
            seconds=float(told.get("seconds", 0)),
            rows=tuple(row for row in record.history() if row["step"] <= done),
            grid=_spared(lambda: record.sample(steps[-1]) if steps else None, None),
            real=_spared(record.real, None),
            samples=tuple(steps),
            turns=trainable_after(changes),
            changes=changes,
            said=said,
        )
    except BROKEN as error:
        return Snapshot(
            id=name,
            state="failed",
            family=order.family,
            dataset=order.dataset,
            config=order.config,
            said=f"{name} cannot be read: {error}".replace(str(record.directory), name),
        )


def _spared(read: Callable[[], T], otherwise: T) -> T:
    """What is read, if it can be: a training can go on without its pictures."""
    try:
        return read()
    except BROKEN as error:
        notice(str(error))
        return otherwise
