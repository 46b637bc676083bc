"""The components of the Compare tab."""

from __future__ import annotations

from typing import Any

import gradio as gr

from gan_studio.core.validation import MAX_SEED
from gan_studio.studio import MAX_SMOOTHING, Studio
from gan_studio.ui.languages import translatable

SEEDS = ", ".join(str(seed) for seed in range(1, 11))
SMOOTHING = 0.9
LATENTS, PICTURES = "latents", "pictures"
KINDS = [("pictures from latents", LATENTS), ("pictures from pictures", PICTURES)]
ALIKE = {
    LATENTS: "One row each. All must draw pictures of the same size, all in colour or all in grey.",
    PICTURES: "One row each. All must have learnt the same task: lines, colour, or pairs.",
}
"""kind of models -> which of them can be compared"""
SORT = """element.addEventListener('click', event => {
  const head = event.target.closest('th button');
  if (head) ganStudio.sort(head.closest('th'));
});"""
"""script of the table: a press on a head sorts by it"""


def comparable(studio: Studio, kind: str) -> list[str]:
    """The largest set of models of a kind that can be compared."""
    return studio.comparable_translators() if kind == PICTURES else studio.comparable()


class Layout:
    """The tab's components: pictures beside what they are made of, curves and numbers below."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.opened = studio, gr.State(False)
        with gr.Row(elem_id="compare"):
            with gr.Column(scale=7, min_width=320):
                self.show_pictures()
            with gr.Column(scale=4, min_width=320):
                self.choose(studio)
        self.show_curves()
        self.show_table()
        self.show_nearest(studio)

    def show_pictures(self) -> None:
        self.grid = gr.HTML("", elem_id="compared", apply_default_css=False, padding=False)
        self.readout = gr.HTML("", elem_classes="hint", padding=False)

    def choose(self, studio: Studio) -> None:
        alike, manifests = studio.comparable(), studio.library.manifests()
        self.kind = gr.Radio(
            KINDS,
            value=LATENTS,
            label="What is compared",
            info="Models that draw pictures from latents, or that turn pictures into pictures",
            elem_id="compare-kind",
        )
        self.models = gr.CheckboxGroup(
            self.model_names(studio),
            value=alike,
            label="Models",
            info=ALIKE[LATENTS],
            elem_id="models",
        )
        self.seeds = gr.Textbox(
            SEEDS, label="Seeds", info="One column each: the same latents for every model"
        )
        self.sources = gr.File(
            label="Pictures to translate; without any, the examples of the first model",
            file_count="multiple",
            height=96,
            visible=False,
            elem_id="compare-sources",
            elem_classes="drop",
        )
        with gr.Row():
            self.compare = gr.Button("Compare", variant="primary", min_width=100)
            self.renew = gr.Button("⟲ New seeds", elem_id="renew", min_width=130)
        self.about_seeds = gr.Markdown(
            "*New seeds* chooses random seeds, the same for every model.", elem_classes="hint"
        )
        self.label = gr.Textbox(
            "",
            label="Label",
            info="Class that conditional models draw",
            placeholder="one class per column",
            visible=any(manifests[name].classes for name in alike),
        )
        with gr.Row():
            self.png = gr.DownloadButton("Save PNG", elem_id="save-grid", min_width=100)
            self.csv = gr.DownloadButton("Save CSV", elem_id="save-table", min_width=100)
        gr.Markdown("About these models", elem_classes="title")
        self.ideas = gr.HTML("", elem_id="ideas", padding=False)

    @staticmethod
    def model_names(studio: Studio, kind: str = LATENTS) -> list[str]:
        """All models of a kind, those that are alike first."""
        alike = comparable(studio, kind)
        names = studio.translators() if kind == PICTURES else studio.models()
        return [*alike, *(name for name in names if name not in alike)]

    def refresh_models(self, kind: str) -> list[Any]:
        """List the models again, because some may have been trained meanwhile."""
        names = self.model_names(self.studio, kind)
        return [gr.CheckboxGroup(names), gr.Dropdown(self.model_names(self.studio))]

    def choose_kind(self, kind: str) -> list[Any]:
        """Offer the models of a kind, and what they draw from."""
        alike, manifests = comparable(self.studio, kind), self.studio.library.manifests()
        latents = kind == LATENTS
        conditional = latents and any(manifests[name].classes for name in alike)
        return [
            gr.CheckboxGroup(
                self.model_names(self.studio, kind), value=alike, info=translatable(ALIKE[kind])
            ),
            gr.Textbox(visible=conditional),
            *(part(visible=latents) for part in (gr.Textbox, gr.Button, gr.Markdown)),
            gr.File(visible=not latents),
        ]

    def show_curves(self) -> None:
        with gr.Row(elem_classes="section"):
            gr.Markdown("Training curves", elem_classes="title")
            self.smoothing = gr.Slider(
                0,
                MAX_SMOOTHING,
                SMOOTHING,
                step=0.01,
                label="Smoothing",
                info="0 shows the recorded values",
                buttons=["reset"],
                elem_id="smoothing",
            )
        self.curves = gr.HTML("", elem_id="curves", apply_default_css=False, padding=False)

    def show_table(self) -> None:
        gr.Markdown("Metrics and cost", elem_classes="title")
        self.table = gr.HTML(
            "", js_on_load=SORT, elem_id="compared-numbers", apply_default_css=False, padding=False
        )
        self.notes = gr.HTML("", elem_classes="hint", padding=False)

    def show_nearest(self, studio: Studio) -> None:
        names = self.model_names(studio)
        with gr.Accordion("Nearest training pictures", open=False, elem_id="copies"):
            gr.Markdown(
                "Memorisation check: finds the training pictures nearest to a generated one. The "
                "first search in a data set takes a minute or two.",
                elem_classes="hint",
            )
            with gr.Row():
                self.suspect = gr.Dropdown(
                    names, value=next(iter(names), None), label="Model to check", min_width=160
                )
                self.suspect_seed = gr.Number(
                    1,
                    label="Seed of the picture",
                    precision=0,
                    minimum=0,
                    maximum=MAX_SEED,
                    min_width=100,
                )
                self.look = gr.Button("Search", elem_id="look-for-copies", min_width=100)
            self.likeness = gr.HTML(
                {"text": "", "shown": ""},
                html_template="<p>${value.text}</p>${value.shown}",
                elem_id="likeness",
                padding=False,
            )

    @property
    def of_kind(self) -> list[Any]:
        """The components that `choose_kind` changes, in its order."""
        latents = (self.label, self.seeds, self.renew, self.about_seeds)
        return [self.models, *latents, self.sources]

    @property
    def outputs(self) -> list[Any]:
        """The components that depend on the pictures."""
        return [self.grid, self.readout, self.table, self.notes, self.ideas, self.png, self.csv]
