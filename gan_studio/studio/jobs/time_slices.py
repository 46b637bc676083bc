"""A training in bursts: ZeroGPU Spaces lend a GPU for a minute at a time.

Each burst may run in a process of its own. It leaves behind the run directory, from which the next
one resumes, and the events that it yielded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace

import torch

from gan_studio.core.events import Command, Event, Loaded, Update
from gan_studio.core.zerogpu import gpu
from gan_studio.studio.jobs.job import SAVE, SHOW
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.train import setup_training
from gan_studio.training import EventStream

GPU_SECONDS = 60
"""seconds for which ZeroGPU lends its GPU"""
BURST = 45.0
"""seconds after which a burst ends: loading and saving must fit into the lent time too"""


def in_bursts(
    request: TrainingRequest,
    device: torch.device,
    seconds: float = BURST,
    is_paused: Callable[[], bool] = lambda: False,
) -> EventStream:
    """The same events as of a training in one go; every command but SAVE starts a new burst.

    While `is_paused`, a command or a single step gets a burst of one
    update, and no burst is open, so no GPU held, while the caller waits.
    """
    commands: list[Command] = []
    short, fresh = False, True
    while True:
        with closing(burst(request, device, commands, 0.0 if short else seconds)) as events:
            end = yield from _relay(events, fresh, short)
        if end is None:
            return
        step, command = end
        fresh, request = False, replace(request, config=None, settings=None, resume=True, base=None)
        wait = short or command == SAVE
        while wait:
            command = yield Update(step=step)
            wait = command in (SAVE, SHOW)  # saved when the burst ended, shown with the step
        short = is_paused()
        commands = [command or SHOW] if short else [command] if command else []


def _relay(
    events: Iterable[Event | None], fresh: bool, short: bool
) -> Generator[Event, Command | None, tuple[int, Command | None] | None]:
    """The events of a burst up to a command; then its last step and the command, None at the end
    of the training. The Update of a short burst follows when the GPU has been given back."""
    step, command = 0, None
    for event in events:
        if event is None:
            return None
        if isinstance(event, Update):
            step = event.step
            if short:
                continue
        if fresh or not isinstance(event, Loaded):
            command = yield event
        if command and isinstance(event, Update):
            break
    return step, command


@gpu(GPU_SECONDS)
def burst(
    request: TrainingRequest, device: torch.device, commands: Sequence[Command], seconds: float
) -> Generator[Event | None]:
    """Train for `seconds` and at least one update, at which the commands are given.

    None at the end says that the training is over; without it there is more to come.
    """
    waiting, start = list(commands), time.monotonic()
    with closing(setup_training(request, device)) as events:
        event = next(events, None)
        while event:
            command = None
            if waiting and isinstance(event, Update):
                # Before the caller is asked for the next command, which would end this burst, and
                # before its time is up, which loading alone may have taken. The same update
                # follows once more when the command has been carried out.
                command = waiting.pop(0)
            else:
                yield event
                if isinstance(event, Update) and time.monotonic() - start >= seconds:
                    return
            try:
                event = events.send(command)
            except StopIteration:
                event = None
    yield None
