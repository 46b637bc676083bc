"""What the events of the form do: from choices to an order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from gan_studio import runs
from gan_studio.cards import TERMS
from gan_studio.jobs import OWN, Order
from gan_studio.recipe import number, whole
from gan_studio.studio import Studio
from gan_studio.training import ENDLESS
from gan_studio.ui.languages import translatable
from gan_studio.ui.train import settings, views
from gan_studio.ui.train.form import BUDGETS, SCRATCH, Form

Updates = dict[Any, Any]


class Orders:
    """Handlers over a studio and its trainings, for the controls of one form."""

    def __init__(self, studio: Studio, form: Form) -> None:
        self.studio, self.jobs, self.form, self.house = studio, studio.jobs, form, studio.house

    def fit(self, name: str, preset: str, dataset: str, begin: str = "") -> Updates:
        """What a family can be told, at what its preset, its data or its model say."""
        about = {**settings.known(), **settings.players(name)}
        size = {} if begin else settings.natural(dataset)
        start = {**settings.start(name, preset), **size, **self.inherited(begin)}
        controls = {
            control: gr.update(
                visible=True, value=start[key], info=translatable(about[key].sentence)
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

    def inherited(self, begin: str) -> dict[str, Any]:
        """The settings of the model from which a training starts."""
        if not begin:
            return {}
        config = self.studio.library.manifest(begin).config
        return {key: getattr(config, key) for key in settings.players_of(config)}

    def choose_family(self, name: str, preset: str, dataset: str) -> Updates:
        """Another family: its own settings, its own models to start from."""
        return {**self.fit(name, preset, dataset), self.form.begin: self.begins(name, "")}

    def models(self, name: str) -> list[str]:
        """Models of a family, from which a training can start."""
        known = self.studio.library.intact()
        return [model for model, manifest in known.items() if manifest.family == name]

    def begins(self, name: str, begin: str) -> Any:
        """The models that are there by now; what was chosen stays."""
        models = self.models(name)
        nothing, scratch = SCRATCH
        return gr.Dropdown(
            choices=[(translatable(nothing), scratch), *models],
            value=begin if begin in models else "",
        )

    def reopen(self, name: str, preset: str, dataset: str, begin: str) -> Updates:
        """Models have come and gone; of one that has gone, its settings go too."""
        gone = begin and begin not in self.models(name)
        fitted = self.fit(name, preset, dataset) if gone else {}
        return {self.form.begin: self.begins(name, begin), **fitted}

    def choose_dataset(self, dataset: str, begin: str) -> Updates:
        """Other data: their own size, unless a model to start from has one."""
        size = {} if begin else settings.natural(dataset)
        return {
            self.form.own: gr.Column(visible=dataset == OWN),
            self.form.terms: escape(TERMS.get(dataset, "")),
            **{self.form.controls[key]: value for key, value in size.items()},
        }

    def choose_unit(self, unit: str) -> Updates:
        return {self.form.budget: BUDGETS[unit]}

    def switch(self, one: settings.Switch) -> Callable[..., Any]:
        """What a switch sets its setting to: the family's own value where that is one."""

        def turn(on: bool, name: str, preset: str, rate: Any) -> Any:
            usual = settings.start(name, preset)
            if not on:
                return one.off
            return usual[one.field] if settings.is_on(one, usual) else one.on(float(rate or 0))

        return turn

    def bring(self, name: str, begin: str, paths: Sequence[str]) -> tuple[str, Updates]:
        """Read what was dropped, and say what came; ValueError when nothing can be used."""
        collected, survey = self.jobs.collect([Path(path) for path in paths])
        size = settings.fitting(name, survey.resolution)
        fitting = {} if begin else {self.form.controls["image_size"]: size}
        return collected, {self.form.survey: views.paragraphs(survey.lines()), **fitting}

    def order(self, fitted: Any, *ordered: Any) -> Order:
        """What the page asks for; `fitted` says whose settings it shows."""
        name, dataset, budget, unit, begin, flips, preset, *values = ordered
        if tuple(fitted) != (name, preset, begin):
            whose = " and ".join(filter(None, (fitted[0], fitted[2])))
            raise ValueError(
                f"The settings shown are those of {whose} ({fitted[1]}), not of "
                f"{begin or name} ({preset}); choose the family once more."
            )
        own = settings.players(name).keys() | settings.loop().keys()
        given = {k: v for k, v in zip(self.form.controls, values, strict=True) if k in own}
        given |= {"start_from": begin, "flips": flips and dataset == OWN}
        return self.ordered(name, dataset, {unit: budget}, given, preset)

    def ordered(
        self,
        name: str,
        dataset: str,
        spans: Mapping[str, Any],
        given: Mapping[str, Any],
        preset: str = "studio",
    ) -> Order:
        """An order, each number of it checked; ValueError with one sentence."""
        minutes, steps = spans.get("minutes"), spans.get("steps")
        seconds = None
        if "minutes" in spans and (minutes is not None or steps is None):
            seconds = 60 * number(minutes, "The budget in minutes", 0.05, self.house.seconds / 60)
        most = ENDLESS
        if seconds is None or steps is not None:
            most = whole(steps, "The budget in steps", 1, self.house.steps)
        shapes = self.shapes(name, given.get("start_from"))
        config, loop = settings.configured(name, preset, {**shapes, **given, "steps": most})
        return Order(family=name, dataset=dataset, config=config, settings=loop, seconds=seconds)

    def shapes(self, name: str, begin: Any) -> dict[str, Any]:
        """What a model to start from decides where nothing is said."""
        if not begin or (told := self.studio.library.manifest(str(begin))).family != name:
            return {}
        return runs.shapes(told.config)
