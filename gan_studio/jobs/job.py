"""One job: a training that is driven here, and its state that any thread may read."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from typing import Any

from gan_studio import diagnostics, gan
from gan_studio.events import (
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
from gan_studio.families import family
from gan_studio.jobs.clock import LOOK_EVERY, OBSERVE_EVERY, Clock, Looks
from gan_studio.jobs.order import Order
from gan_studio.jobs.record import Record
from gan_studio.jobs.snapshot import Snapshot, State
from gan_studio.training import EventStream

PATIENCE = 60.0
"""seconds after which a paused job gives way to one that waits"""


class Job:
    """A training: one thread calls `drive`, all others may call the rest."""

    def __init__(
        self,
        order: Order,
        owner: str,
        record: Record,
        now: Snapshot,
        changes: Mapping[str, Any] | None = None,
    ) -> None:
        """`changes` are made where a resumed training begins."""
        self.order, self.owner, self.record, self.changes = order, owner, record, changes or {}
        self.context = copy_context()  # a lent GPU is on the account of who asked for this
        self._now, self._changed = now, threading.Condition()
        self._rows = [dict(row) for row in now.rows]
        self._wish: Command | None = None
        self._paused = self._single = self._stepped = self._rested = self._stop = False
        self._clock, self._asked = Clock(), 0.0
        self._looks, self._observations = Looks(LOOK_EVERY), Looks(OBSERVE_EVERY)

    @property
    def now(self) -> Snapshot:
        with self._changed:
            return self._now

    def watch(self) -> Snapshot:
        """The same, for somebody who will ask again."""
        self._asked = time.monotonic()
        return self.now

    def put(self, **news: Any) -> None:
        """What is new."""
        with self._changed:
            self._now = replace(self._now, **news, version=self._now.version + 1)
            self._changed.notify_all()

    def become(self, state: State, said: str = "") -> None:
        """Another state, on disk too as long as that takes anything."""
        with suppress(OSError):
            self.record.state(state, said)
        self.put(state=state, said=said)

    def pause(self) -> None:
        self._order(paused=True)

    def go_on(self) -> None:
        self._order(paused=False)

    def single(self) -> None:
        """One update, then a pause."""
        self._order(paused=True, single=True)

    def stop(self) -> None:
        self._order(stop=True)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Other settings from the next update on; ValueError where they cannot be."""
        with self._changed:
            wish = self._wish or Command()
            wish = replace(wish, changes={**wish.changes, **changes})
            gan.changed(self._now.config, wish.changes)
            self._order(wish=wish)

    def turns(self, turns: Trainable) -> None:
        """Who learns from the next update on."""
        with self._changed:
            self._order(wish=replace(self._wish or Command(), trainable=turns))

    def _hear(self) -> None:
        """Stop when the machine's own user has asked for it from another process."""
        if self.record.is_told_to_stop():
            self.stop()

    def _order(self, **flags: Any) -> None:
        with self._changed:
            for name, value in flags.items():
                setattr(self, f"_{name}", value)
            self._changed.notify_all()

    def drive(
        self,
        begin: Callable[[Job], EventStream],
        crowded: Callable[[], bool],
        saved: Callable[[Path], None],
    ) -> None:
        """Run to an end; `crowded` says whether another job waits, `saved` hears of new files."""
        self._clock = Clock(self.now.seconds)
        self.record.is_told_to_stop()  # before this job, and so not of it
        try:
            self.become("running")
            with closing(begin(self)) as events:
                finished = self._lead(events, crowded, saved)
            self.become("finished" if finished else "stopped")
        except gan.Diverged as error:
            self.put(findings=self._examined(str(error)))
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
            saved(self.record.directory)

    def _fail(self, said: str) -> None:
        self.record.remove()  # before it is over for who watches
        self.become("failed", said.replace(str(self.record.directory), self.now.id))

    def _lead(
        self, events: EventStream, crowded: Callable[[], bool], saved: Callable[[Path], None]
    ) -> bool:
        """Whether it came to its own end, by steps or by time."""
        wish: Command | None = None
        trains = False
        while not self._stop:
            try:
                event = events.send(wish)
            except StopIteration:
                return True
            self._note(event)
            if isinstance(event, Checkpoint):
                saved(self.record.directory)
                if not trains:  # a budget is for training, not for loading
                    trains, self._clock = True, Clock(self.now.seconds)
            wish = None
            if isinstance(event, Update):
                if self.order.seconds and self._clock.active >= self.order.seconds:
                    return True
                wish = self._answer(crowded)
        return False

    def _answer(self, crowded: Callable[[], bool]) -> Command | None:
        """What is sent at an update: blocks as long as the job is paused."""
        self._looks.ended()
        self._observations.ended()
        self._hear()
        if self._stepped:
            self._stepped = False
            return Command(sample_now=True, observe=True)
        if self._paused and not self._single:
            if not self._rested:
                self._rested = True
                self.become("paused")
                return Command(save=True)
            self._rest(crowded)
        with self._changed:
            wish, self._wish = self._wish, None
            if wish:
                return wish
            if self._single:
                self._single, self._stepped = False, True
                return None
            if not self._paused and self._rested:
                self._rested = False
                self.become("running")
        if self._looks.due(self._asked):
            return Command(sample_now=True)
        return Command(observe=True) if self._observations.due(self._asked) else None

    def _rest(self, crowded: Callable[[], bool]) -> None:
        """Wait for somebody to say something."""
        begun = time.monotonic()
        with self._changed, self._clock.stopped():
            while self._paused and not (self._single or self._stop or self._wish):
                self._changed.wait(1.0)
                late = time.monotonic() - begun > PATIENCE
                self._hear()
                self._stop |= late and crowded()

    def _note(self, event: Event) -> None:
        """Remember what was said, on disk and in the snapshot."""
        self.record.note(event)
        match event:
            case Loaded():
                self.record.keep_real(event.grid)
                self.put(real=event.grid, skipped=event.skipped)
            case Update():
                self.put(step=event.step, seconds=self._clock.total)
            case Step():
                left = event.seconds_left
                if self.order.seconds:
                    left = min(left, self.order.seconds - self._clock.active)
                pace = event.images_per_second
                self.put(rows=self._row(event), images_per_second=pace, seconds_left=max(0.0, left))
            case Sample():
                self.record.keep(event.step, event.grid)
                self.put(grid=event.grid, samples=tuple(self.record.samples()))
            case Observation():
                self.put(rows=self._row(event), findings=self._examined())
            case Changed():
                self._take_over(event)
            case _:
                pass

    def _row(self, event: Step | Observation) -> tuple[dict[str, float], ...]:
        """The history with what this event tells of its step."""
        values = event.losses if isinstance(event, Step) else event.values
        if not (self._rows and self._rows[-1]["step"] == event.step):
            self._rows.append({"step": event.step})
        self._rows[-1] = {**self._rows[-1], **values}
        return tuple(self._rows)

    def _take_over(self, event: Changed) -> None:
        now, told = self.now, dict(event.changes)
        turns = told.pop("turns", now.turns)
        changes = (*now.changes, {"step": event.step, **event.changes})
        self.put(config=gan.changed(now.config, told), turns=turns, changes=changes)

    def _examined(self, failure: str = "") -> tuple[diagnostics.Finding, ...]:
        """What goes wrong."""
        measure = family(self.order.family).gan.output
        return tuple(diagnostics.examine(self._rows, self.now.config, measure, failure))
