"""The components of the Style tab."""

from __future__ import annotations

from typing import Any

import gradio as gr

from gan_studio.core.validation import MAX_SEED
from gan_studio.images.files import ENDINGS
from gan_studio.studio import EMBEDDED, StyleConfig
from gan_studio.ui import image_cache
from gan_studio.ui.style.settings import LAYERS, MAX_POSITION, MAX_STEPS, PRESETS, sizes
from gan_studio.ui.style.sources import MAX_STYLES, Selection

NETWORKS = [("Embedded", "embedded"), ("VGG-19", "vgg19")]
STARTS = [("Content", "content"), ("Noise", "noise"), ("Blend", "blend")]
COLOURS = [
    ("The style’s", "style"),
    ("The content’s", "luminance"),
    ("The content’s palette", "matched"),
]


class Layout:
    """The tab's components: the painting on the left, what makes it on the right."""

    def __init__(self) -> None:
        self.selection, self.token = gr.State(Selection()), gr.State("")
        self.opened, self.current, self.results = gr.State(False), gr.State(None), gr.State([])
        with gr.Row(elem_id="stylize"):
            with gr.Column(scale=6, min_width=320):
                self.show_painting()
                self.show_results()
            with gr.Column(scale=5, min_width=320):
                self.show_choice()
                self.show_weights()
                self.show_settings()
                self.show_advanced()

    def show_painting(self) -> None:
        self.painting = gr.Image(
            label="Painting",
            alt_text="The painting as it is now, or what it will be made of",
            elem_id="painting",
            format="jpeg",
            type="filepath",
            interactive=False,
            buttons=["fullscreen"],
            show_label=False,
        )
        self.slider = gr.ImageSlider(
            label="Before and after",
            elem_id="before-after",
            format="jpeg",
            type="filepath",
            interactive=False,
            buttons=["fullscreen"],
            show_label=False,
            visible=False,
            max_height=720,
        )
        with gr.Row(elem_id="paint-actions"):
            self.paint = gr.Button("Paint", variant="primary", elem_id="paint", min_width=80)
            self.stop = gr.Button("■ Stop", elem_id="halt", min_width=80, interactive=False)
            self.png = gr.DownloadButton(
                "Save PNG", elem_id="save-painting", min_width=80, interactive=False
            )
            self.enlarge = gr.Button("⤢ Enlarge", elem_id="enlarge-painting", min_width=80)
        self.readout = gr.HTML("", elem_id="paint-readout", elem_classes="hint", padding=False)
        self.strength = gr.Slider(
            0,
            1,
            1.0,
            step=0.01,
            label="Strength",
            info="Blends the content (0) with the painting (1) without painting again",
            buttons=["reset"],
            elem_id="strength",
            visible=False,
        )

    def show_results(self) -> None:
        self.past = gr.Markdown("Paintings of this visit", elem_classes="title", visible=False)
        self.gallery = gr.HTML(
            "",
            js_on_load=image_cache.PRESS,
            apply_default_css=False,
            elem_classes="picture-row eighths",
        )
        self.drop_painting = _drop_area(
            "Drop a saved painting to restore its settings", "restore-painting", file_types=[".png"]
        )
        with gr.Accordion("Losses", open=False, elem_id="descent"):
            gr.Markdown(
                "Relative losses on logarithmic axes. The content loss may rise while the style "
                "loss falls, because the two compete. A jump is a change of size.",
                elem_classes="hint",
            )
            self.losses = gr.HTML("", elem_id="losses", apply_default_css=False, padding=False)
        gr.HTML("<kbd>P</kbd> paint <kbd>Esc</kbd> stop <kbd>S</kbd> save", elem_classes="hint")

    def show_choice(self) -> None:
        gr.Markdown("Content", elem_classes="title")
        self.contents = self.picture_row("contents")
        self.drop_content = _drop_area("Drop a picture of your own", "drop-content")
        with gr.Row(elem_classes="section"):
            gr.Markdown("Style", elem_classes="title")
            self.mix = gr.Checkbox(
                False,
                label="Mix",
                info=f"Press up to {MAX_STYLES} styles",
                elem_id="mix",
                min_width=160,
            )
        self.styles = self.picture_row("styles", "captioned")
        self.drop_styles = _drop_area(
            "Drop one or several style pictures", "drop-styles", file_count="multiple"
        )
        with gr.Row():
            self.shares = [
                gr.Slider(
                    0, 1, 1.0, step=0.05, label=f"Share of style {i}", buttons=[], visible=False,
                    min_width=140,
                )
                for i in range(1, MAX_STYLES + 1)
            ]  # fmt: skip

    def picture_row(self, name: str, *kinds: str) -> gr.HTML:
        """A row of pictures to press."""
        return gr.HTML(
            "",
            js_on_load=image_cache.PRESS,
            apply_default_css=False,
            elem_id=name,
            elem_classes=["picture-row", *kinds],
        )

    def show_weights(self) -> None:
        with gr.Row(elem_id="style-presets"):
            self.presets = {name: gr.Button(name, size="md", min_width=80) for name in PRESETS}
        self.content = _weight("Content", "Content weight: how much of the photograph stays")
        self.style = _weight(
            "Style", "Style weight: how closely textures and colours follow the style"
        )
        self.smoothness = _weight(
            "Smoothness", "Total variation weight: how similar neighbouring pixels are"
        )
        self.weights = gr.HTML("", elem_classes="hint", elem_id="style-weights", padding=False)

    def show_settings(self) -> None:
        self.init = gr.Radio(STARTS, value="content", label="Start from", elem_id="start")
        self.colours = gr.Radio(COLOURS, value="style", label="Colours")
        with gr.Row():
            self.size = gr.Dropdown(
                sizes(),
                value=256,
                label="Size",
                info="Longest side. Twice the size takes four times as long.",
                min_width=180,
            )
            self.steps = gr.Slider(
                5,
                MAX_STEPS,
                StyleConfig().steps,
                step=5,
                label="Steps",
                info="Optimiser steps at each size",
                buttons=["reset"],
                min_width=180,
            )
        self.features = gr.Radio(
            NETWORKS,
            value=EMBEDDED,
            label="Feature network",
            info="Measures content and style. VGG-19 captures finer textures, takes several times "
            "as long and has to be downloaded once.",
        )

    def show_advanced(self) -> None:
        with gr.Accordion("Advanced", open=False):
            self.blend = gr.Slider(
                0, 1, 0.5, step=0.05, label="Share of noise", info="For a start from Blend",
                buttons=["reset"],
            )  # fmt: skip
            self.scale = gr.Slider(
                0.25, 2, 1.0, step=0.05, label="Stroke size",
                info="Scale of the style pictures; 0.5 halves the strokes",
                buttons=["reset"],
            )  # fmt: skip
            gr.Markdown("Style weight of each layer of the network", elem_classes="hint")
            self.layers = {
                layer: gr.Slider(0, 4, 1.0, step=0.1, label=layer, info=name, buttons=["reset"])
                for layer, name in LAYERS.items()
            }
            self.mask = _drop_area("Mask: white is painted, black stays", "drop-mask")
            self.optimizer = gr.Radio(
                [("L-BFGS", "lbfgs"), ("Adam", "adam")],
                value="lbfgs",
                label="Optimiser",
                info="L-BFGS gets further in few steps; Adam averages its iterates",
            )
            self.multi_scale = gr.Checkbox(
                True,
                label="Multi-scale, from coarse to fine",
                info="Paints small sizes first, for larger strokes in less time",
            )
            self.seed = gr.Number(0, label="Noise seed", precision=0, minimum=0, maximum=MAX_SEED)

    @property
    def controls(self) -> dict[str, Any]:
        """The controls of a painting's configuration, by the names of its fields and layers."""
        return {
            "content_weight": self.content, "style_weight": self.style,
            "smoothness": self.smoothness, "init": self.init, "colours": self.colours,
            "size": self.size, "steps": self.steps, "blend": self.blend,
            "style_scale": self.scale, "optimizer": self.optimizer,
            "multi_scale": self.multi_scale, "seed": self.seed, **self.layers,
        }  # fmt: skip

    @property
    def sliders(self) -> list[gr.Slider]:
        """Those whose positions matter only when Paint is pressed."""
        return [c for c in (*self.controls.values(), *self.shares) if isinstance(c, gr.Slider)]

    @property
    def choice_outputs(self) -> list[Any]:
        """The components that show what is chosen."""
        components = [self.selection, self.contents, self.styles, self.mix, *self.shares]
        return [*components, *self.preview_outputs]

    @property
    def preview_outputs(self) -> list[Any]:
        """The components that show the selection before anything is painted."""
        return [self.painting, self.slider, self.strength, self.readout]

    @property
    def result_outputs(self) -> list[Any]:
        """The components that show a finished painting."""
        return [*self.preview_outputs, self.png, self.current]


def _weight(label: str, info: str) -> gr.Slider:
    return gr.Slider(0, MAX_POSITION, 1.0, step=0.05, label=label, info=info, buttons=["reset"])


def _drop_area(label: str, elem_id: str, **more: Any) -> gr.File:
    about = {"file_types": list(ENDINGS), "height": 64, "elem_classes": "drop", **more}
    return gr.File(label=label, elem_id=elem_id, **about)
