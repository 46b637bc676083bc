"""The Compare tab: the same latents or sources through several models, with curves and numbers."""

from __future__ import annotations

import gradio as gr
from gradio.events import api

from gan_studio.studio import Studio
from gan_studio.ui.compare.actions import Actions
from gan_studio.ui.compare.layout import Layout
from gan_studio.ui.event_options import (
    EXCLUSIVE,
    PRIVATE,
    SILENT,
    SILENT_LATEST,
    UNPROCESSED,
    UNQUEUED,
)


class Compare(Layout):
    """The tab; `wire` connects its events once the page stands."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.actions = Actions(studio, self)

    def wire(self, tab: gr.Tab) -> None:
        """Connect the events; nothing is drawn before the tab is opened."""
        do = self.actions
        tab.select(self.refresh_models, self.kind, [self.models, self.suspect], **SILENT)
        inputs = [self.kind, self.models, self.seeds, self.label, self.sources]
        options = {**UNQUEUED, "queue": True, "show_progress": "minimal", **EXCLUSIVE, **PRIVATE}
        events = [self.models.input, self.seeds.submit, self.label.submit, self.compare.click]
        events += [self.sources.upload, self.sources.delete, self.sources.clear]
        gr.on(events, do.show, inputs, self.outputs, **options)
        self.kind.input(self.choose_kind, self.kind, self.of_kind, **SILENT_LATEST).success(
            do.show_all, [*inputs, self.smoothing], [self.curves, *self.outputs], **options
        )
        curves = {"inputs": [self.models, self.smoothing], "outputs": [self.curves]}
        curve_events = [self.models.input, self.smoothing.input, self.smoothing.release]
        gr.on(curve_events, do.plot, **curves, **UNPROCESSED, **PRIVATE)
        self.renew.click(do.draw_new_seeds, inputs, [self.seeds, *self.outputs], **options)
        opening = [self.opened, *inputs, self.smoothing]
        tab.select(do.open, opening, [self.opened, self.curves, *self.outputs], **options)
        nearest_inputs = [self.suspect, self.suspect_seed]
        nearest_options = {"show_progress": "minimal", "preprocess": False, **EXCLUSIVE, **PRIVATE}
        for endpoint in (do.compare, do.nearest):
            api(endpoint, api_name=endpoint.__name__, **EXCLUSIVE)
        self.look.click(do.nearest, nearest_inputs, self.likeness, **nearest_options)
