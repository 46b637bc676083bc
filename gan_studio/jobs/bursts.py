"""A training in bursts: on ZeroGPU Spaces a GPU is lent for a minute at a time.

Each burst may run in a process of its own. What it leaves behind is the run directory, from which
the next one goes on, and the events that it yields.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import Any

from gan_studio.events import Command, Event, Loaded, Update
from gan_studio.lending import borrows
from gan_studio.training import EventStream

LENT = 60
"""seconds for which ZeroGPU lends its GPU"""
BURST = 45.0
"""seconds after which a burst of our own ends: loading and saving must fit beside it"""
Begin = Callable[[bool, Mapping[str, Any]], EventStream]
"""Begins the training, or resumes it with changes."""


def in_bursts(
    begin: Begin, resume: bool, changes: Mapping[str, Any], seconds: float = BURST
) -> EventStream:
    """The same story as of a training in one go; every command but to save begins a new burst."""
    commands: list[Command] = []
    fresh = True
    while True:
        wish, step = None, 0
        with closing(burst(begin, resume, changes, commands, seconds)) as events:
            for event in events:
                if event is None:
                    return
                if fresh or not isinstance(event, Loaded):
                    wish = yield event
                if wish and isinstance(event, Update):
                    step = event.step
                    break
        fresh, resume, changes = False, True, {}
        while wish == Command(save=True):  # it is saved, and while its caller rests no GPU is held
            wish = yield Update(step=step)
        commands = [wish] if wish else []


@borrows(LENT)
def burst(
    begin: Begin,
    resume: bool,
    changes: Mapping[str, Any],
    commands: Sequence[Command],
    seconds: float,
) -> Generator[Event | None]:
    """A training for so many seconds, at whose first update the commands are given; None ends it.

    Without None at the end there is more to come.
    """
    wishes, start = list(commands), time.monotonic()
    with closing(begin(resume, changes)) as events:
        event = next(events, None)
        while event:
            wish = None
            if wishes and isinstance(event, Update):
                # Before the caller is asked for the next command, which would end this burst, and
                # before its time is up, which loading alone may have taken. The update is told
                # again once the command is obeyed.
                wish = wishes.pop(0)
            else:
                yield event
                if isinstance(event, Update) and time.monotonic() - start >= seconds:
                    return
            try:
                event = events.send(wish)
            except StopIteration:
                event = None
    yield None
