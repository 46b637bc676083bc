"""Cards of models for the gallery, read without loading them, and the README.md of a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from gan_studio.datasets import terms
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import any_family, draws_pictures, is_translation
from gan_studio.gans.translation import TranslationConfig, TranslationGAN
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.models import card, hub, licence
from gan_studio.models.card_metrics import NEAREST
from gan_studio.models.library import Library
from gan_studio.models.translator import is_square, public_task
from gan_studio.studio.compare_base import finite_or_none
from gan_studio.studio.copies import IndexCache, NearestImages
from gan_studio.studio.evaluate import require_recordable
from gan_studio.studio.results import ModelCard, TranslatorCard

SAMPLE_SEEDS = (1, 2, 3)
"""of the samples whose nearest training pictures a card tells"""


def model_cards(library: Library) -> list[ModelCard]:
    """The cards of all listed models of latents, those that ship first."""
    return [
        _card(library, name, manifest)
        for name, manifest in library.inspect_all().items()
        if isinstance(manifest, str) or draws_pictures(manifest.family)
    ]


def translator_cards(library: Library) -> list[TranslatorCard]:
    """The cards of all listed models that turn pictures into pictures, those that ship first."""
    manifests = library.all_manifests(lambda _: None)
    return [
        translator_card(name, manifest)
        for name, manifest in manifests.items()
        if is_translation(manifest.family)
    ]


def translator_card(name: str, manifest: Manifest) -> TranslatorCard:
    config, gan = manifest.config, any_family(manifest.family).gan
    assert isinstance(config, TranslationConfig)
    assert issubclass(gan, TranslationGAN)
    task = public_task(config.source_task)
    return TranslatorCard(
        name=name,
        family=manifest.family,
        dataset=manifest.dataset,
        task=task,
        image_size=config.image_size,
        square=is_square(task, manifest.dataset),
        cyclic=gan.cyclic,
        denoises=config.source_task == "photo",  # starts from the clean half and trains the noisy
        round_trip=_round_trip(manifest, "round_trip"),
        round_trip_noisy=_round_trip(manifest, "round_trip_noisy"),
    )


def _round_trip(manifest: Manifest, name: str) -> float | None:
    """The metrics of the round trip."""
    metrics = manifest.metrics.get("translation")
    return finite_or_none(metrics.get(name)) if isinstance(metrics, dict) else None


def model_card(library: Library, name: str) -> ModelCard:
    """The card of a model, listed or not; ValueError for an unknown name."""
    return _card(library, name, library.inspect(library.directory(name)))


def sample_picture(library: Library, name: str) -> Image.Image:
    """The first picture of a model's sheet of samples; ValueError where there is none."""
    directory = library.directory(name)
    sheet = directory / checkpoint.SAMPLES
    if not sheet.is_file():
        raise ValueError(f"{name} has no sample picture.")
    side = checkpoint.load_manifest(directory).config.image_size
    return image_files.load(sheet).crop((0, 0, side, side))


def write_card(library: Library, cache: IndexCache, name: str, nearest: bool) -> Path:
    """Rewrite a model's README.md, with the nearest training pictures if `nearest`."""
    directory = require_recordable(library, name)
    if nearest:
        model = library.load(name)
        nearest_images = [
            cache.nearest(model, Recipe(model=model.name, seed=s), 3) for s in SAMPLE_SEEDS
        ]
        manifest = checkpoint.load_manifest(directory)
        numbers = {
            "seeds": [*SAMPLE_SEEDS],
            "distances": [round(one.distances[0], 2) for one in nearest_images],
            "typical": round(nearest_images[0].typical, 2),
            "count": nearest_images[0].count,
        }
        metrics = {**manifest.metrics, NEAREST: numbers}
        checkpoint.save_manifest(directory, dataclasses.replace(manifest, metrics=metrics))
        if licence.is_shareable(manifest):
            sheet = _nearest_sheet(
                nearest_images, smooth=terms.is_smooth(manifest.dataset, manifest.channels)
            )
            image_files.save(sheet, directory / checkpoint.NEAREST)
        library.invalidate(directory)
    card.write(directory)
    return directory / checkpoint.CARD


def _nearest_sheet(nearest_images: Sequence[NearestImages], *, smooth: bool) -> Image.Image:
    """A row for each sample: its picture, then the training pictures nearest to it."""
    names = [f"seed {seed}" for seed in SAMPLE_SEEDS]
    rows = {
        name: [one.picture, *one.nearest] for name, one in zip(names, nearest_images, strict=True)
    }
    return convert.contact_sheet(rows, ["sample", "nearest", "2nd", "3rd"], names if smooth else ())


def _card(library: Library, name: str, manifest: Manifest | str) -> ModelCard:
    directory = library.directory(name)
    if isinstance(manifest, str):
        return ModelCard(name=name, group=_group(library, directory, ""), damaged=True)
    return ModelCard(
        name=name,
        group="imported" if manifest.source else _group(library, directory, manifest.dataset),
        family=manifest.family,
        dataset=manifest.dataset,
        image_size=manifest.config.image_size,
        smooth=terms.is_smooth(manifest.dataset, manifest.channels),
        version=_version(directory / checkpoint.SAMPLES),
        address=str(manifest.source.get("address", "")),
    )


def _group(library: Library, directory: Path, dataset: str) -> str:
    if hub.in_cache(directory):
        return "imported"
    is_shipped = directory.parent == library.roots[0]
    return terms.SUBJECTS.get(dataset, "others") if is_shipped else "yours"


def _version(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
