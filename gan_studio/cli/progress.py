"""Progress bars of running computations."""

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
from gan_studio.core.events import Progress as PartDone
from gan_studio.studio import Studio

T = TypeVar("T")
F = TypeVar("F", bound=Frame)
CONSOLE = Console(stderr=True, highlight=False, soft_wrap=True)


def progress() -> Progress:
    """A progress bar with steps, times and the field `status`."""
    columns = BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    return Progress(*columns, TextColumn("{task.fields[status]}"), console=CONSOLE)


def watch_training(lesson: Generator[Step, None, T]) -> T:
    """Show the progress of a training; returns its result."""
    with progress() as bar:
        task = bar.add_task("", total=None, status="")
        while True:
            try:
                step = next(lesson)
            except StopIteration as end:
                return end.value
            status = " ".join(f"{name} {value:.3f}" for name, value in step.losses.items())
            bar.update(task, total=step.total, completed=step.step, status=status)


def download(events: Iterable[Download]) -> None:
    """Show the progress of a download, if there is one."""
    events = iter(events)
    if first := next(events, None):
        columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
        with Progress(*columns, TimeRemainingColumn(), console=CONSOLE) as bar:
            task = bar.add_task(first.name, total=first.total)
            for event in chain([first], events):
                bar.update(task, completed=event.done)


def download_with_result(events: Generator[Download, None, T]) -> T:
    """Show the progress of a download, if there is one; returns what it led to."""
    results: list[T] = []

    def keep() -> Iterator[Download]:
        results.append((yield from events))

    download(keep())
    return results[0]


def print_about(studio: Studio, model: str) -> None:
    """Print source, memory and time of an imported network before it is loaded."""
    about = [card.about() for card in studio.translator_cards() if card.name == model]
    if any(about):
        print(about[0])


def watch_parts(events: Iterable[PartDone | T]) -> T:
    """Show how many parts of a picture are done; returns the picture, the last event."""
    with progress() as bar:
        task, parts = bar.add_task("", total=None, status=""), 1
        for event in events:
            if not isinstance(event, PartDone):
                bar.update(task, total=parts, completed=parts)
                return event
            parts = event.total
            bar.update(task, total=parts, completed=event.done)
    raise AssertionError("a picture is the last event")


@contextmanager
def catch_interrupt() -> Iterator[threading.Event]:
    """Ctrl-C sets the event instead of raising KeyboardInterrupt."""
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def watch(frames: Iterator[F]) -> F:
    """Show the progress of a painting or projection until Ctrl-C; returns the last frame."""
    frame = None
    with catch_interrupt() as stop, progress() as bar:
        task = bar.add_task("", total=None, status="")
        for frame in frames:
            status = " ".join(f"{k} {v:.3f}" for k, v in list(frame.losses.items())[:2])
            bar.update(task, total=frame.total, completed=frame.step, status=status)
            if stop.is_set():
                break
    assert frame, "a painting has a step"
    return frame


def print_result(last: Frame, output: Path) -> None:
    """Print the steps and the file of a painting."""
    summary = f"Finished after {last.step} steps"
    if last.step < last.total:
        summary = f"Stopped at step {last.step} of {last.total}"
    print(f"{summary}. The painting is in {output}.")
