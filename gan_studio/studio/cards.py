"""Cards of models: what a gallery shows of each without loading it."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from gan_studio.datasets import terms
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.images import files as image_files
from gan_studio.models import hub
from gan_studio.models.library import Library
from gan_studio.studio.results import ModelCard


def model_cards(library: Library) -> list[ModelCard]:
    """The cards of all listed models, those that ship first."""
    return [_card(library, name, found) for name, found in library.inspect_all().items()]


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


def _card(library: Library, name: str, found: Manifest | str) -> ModelCard:
    directory = library.directory(name)
    if isinstance(found, str):
        return ModelCard(name=name, group=_group(library, directory, ""), damaged=True)
    return ModelCard(
        name=name,
        group=_group(library, directory, found.dataset),
        family=found.family,
        dataset=found.dataset,
        image_size=found.config.image_size,
        smooth=terms.is_smooth(found.dataset, found.channels),
        version=_version(directory / checkpoint.SAMPLES),
    )


def _group(library: Library, directory: Path, dataset: str) -> str:
    if hub.in_cache(directory):
        return "imported"
    shipped = directory.parent == library.roots[0]
    return terms.SUBJECTS.get(dataset, "others") if shipped else "yours"


def _version(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
