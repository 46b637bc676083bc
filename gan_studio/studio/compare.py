"""Models side by side: the same seeds through each, what they cost and how good they are."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from gan_studio.core.devices import describe
from gan_studio.core.log import warn_once
from gan_studio.core.validation import MAX_SEED, check_float, check_int
from gan_studio.datasets.terms import is_smooth
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import FAMILIES, IMPORTED
from gan_studio.images import convert
from gan_studio.images.files import Picture
from gan_studio.images.recipe import MAX_LABEL, Recipe
from gan_studio.models.library import Library
from gan_studio.models.model import Model
from gan_studio.studio.compare_base import (
    DRAWS,
    MAX_MODELS,
    ComparedModel,
    SideBySide,
    check_names,
    finite_or_none,
    load_intact,
)
from gan_studio.training.curves import MAX_SMOOTHING, Curve, read_curves, smooth_and_thin

MAX_SEEDS = 16
METRICS = ("fid", "kid", "precision", "recall", "confident_share")
TITLES = {
    "fid": "Fréchet distance",
    "kid": "kernel distance",
    "confident_share": "confident share",
}


@dataclass(frozen=True, order=True)
class MetricProtocol:
    """The conditions of a measurement: numbers of equal protocols can be compared."""

    features: str
    dataset: str
    against: str
    """test or all, which part of the data set"""
    count: int

    def __str__(self) -> str:
        return f"{self.features} on {self.reals}, {self.count:,} samples"

    @property
    def reals(self) -> str:
        """The real pictures that it was compared with."""
        return f"all of {self.dataset}" if self.against == "all" else self.dataset


@dataclass(frozen=True, kw_only=True)
class Row(ComparedModel):
    """A model of latents."""

    pictures: tuple[Picture, ...]
    """one for each seed"""

    @property
    def smooth(self) -> bool:
        """Whether its pictures are enlarged smoothly, as photographs are."""
        return is_smooth(self.manifest.dataset, self.manifest.channels)

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The metrics; none when the count or the real pictures that belong to them are missing."""
        metrics = self.manifest.metrics
        is_complete = isinstance(metrics.get("real_vs_real"), dict) and finite_or_none(
            metrics.get("count")
        )
        return metrics if is_complete else {}

    @property
    def protocol(self) -> MetricProtocol:
        """The protocol of its metrics."""
        metrics = self.metrics
        return MetricProtocol(
            features=str(metrics.get("features", "unnamed")),
            dataset=str(metrics.get("dataset", self.manifest.dataset)),
            against=str(metrics.get("against", "test")),
            count=metrics.get("count", 0),
        )

    @property
    def metric_cells(self) -> dict[str, str | float | None]:
        metrics = self.metrics
        real = metrics.get("real_vs_real", {})
        return {
            **{name: finite_or_none(metrics.get(name)) for name in METRICS},
            "count": finite_or_none(metrics.get("count")),
            "features": str(metrics["features"]) if "features" in metrics else None,
            "measured_on": self.protocol.dataset if metrics else None,
            "against": self.protocol.against if metrics else None,
            **{f"real_vs_real_{name}": finite_or_none(real.get(name)) for name in METRICS},
        }

    @property
    def sentence(self) -> str:
        """The protocol of the metrics, and their values between real pictures."""
        judge = self.protocol
        real = {name: finite_or_none(self.metrics["real_vs_real"].get(name)) for name in METRICS}
        reference_values = {
            TITLES.get(name, name): value for name, value in real.items() if value is not None
        }
        texts = [f"{title} {format_number(value)}" for title, value in reference_values.items()]
        return (
            f"Measured on {judge.count:,} samples against {judge.reals}, "
            f"features {judge.features}; "
            f"real pictures against real ones: {', '.join(texts) or 'unknown'}."
        )


@dataclass(frozen=True, kw_only=True)
class Comparison(SideBySide[Row]):
    """A row for each model, a column for each seed."""

    seeds: tuple[int, ...]
    label: int | None

    def sheet(self) -> Image.Image:
        """All pictures under their seeds and beside their models."""
        images_by_model = {
            row.model: [picture.image for picture in row.pictures] for row in self.rows
        }
        smooth = {row.model for row in self.rows if row.smooth}
        return convert.contact_sheet(images_by_model, [str(seed) for seed in self.seeds], smooth)

    def to_json(self) -> str:
        """Models, seeds and label, as stored in the PNG of the sheet."""
        models = [row.model for row in self.rows]
        return json.dumps({"models": models, "seeds": self.seeds, "label": self.label})


def compare(
    library: Library,
    models: Sequence[str],
    seeds: str | Sequence[int],
    label: int | str | None = None,
) -> Comparison:
    """The seeds' own latents through every model.

    Without a label a conditional model draws each class in turn, column by column; the others take
    none.
    """
    names, columns = check_names(models), parse_seeds(seeds)
    label = None if label is None else check_int(label, "The label", 0, MAX_LABEL)
    manifests, manifest_errors = load_intact(library.manifest, library, names)
    _check_shapes(manifests)
    models_by_name, model_errors = load_intact(library.get, library, list(manifests))
    loaded_models = list(models_by_name.values())
    if label is not None and not any(model.label_count for model in loaded_models):
        raise ValueError("None of these models takes a label; conditional ones, such as cgan, do.")
    return Comparison(
        seeds=tuple(columns),
        label=label,
        rows=tuple(_row(model, columns, label) for model in loaded_models),
        device=describe(library.device),
        left_out=(*manifest_errors, *model_errors),
    )


def comparable(library: Library) -> list[str]:
    """The largest set of models of one data set and size, in the order in which papers came."""
    manifests = library.manifests()
    kinds = {name: (manifest.dataset, _shape(manifest)) for name, manifest in manifests.items()}
    families = [*FAMILIES, *IMPORTED]
    order = {name: families.index(manifest.family) for name, manifest in manifests.items()}
    if not kinds:
        return []
    (commonest, _), *_ = Counter(kinds.values()).most_common(1)
    alike = [name for name, kind in kinds.items() if kind == commonest]
    return sorted(alike, key=lambda name: (order[name], name))[:MAX_MODELS]


def curves(library: Library, model: str, smoothing: float = 0.0) -> list[Curve]:
    """The smoothed curves of a model's training; none where it has no history.

    A damaged one is passed over, so that those of other models can be seen.
    """
    check_float(smoothing, "The smoothing", 0, MAX_SMOOTHING)
    directory = library.directory(model)
    path = directory / checkpoint.HISTORY
    try:
        mtime = path.stat().st_mtime_ns if path.exists() else 0
        raw_curves = _load_curves(directory, mtime)
    except (OSError, ValueError) as error:
        warn_once(str(error))
        raw_curves = []
    return [smooth_and_thin(curve, smoothing) for curve in raw_curves]


def parse_seeds(seeds: str | Sequence[Any]) -> list[int]:
    """Seeds from a list or from text such as `1, 2, 3`; ValueError with one sentence."""
    is_text = isinstance(seeds, str)
    parts = [p for p in re.split(r"[\s,;\[\]]+", seeds) if p] if is_text else seeds
    if not isinstance(parts, Sequence) or not 1 <= len(parts) <= MAX_SEEDS:
        count = len(parts) if isinstance(parts, Sequence) else "none"
        raise ValueError(
            f"A comparison takes 1 to {MAX_SEEDS} seeds, such as 1, 2, 3, not {count}."
        )
    return [check_int(part, "The seed", 0, MAX_SEED) for part in parts]


def format_number(value: float) -> str:
    """A number with three digits; thousands in full."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.3g}"


@lru_cache(maxsize=2 * MAX_MODELS)
def _load_curves(directory: Path, mtime: int) -> list[Curve]:
    """The whole curves of a history that was last written at `mtime`, in ns."""
    del mtime
    return read_curves(checkpoint.load_history(directory))


def _shape(manifest: Manifest) -> tuple[int, int]:
    return manifest.config.image_size, manifest.channels


def _check_shapes(manifests: Mapping[str, Manifest]) -> None:
    """ValueError that names two models whose pictures differ in size or in colour."""
    (first, one), *others = manifests.items()
    for name, other in others:
        if _shape(other) != _shape(one):
            raise ValueError(
                f"{first} draws {_describe_shape(one)} and {name} {_describe_shape(other)}; "
                "compare models whose pictures are alike in size and colour."
            )


def _describe_shape(manifest: Manifest) -> str:
    size, channels = _shape(manifest)
    return f"{'grey' if channels == 1 else 'colour'} pictures of {size} × {size} pixels"


def _row(model: Model, seeds: Sequence[int], label: int | None) -> Row:
    """The model's pictures, drawn one by one and timed."""
    recipes = [_recipe(model, column, seed, label) for column, seed in enumerate(seeds)]
    pictures, times = [], []
    for recipe in [*recipes, *recipes[:1] * (DRAWS - len(recipes))]:
        start = time.perf_counter()
        images = model.draw(model.point(recipe))
        times.append(time.perf_counter() - start)
        pictures.append(Picture(convert.to_pil(convert.to_uint8(images)[0]), recipe))
    return Row(
        model=model.name,
        manifest=model.manifest,
        pictures=tuple(pictures[: len(recipes)]),
        parameters=model.parameters,
        milliseconds=1000 * median(times),
    )


def _recipe(model: Model, column: int, seed: int, label: int | None) -> Recipe:
    if not model.label_count:
        return Recipe(model=model.name, seed=seed)
    own_label = column % model.label_count if label is None else label
    return Recipe(model=model.name, seed=seed, label=own_label)
