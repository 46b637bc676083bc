"""Set up a training from its first step, or resume it from its last checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import torch
from filelock import FileLock, Timeout

from gan_studio import training
from gan_studio.core import distributed, files
from gan_studio.core.events import Loaded
from gan_studio.core.validation import MAX_SEED
from gan_studio.datasets import captioned, pairs, registry, sounds
from gan_studio.datasets.batches import Batches, BatchStream
from gan_studio.datasets.dataset import Dataset
from gan_studio.datasets.report import AUGMENT_BELOW
from gan_studio.evaluation import monitor, report, translation, vocoding
from gan_studio.gans import checkpoint, stabilizers
from gan_studio.gans.base import GAN
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import GANConfig, TrainingConfig
from gan_studio.gans.families import family, gan_cls
from gan_studio.gans.translation import TranslationConfig
from gan_studio.gans.vocoder import VocoderConfig
from gan_studio.gans.widening import load_narrower
from gan_studio.images import convert
from gan_studio.models import card, licence
from gan_studio.studio.request import TrainingRequest
from gan_studio.training import EventStream

C = TypeVar("C", GANConfig, TrainingConfig)
RESUMABLE_FIELDS = ("steps", "log_every", "sample_every", "save_every", "evaluate_every")
"""settings that a resume may change"""
POLICIES = {1: "translation+cutout", 3: "colour+translation+cutout"}
"""number of channels -> the augmentation that `auto` stands for"""
PREVIEW_COUNT = 64
"""real pictures shown beside as many generated ones"""
NAMED = (*registry.DATASETS, *pairs.NAMED, *sounds.NAMED)
"""data sets that are known by name; others are folders and zips"""
LOCK = ".lock"
RUN_FILES = (
    *(LOCK, checkpoint.CONFIG, files.MODEL, checkpoint.HISTORY),
    *(checkpoint.SAMPLES, checkpoint.DISTANCE, checkpoint.CARD),
)
"""files of a training that has no checkpoint yet"""
TOTAL, BUDGET = "total", "budget"
"""entries of Manifest.training: the steps and the seconds after which a training ends"""


def setup_training(request: TrainingRequest, device: torch.device) -> EventStream:
    """Load the data and build the networks; the events of the training, from Loaded on.

    Request and data are checked before the first event. ValueError with one sentence where there
    is a model to lose, nothing to resume, or nothing to learn from.
    """
    name, output = request.family, request.output
    if output is None:
        raise ValueError("The request names no output; a training needs a directory.")
    _check_output(output, resume=request.resume)
    changes, ancestor, channels, ancestry, unknown = {}, None, None, [], {}
    if request.resume:
        config, settings, changes = _resume_configs(request, output)
        before = checkpoint.load_manifest(output)
        channels, ancestry, unknown = before.channels, licence.ancestry(before), before.unknown
    elif request.base:
        ancestor, before = checkpoint.load_model(request.base)
        config, settings = _ancestor_config(request, before), request.loop
        channels, ancestry = before.channels, [*licence.ancestry(before), before.dataset]
    else:
        config, settings = request.players, request.loop
    pictures, others = _load(request.dataset, config, channels)
    config, changes = _resolve_auto(config, pictures), _resolve_changes(changes, config, pictures)
    model = _build_gan(name, config, settings, pictures, ancestor).to(device)
    manifest = Manifest(
        family=name,
        config=config,
        channels=pictures.channels,
        dataset=pictures.name,
        classes=model.classes,
        training={
            **({"ancestry": ancestry} if ancestry else {}),
            **({} if request.budget is None else {BUDGET: request.budget}),
        },
        unknown=unknown,
    )
    observers = _observers(request.dataset, pictures, others, settings, device)
    batches = _batches(pictures, config, settings, device)
    events = training.train(model, batches, settings, output, manifest, *observers, changes)
    return with_card(pictures, events, output)


def _observers(
    dataset: str,
    pictures: Dataset,
    others: Dataset | None,
    settings: TrainingConfig,
    device: torch.device,
) -> tuple[training.EvaluateFn | None, training.MonitorFn | None]:
    """The evaluation of the generator and the monitor of both players, in one process of all."""
    if not distributed.is_main():
        return None, None
    if isinstance(pictures, sounds.SoundDataset):
        assert others is None or isinstance(others, sounds.SoundDataset)
        return None, vocoding.monitor(others or pictures, device)
    if isinstance(pictures, pairs.PairDataset):
        assert others is None or isinstance(others, pairs.PairDataset)
        measure = translation.snapshot_metrics(pictures, others, settings.evaluate_every, device)
    else:
        measure = report.snapshot_metrics(dataset, pictures, settings.evaluate_every, device)
    return measure, monitor.Monitor(pictures, others, device)


def _check_output(output: Path, *, resume: bool) -> None:
    """ValueError when there is a model to lose, or nothing to resume."""
    resumable = (output / checkpoint.STATE).exists()
    if not resume and (resumable or (output / files.MODEL).exists()):
        raise ValueError(
            f"{output} already holds a model; resume its training, or give another directory."
        )
    if resume and not resumable:
        raise ValueError(f"{output} holds no training to resume.")
    files.require_writable(output / files.MODEL)  # before minutes of reading pictures


def read_configs(name: str, output: Path) -> tuple[GANConfig, TrainingConfig]:
    """Both configurations of the training in `output`, which a resume keeps.

    ValueError with one sentence where there is none, or one of another family.
    """
    _check_output(output, resume=True)
    manifest = checkpoint.load_manifest(output)
    if manifest.family != name:
        raise ValueError(f"{output} holds a training of {manifest.family}, not of {name}.")
    field_names = {f.name for f in dataclasses.fields(TrainingConfig)}
    settings = {k: v for k, v in manifest.training.items() if k in field_names}
    try:
        total = max(TrainingConfig().steps, settings.get("steps", 0))  # before TOTAL was remembered
        settings["steps"] = manifest.training.get(TOTAL, total)
        return manifest.config, checkpoint.read_config(TrainingConfig, settings)
    except TypeError as error:
        raise ValueError(f"{output / checkpoint.CONFIG} is damaged: {error}.") from None


def with_shapes(config: C, ancestor: GANConfig) -> C:
    """The configuration with the shapes of the model whose weights a training starts from."""
    return dataclasses.replace(config, **shapes(ancestor))


def with_card(pictures: Dataset, events: EventStream, output: Path) -> EventStream:
    """Loaded, then the events of the training; however they end, the model card is written."""
    with ExitStack() as stack:
        distributed.main_first(lambda: stack.enter_context(_lock(output)))
        yield Loaded(
            name=pictures.name,
            count=len(pictures),
            channels=pictures.channels,
            skipped=pictures.skipped,
            grid=convert.grid(pictures.images[:PREVIEW_COUNT].permute(0, 2, 3, 1).numpy()),
        )
        try:
            yield from events
        finally:
            for directory in (output, output / checkpoint.BEST):
                # There is none when the first checkpoint failed.
                if distributed.is_main() and (directory / checkpoint.CONFIG).exists():
                    card.write(directory)


@contextmanager
def _lock(output: Path) -> Iterator[None]:
    """Hold the lock of a run; ValueError when another process trains there.

    A training that ends before its first checkpoint leaves nothing behind.
    """
    if not distributed.is_main():
        yield
        return
    new_folders = [folder for folder in (output, *output.parents) if not folder.exists()]
    output.mkdir(parents=True, exist_ok=True)
    existing_files = {path.name for path in output.iterdir()} - {LOCK}
    try:
        with FileLock(output / LOCK, timeout=0):
            try:
                yield
            finally:
                if not (output / checkpoint.STATE).exists():
                    _clear(output, existing_files, new_folders)
    except Timeout:
        raise ValueError(f"{output} is being trained at this moment.") from None


def _clear(output: Path, existing_files: Collection[str], new_folders: Collection[Path]) -> None:
    """Delete the files of a training without a checkpoint, and the folders that it made."""
    for name in RUN_FILES:
        if name not in existing_files:
            (output / name).unlink(missing_ok=True)
    for folder in new_folders:  # from the innermost on
        with suppress(OSError):
            folder.rmdir()


def _load(dataset: str, config: GANConfig, channels: int | None) -> tuple[Dataset, Dataset | None]:
    """Pictures to train on, and others held out: the test set, or every tenth of a folder."""
    if isinstance(config, TranslationConfig):
        kind = pair_settings(config)
        training_pairs = pairs.load(dataset, kind)
        if dataset in (*registry.DATASETS, *pairs.NAMED):
            return training_pairs, pairs.load(dataset, kind, train=False)
        return pairs.split(training_pairs)
    if isinstance(config, VocoderConfig):
        training_sounds = sounds.load(dataset, config.image_size)
        if dataset in sounds.NAMED:
            return training_sounds, sounds.load(dataset, config.image_size, train=False)
        return sounds.split(training_sounds)
    size = config.image_size
    if isinstance(config, gan_cls.Config):
        return captioned.load(dataset, size, channels)
    pictures = dataclasses.replace(registry.load(dataset, size, channels=channels), captions=None)
    if dataset in registry.DATASETS:
        return pictures, registry.load(dataset, size, train=False, channels=pictures.channels)
    return registry.split(pictures)


def pair_settings(config: TranslationConfig) -> pairs.PairSettings:
    """Size and kind of the pictures that a translation of this configuration learns from."""
    return pairs.PairSettings(
        size=config.read_size,
        crop=config.image_size,
        task=config.source_task,
        paired=config.paired,
        reverse=config.reverse,
    )


def _batches(
    pictures: Dataset, config: GANConfig, settings: TrainingConfig, device: torch.device
) -> BatchStream:
    """The batches of this process."""
    size, seed = config.batch_size, settings.seed
    share, flips = (distributed.rank(), distributed.world_size()), settings.flips
    if isinstance(pictures, pairs.PairDataset):
        return pairs.PairBatches(pictures, size, seed, device, flips=flips, share=share)
    if isinstance(pictures, sounds.SoundDataset):
        frames = config.image_size
        return sounds.SoundBatches(pictures, frames, size, seed, device, share=share)
    return Batches(pictures, size, seed, device, flips=flips, share=share)


def _build_gan(
    name: str,
    config: GANConfig,
    settings: TrainingConfig,
    pictures: Dataset,
    ancestor: GAN | None,
) -> GAN:
    """The GAN with its first weights: random by the seed, or those of the ancestor."""
    # From a distant seed: with its own, the latents would repeat rows of the weights.
    torch.manual_seed((settings.seed + MAX_SEED // 2) % MAX_SEED)
    classes = _classes(name, config, pictures)
    model = family(name).gan(config, pictures.channels, classes)
    if isinstance(model, gan_cls.GANCLS) and pictures.captions:
        model.text.set_vocabulary(pictures.captions.grammar.vocabulary)
    if ancestor:
        if (ancestor.channels, ancestor.classes) != (pictures.channels, classes):
            raise ValueError(
                f"{settings.start_from} knows pictures of {ancestor.channels} channels and "
                f"{ancestor.classes} labels, and {pictures.name} has {pictures.channels} and "
                f"{classes}."
            )
        # A second discriminator that the ancestor lacks keeps its first weights.
        load_narrower(model, ancestor.state_dict())
    return model


def _ancestor_config(request: TrainingRequest, ancestor: Manifest) -> GANConfig:
    """The configuration, by default with the ancestor's shapes; ValueError where it has others."""
    name, config = request.family, request.config
    if ancestor.family != name:
        raise ValueError(
            f"A training of {name} can start from a model of {name}, not of {ancestor.family}."
        )
    if config is None:
        return with_shapes(request.players, ancestor.config)
    for key, there in shapes(ancestor.config).items():
        here = getattr(config, key)
        if here != there and not (key in config.widening_fields and here > there):
            raise ValueError(f"{key} is {there} in the model to start from and cannot be {here}.")
    return config


def shapes(config: GANConfig) -> dict[str, Any]:
    """The fields that a model shares with one whose weights it starts from."""
    return {k: getattr(config, k) for k in sorted(config.fixed_fields - config.batch_fields)}


def _resolve_auto(config: GANConfig, pictures: Dataset) -> GANConfig:
    """The configuration with augmentation where it is `auto` and the pictures are few."""
    if not isinstance(config, stabilizers.StabilizerConfig) or config.augment != "auto":
        return config
    if len(pictures) >= AUGMENT_BELOW:
        return config
    return dataclasses.replace(config, augment=POLICIES[pictures.channels])


def _resolve_changes(
    changes: Mapping[str, Any], config: GANConfig, pictures: Dataset
) -> dict[str, Any]:
    """The changes, with `auto` as what it stands for with these pictures."""
    if changes.get("augment") != "auto" or not isinstance(config, stabilizers.StabilizerConfig):
        return dict(changes)
    resolved_config = _resolve_auto(dataclasses.replace(config, augment="auto"), pictures)
    augment = getattr(resolved_config, "augment")  # noqa: B009  # not of every family
    return {k: v for k, v in {**changes, "augment": augment}.items() if v != getattr(config, k)}


def _classes(name: str, config: GANConfig, pictures: Dataset) -> int:
    """The number of labels of a conditional family, else 0; ValueError where the data have none."""
    if not family(name).gan.conditional(config):
        return 0
    if pictures.captions:
        return len(pictures.captions.grammar.names)
    if not pictures.classes:
        set_names = ", ".join(registry.LABELLED_SETS)
        raise ValueError(
            f"{name} learns from labels, and {pictures.name} has none; the sets {set_names} have."
        )
    return pictures.classes


def _resume_configs(
    request: TrainingRequest, output: Path
) -> tuple[GANConfig, TrainingConfig, dict[str, Any]]:
    """The configurations of the run in `output`, and what changes; ValueError where it cannot."""
    config, settings = read_configs(request.family, output)
    title, before = registry.title(request.dataset), checkpoint.load_manifest(output).dataset
    if before != title:
        raise ValueError(f"{output} was trained on {before}, not on {title}.")
    changes = _check_changes(config, request.config or config, config.fixed_fields)
    new_settings = request.settings or settings
    _check_changes(
        settings, new_settings, {f.name for f in dataclasses.fields(settings)} - {*RESUMABLE_FIELDS}
    )
    return config, new_settings, changes


def _check_changes(then: C, now: C, fixed_fields: Collection[str]) -> dict[str, Any]:
    """The fields that change; ValueError where one of them is fixed."""
    changes = {
        field.name: getattr(now, field.name)
        for field in dataclasses.fields(now)
        if getattr(now, field.name) != getattr(then, field.name)
    }
    for name in (name for name in changes if name in fixed_fields):
        raise ValueError(
            f"{name} was {getattr(then, name)} in this training and cannot become "
            f"{changes[name]} on the way."
        )
    return changes
