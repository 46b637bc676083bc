"""Handlers of the chapters' buttons, which prepare the Compare and the Train tab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from gan_studio.core.validation import abbreviate
from gan_studio.studio import DATASETS, TERMS
from gan_studio.ui.compare import Compare
from gan_studio.ui.compare.layout import LATENTS
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.train import Train, settings

Updates = dict[Any, Any]
"""component -> its new value or properties"""


class Actions:
    """Handlers over the two tabs that buttons prepare."""

    def __init__(self, compare: Compare, train: Train) -> None:
        self.compare, self.train = compare, train

    @property
    def training_outputs(self) -> list[Any]:
        it = self.train
        shown = [it.family, it.dataset, it.preset, it.begin, it.own, it.terms, it.fitted]
        return [*shown, *it.controls.values(), *it.switches]

    @property
    def comparison_outputs(self) -> list[Any]:
        it = self.compare
        return [it.kind, *it.of_kind, it.opened, it.curves, *it.outputs]

    @reports_errors
    def prepare_training(self, query: str) -> Updates:
        """Fill the form: `train` names the family, `data` the data set, others settings."""
        given = _read(query)
        name, dataset = given.pop("train", ""), given.pop("data", "digits")
        if name not in settings.TRAINED:
            raise ValueError(
                f"train must be one of {', '.join(settings.TRAINED)}, not {abbreviate(name)}."
            )
        if dataset not in DATASETS:
            raise ValueError(
                f"data must be one of {', '.join(DATASETS)}, not {abbreviate(dataset)}."
            )
        it, preset = self.train, "studio"
        about = {**settings.gan_fields(name), **settings.loop_fields()}
        values = settings.read(name, given, about)
        updates = it.fit(name, preset, dataset)
        for key, value in values.items():
            updates[it.controls[key]] = {**updates[it.controls[key]], "value": value}
        return {
            it.family: name,
            it.dataset: dataset,
            it.preset: preset,
            it.begin: it.base_models(name, ""),
            it.own: {"visible": False, "__type__": "update"},
            it.terms: TERMS.get(dataset, ""),
            **updates,
        }

    @reports_errors
    def prepare_comparison(self, query: str, seeds: str, label: str, smoothing: float) -> list[Any]:
        """Draw the models that `compare` names, as far as they are here."""
        named, known = _read(query).get("compare", ""), self.compare.studio.models()
        models = [name for name in named.split(",") if name in known]
        if not models:
            raise ValueError(f"None of the models {abbreviate(named)} is here.")
        it, do = self.compare, self.compare.actions
        offered, *others = it.choose_kind(LATENTS)
        offered.value = models
        shown = do.show(LATENTS, models, seeds, label, None)
        return [LATENTS, offered, *others, True, do.plot(models, smoothing), *shown]


def _read(query: str) -> dict[str, str]:
    found: Mapping[str, str] = dict(parse_qsl(str(query)[:2000], keep_blank_values=True))
    return dict(found)
