"""The components of the Train tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from gan_studio.studio import GANConfig, Studio
from gan_studio.ui import image_cache
from gan_studio.ui.train import settings
from gan_studio.ui.train.form import FAMILY, Form, control
from gan_studio.ui.train.publishing import Publishing

TICK, FIRST_TICK = 2.0, 0.5
"""seconds between two looks at a training, and before its first sample is there"""
TURNS = [("Both", "both"), ("Only D", "discriminator"), ("Only G", "generator")]
BROWSER_STATE: dict[str, Any] = {"watched": "", "owners": {}}
"""the state that a browser stores: the training it watches, and the tokens of those it started"""


@dataclass(frozen=True)
class ViewState:
    """The part of a training that a visit already shows."""

    id: str = ""
    """of the training; empty while an example is shown"""
    mark: tuple[int, int] = (-1, 0)
    """version of the snapshot, and its place in the queue"""
    parts: Mapping[str, Any] = field(default_factory=dict)
    """part of the page -> the values of the snapshot that it shows"""
    samples: tuple[int, ...] = ()
    """steps through which the visitor can look back"""
    config: GANConfig | None = None
    """the values in the form of changes"""


class Layout(Form):
    """The tab's components: the form on top, the watched training below it."""

    def __init__(self, studio: Studio) -> None:
        # Rendered by `wire`, outside of the tab: what stands inside works only once it is opened.
        self.browser_state = gr.BrowserState(
            BROWSER_STATE, storage_key="gan-studio-trainings", secret="gan-studio", render=False
        )
        self.clock = gr.Timer(TICK, active=False, render=False)
        self.view_state = gr.State(ViewState())
        self.owners = gr.Button("owners", elem_id="owners", visible="hidden")
        with gr.Column(elem_id="training"):
            super().__init__(studio)
            with gr.Row(elem_id="live"):
                with gr.Column(scale=6, min_width=320):
                    self.show_pictures()
                    self.show_controls()
                    self.show_diagnostics()
                with gr.Column(scale=5, min_width=320):
                    self.curves = gr.HTML(
                        "", elem_id="progress", apply_default_css=False, padding=False
                    )
                    self.changes = gr.HTML(
                        "", elem_id="changes", elem_classes="hint", padding=False
                    )
            with gr.Accordion("All trainings", open=False, elem_id="all-trainings"):
                gr.Markdown("Press one to watch it.", elem_classes="hint")
                self.list = gr.HTML(
                    "",
                    js_on_load=image_cache.PRESS,
                    apply_default_css=False,
                    elem_id="trainings",
                    padding=False,
                )
            gr.HTML("<kbd>space</kbd> pause or go on <kbd>Esc</kbd> stop", elem_classes="hint")

    def show_pictures(self) -> None:
        with gr.Row(elem_id="pictures"):
            with gr.Column(scale=3, min_width=200):
                self.samples = self.image(
                    "samples", "Samples of the generator, always from the same latents"
                )
                self.caption = gr.HTML("", elem_id="samples-caption", elem_classes="hint")
            with gr.Column(scale=2, min_width=130, visible=False) as self.beside:
                self.real = self.image("real", "Real training pictures")
                gr.HTML("Real pictures for comparison", elem_classes="hint")
        self.scrub = gr.Slider(
            0, 1, 0, step=1, label="Time",
            info="Shows earlier samples. The right end follows the training.",
            buttons=[], visible=False, elem_id="scrub",
        )  # fmt: skip

    def image(self, name: str, alt_text: str) -> gr.Image:
        return gr.Image(
            label=name.capitalize(),
            alt_text=alt_text,
            elem_id=name,
            elem_classes="samples",
            format="png",
            type="filepath",
            interactive=False,
            buttons=["fullscreen"],
            show_label=False,
        )

    def show_controls(self) -> None:
        with gr.Row(elem_id="steering", visible=False) as self.steering:
            self.pause = gr.Button("⏸ Pause", elem_id="pause", min_width=90)
            self.step = gr.Button("⏭ One step", elem_id="one-step", min_width=90)
            self.stop = gr.Button("■ Stop", elem_id="stop-training", min_width=80)
            self.turns = gr.Radio(
                TURNS, value="both", label="Networks to update", show_label=False, elem_id="turns",
                min_width=220,
            )  # fmt: skip
        self.readout = gr.HTML(
            {"text": "", "run": ""},
            html_template="${value.text}",
            js_on_load="ganStudio.watch(props.value.run);"
            "watch('value', () => ganStudio.watch(props.value.run));",
            elem_id="train-readout",
            padding=False,
        )
        with gr.Row(visible=False, elem_id="ending") as self.ending:
            self.explore = gr.HTML("", elem_id="open-in-explore", padding=False)
            self.download = gr.DownloadButton("Save model", elem_id="save-model", min_width=100)
        self.publishing = Publishing()

    def show_diagnostics(self) -> None:
        self.findings = gr.HTML(
            "",
            js_on_load=image_cache.PRESS,
            apply_default_css=False,
            elem_id="findings",
            padding=False,
        )
        with gr.Accordion(
            "Change settings during training", open=False, visible=False, elem_id="changing"
        ) as self.changing:
            gr.Markdown(
                "Changes take effect at the next step and are marked in the curves.",
                elem_classes="hint",
            )
            fields = {**settings.all_fields(), **settings.gan_fields(FAMILY)}
            with gr.Row():
                self.change_controls = {
                    name: control(
                        fields[name],
                        f"New {settings.label(name).lower()}",
                        value=fields[name].default,
                        visible=False,
                    )
                    for name in settings.changeable_fields()
                }
            self.apply = gr.Button("Apply", elem_id="apply", min_width=100)

    @property
    def live_outputs(self) -> list[Any]:
        """All components that show a training."""
        return [*self.tick_outputs, self.browser_state, *self.change_controls.values()]

    @property
    def tick_outputs(self) -> list[Any]:
        """Those that may change at every tick; a browser takes time for each output of an event."""
        return [
            *(self.view_state, self.clock, self.samples, self.caption, self.beside, self.real),
            *(self.scrub, self.steering, self.pause, self.step, self.stop, self.turns),
            *(self.readout, self.ending, self.explore, self.download, self.publishing.fold),
            *(self.findings, self.changing, self.curves, self.changes, self.list, self.mistake),
        ]
