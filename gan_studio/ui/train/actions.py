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

MAX_OWNERS = 30
"""tokens that a browser remembers; the oldest goes first"""
STATE_TIMEOUT = 0.9
"""seconds for which an answer waits for what was asked"""
BrowserState = Mapping[str, Any]


def show_errors(handler: Callable[..., Updates]) -> Callable[..., Updates]:
    """Show the handler's errors as a sentence under the Train button."""

    @functools.wraps(handler)
    def wrapped(self: Actions, *args: Any, **kwargs: Any) -> Updates:
        try:
            return {self.layout.mistake: "", **handler(self, *args, **kwargs)}
        except ValueError as error:
            return {self.layout.mistake: views.error_message(str(error))}
        except OSError as error:  # without the path, which is nobody's business
            said = f"The studio’s disk reported an error: {error.strerror}."
            return {self.layout.mistake: views.error_message(said)}

    return wrapped


class Actions:
    """Handlers over a studio and its trainings, for the components of one layout."""

    def __init__(self, studio: Studio, layout: Layout) -> None:
        self.jobs, self.layout = studio.jobs, layout
        self.presenter = Presenter(studio, layout)
        self.reader = RequestReader(studio, layout)

    # The form.

    @show_errors
    def choose_family(self, name: str, preset: str, dataset: str) -> Updates:
        return self.reader.choose_family(name, preset, dataset)

    @show_errors
    def refit(self, name: str, preset: str, dataset: str, begin: str) -> Updates:
        """Show the settings of another preset or base model."""
        return self.reader.fit(name, preset, dataset, begin)

    @show_errors
    def refresh_models(self, name: str, preset: str, dataset: str, begin: str) -> Updates:
        """Offer the models of today when the tab opens."""
        return self.reader.refresh_models(name, preset, dataset, begin)

    @show_errors
    def choose_dataset(self, dataset: str, begin: str) -> Updates:
        return self.reader.choose_dataset(dataset, begin)

    def replace_upload(
        self, name: str, begin: str, paths: list[str] | None, before: str
    ) -> Updates:
        """Import the pictures in the drop area, in place of those before."""
        self.jobs.discard(before)
        gone = {self.layout.upload: "", self.layout.survey: ""}
        return {**gone, **(self._import_pictures(name, begin, paths) if paths else {})}

    @show_errors
    def _import_pictures(self, name: str, begin: str, paths: list[str]) -> Updates:
        upload, updates = self.reader.import_pictures(name, begin, paths)
        return {**updates, self.layout.upload: upload}

    @show_errors
    def start(self, browser_state: BrowserState, upload: str, *inputs: Any) -> Updates:
        """Start a training and watch it."""
        request = self.reader.read_form(*inputs)
        if request.dataset == OWN and not upload:
            raise ValueError(
                "Drop your own pictures first; a hundred are enough for a first result."
            )
        ticket = self.jobs.start(request, upload)
        owners = dict([*owners_of(browser_state).items(), (ticket.id, ticket.owner)][-MAX_OWNERS:])
        return self.attach({"watched": ticket.id, "owners": owners})

    # What is watched.

    def attach(self, browser_state: BrowserState) -> Updates:
        """Show the watched training as a whole."""
        watched = browser_state["watched"]
        updates = self.presenter.refresh(ViewState(watched), owners_of(browser_state))
        return {**updates, self.layout.browser_state: dict(browser_state)}

    def refresh(self, view_state: ViewState, browser_state: BrowserState, at: Any) -> Updates:
        """Show what has changed since `view_state`."""
        return self.presenter.refresh(
            view_state, owners_of(browser_state), check_float(at or 0, "The time", 0, 1e6)
        )

    @show_errors
    def open(self, view_state: ViewState, browser_state: BrowserState) -> Updates:
        """Show an example when the tab opens and no training is watched."""
        if view_state.id:
            return {}
        self.jobs.warm_up()
        return self.presenter.example(owners_of(browser_state))

    def load(self, browser_state: Any, asked: str | None, opened: Updates) -> Any:
        """When the page opens, show the training of its address, or what the browser watched.

        `opened` is what shows this tab, for an address that asks for a training.
        """
        known = {"watched": "", "owners": owners_of(browser_state)}
        watched = asked or (
            browser_state.get("watched") if isinstance(browser_state, Mapping) else ""
        )
        if not watched:
            return gr.skip()
        shown = opened if asked else {}
        try:
            return {**self.attach({**known, "watched": str(watched)}), **shown}
        except ValueError as error:  # it is no longer there
            told = {self.layout.mistake: views.error_message(str(error))} if asked else {}
            return {self.layout.browser_state: known, **told, **shown}

    def tick(self, view_state: ViewState, browser_state: BrowserState, at: Any) -> Any:
        """Show what has changed; a sentence under the Train button stays there."""
        try:
            if not view_state.id or mark_of(self.jobs.snapshot(view_state.id)) == view_state.mark:
                return gr.skip()
            at = check_float(at or 0, "The time", 0, 1e6)
            return self.presenter.refresh(
                view_state, owners_of(browser_state), at, resting=("form",)
            )
        except ValueError as error:  # it was removed from the disk
            told = views.error_message(str(error))
            return {self.layout.mistake: told, self.layout.clock: gr.Timer(active=False)}

    @show_errors
    def watch_other(self, browser_state: BrowserState, event: gr.EventData) -> Updates:
        """Watch the training that was pressed in the list."""
        return self.attach(
            {**browser_state, "owners": owners_of(browser_state), "watched": str(event.key)}
        )

    @show_errors
    def show_earlier_samples(self, view_state: ViewState, at: Any) -> Updates:
        """Show earlier samples."""
        if not view_state.samples:
            return {}
        step = view_state.samples[check_int(at, "The time", 0, len(view_state.samples) - 1)]
        dataset = self.jobs.snapshot(view_state.id).dataset
        return self.presenter.grid(self.jobs.sample(view_state.id, step), step, dataset)

    # Steering.

    @show_errors
    def pause(self, view_state: ViewState, browser_state: BrowserState, at: Any) -> Updates:
        """Pause, continue or resume, whichever the state allows."""
        state, owner = self.jobs.snapshot(view_state.id).state, owner_of(view_state, browser_state)
        if state == "running":
            self.jobs.pause(view_state.id, owner)
            self.wait_for_state(view_state.id, ("paused", *OVER))
        elif state in OVER:
            self.jobs.resume(view_state.id, owner)
        elif state == "paused":
            self.jobs.unpause(view_state.id, owner)
        return self.refresh(view_state, browser_state, at)

    def wait_for_state(self, name: str, states: Sequence[str]) -> None:
        """Wait a moment for one of these states, which mostly comes at once."""
        end = time.monotonic() + STATE_TIMEOUT
        while self.jobs.snapshot(name).state not in states and time.monotonic() < end:
            time.sleep(0.02)

    @show_errors
    def step(self, view_state: ViewState, browser_state: BrowserState, at: Any) -> Updates:
        self.jobs.step(view_state.id, owner_of(view_state, browser_state))
        return self.refresh(view_state, browser_state, at)

    @show_errors
    def stop_training(self, view_state: ViewState, browser_state: BrowserState, at: Any) -> Updates:
        self.jobs.stop(view_state.id, owner_of(view_state, browser_state))
        self.wait_for_state(view_state.id, OVER)
        return self.refresh(view_state, browser_state, at)

    @show_errors
    def set_turns(
        self, view_state: ViewState, browser_state: BrowserState, at: Any, turns: Any
    ) -> Updates:
        self.jobs.set_trainable(view_state.id, owner_of(view_state, browser_state), turns)
        return self.refresh(view_state, browser_state, at)

    @show_errors
    def apply_changes(
        self, view_state: ViewState, browser_state: BrowserState, at: Any, *values: Any
    ) -> Updates:
        """Apply the settings that differ from those shown."""
        snapshot = self.jobs.snapshot(view_state.id)
        about = settings.free_fields(snapshot.family)
        asked = {
            name: about[name].read(value)
            for name, value in zip(self.layout.changed, values, strict=True)
            if name in about
        }
        # What the form shows may have changed elsewhere since, and must not be set back by it.
        shown = view_state.config or snapshot.config
        moved = {k: v for k, v in asked.items() if v != getattr(shown, k)}
        new = {k: v for k, v in moved.items() if v != getattr(snapshot.config, k)}
        if not new:
            raise ValueError("Nothing was changed; change a value first.")
        self.jobs.change(view_state.id, owner_of(view_state, browser_state), new)
        return self.refresh(replace(view_state, config=replace(shown, **moved)), browser_state, at)

    @show_errors
    def apply_remedy(
        self, view_state: ViewState, browser_state: BrowserState, at: Any, event: gr.EventData
    ) -> Updates:
        """Apply the remedy that was pressed; a training that is over resumes with it."""
        snapshot, owner = self.jobs.snapshot(view_state.id), owner_of(view_state, browser_state)
        offered = {
            views.key(finding.name, remedy.title): remedy
            for finding in snapshot.findings
            for remedy in finding.remedies
        }
        if event.key not in offered:
            raise ValueError("This finding has passed, so its remedy was not applied.")
        act = self.jobs.resume if snapshot.is_over else self.jobs.change
        act(view_state.id, owner, offered[event.key].changes)
        return self.refresh(view_state, browser_state, at)

    def publish(
        self,
        view_state: ViewState,
        browser_state: BrowserState,
        repo: str,
        private: bool,
        token: str,
    ) -> list[str]:
        """Publish a model with the trainer's own token and no other; HTML about the result."""
        try:
            job = self.jobs.authorize(view_state.id, owner_of(view_state, browser_state))
            if not (token or "").strip():  # without one the machine's own would be used
                raise ValueError(
                    "Token is empty; publishing needs a Hugging Face token with write access."
                )
            directory, own = job.log.directory, {"token": token.strip()}
            told = publish.publish(directory, (repo or "").strip(), private=private, **own)
            return [published_link(told.url)]
        except ValueError as error:
            return [views.error_message(str(error))]
        except OSError as error:  # without the path, which is nobody's business
            return [views.error_message(f"The studio’s disk reported an error: {error.strerror}.")]


def owners_of(browser_state: Any) -> dict[str, str]:
    """The tokens that a browser has stored, whatever it sends."""
    owners = browser_state.get("owners") if isinstance(browser_state, Mapping) else None
    return {str(k): str(v) for k, v in owners.items()} if isinstance(owners, Mapping) else {}


def owner_of(view_state: ViewState, browser_state: Any) -> str:
    """The token of the watched training; empty for a stranger."""
    return owners_of(browser_state).get(view_state.id, "")
