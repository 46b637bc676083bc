"""The Train tab: start, watch, steer and resume a training."""

from __future__ import annotations

from typing import Any

import gradio as gr

from gan_studio.studio import Studio
from gan_studio.ui.event_options import PRIVATE, SILENT, SILENT_LATEST, UNQUEUED
from gan_studio.ui.train.actions import Actions
from gan_studio.ui.train.api import Endpoints
from gan_studio.ui.train.layout import Layout
from gan_studio.ui.train.settings import SWITCHES

TAB = "train"


class Train(Layout):
    """The tab; `wire` connects its events once the page stands."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.actions, self.endpoints = Actions(studio, self), Endpoints(self)

        def discard(upload: str) -> None:
            studio.jobs.discard(upload)

        # Gradio calls this an hour after the page was closed. It copies the configuration for each
        # visit: a function is not copied, but a method would be with its object and all models.
        self.upload.delete_callback = discard

    def wire(self, page: gr.Blocks, tabs: gr.Tabs, tab: gr.Tab) -> None:
        """Connect the events; nothing is drawn before the tab is opened."""
        do = self.actions
        self.browser_state.render()
        self.clock.render()

        def load(browser_state: Any, run: str | None) -> dict[Any, Any]:
            return do.load(browser_state, run, {tabs: gr.Tabs(selected=TAB)})

        address = gr.Textbox("", visible=False, label="run in the address")
        # First the address alone: what the browser remembers is read only after the page is there.
        load_event = page.load(None, None, address, js="() => ganStudio.requestedRun")
        merge = "(state, run) => [trainings.merge(state), run]"
        load_event.then(
            load, [self.browser_state, address], [*self.live_outputs, tabs], js=merge, **SILENT
        )
        merge = "(state) => [trainings.merge(state)]"
        self.browser_state.change(None, self.browser_state, None, js=merge)
        self.owners.click(
            None, self.browser_state, self.browser_state, js=merge
        )  # another browser tab has more
        tab.select(do.open, [self.view_state, self.browser_state], self.live_outputs, **SILENT)
        self.wire_form(tab)
        self.wire_live()
        self.endpoints.wire()

    def wire_form(self, tab: gr.Tab) -> None:
        """Connect the form."""
        controls = [*self.controls.values(), *self.switches, self.fit_key, self.mistake]
        choices, data = [self.family, self.preset, self.dataset], [self.dataset, self.begin]
        both = [*choices, self.begin]
        outputs = [*controls, self.begin, self.drop]
        self.family.input(self.choose_family, choices, outputs, **SILENT_LATEST)
        gr.on([self.preset.input, self.begin.input], self.refit, both, controls, **SILENT_LATEST)
        outputs = [self.own, self.terms, *controls]
        self.dataset.input(self.choose_dataset, data, outputs, **SILENT_LATEST)
        self.unit.input(self.choose_unit, self.unit, [self.budget], **SILENT_LATEST)
        tab.select(self.refresh_models, both, [self.begin, *controls], **SILENT)
        rate = self.controls["learning_rate"]
        for one, box in zip(SWITCHES, self.switches, strict=True):
            inputs = [box, self.family, self.preset, rate]
            box.input(self.switch(one), inputs, self.controls[one.field], **SILENT_LATEST)
        inputs = [self.family, self.begin, self.drop, self.upload]
        outputs = [self.upload, self.survey, *controls]
        # Another upload, one taken out, or all.
        self.drop.change(self.replace_upload, inputs, outputs, **SILENT)
        inputs = [self.browser_state, self.upload, *self.inputs]
        self.train.click(self.actions.start, inputs, self.live_outputs, **SILENT)

    def wire_live(self) -> None:
        """Connect the watched training and its buttons."""
        do, jobs = self.actions, self.jobs
        view_inputs = [self.view_state, self.browser_state, self.scrub]
        outputs, buttons = self.live_outputs, SILENT_LATEST
        self.clock.tick(do.tick, view_inputs, self.tick_outputs, **SILENT)
        self.scrub.input(
            do.show_earlier_samples,
            [self.view_state, self.scrub],
            [self.samples, self.caption, self.mistake],
            **UNQUEUED,
            **PRIVATE,
        )
        self.list.click(do.watch_other, self.browser_state, outputs, **SILENT)
        self.pause.click(do.steers(do.pause), view_inputs, outputs, **buttons)
        self.step.click(do.steers(jobs.step), view_inputs, outputs, **buttons)
        self.stop.click(do.steers(do.stop), view_inputs, outputs, **SILENT)
        self.turns.input(
            do.steers(jobs.set_trainable), [*view_inputs, self.turns], outputs, **buttons
        )
        self.apply.click(
            do.apply_changes, [*view_inputs, *self.change_controls.values()], outputs, **SILENT
        )
        self.findings.click(do.apply_remedy, view_inputs, outputs, **SILENT)
        self.publishing.wire(do.publish, [self.view_state, self.browser_state])
