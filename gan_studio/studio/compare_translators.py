"""Models that turn pictures into pictures side by side: the same sources through each."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from PIL import Image

from gan_studio.core.devices import describe
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import TRANSLATIONS, is_translation
from gan_studio.gans.translation import TranslationConfig
from gan_studio.images import convert
from gan_studio.images.translation import TranslationRecipe
from gan_studio.models.card_metrics import TRANSLATION_TITLES
from gan_studio.models.library import Library
from gan_studio.models.translator import Translator
from gan_studio.studio.compare_base import (
    DRAWS,
    MAX_MODELS,
    ComparedModel,
    SideBySide,
    check_names,
    finite_or_none,
    load_intact,
)
from gan_studio.studio.translate import check_picture, translate

MAX_SOURCES = 16
SIDE = 256
"""pixels along a side of the sources: the central squares of the pictures"""
CELL = 128
"""pixels along a side of a picture on the sheet"""
MEASURES = (
    *("l1", "accuracy", "road", "saturation", "chroma_error", "agreement", "wanted"),
    *("others_kept", "face_distance", "round_trip", "round_trip_noisy"),
)
"""what may have been measured of a model; which of it depends on what it learnt"""
REFERENCES = (
    *("source_l1", "mean_map", "grey_error", "reader", "commoner"),
    "untranslated_distance",
)
"""values without which some measures mean little"""


@dataclass(frozen=True, order=True)
class TranslationProtocol:
    """The conditions of a measurement: numbers of equal protocols can be compared."""

    dataset: str
    count: int
    reverse: bool
    """whether it was measured from right to left"""

    def __str__(self) -> str:
        way = ", from right to left" if self.reverse else ""
        return f"{self.count:,} held-out pictures of {self.dataset}{way}"


@dataclass(frozen=True, kw_only=True)
class TranslatorRow(ComparedModel):
    """A model that turns pictures into pictures."""

    pictures: tuple[Image.Image, ...]
    """the translation of each source, of the size that the model gives"""

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The metrics; empty if the number of measured pictures is missing."""
        metrics = self.manifest.metrics.get("translation")
        if not isinstance(metrics, dict) or finite_or_none(metrics.get("count")) is None:
            return {}
        return metrics

    @property
    def protocol(self) -> TranslationProtocol:
        return TranslationProtocol(
            dataset=str(self.metrics.get("dataset", self.manifest.dataset)),
            count=self.metrics.get("count", 0),
            reverse=_config(self.manifest).reverse,
        )

    @property
    def references(self) -> str:
        """Reference values for its metrics, in the words of its card."""
        values = {name: finite_or_none(self.metrics.get(name)) for name in REFERENCES}
        return "; ".join(
            TRANSLATION_TITLES[k].format(v) for k, v in values.items() if v is not None
        )

    @property
    def metric_cells(self) -> dict[str, str | float | None]:
        metrics = self.metrics
        return {
            **{name: finite_or_none(metrics.get(name)) for name in (*MEASURES, *REFERENCES)},
            "count": finite_or_none(metrics.get("count")),
            "measured_on": self.protocol.dataset if metrics else None,
        }

    @property
    def sentence(self) -> str:
        """The protocol of the metrics, and the reference values for them."""
        beside = f": {self.references}" if self.references else ""
        return f"{self.model} was measured on {self.protocol}{beside}."


@dataclass(frozen=True, kw_only=True)
class TranslatorComparison(SideBySide[TranslatorRow]):
    """A row for each model, a column for each source."""

    sources: Mapping[str, Image.Image]
    """the squares that every model was shown, by name"""
    timing_note = "Milliseconds per picture: median of single translations"

    def sheet(self) -> Image.Image:
        """The sources under their names, and below them their translations beside the models."""
        rows = {"source": [*self.sources.values()]}
        rows |= {row.model: [*row.pictures] for row in self.rows}
        small = {
            name: [convert.center_crop(picture.convert("RGB"), CELL) for picture in pictures]
            for name, pictures in rows.items()
        }
        return convert.contact_sheet(small, [*self.sources], small, cell=CELL)

    def to_json(self) -> str:
        """Models and sources, as stored in the PNG of the sheet."""
        return json.dumps({"models": [r.model for r in self.rows], "sources": [*self.sources]})


def compare_translators(
    library: Library, models: Sequence[str], pictures: Mapping[str, Image.Image]
) -> TranslatorComparison:
    """The central squares of the pictures through every model, forwards and at full strength."""
    names = check_names(models)
    if not 1 <= len(pictures) <= MAX_SOURCES:
        raise ValueError(
            f"A comparison takes 1 to {MAX_SOURCES} pictures to translate, not {len(pictures)}."
        )
    for picture in pictures.values():
        check_picture(picture)
    manifests, manifest_errors = load_intact(library.manifest, library, names)
    _check_tasks(manifests)
    models_by_name, model_errors = load_intact(library.translator, library, list(manifests))
    sources = {
        name: convert.center_crop(convert.pixels_only(one), SIDE) for name, one in pictures.items()
    }
    return TranslatorComparison(
        sources=sources,
        rows=tuple(_row(model, [*sources.values()]) for model in models_by_name.values()),
        device=describe(library.device),
        left_out=(*manifest_errors, *model_errors),
    )


def comparable_translators(library: Library) -> list[str]:
    """The largest set of models that learnt one task from one data set, oldest paper first."""
    manifests = library.all_manifests(lambda _: None)
    translators = {name: one for name, one in manifests.items() if is_translation(one.family)}
    kinds = {name: _kind(manifest) for name, manifest in translators.items()}
    if not kinds:
        return []
    [(commonest, _)] = Counter(kinds.values()).most_common(1)
    alike = [name for name, kind in kinds.items() if kind == commonest]
    families = [*TRANSLATIONS]
    oldest_first = sorted(alike, key=lambda name: (families.index(translators[name].family), name))
    return oldest_first[:MAX_MODELS]


def _config(manifest: Manifest) -> TranslationConfig:
    assert isinstance(manifest.config, TranslationConfig)
    return manifest.config


def _kind(manifest: Manifest) -> tuple[str, str, bool]:
    config = _config(manifest)
    return config.source_task, manifest.dataset, config.reverse


def _check_tasks(manifests: Mapping[str, Manifest]) -> None:
    """ValueError that names a model of latents, or two models that take other sources."""
    for name, manifest in manifests.items():
        if not is_translation(manifest.family):
            raise ValueError(
                f"{name} draws pictures from latents; compare models that turn pictures into "
                "pictures with one another."
            )
    (first, one), *others = manifests.items()
    ours = _config(one).source_task
    for name, other in others:
        if (theirs := _config(other).source_task) != ours:
            raise ValueError(
                f"{first} learnt the task {ours} and {name} the task {theirs}; compare models of "
                "one task."
            )


def _row(model: Translator, sources: Sequence[Image.Image]) -> TranslatorRow:
    """The model's translations, made one by one and timed."""
    recipe = TranslationRecipe(model=model.name)
    translations, times = [], []
    for source in [*sources, *[sources[0]] * (DRAWS - len(sources))]:
        start = time.perf_counter()
        translations.append(translate(model, source, recipe, round_trip=False).image)
        times.append(time.perf_counter() - start)
    return TranslatorRow(
        model=model.name,
        manifest=model.manifest,
        pictures=tuple(translations[: len(sources)]),
        parameters=model.parameters,
        milliseconds=1000 * median(times),
    )
