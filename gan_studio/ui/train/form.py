"""The form of a training: family, data, budget, settings and remedies."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from gan_studio.core.fields import Field
from gan_studio.studio import DATASETS, FAMILIES, TERMS, presets
from gan_studio.studio.jobs import OWN
from gan_studio.ui.train import settings

FAMILY, DATASET = "dcgan", "digits"
"""a first training that shows something within a minute, without a download"""
BUDGETS = {"minutes": 2.0, "steps": 3000}
SCRATCH = ("random weights", "")
PRESETS = [("Studio: minutes", "studio"), ("Paper", "classic")]


class Form:
    """The controls of a request: those that the chosen family has, and no others."""

    def __init__(self) -> None:
        with gr.Column(elem_id="order"):
            self.show_request()
            self.show_upload()
            with gr.Accordion("Settings and remedies", open=False, elem_id="settings"):
                self.show_settings()

    def show_request(self) -> None:
        with gr.Row(elem_id="order-row"):
            self.family = gr.Dropdown(
                list(FAMILIES), value=FAMILY, label="Family", info="GAN architecture and loss",
                min_width=120, elem_id="family",
            )  # fmt: skip
            self.dataset = gr.Dropdown(
                [*DATASETS, ("my own pictures", OWN)], value=DATASET, label="Data",
                info="Training data", min_width=140, elem_id="data",
            )  # fmt: skip
            self.budget = gr.Number(
                BUDGETS["minutes"], label="Budget",
                info="Training time or steps; you can stop earlier", min_width=100,
                elem_id="budget",
            )  # fmt: skip
            self.unit = gr.Dropdown(
                list(BUDGETS), value="minutes", label="Budget in",
                info="One step is one update of each network", min_width=110, elem_id="unit",
            )  # fmt: skip
            self.begin = gr.Dropdown(
                [SCRATCH], value="", label="Start from (fine-tuning)",
                info="Continue training an existing model", min_width=160, elem_id="begin",
            )  # fmt: skip
            self.train = gr.Button("Train", variant="primary", elem_id="train", min_width=100)
        terms = escape(TERMS[DATASET])
        self.terms = gr.HTML(terms, elem_id="terms", elem_classes="hint", padding=False)
        self.mistake = gr.HTML("", elem_id="train-mistake", padding=False)

    def show_upload(self) -> None:
        with gr.Column(visible=False, elem_id="own") as self.own:
            self.drop = gr.File(
                label="Drop pictures or zip files. A hundred pictures are enough for a first "
                "result.",
                file_count="multiple",
                height=96,
                elem_id="drop-pictures",
                elem_classes="drop",
            )
            self.survey = gr.HTML("", elem_id="survey", elem_classes="hint", padding=False)
            self.flips = gr.Checkbox(
                False,
                label="Horizontal flips",
                info="Mirrors half of the pictures at random. Use it where left and right do not "
                "matter.",
            )

    def show_settings(self) -> None:
        start = settings.preset_values(FAMILY, "studio") | settings.default_size(DATASET)
        fields, own = settings.all_fields(), settings.gan_fields(FAMILY)
        self.controls: dict[str, Any] = {}
        self.fitted = gr.State((FAMILY, presets.PRESETS[0], ""))  # whose settings are shown
        with gr.Row():
            self.add_controls(settings.ESSENTIAL, fields | own, start)
        gr.Markdown(
            "Remedies for an unstable training. You can also switch them on while it runs.",
            elem_classes="hint",
        )
        with gr.Row(elem_id="switches"):
            self.switches = [
                gr.Checkbox(
                    start.get(one.field, one.off) != one.off,
                    label=one.title,
                    info=one.sentence,
                    visible=one.field in own,
                    min_width=200,
                )
                for one in settings.SWITCHES
            ]
        with gr.Accordion("Advanced", open=False, elem_id="train-advanced"):
            self.preset = gr.Radio(
                PRESETS,
                value=presets.PRESETS[0],
                label="Preset",
                info="Sets the values of all settings, which you can then change.",
            )
            with gr.Row():
                rest = [name for name in fields if name not in settings.ESSENTIAL]
                self.add_controls(rest, fields | own, start)

    def add_controls(self, names: Any, fields: dict[str, Field], start: dict[str, Any]) -> None:
        """A control for each field; hidden where the family has none of that name."""
        for name in names:
            value, shown = start.get(name, fields[name].default), name in start
            self.controls[name] = control(
                fields[name], settings.label(name), value=value, visible=shown
            )

    @property
    def inputs(self) -> list[Any]:
        """The components that `RequestReader.read_form` reads, in its order."""
        chosen = [self.family, self.dataset, self.budget, self.unit, self.begin, self.flips]
        return [self.fitted, *chosen, self.preset, *self.controls.values()]


def control(field: Field, label: str, *, value: Any, visible: bool) -> Any:
    """A component for the field's values, explained by the field's docstring."""
    about: dict[str, Any] = {
        "value": value,
        "label": label,
        "info": field.description,
        "visible": visible,
        "min_width": 200,
    }
    if field.kind is bool:
        return gr.Checkbox(**about)
    if field.choices:
        return gr.Dropdown(list(field.choices), **about)
    return gr.Number(**about)
