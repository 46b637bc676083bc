"""One job: a thread drives its training, and any other may read its state and steer it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from contextvars import copy_context
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from gan_studio.core.events import (
    Changed,
    Checkpoint,
    Command,
    Event,
    Loaded,
    Observation,
    Sample,
    Step,
    Trainable,
    Update,
)
from gan_studio.gans import base
from gan_studio.gans.config import apply_changes
from gan_studio.gans.families import family
from gan_studio.studio.jobs.record import RunLog
from gan_studio.studio.jobs.snapshot import Snapshot, State
from gan_studio.studio.jobs.timer import OBSERVE_EVERY, PREVIEW_EVERY, PreviewThrottle, Stopwatch
from gan_studio.studio.request import TrainingRequest
from gan_studio.training import EventStream, diagnostics

PATIENCE = 60.0
"""seconds after which a paused job makes way for one that waits"""
SAVE = Command(save=True)
"""sent once when a job pauses"""
SHOW = Command(sample_now=True, observe=True)
"""sent after a single step"""


class Control(Enum):
    """The next action of a job."""

    RUN = "run"
    PAUSE = "pause"
    STEP = "step"
    """train one update, then SHOW"""
    SHOW = "show"
    """show that update, then PAUSE"""
    STOP = "stop"
    """end, with everything saved; nothing comes after it"""


class Job:
    """A training: one thread calls `drive`, all others may call the rest."""

    def __init__(self, request: TrainingRequest, owner: str, log: RunLog, now: Snapshot) -> None:
        """`owner` is the digest of the secret that allows to steer it."""
        self.request, self.owner, self.log = request, owner, log
        self.context = copy_context()  # a lent GPU is on the account of who asked for this
        self._now, self._condition = now, threading.Condition()
        self._rows = [dict(row) for row in now.rows]
        self._control, self._command = Control.RUN, Command()
        self._stopwatch, self._last_watch = Stopwatch(), 0.0
        self._previews, self._observations = map(PreviewThrottle, (PREVIEW_EVERY, OBSERVE_EVERY))

    @property
    def now(self) -> Snapshot:
        with self._condition:
            return self._now

    @property
    def is_paused(self) -> bool:
        """Whether it trains nothing but single steps."""
        return self._control in (Control.PAUSE, Control.SHOW)

    def watch(self) -> Snapshot:
        """The state; asking for it counts as watching."""
        self._last_watch = time.monotonic()
        return self.now

    def update(self, **news: Any) -> None:
        """Replace fields of the snapshot."""
        with self._condition:
            self._now = replace(self._now, **news, version=self._now.version + 1)
            self._condition.notify_all()

    def become(self, state: State, reason: str = "") -> None:
        """Change the state, on disk too where the disk takes it."""
        with suppress(OSError):
            self.log.write_state(state, reason)
        self.update(state=state, reason=reason)

    def control(self, control: Control) -> None:
        """Tell it to run, pause, make a single step or stop."""
        with self._condition:
            if self._control is not Control.STOP:
                self._control = control
            self._condition.notify_all()

    def change(self, changes: Mapping[str, Any]) -> None:
        """Use other settings from the next update on; ValueError where they cannot change."""
        with self._condition:
            changes = {**self._command.changes, **changes}
            apply_changes(self._now.config, changes)
            self._command = replace(self._command, changes=changes)
            self._condition.notify_all()

    def set_trainable(self, trainable: Trainable) -> None:
        """Choose which players learn from the next update on."""
        with self._condition:
            self._command = replace(self._command, trainable=trainable)
            self._condition.notify_all()

    def _read_stop_request(self) -> None:
        """Stop where the machine's own user has asked for it from another process."""
        if self.log.take_stop_request():
            self.control(Control.STOP)

    def drive(
        self,
        begin: Callable[[Job], EventStream],
        is_crowded: Callable[[], bool],
        on_save: Callable[[Path], None],
    ) -> None:
        """Train to the end; `is_crowded` says whether another job waits."""
        self._stopwatch = Stopwatch(self.now.seconds)
        self.log.take_stop_request()  # from before this job, and so not meant for it
        try:
            self.become("running")
            with closing(begin(self)) as events:
                is_finished = self._run_events(events, is_crowded, on_save)
            self.become("finished" if is_finished else "stopped")
        except base.Diverged as error:
            self.update(findings=self._examine(str(error)))
            self._fail(str(error))
        except ValueError as error:
            self._fail(str(error))
        except OSError as error:
            self._fail(f"The studio's disk refused: {error.strerror or 'it gave no reason'}.")
        except MemoryError:
            self._fail("There is not enough memory for that: take smaller pictures or batches.")
        except Exception:  # whatever it was, the queue must go on
            logging.getLogger(__name__).exception("%s ended by an error", self.now.id)
            self._fail("The training ended by an error of the studio's own; its log tells more.")
        finally:
            on_save(self.log.directory)

    def _fail(self, reason: str) -> None:
        self.log.remove()  # before it is over for who watches
        self.become("failed", reason.replace(str(self.log.directory), self.now.id))

    def _run_events(
        self, events: EventStream, is_crowded: Callable[[], bool], on_save: Callable[[Path], None]
    ) -> bool:
        """Whether it came to its own end, by steps or by time."""
        command: Command | None = None
        trains = False
        while self._control is not Control.STOP:
            try:
                event = events.send(command)
            except StopIteration:
                return True
            self._record(event)
            if isinstance(event, Checkpoint):
                on_save(self.log.directory)
                if not trains:  # a budget is for training, not for loading
                    trains, self._stopwatch = True, Stopwatch(self.now.seconds)
            command = None
            if isinstance(event, Update):
                if self.request.budget and self._stopwatch.active >= self.request.budget:
                    return True
                command = self._next_command(is_crowded)
        return False

    def _next_command(self, is_crowded: Callable[[], bool]) -> Command | None:
        """The command that follows an update; waits as long as the job is paused."""
        self._previews.finish()
        self._observations.finish()
        self._read_stop_request()
        with self._condition:
            if self._control is Control.SHOW:
                self._control = Control.PAUSE
                return SHOW
        if self._control is Control.PAUSE:
            if self.now.state != "paused":
                self.become("paused")
                return SAVE
            self._wait_while_paused(is_crowded)
        with self._condition:
            command, self._command = self._command, Command()
            if command != Command():
                return command
            if self._control is Control.STEP:
                self._control = Control.SHOW
                return None
            if self._control is Control.RUN and self.now.state == "paused":
                self.become("running")
        if self._previews.start_if_due(self._last_watch):
            return Command(sample_now=True)
        due = self._observations.start_if_due(self._last_watch)
        return Command(observe=True) if due else None

    def _wait_while_paused(self, is_crowded: Callable[[], bool]) -> None:
        """Wait until there is something to do, or another job has waited long enough."""
        start = time.monotonic()
        with self._condition, self._stopwatch.pause():
            while self._control is Control.PAUSE and self._command == Command():
                self._condition.wait(1.0)
                self._read_stop_request()
                if time.monotonic() - start > PATIENCE and is_crowded():
                    self.control(Control.STOP)

    def _record(self, event: Event) -> None:
        """Take an event over into the log and the snapshot."""
        self.log.append(event)
        match event:
            case Loaded():
                self.log.save_real(event.grid)
                self.update(real=event.grid, skipped=event.skipped)
            case Update():
                self.update(step=event.step, seconds=self._stopwatch.total)
            case Step():
                seconds_left = event.seconds_left
                if self.request.budget:
                    seconds_left = min(seconds_left, self.request.budget - self._stopwatch.active)
                pace, seconds_left = event.images_per_second, max(0.0, seconds_left)
                self.update(
                    rows=self._add_row(event), images_per_second=pace, seconds_left=seconds_left
                )
            case Sample():
                self.log.save_sample(event.step, event.grid)
                self.update(grid=event.grid, samples=tuple(self.log.sample_steps()))
            case Observation():
                self.update(rows=self._add_row(event), findings=self._examine())
            case Changed():
                self._record_change(event)
            case _:
                pass

    def _add_row(self, event: Step | Observation) -> tuple[dict[str, float], ...]:
        """The history with the numbers of this event."""
        values = event.losses if isinstance(event, Step) else event.values
        if not (self._rows and self._rows[-1]["step"] == event.step):
            self._rows.append({"step": event.step})
        self._rows[-1] = {**self._rows[-1], **values}
        return tuple(self._rows)

    def _record_change(self, event: Changed) -> None:
        now, settings = self.now, dict(event.changes)
        trainable = settings.pop("turns", now.trainable)
        changes = (*now.changes, {"step": event.step, **event.changes})
        config = apply_changes(now.config, settings)
        self.update(config=config, trainable=trainable, changes=changes)

    def _examine(self, failure: str = "") -> tuple[diagnostics.Finding, ...]:
        """The problems that the history shows."""
        measure = family(self.request.family).gan.output
        return tuple(diagnostics.examine(self._rows, self.now.config, measure, failure))
