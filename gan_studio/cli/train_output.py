"""A training in a terminal: progress bar, results and diagnosed problems."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from rich.progress import Progress, TaskID

from gan_studio.cli.progress import CONSOLE, catch_interrupt, progress
from gan_studio.core import distributed
from gan_studio.core.events import Checkpoint, Download, Evaluation, Event, Loaded, Step, Update
from gan_studio.studio import ENDLESS, Finding, checkpoint, diagnostics, family, format_flag, terms


def train_output(
    events: Generator[Event], total: int, output: Path, seconds: float | None = None
) -> None:
    """Show a training until it ends; Ctrl-C or its budget in seconds saves and stops it."""
    step, best, over, start = 0, None, False, math.inf
    with catch_interrupt() as stop, closing(events), progress() as bar:
        task = bar.add_task("", total=None if total >= ENDLESS else total, status="")
        for event in events:
            show(event, bar, task)
            if isinstance(event, Checkpoint):  # the first one starts the budget
                start = min(start, time.monotonic())
            step = getattr(event, "step", step)
            best = event if isinstance(event, Evaluation) else best
            if over := should_stop(stop, event, start, seconds):
                break
    goes_on = "; --resume goes on" if over and step < total else ""
    verb = "Stopped" if goes_on else "Finished"
    print(f"{verb} at step {step}{goes_on}. The model is in {output}.")
    if best:
        print(f"The best, FID {best.best_fid} at step {best.best_step}, is in {best.path}.")
    for finding in find_problems(output):
        print("\n".join(finding_lines(finding)))


def show(event: Event, bar: Progress, task: TaskID) -> None:
    """Print an event, or move the progress bar."""
    match event:
        case Loaded():
            announce(event)
        case Step():
            advance(bar, task, event)
        case Download():
            percent = event.done / event.total
            bar.update(task, status=f"downloading {event.name}, {percent:.0%}")
        case Evaluation():
            CONSOLE.print(f"Step {event.step}: FID {event.fid}.")
        case _:
            pass


def run_as_worker(events: Generator[Event]) -> None:
    """Train without output, beside the main process; Ctrl-C in one process stops all."""
    with catch_interrupt() as stop, closing(events):
        for event in events:
            if should_stop(stop, event):
                break


def should_stop(
    stop: threading.Event, event: Event, start: float = 0.0, seconds: float | None = None
) -> bool:
    """Whether to stop now: after an update, in all processes at once."""
    late = seconds is not None and time.monotonic() - start > seconds
    return isinstance(event, Update) and distributed.any_rank(stop.is_set() or late, event.step)


def find_problems(run: Path) -> list[Finding]:
    """The problems that the history of a run shows."""
    manifest = checkpoint.load_manifest(run)
    measure = family(manifest.family).gan.output
    return diagnostics.examine(checkpoint.load_history(run), manifest.config, measure)


def finding_lines(finding: Finding) -> Iterator[str]:
    """A finding in a few lines, with its remedies as flags."""
    yield f"! {finding.name}: {finding.evidence}"
    yield f"  {finding.explanation}"
    for remedy in finding.remedies:
        flags = [format_flag(k.replace("_", "-"), v) for k, v in remedy.changes.items()]
        yield f"  {remedy.title}: --resume {' '.join(flags)}"


def advance(bar: Progress, task: TaskID, event: Step) -> None:
    """Move the progress bar to a step."""
    losses = " ".join(f"{k} {event.losses[k]:.2f}" for k in ("generator", "discriminator"))
    numbers = f"{losses}, {event.images_per_second:.0f} images/s"
    bar.update(task, completed=event.step, status=numbers)


def announce(event: Loaded) -> None:
    """Print how many pictures there are, and which files cannot be read."""
    kind = "grey" if event.channels == 1 else "colour"
    CONSOLE.print(f"{event.name}: {event.count:,} {kind} pictures.", markup=False)
    if event.name in terms.TERMS:
        CONSOLE.print(f"Terms: {terms.TERMS[event.name]}", markup=False)
    for reason in event.skipped:
        CONSOLE.print(f"Skipped: {reason}", markup=False)
