"""What stands on the Explore tab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from gan_studio.recipe import MAX_PSI, MAX_SEED
from gan_studio.studio import DIRECTIONS
from gan_studio.ui import pictures
from gan_studio.ui.controls import ANY
from gan_studio.ui.explore.history import History
from gan_studio.ui.explore.maps import Maps
from gan_studio.ui.explore.named import Named
from gan_studio.ui.explore.projecting import Projecting
from gan_studio.ui.explore.sums import Sums
from gan_studio.ui.explore.variations import Variations
from gan_studio.ui.explore.walks import Walks

START = "dcgan-mnist"
SEED = 42
RANGE = 3.0
"""sliders go this many sigma either way"""
PAGE = 8
"""raw coordinates shown at once"""
OPINION = """<div data-query="${value.query}">
${value.rebuilt && `<img alt="The discriminator’s reconstruction" src="${value.rebuilt}">`}
<span>${value.text}</span></div>"""
"""what the discriminator says, beside the picture that it rebuilt if it is an auto-encoder"""

KEYS = (
    "<kbd>R</kbd> random <kbd>←</kbd> <kbd>→</kbd> undo, redo <kbd>F</kbd> keep "
    "<kbd>S</kbd> save <kbd>space</kbd> play or pause"
)
"""what page.js makes of keys while nobody types"""


class Layout:
    """The tab's components: the picture on the left, what makes it on the right."""

    def __init__(self, names: Sequence[str]) -> None:
        self.start = START if START in names else (*names, None)[0]
        with gr.Row(elem_id="explore"):
            with gr.Column(scale=5, min_width=320):
                self.show_picture()
            with gr.Column(scale=6, min_width=320, elem_id="recipe"):
                self.choose(names)
                with gr.Tabs(elem_id="ways", overflow_behavior="wrap"):
                    with gr.Tab("Sliders"):
                        self.slide()
                        self.fine_tune()
                    self.named, self.variations, self.walks = Named(), Variations(), Walks()
                    self.sums, self.maps, self.projecting = Sums(), Maps(), Projecting()
        self.around = gr.State([])
        self.settled = gr.State("")

    def show_picture(self) -> None:
        self.picture = gr.Image(
            label="Picture",
            alt_text="The picture that the chosen generator draws",
            elem_id="picture",
            format="png",
            type="filepath",
            interactive=False,
            buttons=["download", "fullscreen"],
            show_label=False,
        )
        self.readout = gr.HTML(
            {"text": "", "query": ""},
            html_template="${value.text}",
            js_on_load="watch('value', () => ganStudio.address(props.value.query));",
            elem_id="readout",
        )
        self.opinion = gr.HTML(
            {"text": "", "query": "", "rebuilt": ""},
            html_template=OPINION,
            js_on_load="watch('value', () => ganStudio.compare());",
            elem_id="opinion",
        )
        with gr.Row(elem_id="actions"):
            self.walk = gr.Button("▶ Walk", elem_id="walk", min_width=80)
            self.loop = gr.Button("▶ Loop", elem_id="loop", min_width=80)
            self.link = gr.Button("Copy link", elem_id="link", min_width=80)
        self.history = History()
        gr.Markdown("Neighbours: press one to move there.", elem_classes="hint")
        self.neighbours = gr.HTML(
            "", js_on_load=pictures.PRESS, apply_default_css=False, elem_id="neighbours"
        )
        self.dropped = gr.File(
            label="Drop a saved PNG to restore it",
            file_types=[".png"],
            height=88,
            elem_id="restore",
        )
        self.settle_now = gr.Button("settle", elem_id="settle", visible="hidden")
        gr.HTML(KEYS, elem_id="keys", elem_classes="hint")

    def choose(self, names: Sequence[str]) -> None:
        self.model = gr.Dropdown(
            list(names), value=self.start, label="Model", elem_id="model",
            allow_custom_value=True,  # a public page does not list what its visitors train
        )  # fmt: skip
        self.about = gr.HTML("", elem_id="about")
        with gr.Row(elem_id="seeds"):
            self.seed = gr.Number(
                SEED, label="Seed", precision=0, minimum=0, maximum=MAX_SEED, min_width=100, scale=2
            )
            self.random = gr.Button("⟲ Random", elem_id="random", min_width=90)
            self.lock = gr.Checkbox(
                False,
                label="Lock",
                info="Random then moves the sliders instead",
                min_width=120,
                scale=2,
            )
        self.label = gr.Radio(
            [ANY],
            value=ANY,
            label="Label",
            info="What is to be seen; with any the seed chooses",
            visible=False,
            elem_id="label",
        )
        self.psi = gr.Slider(
            0,
            MAX_PSI,
            1.0,
            step=0.05,
            label="ψ",
            info="Pulls every picture towards the average one: tamer below 1, wilder above",
            buttons=["reset"],
        )

    def slide(self) -> None:
        gr.Markdown(
            "Each slider follows one direction of latent space, the strongest first, in σ.",
            elem_classes="hint",
        )
        self.directions: list[gr.Slider] = []
        self.strips: list[gr.HTML] = []
        for i in range(1, DIRECTIONS + 1):
            with gr.Row(elem_classes="direction"):
                slider = gr.Slider(
                    -RANGE,
                    RANGE,
                    0.0,
                    step=0.1,
                    label=f"Direction {i}",
                    buttons=["reset"],
                    min_width=160,
                    scale=5,
                )
                strip = gr.HTML(
                    "",
                    js_on_load=pictures.PRESS,
                    apply_default_css=False,
                    elem_classes="strip",
                    min_width=130,
                    scale=4,
                )
            self.directions.append(slider)
            self.strips.append(strip)

    def fine_tune(self) -> None:
        self.unseen = gr.State({})
        with gr.Accordion("Advanced: raw coordinates", open=False):
            gr.Markdown(
                "The single numbers of z. A moved one stays where you put it.", elem_classes="hint"
            )
            with gr.Row():
                self.page = gr.Number(
                    1, label="Page", precision=0, minimum=1, maximum=64, min_width=80
                )
                self.release = gr.Button("Release all", min_width=100)
            with gr.Row():
                self.raw = [
                    gr.Slider(-4, 4, 0.0, step=0.01, label=f"z{i}", buttons=[], min_width=140)
                    for i in range(1, PAGE + 1)
                ]

    @property
    def recipe(self) -> list[Any]:
        """The controls that together are a recipe."""
        return [self.model, self.seed, self.psi, *self.directions, self.unseen, self.label]

    @property
    def drawn(self) -> list[Any]:
        return [self.picture, self.readout]

    @property
    def surroundings(self) -> list[Any]:
        """What is drawn once the controls rest."""
        return [self.settled, *self.strips, self.neighbours, self.around, self.about, *self.raw]
