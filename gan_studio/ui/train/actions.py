"""What the events of the Train tab do: orders in, trainings on the screen out."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from gan_studio import publishing
from gan_studio.jobs import OVER, OWN
from gan_studio.studio import Studio
from gan_studio.ui.train import settings, views
from gan_studio.ui.train.layout import Layout, Seen
from gan_studio.ui.train.orders import Orders
from gan_studio.ui.train.publishing import published
from gan_studio.ui.train.screen import Screen, Updates, mark_of
from gan_studio.values import check_float, check_int

MOST_KEPT = 30
"""tokens that a browser remembers; the oldest goes first"""
PATIENCE = 0.9
"""seconds for which an answer waits for what was asked"""
Kept = Mapping[str, Any]


def answered(handler: Callable[..., Updates]) -> Callable[..., Updates]:
    """A handler whose mistakes stand as a sentence under the Train button."""

    @functools.wraps(handler)
    def wrapped(self: Actions, *args: Any, **kwargs: Any) -> Updates:
        try:
            return {self.layout.mistake: "", **handler(self, *args, **kwargs)}
        except ValueError as error:
            return {self.layout.mistake: views.mistake(str(error))}
        except OSError as error:  # without the path, which is nobody's business
            said = f"The studio's disk refused: {error.strerror}."
            return {self.layout.mistake: views.mistake(said)}

    return wrapped


class Actions:
    """Handlers over a studio and its trainings, for the components of one layout."""

    def __init__(self, studio: Studio, layout: Layout) -> None:
        self.jobs, self.layout = studio.jobs, layout
        self.screen = Screen(studio, layout)
        self.orders = Orders(studio, layout)

    # The form.

    @answered
    def choose_family(self, name: str, preset: str, dataset: str) -> Updates:
        return self.orders.choose_family(name, preset, dataset)

    @answered
    def refit(self, name: str, preset: str, dataset: str, begin: str) -> Updates:
        """Other numbers to start from, or another model."""
        return self.orders.fit(name, preset, dataset, begin)

    @answered
    def begins(self, name: str, preset: str, dataset: str, begin: str) -> Updates:
        """The tab was opened: models may have come."""
        return self.orders.reopen(name, preset, dataset, begin)

    @answered
    def choose_dataset(self, dataset: str, begin: str) -> Updates:
        return self.orders.choose_dataset(dataset, begin)

    def bring(self, name: str, begin: str, paths: list[str] | None, before: str) -> Updates:
        """The drop area shows other pictures, or none: what was brought before is gone."""
        self.jobs.discard(before)
        gone = {self.layout.brought: "", self.layout.survey: ""}
        return {**gone, **(self._brought(name, begin, paths) if paths else {})}

    @answered
    def _brought(self, name: str, begin: str, paths: list[str]) -> Updates:
        brought, updates = self.orders.bring(name, begin, paths)
        return {**updates, self.layout.brought: brought}

    @answered
    def start(self, kept: Kept, brought: str, *ordered: Any) -> Updates:
        """Train; the page watches it from now on."""
        order = self.orders.order(*ordered)
        if order.dataset == OWN and not brought:
            raise ValueError("Drop some pictures first; a hundred are enough to see something.")
        ticket = self.jobs.start(order, brought)
        owners = dict([*owners_of(kept).items(), (ticket.id, ticket.owner)][-MOST_KEPT:])
        return self.attach({"watched": ticket.id, "owners": owners})

    # What is watched.

    def attach(self, kept: Kept) -> Updates:
        """Show the training that is to be watched, from nothing."""
        watched = kept["watched"]
        updates = self.screen.look(Seen(watched), owners_of(kept))
        return {**updates, self.layout.kept: dict(kept)}

    def look(self, seen: Seen, kept: Kept, at: Any) -> Updates:
        """What has changed since."""
        return self.screen.look(seen, owners_of(kept), check_float(at or 0, "The time", 0, 1e6))

    @answered
    def open(self, seen: Seen, kept: Kept) -> Updates:
        """The tab was opened: what can be begun with, and an example where nothing is watched."""
        if seen.id:
            return {}
        self.jobs.warm_up()
        return self.screen.example(owners_of(kept))

    def load(self, kept: Any, asked: str | None, opened: Updates) -> Any:
        """The page was opened: show the training of its address, or what the browser watched.

        `opened` is what shows this tab, for an address that asks for a training.
        """
        known = {"watched": "", "owners": owners_of(kept)}
        watched = asked or (kept.get("watched") if isinstance(kept, Mapping) else "")
        if not watched:
            return gr.skip()
        shown = opened if asked else {}
        try:
            return {**self.attach({**known, "watched": str(watched)}), **shown}
        except ValueError as error:  # it is no longer there
            told = {self.layout.mistake: views.mistake(str(error))} if asked else {}
            return {self.layout.kept: known, **told, **shown}

    def tick(self, seen: Seen, kept: Kept, at: Any) -> Any:
        """A second has passed; a sentence that stands under the button stays there."""
        try:
            if not seen.id or mark_of(self.jobs.snapshot(seen.id)) == seen.mark:
                return gr.skip()
            at = check_float(at or 0, "The time", 0, 1e6)
            return self.screen.look(seen, owners_of(kept), at, resting=("form",))
        except ValueError as error:  # it was removed from the disk
            told = views.mistake(str(error))
            return {self.layout.mistake: told, self.layout.clock: gr.Timer(active=False)}

    @answered
    def turn_to(self, kept: Kept, event: gr.EventData) -> Updates:
        """Another training was pressed in the list."""
        return self.attach({**kept, "owners": owners_of(kept), "watched": str(event.key)})

    @answered
    def look_back(self, seen: Seen, at: Any) -> Updates:
        """Samples of before."""
        if not seen.samples:
            return {}
        step = seen.samples[check_int(at, "The time", 0, len(seen.samples) - 1)]
        return self.screen.grid(self.jobs.sample(seen.id, step), step)

    # Steering.

    @answered
    def pause(self, seen: Seen, kept: Kept, at: Any) -> Updates:
        """Pause, go on, or resume, whichever its state allows."""
        state, owner = self.jobs.snapshot(seen.id).state, owner_of(seen, kept)
        if state == "running":
            self.jobs.pause(seen.id, owner)
            self.settle(seen.id, ("paused", *OVER))
        elif state in OVER:
            self.jobs.resume(seen.id, owner)
        elif state == "paused":
            self.jobs.go_on(seen.id, owner)
        return self.look(seen, kept, at)

    def settle(self, name: str, states: Sequence[str]) -> None:
        """Wait a moment for a training to do what it was told, as it mostly does at once."""
        end = time.monotonic() + PATIENCE
        while self.jobs.snapshot(name).state not in states and time.monotonic() < end:
            time.sleep(0.02)

    @answered
    def step(self, seen: Seen, kept: Kept, at: Any) -> Updates:
        self.jobs.step(seen.id, owner_of(seen, kept))
        return self.look(seen, kept, at)

    @answered
    def end(self, seen: Seen, kept: Kept, at: Any) -> Updates:
        self.jobs.stop(seen.id, owner_of(seen, kept))
        self.settle(seen.id, OVER)
        return self.look(seen, kept, at)

    @answered
    def take_turns(self, seen: Seen, kept: Kept, at: Any, turns: Any) -> Updates:
        self.jobs.turns(seen.id, owner_of(seen, kept), turns)
        return self.look(seen, kept, at)

    @answered
    def change(self, seen: Seen, kept: Kept, at: Any, *values: Any) -> Updates:
        """Apply what differs from what was shown."""
        snapshot = self.jobs.snapshot(seen.id)
        about = settings.free_in(snapshot.family)
        asked = {
            name: about[name].read(value)
            for name, value in zip(self.layout.changed, values, strict=True)
            if name in about
        }
        # What the form shows may have changed elsewhere since, and must not be set back by it.
        shown = seen.config or snapshot.config
        moved = {k: v for k, v in asked.items() if v != getattr(shown, k)}
        new = {k: v for k, v in moved.items() if v != getattr(snapshot.config, k)}
        if not new:
            raise ValueError("Nothing was changed; change a value first.")
        self.jobs.change(seen.id, owner_of(seen, kept), new)
        return self.look(replace(seen, config=replace(shown, **moved)), kept, at)

    @answered
    def mend(self, seen: Seen, kept: Kept, at: Any, event: gr.EventData) -> Updates:
        """A remedy was pressed; what has ended goes on with it."""
        snapshot, owner = self.jobs.snapshot(seen.id), owner_of(seen, kept)
        offered = {
            views.key(finding.name, remedy.title): remedy
            for finding in snapshot.findings
            for remedy in finding.remedies
        }
        if event.key not in offered:
            raise ValueError("This finding has passed; there is nothing left to mend.")
        act = self.jobs.resume if snapshot.over else self.jobs.change
        act(seen.id, owner, offered[event.key].changes)
        return self.look(seen, kept, at)

    def publish(self, seen: Seen, kept: Kept, repo: str, private: bool, token: str) -> list[str]:
        """Put a model onto the Hub, by its trainer's token and no other; what is said of it."""
        try:
            job = self.jobs.steered(seen.id, owner_of(seen, kept))
            if not (token or "").strip():  # without one the machine's own would be used
                raise ValueError("Publishing takes a token of yours that may write to the Hub.")
            directory, own = job.record.directory, {"token": token.strip()}
            told = publishing.publish(directory, (repo or "").strip(), private=private, **own)
            return [published(told.url)]
        except ValueError as error:
            return [views.mistake(str(error))]
        except OSError as error:  # without the path, which is nobody's business
            return [views.mistake(f"The studio's disk refused: {error.strerror}.")]


def owners_of(kept: Any) -> dict[str, str]:
    """The tokens that a browser brings, whatever it brings."""
    owners = kept.get("owners") if isinstance(kept, Mapping) else None
    return {str(k): str(v) for k, v in owners.items()} if isinstance(owners, Mapping) else {}


def owner_of(seen: Seen, kept: Any) -> str:
    """The token of the training that is watched; nothing where a stranger watches."""
    return owners_of(kept).get(seen.id, "")
