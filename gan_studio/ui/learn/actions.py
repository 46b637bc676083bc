"""Handlers of the chapters' buttons, which prepare the Compare and the Train tab."""

from __future__ import annotations

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
        form_outputs = [it.family, it.dataset, it.preset, it.begin, it.own, it.terms, it.fit_key]
        return [*form_outputs, *it.controls.values(), *it.switches]

    @property
    def comparison_outputs(self) -> list[Any]:
        it = self.compare
        return [it.kind, *it.of_kind, it.opened, it.curves, *it.outputs]

    @reports_errors
    def prepare_training(self, query: str) -> Updates:
        """Fill the form: `train` names the family, `data` the data set, others settings."""
        fields = _parse_query(query)
        name, dataset = fields.pop("train", ""), fields.pop("data", "digits")
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
        values = settings.read(name, fields, about)
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
        names, available = _parse_query(query).get("compare", ""), self.compare.studio.models()
        models = [name for name in names.split(",") if name in available]
        if not models:
            raise ValueError(f"None of the models {abbreviate(names)} is here.")
        it, do = self.compare, self.compare.actions
        checkboxes, *others = it.choose_kind(LATENTS)
        checkboxes.value = models
        outputs = do.show(LATENTS, models, seeds, label, None)
        return [LATENTS, checkboxes, *others, True, do.plot(models, smoothing), *outputs]


def _parse_query(query: str) -> dict[str, str]:
    return dict(parse_qsl(str(query)[:2000], keep_blank_values=True))
