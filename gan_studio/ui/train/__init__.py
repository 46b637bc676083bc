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
        super().__init__()
        self.actions = Actions(studio, self)
        self.endpoints = Endpoints(studio.jobs, self.actions.reader)
        self.upload.delete_callback = studio.jobs.discard  # the page was closed an hour ago

    def wire(self, page: gr.Blocks, tabs: gr.Tabs, tab: gr.Tab) -> None:
        """Connect the events; nothing is drawn before the tab is opened."""
        do = self.actions
        self.browser_state.render()
        self.clock.render()

        def load(browser_state: Any, asked: str | None) -> dict[Any, Any]:
            return do.load(browser_state, asked, {tabs: gr.Tabs(selected=TAB)})

        address = gr.Textbox("", visible=False, label="run in the address")
        # First the address alone: what the browser remembers is read only after the page is there.
        asked = page.load(None, None, address, js="() => ganStudio.asked")
        merge = "(state, run) => [trainings.merge(state), run]"
        asked.then(
            load, [self.browser_state, address], [*self.live_outputs, tabs], js=merge, **SILENT
        )
        merge = "(state) => [trainings.merge(state)]"
        self.browser_state.change(None, self.browser_state, None, js=merge)
        self.owners.click(
            None, self.browser_state, self.browser_state, js=merge
        )  # another tab has some more
        tab.select(do.open, [self.view_state, self.browser_state], self.live_outputs, **SILENT)
        self.wire_form(tab)
        self.wire_live()
        self.endpoints.wire()

    def wire_form(self, tab: gr.Tab) -> None:
        """Connect the form."""
        do, controls = self.actions, [*self.controls.values(), *self.switches, self.mistake]
        controls.append(self.fitted)
        chosen = [self.family, self.preset, self.dataset]
        self.family.input(do.choose_family, chosen, [*controls, self.begin], **SILENT_LATEST)
        gr.on(
            [self.preset.input, self.begin.input],
            do.refit,
            [*chosen, self.begin],
            controls,
            **SILENT_LATEST,
        )
        data = [self.dataset, self.begin]
        self.dataset.input(
            do.choose_dataset, data, [self.own, self.terms, *controls], **SILENT_LATEST
        )
        self.unit.input(do.reader.choose_unit, self.unit, [self.budget], **SILENT_LATEST)
        tab.select(do.refresh_models, [*chosen, self.begin], [self.begin, *controls], **SILENT)
        rate = self.controls["learning_rate"]
        for one, box in zip(SWITCHES, self.switches, strict=True):
            inputs = [box, self.family, self.preset, rate]
            box.input(do.reader.switch(one), inputs, self.controls[one.field], **SILENT_LATEST)
        upload = [self.upload, self.survey, *controls]
        shown = [self.family, self.begin, self.drop, self.upload]
        self.drop.change(
            do.replace_upload, shown, upload, **SILENT
        )  # another upload, one taken out, or all
        inputs = [self.browser_state, self.upload, *self.inputs]
        self.train.click(do.start, inputs, self.live_outputs, **SILENT)

    def wire_live(self) -> None:
        """Connect the watched training and its buttons."""
        do, known = self.actions, [self.view_state, self.browser_state, self.scrub]
        self.clock.tick(do.tick, known, self.tick_outputs, **SILENT)
        self.scrub.input(
            do.show_earlier_samples,
            [self.view_state, self.scrub],
            [self.samples, self.caption, self.mistake],
            **UNQUEUED,
            **PRIVATE,
        )
        self.list.click(do.watch_other, self.browser_state, self.live_outputs, **SILENT)
        self.pause.click(do.pause, known, self.live_outputs, **SILENT_LATEST)
        self.step.click(do.step, known, self.live_outputs, **SILENT_LATEST)
        self.stop.click(do.stop_training, known, self.live_outputs, **SILENT)
        self.turns.input(do.set_turns, [*known, self.turns], self.live_outputs, **SILENT_LATEST)
        self.apply.click(
            do.apply_changes, [*known, *self.changed.values()], self.live_outputs, **SILENT
        )
        self.findings.click(do.apply_remedy, known, self.live_outputs, **SILENT)

        self.publishing.wire(do.publish, [self.view_state, self.browser_state])
