"""The jobs that earlier processes left on disk."""

from __future__ import annotations

from pathlib import Path

from gan_studio.jobs.job import Job
from gan_studio.jobs.order import Order
from gan_studio.jobs.record import BROKEN, EVENTS, Record
from gan_studio.jobs.snapshot import OVER, Snapshot


def found(root: Path) -> dict[str, Job]:
    """Every run under a folder that a job made, by name; those that nobody can read are left."""
    jobs = {}
    for path in sorted(root.glob(f"*/{EVENTS}")):
        record = Record(path.parent)
        try:
            order, owner = record.ordered()
        except ValueError:
            continue
        jobs[path.parent.name] = Job(order, owner, record, remembered(order, record))
    return jobs


def remembered(order: Order, record: Record) -> Snapshot:
    """A job as the files tell of it."""
    name = record.directory.name
    try:
        state, said = record.last_state()
        manifest, steps = record.manifest(), record.samples()
        told = manifest.training if manifest else {}
        done = int(told.get("steps", 0))
        grid = record.sample(steps[-1]) if steps else None
        return Snapshot(
            id=name,
            state=state if state in OVER else "interrupted",
            family=order.family,
            dataset=order.dataset,
            config=manifest.config if manifest else order.config,
            step=done,
            total=order.total,
            seconds=float(told.get("seconds", 0)),
            rows=tuple(row for row in record.history() if row["step"] <= done),
            grid=grid,
            real=record.real(),
            samples=tuple(steps),
            changes=tuple(dict(change) for change in told.get("changes", ())),
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
