"""What a terminal shows of a computation while it runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from gan_studio.core.events import Download, Frame, Step

T = TypeVar("T")
CONSOLE = Console(stderr=True, highlight=False, soft_wrap=True)


def progress() -> Progress:
    """Steps, the time left, and a few words in the field `said`."""
    columns = BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    return Progress(*columns, TextColumn("{task.fields[said]}"), console=CONSOLE)


def watch_training(lesson: Generator[Step, None, T]) -> T:
    """Show a lesson's progress; what it returns in the end."""
    with progress() as bar:
        task = bar.add_task("", total=None, said="")
        while True:
            try:
                step = next(lesson)
            except StopIteration as end:
                return end.value
            said = " ".join(f"{name} {value:.3f}" for name, value in step.losses.items())
            bar.update(task, total=step.total, completed=step.step, said=said)


def download(events: Iterable[Download]) -> None:
    """Show how many bytes have come; nothing when there is nothing to fetch."""
    events = iter(events)
    if first := next(events, None):
        columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
        with Progress(*columns, TimeRemainingColumn(), console=CONSOLE) as bar:
            task = bar.add_task(first.name, total=first.total)
            for event in chain([first], events):
                bar.update(task, completed=event.done)


@contextmanager
def catch_interrupt() -> Iterator[threading.Event]:
    """Ctrl-C sets the event and ends nothing."""
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def watch(frames: Iterator[Frame]) -> Frame:
    """Show the progress of a painting or a projection; Ctrl-C ends it. The last frame."""
    frame = None
    with catch_interrupt() as stop, progress() as bar:
        task = bar.add_task("", total=None, said="")
        for frame in frames:
            said = " ".join(f"{k} {v:.3f}" for k, v in list(frame.losses.items())[:2])
            bar.update(task, total=frame.total, completed=frame.step, said=said)
            if stop.is_set():
                break
    assert frame, "a painting has a step"
    return frame


def print_result(last: Frame, output: Path) -> None:
    """How far a painting came, and where it is."""
    done = f"Finished after {last.step} steps"
    if last.step < last.total:
        done = f"Stopped at step {last.step} of {last.total}"
    print(f"{done}. The painting is in {output}.")
