"""Read the form of the Train tab: choices become a TrainingRequest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from gan_studio.core.validation import check_float, check_int
from gan_studio.studio import ENDLESS, TERMS, Studio, train
from gan_studio.studio.jobs import OWN
from gan_studio.studio.request import TrainingRequest
from gan_studio.ui.languages import translatable
from gan_studio.ui.train import settings, views
from gan_studio.ui.train.form import BUDGETS, SCRATCH, Form

Updates = dict[Any, Any]


class RequestReader:
    """Fills the controls of one form and reads them."""

    def __init__(self, studio: Studio, form: Form) -> None:
        self.studio, self.jobs, self.form, self.limits = studio, studio.jobs, form, studio.limits

    def fit(self, name: str, preset: str, dataset: str, begin: str = "") -> Updates:
        """Show the settings of a family with the values of its preset, data set and base model."""
        about = {**settings.all_fields(), **settings.gan_fields(name)}
        size = {} if begin else settings.default_size(dataset)
        start = {**settings.preset_values(name, preset), **size, **self.base_settings(begin)}
        controls = {
            control: gr.update(
                visible=True, value=start[key], info=translatable(about[key].description)
            )
            if key in start
            else gr.update(visible=False)
            for key, control in self.form.controls.items()
        }
        switches = {
            box: gr.Checkbox(visible=one.field in start, value=settings.is_on(one, start))
            for one, box in zip(settings.SWITCHES, self.form.switches, strict=True)
        }
        return {**controls, **switches, self.form.fitted: (name, preset, begin)}

    def base_settings(self, begin: str) -> dict[str, Any]:
        """The settings of the model that a training starts from."""
        if not begin:
            return {}
        config = self.studio.library.manifest(begin).config
        return {key: getattr(config, key) for key in settings.setting_names(config)}

    def choose_family(self, name: str, preset: str, dataset: str) -> Updates:
        """Show another family's settings and its models to start from."""
        return {**self.fit(name, preset, dataset), self.form.begin: self.base_models(name, "")}

    def models(self, name: str) -> list[str]:
        """The models of a family, which a training can start from."""
        known = self.studio.library.manifests()
        return [model for model, manifest in known.items() if manifest.family == name]

    def base_models(self, name: str, begin: str) -> Any:
        """Offer the models that exist now; the choice stays where its model does."""
        models = self.models(name)
        nothing, scratch = SCRATCH
        return gr.Dropdown(
            choices=[(translatable(nothing), scratch), *models],
            value=begin if begin in models else "",
        )

    def refresh_models(self, name: str, preset: str, dataset: str, begin: str) -> Updates:
        """Offer the models that exist now; the settings of a deleted one go with it."""
        gone = begin and begin not in self.models(name)
        fitted = self.fit(name, preset, dataset) if gone else {}
        return {self.form.begin: self.base_models(name, begin), **fitted}

    def choose_dataset(self, dataset: str, begin: str) -> Updates:
        """Show another data set's terms and image size; a base model keeps its own size."""
        size = {} if begin else settings.default_size(dataset)
        return {
            self.form.own: gr.Column(visible=dataset == OWN),
            self.form.terms: escape(TERMS.get(dataset, "")),
            **{self.form.controls[key]: value for key, value in size.items()},
        }

    def choose_unit(self, unit: str) -> Updates:
        return {self.form.budget: BUDGETS[unit]}

    def switch(self, one: settings.Switch) -> Callable[..., Any]:
        """A handler for a switch; turned on it takes the family's own value where there is one."""

        def turn(on: bool, name: str, preset: str, rate: Any) -> Any:
            usual = settings.preset_values(name, preset)
            if not on:
                return one.off
            return usual[one.field] if settings.is_on(one, usual) else one.on(float(rate or 0))

        return turn

    def import_pictures(self, name: str, begin: str, paths: Sequence[str]) -> tuple[str, Updates]:
        """Import dropped pictures and report on them; ValueError when none can be used."""
        upload, survey = self.jobs.collect([Path(path) for path in paths])
        size = settings.fit_image_size(name, survey.resolution)
        fitting = {} if begin else {self.form.controls["image_size"]: size}
        return upload, {self.form.survey: views.paragraphs(survey.lines()), **fitting}

    def read_form(self, fitted: Any, *inputs: Any) -> TrainingRequest:
        """The request in the form; `fitted` says whose settings it shows."""
        name, dataset, budget, unit, begin, flips, preset, *values = inputs
        if tuple(fitted) != (name, preset, begin):
            whose = " and ".join(filter(None, (fitted[0], fitted[2])))
            raise ValueError(
                f"The settings shown are those of {whose} ({fitted[1]}), not of "
                f"{begin or name} ({preset}); choose the family once more."
            )
        own = settings.gan_fields(name).keys() | settings.loop_fields().keys()
        given = {k: v for k, v in zip(self.form.controls, values, strict=True) if k in own}
        given |= {"start_from": begin, "flips": flips and dataset == OWN}
        return self.read(name, dataset, {unit: budget}, given, preset)

    def read(
        self,
        name: str,
        dataset: str,
        spans: Mapping[str, Any],
        given: Mapping[str, Any],
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
        shapes = self.shapes(name, given.get("start_from"))
        config, loop = settings.make_configs(name, preset, {**shapes, **given, "steps": most})
        return TrainingRequest(
            family=name, dataset=dataset, config=config, settings=loop, budget=seconds
        )

    def shapes(self, name: str, begin: Any) -> dict[str, Any]:
        """The settings that a training shares with its base model."""
        if not begin or (model := self.studio.library.manifest(str(begin))).family != name:
            return {}
        return train.shapes(model.config)
