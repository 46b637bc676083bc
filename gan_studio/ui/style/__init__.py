"""The Style tab: a picture painted in the style of others while one watches."""

from __future__ import annotations

import gradio as gr

from gan_studio.studio import Painter
from gan_studio.studio.jobs import JobQueue
from gan_studio.ui.event_options import (
    EXCLUSIVE,
    PRIVATE,
    SILENT,
    STREAMING,
    UNQUEUED,
    on_completion,
)
from gan_studio.ui.style.actions import Actions
from gan_studio.ui.style.api import Endpoints
from gan_studio.ui.style.layout import Layout
from gan_studio.ui.style.settings import PRESETS
from gan_studio.ui.style.stop_tokens import StopTokens


class Style(Layout):
    """The tab; `wire` connects its events once the page stands."""

    def __init__(self, painter: Painter, jobs: JobQueue) -> None:
        super().__init__()
        self.stops = StopTokens()
        self.actions = Actions(painter, self.stops, self)
        self.endpoints = Endpoints(painter, self.stops, jobs)

    def wire(self, page: gr.Blocks, tab: gr.Tab) -> None:
        """Connect the events; nothing is drawn before the tab is opened."""
        tab.select(
            self.actions.open,
            [self.opened, self.selection],
            [self.opened, self.weights, *self.choice_outputs],
            show_progress="hidden",
            **STREAMING,
            **PRIVATE,
        )
        self.wire_choice()
        self.wire_sliders()
        self.wire_painting()
        self.endpoints.wire()
        page.unload(self.actions.end_session)

    def wire_choice(self) -> None:
        """Choosing the content and the styles."""
        do, choice_outputs = self.actions, self.choice_outputs
        self.contents.click(do.press_content, self.selection, choice_outputs, **SILENT)
        self.styles.click(do.press_style, [self.selection, self.mix], choice_outputs, **SILENT)
        controls = [*self.controls.values(), self.features, self.mask, self.weights]
        restore_outputs = [*choice_outputs, *controls]
        for area, handler, inputs, outputs in (
            (self.drop_content, do.upload_content, [self.selection], choice_outputs),
            (self.drop_styles, do.upload_styles, [self.selection], choice_outputs),
            (self.drop_painting, do.restore, [self.selection, self.mask], restore_outputs),
        ):
            upload = area.upload(handler, [*inputs, area], outputs, **SILENT)
            on_completion(upload, lambda: None, None, area)

    def wire_sliders(self) -> None:
        """The weights behind the sliders are shown at once; only the strength changes a picture."""
        do, private = self.actions, {**UNQUEUED, **PRIVATE}
        weights = [self.content, self.style, self.smoothness]
        gr.on(
            [s.input for s in self.sliders], do.describe_weights, weights, self.weights, **private
        )
        for name, button in self.presets.items():
            js = f"() => {list(PRESETS[name])}"
            click = button.click(None, None, [*weights, self.init], js=js)
            click.then(do.describe_weights, weights, self.weights, **private)
        strength_events = [self.strength.input, self.strength.release]
        blend_outputs = [self.slider, self.png]
        self.enlarge.click(None, self.png, js="file => transform.enlargePicture(file?.url)")
        gr.on(strength_events, do.blend, [self.strength, self.current], blend_outputs, **private)

    def wire_painting(self) -> None:
        """Paint, stop, and go back to earlier paintings."""
        do, buttons = self.actions, [self.paint, self.stop]
        inputs = [self.token, self.selection, self.results, self.strength, self.mask, self.features]
        inputs += [*self.shares, *self.controls.values()]
        outputs = [*self.result_outputs, self.losses, self.results, self.gallery, self.past]
        token_event = self.paint.click(do.create_token, None, [self.token, *buttons], **SILENT)
        painting_event = token_event.success(
            do.paint,
            inputs,
            outputs,
            show_progress="minimal",
            show_progress_on=self.readout,
            **EXCLUSIVE,
            **PRIVATE,
        )
        on_completion(painting_event, do.reset_buttons, self.token, buttons)
        self.stop.click(do.stop_painting, self.token, [self.readout, *buttons], **SILENT)
        self.gallery.click(
            do.show_earlier, [self.results, self.strength], self.result_outputs, **SILENT
        )
