"""Handlers of the Train tab's events."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from gan_studio.core.validation import check_float, check_int
from gan_studio.studio import Studio, publish
from gan_studio.studio.jobs import OVER, OWN
from gan_studio.ui.train import settings, views
from gan_studio.ui.train.layout import Layout, ViewState
from gan_studio.ui.train.presenter import Presenter, Updates, mark_of
from gan_studio.ui.train.publishing import published_link
from gan_studio.ui.train.request import RequestReader

MOST_KEPT = 30
"""tokens that a browser remembers; the oldest goes first"""
PATIENCE = 0.9
"""seconds for which an answer waits for what was asked"""
Kept = Mapping[str, Any]


def show_mistakes(handler: Callable[..., Updates]) -> Callable[..., Updates]:
    """Show the handler's errors as a sentence under the Train button."""

    @functools.wraps(handler)
    def wrapped(self: Actions, *args: Any, **kwargs: Any) -> Updates:
        try:
            return {self.layout.mistake: "", **handler(self, *args, **kwargs)}
        except ValueError as error:
            return {self.layout.mistake: views.mistake(str(error))}
        except OSError as error:  # without the path, which is nobody's business
            said = f"The studio’s disk reported an error: {error.strerror}."
            return {self.layout.mistake: views.mistake(said)}

    return wrapped


class Actions:
    """Handlers over a studio and its trainings, for the components of one layout."""

    def __init__(self, studio: Studio, layout: Layout) -> None:
        self.jobs, self.layout = studio.jobs, layout
        self.presenter = Presenter(studio, layout)
        self.reader = RequestReader(studio, layout)

    # The form.

    @show_mistakes
    def choose_family(self, name: str, preset: str, dataset: str) -> Updates:
        return self.reader.choose_family(name, preset, dataset)

    @show_mistakes
    def refit(self, name: str, preset: str, dataset: str, begin: str) -> Updates:
        """Show the settings of another preset or base model."""
        return self.reader.fit(name, preset, dataset, begin)

    @show_mistakes
    def begins(self, name: str, preset: str, dataset: str, begin: str) -> Updates:
        """Offer the models of today when the tab opens."""
        return self.reader.reopen(name, preset, dataset, begin)

    @show_mistakes
    def choose_dataset(self, dataset: str, begin: str) -> Updates:
        return self.reader.choose_dataset(dataset, begin)

    def bring(self, name: str, begin: str, paths: list[str] | None, before: str) -> Updates:
        """Import the pictures in the drop area, in place of those before."""
        self.jobs.discard(before)
        gone = {self.layout.brought: "", self.layout.survey: ""}
        return {**gone, **(self._collect(name, begin, paths) if paths else {})}

    @show_mistakes
    def _collect(self, name: str, begin: str, paths: list[str]) -> Updates:
        upload, updates = self.reader.bring(name, begin, paths)
        return {**updates, self.layout.brought: upload}

    @show_mistakes
    def start(self, kept: Kept, upload: str, *inputs: Any) -> Updates:
        """Start a training and watch it."""
        request = self.reader.read_form(*inputs)
        if request.dataset == OWN and not upload:
            raise ValueError(
                "Drop your own pictures first; a hundred are enough for a first result."
            )
        ticket = self.jobs.start(request, upload)
        owners = dict([*owners_of(kept).items(), (ticket.id, ticket.owner)][-MOST_KEPT:])
        return self.attach({"watched": ticket.id, "owners": owners})

    # What is watched.

    def attach(self, kept: Kept) -> Updates:
        """Show the watched training as a whole."""
        watched = kept["watched"]
        updates = self.presenter.look(ViewState(watched), owners_of(kept))
        return {**updates, self.layout.kept: dict(kept)}

    def look(self, seen: ViewState, kept: Kept, at: Any) -> Updates:
        """Show what has changed since `seen`."""
        return self.presenter.look(seen, owners_of(kept), check_float(at or 0, "The time", 0, 1e6))

    @show_mistakes
    def open(self, seen: ViewState, kept: Kept) -> Updates:
        """Show an example when the tab opens and no training is watched."""
        if seen.id:
            return {}
        self.jobs.warm_up()
        return self.presenter.example(owners_of(kept))

    def load(self, kept: Any, asked: str | None, opened: Updates) -> Any:
        """When the page opens, show the training of its address, or what the browser watched.

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

    def tick(self, seen: ViewState, kept: Kept, at: Any) -> Any:
        """Show what has changed; a sentence under the Train button stays there."""
        try:
            if not seen.id or mark_of(self.jobs.snapshot(seen.id)) == seen.mark:
                return gr.skip()
            at = check_float(at or 0, "The time", 0, 1e6)
            return self.presenter.look(seen, owners_of(kept), at, resting=("form",))
        except ValueError as error:  # it was removed from the disk
            told = views.mistake(str(error))
            return {self.layout.mistake: told, self.layout.clock: gr.Timer(active=False)}

    @show_mistakes
    def turn_to(self, kept: Kept, event: gr.EventData) -> Updates:
        """Watch the training that was pressed in the list."""
        return self.attach({**kept, "owners": owners_of(kept), "watched": str(event.key)})

    @show_mistakes
    def look_back(self, seen: ViewState, at: Any) -> Updates:
        """Show earlier samples."""
        if not seen.samples:
            return {}
        step = seen.samples[check_int(at, "The time", 0, len(seen.samples) - 1)]
        return self.presenter.grid(self.jobs.sample(seen.id, step), step)

    # Steering.

    @show_mistakes
    def pause(self, seen: ViewState, kept: Kept, at: Any) -> Updates:
        """Pause, continue or resume, whichever the state allows."""
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
        """Wait a moment for one of these states, which mostly comes at once."""
        end = time.monotonic() + PATIENCE
        while self.jobs.snapshot(name).state not in states and time.monotonic() < end:
            time.sleep(0.02)

    @show_mistakes
    def step(self, seen: ViewState, kept: Kept, at: Any) -> Updates:
        self.jobs.step(seen.id, owner_of(seen, kept))
        return self.look(seen, kept, at)

    @show_mistakes
    def end(self, seen: ViewState, kept: Kept, at: Any) -> Updates:
        self.jobs.stop(seen.id, owner_of(seen, kept))
        self.settle(seen.id, OVER)
        return self.look(seen, kept, at)

    @show_mistakes
    def take_turns(self, seen: ViewState, kept: Kept, at: Any, turns: Any) -> Updates:
        self.jobs.turns(seen.id, owner_of(seen, kept), turns)
        return self.look(seen, kept, at)

    @show_mistakes
    def change(self, seen: ViewState, kept: Kept, at: Any, *values: Any) -> Updates:
        """Apply the settings that differ from those shown."""
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

    @show_mistakes
    def mend(self, seen: ViewState, kept: Kept, at: Any, event: gr.EventData) -> Updates:
        """Apply the remedy that was pressed; a training that is over resumes with it."""
        snapshot, owner = self.jobs.snapshot(seen.id), owner_of(seen, kept)
        offered = {
            views.key(finding.name, remedy.title): remedy
            for finding in snapshot.findings
            for remedy in finding.remedies
        }
        if event.key not in offered:
            raise ValueError("This finding has passed, so its remedy was not applied.")
        act = self.jobs.resume if snapshot.over else self.jobs.change
        act(seen.id, owner, offered[event.key].changes)
        return self.look(seen, kept, at)

    def publish(
        self, seen: ViewState, kept: Kept, repo: str, private: bool, token: str
    ) -> list[str]:
        """Publish a model with the trainer's own token and no other; HTML about the result."""
        try:
            job = self.jobs.authorize(seen.id, owner_of(seen, kept))
            if not (token or "").strip():  # without one the machine's own would be used
                raise ValueError(
                    "Token is empty; publishing needs a Hugging Face token with write access."
                )
            directory, own = job.log.directory, {"token": token.strip()}
            told = publish.publish(directory, (repo or "").strip(), private=private, **own)
            return [published_link(told.url)]
        except ValueError as error:
            return [views.mistake(str(error))]
        except OSError as error:  # without the path, which is nobody's business
            return [views.mistake(f"The studio’s disk reported an error: {error.strerror}.")]


def owners_of(kept: Any) -> dict[str, str]:
    """The tokens that a browser has stored, whatever it sends."""
    owners = kept.get("owners") if isinstance(kept, Mapping) else None
    return {str(k): str(v) for k, v in owners.items()} if isinstance(owners, Mapping) else {}


def owner_of(seen: ViewState, kept: Any) -> str:
    """The token of the watched training; empty for a stranger."""
    return owners_of(kept).get(seen.id, "")
