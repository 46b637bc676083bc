"""Models measured against real pictures; the numbers written into their files."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from gan_studio import vision
from gan_studio.core import files
from gan_studio.core.validation import MAX_SEED, check_int
from gan_studio.datasets import captioned, pairs, registry
from gan_studio.evaluation import inpainting, references, super_resolution, text, translation
from gan_studio.evaluation.references import MIN_PICTURES
from gan_studio.evaluation.report import MAX_COUNT, Reference, Report
from gan_studio.gans import checkpoint
from gan_studio.gans.families.gan_cls import GANCLS
from gan_studio.gans.families.inpainting import Inpainting
from gan_studio.images import files as image_files
from gan_studio.images.translation import TranslationRecipe
from gan_studio.models import card, hub
from gan_studio.models.card_metrics import NEAREST
from gan_studio.models.library import Library
from gan_studio.models.model import Model
from gan_studio.models.translator import Translator
from gan_studio.studio import upscale
from gan_studio.studio.train import pair_settings
from gan_studio.vision import features


def evaluate(
    library: Library,
    models: Sequence[str],
    dataset: str | None,
    count: int,
    seed: int,
    network_name: str | None,
    against: str,
    *,
    record: bool,
) -> Generator[Report]:
    """A report for each model; with `record` its numbers go into the model's files, too."""
    if isinstance(models, str):
        raise ValueError(f"The models must be a list of names, not {models!r}.")
    loaded_models = [library.load(model) for model in models]
    for model in models if record else ():  # not after minutes of measuring
        require_recordable(library, model)
    measurements = reports(loaded_models, dataset, count, seed, network_name, against)
    for model, report in zip(models, measurements, strict=True):
        if record:
            record_metrics(library, model, report.to_fields())
        yield report


def reports(
    models: Sequence[Model],
    dataset: str | None = None,
    count: int = 5000,
    seed: int = 0,
    network_name: str | None = None,
    against: str = "test",
) -> Iterator[Report]:
    """Measure models on one data set in one kind of features; ValueError where they do not fit.

    The real pictures are brought to the models' own size before the features see either.
    """
    check_int(count, "The count", MIN_PICTURES, MAX_COUNT)
    check_int(seed, "The seed", 0, MAX_SEED)
    name = dataset or common_dataset(models)
    size = common_size(models)
    pictures, train = references.load(name, size, against)
    kinds = {1: "grey", 3: "colour"}
    for model in models:
        if model.manifest.channels != pictures.channels:
            ours, theirs = kinds[model.manifest.channels], kinds[pictures.channels]
            raise ValueError(
                f"{model.name} draws {ours} pictures, which cannot be compared with the {theirs} "
                f"ones of {pictures.name}."
            )
    network = features.load(network_name or features.default(pictures.name), models[0].device)
    network.check(size, pictures.channels)
    reference = Reference(pictures=pictures, train=train, features=network, count=count)
    return (reference.report(model.name, model.gan, seed) for model in models)


def evaluate_translation(
    library: Library, name: str, dataset: str | None, count: int, *, record: bool
) -> dict[str, Any]:
    """The metrics of a translation model; `record` writes them into its files."""
    model = library.load_any(name)
    if not isinstance(model, Translator):
        raise ValueError(f"{name} draws pictures from latents, and translates none.")
    if record:
        require_recordable(library, name)
    figures = translation_figures(model, dataset, count)
    if record:
        record_metrics(library, name, {"translation": figures})
    return figures


def evaluate_text(
    library: Library, name: str, dataset: str | None, count: int, *, record: bool
) -> dict[str, Any]:
    """How often pictures show what their captions ask for; `record` writes it into the files."""
    model = library.load(name)
    gan = model.gan
    if not isinstance(gan, GANCLS):
        raise ValueError(f"{name} reads no text; models of gan-cls do.")
    check_int(count, "The count", 2, MAX_COUNT)
    if record:
        require_recordable(library, name)
    source, size = dataset or model.manifest.dataset, gan.config.image_size
    pictures, others = captioned.load(source, size, model.manifest.channels)
    figures = {"dataset": pictures.name, **text.measure(gan, others or pictures, count)}
    if record:
        record_metrics(library, name, {"text": figures})
    return figures


def translation_figures(model: Translator, dataset: str | None, count: int) -> dict[str, Any]:
    """Measure a translation on pairs, or pictures of two kinds, that no training saw."""
    check_int(count, "The count", 2, MAX_COUNT)
    if model.task == "enlarge":
        return upscaler_figures(model, dataset, count)
    config, name = model.gan.config, dataset or model.manifest.dataset
    dataset_names = (*registry.DATASETS, *pairs.NAMED)
    if not dataset and name not in dataset_names:
        raise ValueError(
            f"{model.name} was trained on somebody's own pictures, {name}; "
            "name them with --dataset."
        )
    kind = dataclasses.replace(pair_settings(config), crop=0)
    train = pairs.load(name, kind)
    test = None
    if name in dataset_names:
        test = pairs.load(name, kind, train=False)
    else:
        train, test = pairs.split(train)
    if test is None:
        raise ValueError(f"{name} has too few pictures to hold some out; it takes 40.")
    if isinstance(model.gan, Inpainting):
        return inpainting.measure(model.gan, test, train, count)
    return translation.measure(model.gan, test, train, count)


def upscaler_figures(model: Translator, dataset: str | None, count: int) -> dict[str, Any]:
    """Measure super-resolution on the pictures of a folder as they are, which no training saw."""
    if dataset is None:
        raise ValueError(
            f"Super-resolution is measured on pictures as they are; name a folder for {model.name}."
        )
    place = Path(dataset)
    if not place.is_dir():
        raise ValueError(f"There is no folder {dataset} of pictures.")
    kind = "vgg19" if vision.is_available("vgg19") else "embedded"
    paths = [path for path in sorted(place.iterdir()) if path.suffix.lower() in image_files.ENDINGS]
    upscaler = upscale.srgan_upscaler(model)

    def enlarge(picture: Image.Image, sharpness: float) -> Image.Image:
        recipe = TranslationRecipe(model=model.name, sharpness=sharpness)
        return upscale.upscale(upscaler, picture, recipe).image

    figures = super_resolution.measure(
        enlarge, map(image_files.load, paths[:count]), vision.load(kind, model.device)
    )
    return {"dataset": place.resolve().name, "features": kind, **figures}


def common_dataset(models: Sequence[Model]) -> str:
    """The data set on which all the models were trained."""
    if not models:
        raise ValueError("Say which models to evaluate.")
    first = models[0]
    for other in models:
        one, two = first.manifest.dataset, other.manifest.dataset
        if one != two:
            raise ValueError(
                f"{first.name} was trained on {one} and {other.name} on {two}, and numbers from "
                "different data sets or features cannot be compared; evaluate them one by one, or "
                "on one data set."
            )
    name = first.manifest.dataset
    if name not in registry.DATASETS:
        raise ValueError(
            f"{first.name} was trained on somebody's own pictures, {name}; "
            "name them with --dataset."
        )
    return name


def common_size(models: Sequence[Model]) -> int:
    """The pictures' size, which must be the same for all: the data are brought to it."""
    sizes = {model.manifest.config.image_size: model.name for model in models}
    if len(sizes) > 1:
        sizes_text = " and ".join(f"{name} draws {size}" for size, name in sorted(sizes.items()))
        raise ValueError(
            f"{sizes_text} pixels, which cannot be compared; evaluate them one by one."
        )
    return next(iter(sizes))


def record_metrics(library: Library, model: str, report: Mapping[str, Any]) -> None:
    """Write what was measured into the model's config.json and its card."""
    directory = require_recordable(library, model)
    metrics = {k: v for k, v in report.items() if k != "model"}
    before = checkpoint.load_manifest(directory)
    metrics |= {name: before.metrics[name] for name in [NEAREST] if name in before.metrics}
    checkpoint.save_manifest(directory, dataclasses.replace(before, metrics=metrics))
    card.write(directory)
    library.invalidate(directory)


def require_recordable(library: Library, model: str) -> Path:
    """The directory of a model; ValueError when nothing may be written there."""
    directory = library.resolve(model)
    if hub.in_cache(directory):
        raise ValueError(f"{model} came from the Hub; copy its folder to record anything there.")
    files.require_writable(directory / checkpoint.CONFIG, directory / checkpoint.CARD)
    return directory
