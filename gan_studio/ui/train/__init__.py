"""The Train tab: start, watch, steer and resume a training."""

from __future__ import annotations

from typing import Any

import gradio as gr

from gan_studio.studio import Studio
from gan_studio.ui.event_options import HIDDEN, LATEST, LIVE, PRIVATE, WATCHED
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
        self.endpoints = Endpoints(studio.jobs, self.actions.reader, self)
        self.brought.delete_callback = studio.jobs.discard  # the page was closed an hour ago

    def wire(self, page: gr.Blocks, tabs: gr.Tabs, tab: gr.Tab) -> None:
        """Connect the events; nothing is drawn before the tab is opened."""
        do = self.actions
        self.kept.render()
        self.clock.render()

        def load(kept: Any, asked: str | None) -> dict[Any, Any]:
            return do.load(kept, asked, {tabs: gr.Tabs(selected=TAB)})

        address = gr.Textbox("", visible=False, label="run in the address")
        # First the address alone: what the browser remembers is read only after the page is there.
        asked = page.load(None, None, address, js="() => ganStudio.asked")
        merged = "(kept, run) => [trainings.merged(kept), run]"
        asked.then(load, [self.kept, address], [*self.live, tabs], js=merged, **HIDDEN)
        merged = "(kept) => [trainings.merged(kept)]"
        self.kept.change(None, self.kept, None, js=merged)
        self.owners.click(None, self.kept, self.kept, js=merged)  # another tab has some more
        tab.select(do.open, [self.seen, self.kept], self.live, **HIDDEN)
        self.wire_form(tab)
        self.wire_live()
        self.wire_endpoints()

    def wire_form(self, tab: gr.Tab) -> None:
        """Connect the form."""
        do, controls = self.actions, [*self.controls.values(), *self.switches, self.mistake]
        controls.append(self.fitted)
        chosen = [self.family, self.preset, self.dataset]
        self.family.input(do.choose_family, chosen, [*controls, self.begin], **LATEST)
        gr.on(
            [self.preset.input, self.begin.input],
            do.refit,
            [*chosen, self.begin],
            controls,
            **LATEST,
        )
        data = [self.dataset, self.begin]
        self.dataset.input(do.choose_dataset, data, [self.own, self.terms, *controls], **LATEST)
        self.unit.input(do.reader.choose_unit, self.unit, [self.budget], **LATEST)
        tab.select(do.begins, [*chosen, self.begin], [self.begin, *controls], **HIDDEN)
        rate = self.controls["learning_rate"]
        for one, box in zip(SWITCHES, self.switches, strict=True):
            inputs = [box, self.family, self.preset, rate]
            box.input(do.reader.switch(one), inputs, self.controls[one.field], **LATEST)
        brought = [self.brought, self.survey, *controls]
        shown = [self.family, self.begin, self.drop, self.brought]
        self.drop.change(
            do.bring, shown, brought, **HIDDEN
        )  # another upload, one taken out, or all
        inputs = [self.kept, self.brought, *self.inputs]
        self.train.click(do.start, inputs, self.live, **HIDDEN)

    def wire_live(self) -> None:
        """Connect the watched training and its buttons."""
        do, known = self.actions, [self.seen, self.kept, self.scrub]
        self.clock.tick(do.tick, known, self.moving, **HIDDEN)
        self.scrub.input(
            do.look_back,
            [self.seen, self.scrub],
            [self.samples, self.caption, self.mistake],
            **LIVE,
            **PRIVATE,
        )
        self.list.click(do.turn_to, self.kept, self.live, **HIDDEN)
        self.pause.click(do.pause, known, self.live, **LATEST)
        self.step.click(do.step, known, self.live, **LATEST)
        self.stop.click(do.end, known, self.live, **HIDDEN)
        self.turns.input(do.take_turns, [*known, self.turns], self.live, **LATEST)
        self.apply.click(do.change, [*known, *self.changed.values()], self.live, **HIDDEN)
        self.findings.click(do.mend, known, self.live, **HIDDEN)

        self.publishing.wire(do.publish, [self.seen, self.kept])

    def wire_endpoints(self) -> None:
        """Connect the endpoints for programs."""
        call, told = self.endpoints, [self.sheet, self.status]
        self.call_train.click(call.train, self.asked, told, api_name="train", **WATCHED)
        self.call_watch.click(call.watch, self.which, told, api_name="watch", **WATCHED)
        steer = [self.which, self.owner, self.action, self.wanted]
        self.call_steer.click(call.steer, steer, self.steered, api_name="steer", queue=False)
