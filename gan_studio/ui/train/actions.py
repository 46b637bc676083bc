"""Handlers of the Train tab's events."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from gan_studio.core.validation import check_float, check_int
from gan_studio.studio import Studio, publish
from gan_studio.studio.jobs import OVER, OWN
from gan_studio.ui.errors import error_message, errors_in
from gan_studio.ui.train import settings, views
from gan_studio.ui.train.layout import Layout, ViewState
from gan_studio.ui.train.presenter import Presenter, Updates, mark_of

MAX_OWNERS = 30
"""tokens that a browser remembers; the oldest goes first"""
STATE_TIMEOUT = 0.9
"""seconds for which an answer waits for what was asked"""
BrowserState = Mapping[str, Any]


shows_errors = errors_in(lambda actions: actions.layout.mistake)


class Actions:
    """Handlers over a studio and its trainings, for the components of one layout."""

    def __init__(self, studio: Studio, layout: Layout) -> None:
        self.jobs, self.layout = studio.jobs, layout
        self.presenter = Presenter(studio, layout)

    @shows_errors
    def start(self, browser_state: BrowserState, upload: str, *inputs: Any) -> Updates:
        """Start a training and watch it."""
        request = self.layout.read_form(*inputs)
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
        training_id = browser_state["watched"]
        updates = self.presenter.refresh(ViewState(training_id), owners_of(browser_state))
        return {**updates, self.layout.browser_state: dict(browser_state)}

    def refresh(self, view_state: ViewState, browser_state: BrowserState, at: Any) -> Updates:
        """Show what has changed since `view_state`."""
        return self.presenter.refresh(
            view_state, owners_of(browser_state), check_float(at or 0, "The time", 0, 1e6)
        )

    @shows_errors
    def open(self, view_state: ViewState, browser_state: BrowserState) -> Updates:
        """Show an example when the tab opens and no training is watched."""
        if view_state.id:
            return {}
        self.jobs.warm_up()
        return self.presenter.example(owners_of(browser_state))

    def load(self, browser_state: Any, run: str | None, open_tab: Updates) -> Any:
        """When the page opens, show the training of its address, or what the browser watched.

        `open_tab` is the update that shows this tab, for an address that names a training.
        """
        browser_values = {"watched": "", "owners": owners_of(browser_state)}
        training_id = run or (
            browser_state.get("watched") if isinstance(browser_state, Mapping) else ""
        )
        if not training_id:
            return gr.skip()
        tab_update = open_tab if run else {}
        try:
            return {**self.attach({**browser_values, "watched": str(training_id)}), **tab_update}
        except ValueError as error:  # it is no longer there
            mistake = {self.layout.mistake: error_message(str(error))} if run else {}
            return {self.layout.browser_state: browser_values, **mistake, **tab_update}

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
            mistake = error_message(str(error))
            return {self.layout.mistake: mistake, self.layout.clock: gr.Timer(active=False)}

    @shows_errors
    def watch_other(self, browser_state: BrowserState, event: gr.EventData) -> Updates:
        """Watch the training that was pressed in the list."""
        return self.attach(
            {**browser_state, "owners": owners_of(browser_state), "watched": str(event.key)}
        )

    @shows_errors
    def show_earlier_samples(self, view_state: ViewState, at: Any) -> Updates:
        """Show earlier samples."""
        if not view_state.samples:
            return {}
        step = view_state.samples[check_int(at, "The time", 0, len(view_state.samples) - 1)]
        dataset = self.jobs.snapshot(view_state.id).dataset
        return self.presenter.grid(self.jobs.sample(view_state.id, step), step, dataset)

    # Steering.

    def steers(self, act: Callable[..., Any]) -> Callable[..., Updates]:
        """A handler that steers the watched training, then shows it; `act` takes id and owner."""

        @shows_errors
        def steer(
            self: Actions,
            view_state: ViewState,
            browser_state: BrowserState,
            at: Any,
            *arguments: Any,
        ) -> Updates:
            act(view_state.id, owner_of(view_state, browser_state), *arguments)
            return self.refresh(view_state, browser_state, at)

        return functools.partial(steer, self)

    def pause(self, run: str, owner: str) -> None:
        """Pause, continue or resume, whichever the state allows."""
        state = self.jobs.snapshot(run).state
        if state == "running":
            self.jobs.pause(run, owner)
            self.wait_for_state(run, ("paused", *OVER))
        elif state in OVER:
            self.jobs.resume(run, owner)
        elif state == "paused":
            self.jobs.unpause(run, owner)

    def stop(self, run: str, owner: str) -> None:
        self.jobs.stop(run, owner)
        self.wait_for_state(run, OVER)

    def wait_for_state(self, name: str, states: Sequence[str]) -> None:
        """Wait a moment for one of these states, which mostly comes at once."""
        end = time.monotonic() + STATE_TIMEOUT
        while self.jobs.snapshot(name).state not in states and time.monotonic() < end:
            time.sleep(0.02)

    @shows_errors
    def apply_changes(
        self, view_state: ViewState, browser_state: BrowserState, at: Any, *values: Any
    ) -> Updates:
        """Apply the settings that differ from those shown."""
        snapshot = self.jobs.snapshot(view_state.id)
        fields = settings.free_fields(snapshot.family)
        values_by_name = {
            name: fields[name].read(value)
            for name, value in zip(self.layout.change_controls, values, strict=True)
            if name in fields
        }
        # What the form shows may have changed elsewhere since, and must not be set back by it.
        previous = view_state.config or snapshot.config
        edits = {k: v for k, v in values_by_name.items() if v != getattr(previous, k)}
        new = {k: v for k, v in edits.items() if v != getattr(snapshot.config, k)}
        if not new:
            raise ValueError("Nothing was changed; change a value first.")
        self.jobs.change(view_state.id, owner_of(view_state, browser_state), new)
        return self.refresh(
            replace(view_state, config=replace(previous, **edits)), browser_state, at
        )

    @shows_errors
    def apply_remedy(
        self, view_state: ViewState, browser_state: BrowserState, at: Any, event: gr.EventData
    ) -> Updates:
        """Apply the remedy that was pressed; a training that is over resumes with it."""
        snapshot, owner = self.jobs.snapshot(view_state.id), owner_of(view_state, browser_state)
        remedies = {
            views.key(finding.name, remedy.title): remedy
            for finding in snapshot.findings
            for remedy in finding.remedies
        }
        if event.key not in remedies:
            raise ValueError("This finding has passed, so its remedy was not applied.")
        act = self.jobs.resume if snapshot.is_over else self.jobs.change
        act(view_state.id, owner, remedies[event.key].changes)
        return self.refresh(view_state, browser_state, at)

    def publish(
        self,
        view_state: ViewState,
        browser_state: BrowserState,
        repo: str,
        private: bool,
        token: str,
    ) -> str:
        """Publish a model with the trainer's own token and no other; HTML about the result."""
        job = self.jobs.authorize(view_state.id, owner_of(view_state, browser_state))
        if not (token or "").strip():  # without one the machine's own would be used
            raise ValueError(
                "Token is empty; publishing needs a Hugging Face token with write access."
            )
        directory, own = job.log.directory, {"token": token.strip()}
        result = publish.publish(directory, (repo or "").strip(), private=private, **own)
        link = escape(result.url)
        return f'Published: <a href="{link}" target="_blank" rel="noopener">{link}</a>'


def owners_of(browser_state: Any) -> dict[str, str]:
    """The tokens that a browser has stored, whatever it sends."""
    owners = browser_state.get("owners") if isinstance(browser_state, Mapping) else None
    return {str(k): str(v) for k, v in owners.items()} if isinstance(owners, Mapping) else {}


def owner_of(view_state: ViewState, browser_state: Any) -> str:
    """The token of the watched training; empty for a stranger."""
    return owners_of(browser_state).get(view_state.id, "")
