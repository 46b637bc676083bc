"""What a terminal shows of a computation while it runs."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from gan_studio import processes
from gan_studio.events import Download, Evaluation, Event, Frame, Loaded, Step, Update

T = TypeVar("T")


def learn(lesson: Generator[Step, None, T]) -> T:
    """Show a lesson's progress; what it returns in the end."""
    with tqdm(unit="step", dynamic_ncols=True) as bar:
        while True:
            try:
                step = next(lesson)
            except StopIteration as end:
                return end.value
            bar.total = step.total
            bar.set_postfix_str(said(step), refresh=False)
            bar.update(step.step - bar.n)


def download(events: Iterable[Download]) -> None:
    """Show how many bytes have come; nothing when there is nothing to fetch."""
    events = iter(events)
    if first := next(events, None):
        with tqdm(desc=first.name, total=first.total, unit="B", unit_scale=True) as bar:
            for event in chain([first], events):
                bar.update(event.done - bar.n)


def said(step: Step) -> str:
    return " ".join(f"{name} {value:.3f}" for name, value in step.losses.items())


def follow(events: Generator[Event], total: int, output: Path) -> None:
    """Show a training's progress; Ctrl-C ends it between two steps, with everything saved."""
    step, best = 0, None
    with (
        interruption() as stop,
        closing(events),
        tqdm(total=total, unit="step", dynamic_ncols=True) as bar,
    ):
        for event in events:
            if isinstance(event, Loaded):
                announce(event)
            else:
                step = event.step
            if isinstance(event, Step):
                advance(bar, event)
            elif isinstance(event, Evaluation):
                best = event
                tqdm.write(f"Step {step}: FID {event.fid}.", file=sys.stderr)
            if stopped(stop, event):
                break
    done = f"Finished at step {step}"
    if step < total:
        done = f"Stopped at step {step}; --resume goes on"
    print(f"{done}. The model is in {output}.")
    if best:
        print(f"The best, FID {best.best_fid} at step {best.best_step}, is in {best.path}.")


def accompany(events: Generator[Event]) -> None:
    """Train beside the process that shows it; Ctrl-C in one of them ends all."""
    with interruption() as stop, closing(events):
        for event in events:
            if stopped(stop, event):
                break


def stopped(stop: threading.Event, event: Event) -> bool:
    """Whether the training ends here: after an update, which all processes end together."""
    return isinstance(event, Update) and processes.consulted(stop.is_set(), event.step)


@contextmanager
def interruption() -> Iterator[threading.Event]:
    """Ctrl-C sets the event and ends nothing."""
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def watch(frames: Iterator[Frame]) -> Frame:
    """Show a painting's progress; Ctrl-C ends it. The last frame."""
    frame = None
    with interruption() as stop, tqdm(unit="step", dynamic_ncols=True) as bar:
        for frame in frames:
            bar.total = frame.total
            losses = " ".join(f"{k} {frame.losses[k]:.3f}" for k in ("content", "style"))
            bar.set_postfix_str(f"{losses}, {frame.seconds_left:.0f} s left", refresh=False)
            bar.update(frame.step - bar.n)
            if stop.is_set():
                break
    assert frame, "a painting has a step"
    return frame


def conclude(last: Frame, output: Path) -> None:
    """How far a painting came, and where it is."""
    done = f"Finished after {last.step} steps"
    if last.step < last.total:
        done = f"Stopped at step {last.step} of {last.total}"
    print(f"{done}. The painting is in {output}.")


def advance(bar: tqdm, event: Step) -> None:
    """Move the progress bar to a step."""
    losses = " ".join(f"{k} {event.losses[k]:.2f}" for k in ("generator", "discriminator"))
    bar.set_postfix_str(f"{losses}, {event.images_per_second:.0f} images/s", refresh=False)
    bar.update(event.step - bar.n)


def announce(loaded: Loaded) -> None:
    """How many pictures there are, and which files are none."""
    kind = "grey" if loaded.channels == 1 else "colour"
    tqdm.write(f"{loaded.name}: {loaded.count:,} {kind} pictures.", file=sys.stderr)
    for reason in loaded.skipped:
        tqdm.write(f"Skipped: {reason}", file=sys.stderr)
