"""The form of a training: family, data, budget, settings and remedies, and how it is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from gan_studio.core.fields import Field
from gan_studio.core.validation import check_float, check_int
from gan_studio.studio import DATASETS, ENDLESS, TERMS, Studio, TrainingRequest, presets
from gan_studio.studio.jobs import OWN
from gan_studio.studio.train import shapes as shapes_of
from gan_studio.ui.errors import errors_in
from gan_studio.ui.html import paragraphs
from gan_studio.ui.languages import translatable
from gan_studio.ui.train import settings

FAMILY, DATASET = "dcgan", "digits"
"""a first training that shows something within a minute, without a download"""
BUDGETS = {"minutes": 2.0, "steps": 3000}
SCRATCH = ("random weights", "")
PRESETS = [("Studio: minutes", "studio"), ("Paper", "classic")]
Updates = dict[Any, Any]
"""component -> its new value or properties"""
DROP = "Drop pictures or zip files. A hundred pictures are enough for a first result."
DROP_PAIRS = {
    "pix2pix": "Drop pairs: pictures twice as wide as high, a zip with folders A and B or with "
    "metadata.csv, or for the tasks lines and colour any pictures.",
    **dict.fromkeys(
        ("cyclegan", "cut"), "Drop two zips, A.zip and B.zip, or one with folders A and B."
    ),
}
"""of families that learn from pairs, or from pictures of two kinds"""
shows_errors = errors_in(lambda form: form.mistake)


class Form:
    """The controls of a request: those that the chosen family has, and no others."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.jobs, self.limits = studio, studio.jobs, studio.limits
        self.upload = gr.State("")
        with gr.Column(elem_id="order"):
            self.show_request()
            self.show_upload()
            with gr.Accordion("Settings and remedies", open=False, elem_id="settings"):
                self.show_settings()

    def show_request(self) -> None:
        with gr.Row(elem_id="order-row"):
            self.family = gr.Dropdown(
                list(settings.TRAINED), value=FAMILY, label="Family",
                info="GAN architecture and loss", min_width=120, elem_id="family",
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
                label=DROP,
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
        self.fit_key = gr.State((FAMILY, presets.PRESETS[0], ""))  # whose settings are shown
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
            value, is_visible = start.get(name, fields[name].default), name in start
            self.controls[name] = control(
                fields[name], settings.label(name), value=value, visible=is_visible
            )

    @property
    def inputs(self) -> list[Any]:
        """The components that `read_form` reads, in its order."""
        choices = [self.family, self.dataset, self.budget, self.unit, self.begin, self.flips]
        return [self.fit_key, *choices, self.preset, *self.controls.values()]

    def fit(self, name: str, preset: str, dataset: str, begin: str = "") -> Updates:
        """Show the settings of a family with the values of its preset, data set and base model."""
        fields = {**settings.all_fields(), **settings.gan_fields(name)}
        size = {} if begin else settings.default_size(dataset)
        base = dataclasses.asdict(self.studio.library.manifest(begin).config) if begin else {}
        start = {**settings.preset_values(name, preset), **size, **base}
        controls = {
            control: gr.update(
                visible=True, value=start[key], info=translatable(fields[key].description)
            )
            if key in start
            else gr.update(visible=False)
            for key, control in self.controls.items()
        }
        switches = {
            box: gr.Checkbox(visible=one.field in start, value=settings.is_on(one, start))
            for one, box in zip(settings.SWITCHES, self.switches, strict=True)
        }
        return {**controls, **switches, self.fit_key: (name, preset, begin)}

    refit = shows_errors(fit)

    @shows_errors
    def choose_family(self, name: str, preset: str, dataset: str) -> Updates:
        """Show another family's settings and its models to start from."""
        label = translatable(DROP_PAIRS.get(name, DROP))
        return {
            **self.fit(name, preset, dataset),
            self.begin: self.base_models(name, ""),
            self.drop: gr.File(label=label),
        }

    def models(self, name: str) -> list[str]:
        """The models of a family, which a training can start from."""
        manifests = self.studio.library.all_manifests(lambda _: None)
        return [model for model, manifest in manifests.items() if manifest.family == name]

    def base_models(self, name: str, begin: str) -> Any:
        """Offer the models that exist now; the choice stays where its model does."""
        models = self.models(name)
        nothing, scratch = SCRATCH
        return gr.Dropdown(
            choices=[(translatable(nothing), scratch), *models],
            value=begin if begin in models else "",
        )

    @shows_errors
    def refresh_models(self, name: str, preset: str, dataset: str, begin: str) -> Updates:
        """Offer the models that exist now; the settings of a deleted one go with it."""
        is_deleted = begin and begin not in self.models(name)
        updates = self.fit(name, preset, dataset) if is_deleted else {}
        return {self.begin: self.base_models(name, begin), **updates}

    @shows_errors
    def choose_dataset(self, dataset: str, begin: str) -> Updates:
        """Show another data set's terms and image size; a base model keeps its own size."""
        size = {} if begin else settings.default_size(dataset)
        return {
            self.own: gr.Column(visible=dataset == OWN),
            self.terms: escape(TERMS.get(dataset, "")),
            **{self.controls[key]: value for key, value in size.items()},
        }

    def choose_unit(self, unit: str) -> Updates:
        return {self.budget: BUDGETS[unit]}

    def switch(self, one: settings.Switch) -> Callable[..., Any]:
        """A handler for a switch; turned on it takes the family's own value where there is one."""

        def turn(on: bool, name: str, preset: str, rate: Any) -> Any:
            usual = settings.preset_values(name, preset)
            if not on:
                return one.off
            return usual[one.field] if settings.is_on(one, usual) else one.on(float(rate or 0))

        return turn

    def replace_upload(
        self, name: str, begin: str, paths: list[str] | None, before: str
    ) -> Updates:
        """Import the pictures in the drop area, in place of those before."""
        self.jobs.discard(before)
        updates = self.import_pictures(name, begin, paths) if paths else {}
        return {self.upload: "", self.survey: "", **updates}

    @shows_errors
    def import_pictures(self, name: str, begin: str, paths: Sequence[str]) -> Updates:
        """Import dropped pictures and report on them; ValueError when none can be used."""
        upload, survey = self.jobs.collect([Path(path) for path in paths])
        size = settings.fit_image_size(name, survey.resolution)
        fitting = {} if begin else {self.controls["image_size"]: size}
        updates = {self.upload: upload, self.survey: paragraphs(survey.lines())}
        return {**updates, **fitting}

    def read_form(self, fit_key: Any, *inputs: Any) -> TrainingRequest:
        """The request in the form; `fit_key` says whose settings it shows."""
        name, dataset, budget, unit, begin, flips, preset, *values = inputs
        if tuple(fit_key) != (name, preset, begin):
            whose = " and ".join(filter(None, (fit_key[0], fit_key[2])))
            raise ValueError(
                f"The settings shown are those of {whose} ({fit_key[1]}), not of "
                f"{begin or name} ({preset}); choose the family once more."
            )
        own = settings.gan_fields(name).keys() | settings.loop_fields().keys()
        values_by_name = {k: v for k, v in zip(self.controls, values, strict=True) if k in own}
        values_by_name |= {"start_from": begin, "flips": flips and dataset == OWN}
        return self.read(name, dataset, {unit: budget}, values_by_name, preset)

    def read(
        self,
        name: str,
        dataset: str,
        spans: Mapping[str, Any],
        values: Mapping[str, Any],
        preset: str = "studio",
    ) -> TrainingRequest:
        """A request from values of any type; ValueError with one sentence for a wrong one."""
        minutes, steps = spans.get("minutes"), spans.get("steps")
        seconds = None
        if "minutes" in spans and (minutes is not None or steps is None):
            seconds = 60 * check_float(
                minutes, "The budget in minutes", 0.05, self.limits.seconds / 60
            )
        most = ENDLESS
        if seconds is None or steps is not None:
            most = check_int(steps, "The budget in steps", 1, self.limits.steps)
        begin, shapes = values.get("start_from"), {}
        if begin and (model := self.studio.library.manifest(str(begin))).family == name:
            shapes = shapes_of(model.config)
        config, loop = settings.make_configs(name, preset, {**shapes, **values, "steps": most})
        return TrainingRequest(
            family=name, dataset=dataset, config=config, settings=loop, budget=seconds
        )


def control(field: Field, label: str, *, value: Any, visible: bool) -> Any:
    """A component for the field's values, explained by the field's docstring."""
    options: dict[str, Any] = {
        "value": value,
        "label": label,
        "info": field.description,
        "visible": visible,
        "min_width": 200,
    }
    if field.kind is bool:
        return gr.Checkbox(**options)
    if field.choices:
        return gr.Dropdown(list(field.choices), **options)
    return gr.Number(**options)
