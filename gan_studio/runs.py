"""A training from its first step, or from where it stopped: checked, set up, told as events."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch
from filelock import FileLock, Timeout

from gan_studio import (
    cards,
    checkpoints,
    data,
    disk,
    evaluation,
    gan,
    images,
    metadata,
    observing,
    processes,
    remedies,
    training,
)
from gan_studio.checkpoints import Manifest
from gan_studio.data import Batches, Dataset
from gan_studio.events import Loaded
from gan_studio.families import family
from gan_studio.gan import LatentGAN
from gan_studio.recipe import MAX_SEED
from gan_studio.survey import AUGMENTED_BELOW
from gan_studio.training import Story

C = TypeVar("C", gan.Config, training.Config)
FREE = ("steps", "log_every", "sample_every", "save_every", "evaluate_every")
"""settings that a resume may choose anew"""
POLICIES = {1: "translation+cutout", 3: "colour+translation+cutout"}
"""for pictures with so many channels"""
SHOWN = 64
"""real pictures that are shown beside as many generated ones"""
LOCK = ".lock"


def start(
    name: str,
    config: gan.Config,
    settings: training.Config,
    dataset: str,
    output: Path,
    *,
    resume: bool,
    device: torch.device,
    base: Path | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Story:
    """Train a family on a data set or folder, as training.train; `output` becomes a model.

    `base` is the directory of the model from whose weights it starts. A resume may change what a
    training may change on its way: what differs from the defaults, and `changes`. Raises
    ValueError when there is something to lose, nothing to resume, or nothing to learn from.
    """
    _check(output, resume=resume)
    wanted, ancestor, channels, ancestry = {}, None, None, []
    if resume:
        config, settings, wanted = _resumed(output, name, config, settings, dataset)
        wanted |= changes or {}
        before = checkpoints.load_manifest(output)
        channels, ancestry = before.channels, metadata.ancestry(before)
    elif base:
        ancestor, told = checkpoints.load_model(base)
        config, channels = _fitting(name, config, told), told.channels
        ancestry = [*metadata.ancestry(told), told.dataset]
    pictures = data.load(dataset, config.image_size, channels=channels)
    pictures, others = _parts(dataset, pictures, config.image_size)
    config = _augmented(config, pictures)
    model = _players(name, config, settings, pictures, ancestor).to(device)
    batches = _batches(config, settings, pictures, device)
    manifest = Manifest(
        family=name,
        config=config,
        channels=pictures.channels,
        dataset=pictures.name,
        classes=model.classes,
        training={"ancestry": ancestry} if ancestry else {},
    )
    measure = observe = None
    if processes.writes():
        measure = evaluation.snapshots(dataset, pictures, settings.evaluate_every, device)
        observe = observing.observer(pictures, others, device)
    events = training.train(model, batches, settings, output, manifest, measure, observe, wanted)
    return _told(pictures, events, output)


def _check(output: Path, *, resume: bool) -> None:
    """ValueError when there is something to lose, or nothing to resume."""
    started = (output / checkpoints.STATE).exists()
    if not resume and (started or (output / disk.MODEL).exists()):
        raise ValueError(
            f"{output} already holds a model; resume its training, or give another directory."
        )
    if resume and not started:
        raise ValueError(f"{output} holds no training to resume.")
    disk.require_writable(output / disk.MODEL)  # before minutes of reading pictures


def begin(
    name: str,
    config: gan.Config,
    settings: training.Config,
    dataset: str,
    output: Path,
    device: torch.device,
    base: Path | None,
    resume: bool,
    changes: Mapping[str, Any],
) -> Story:
    """The same, in an order that lets all but the last two be fixed beforehand."""
    asked: dict[str, Any] = {"resume": resume, "changes": changes, "device": device, "base": base}
    return start(name, config, settings, dataset, output, **asked)


def _told(pictures: Dataset, events: Story, output: Path) -> Story:
    """What was loaded, then the training's events; however they end, its model card is written."""
    with ExitStack() as stack:
        processes.in_turn(lambda: stack.enter_context(_alone_in(output)))
        yield Loaded(
            name=pictures.name,
            count=len(pictures),
            channels=pictures.channels,
            skipped=pictures.skipped,
            grid=images.grid(pictures.images[:SHOWN].permute(0, 2, 3, 1).numpy()),
        )
        try:
            yield from events
        finally:
            for directory in (output, output / checkpoints.BEST):
                # There is none when the first saving failed.
                if processes.writes() and (directory / checkpoints.CONFIG).exists():
                    manifest = checkpoints.load_manifest(directory)
                    checkpoints.save_card(directory, cards.render(manifest))


@contextmanager
def _alone_in(output: Path) -> Iterator[None]:
    """Nobody else trains there; ValueError when somebody does."""
    if not processes.writes():
        yield
        return
    output.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(output / LOCK, timeout=0):
            yield
    except Timeout:
        raise ValueError(f"{output} is being trained at this moment.") from None


def _parts(dataset: str, pictures: Dataset, size: int) -> tuple[Dataset, Dataset | None]:
    """What is trained on, and real pictures that are not: a set's own test part, or every tenth."""
    if dataset in data.DATASETS:
        return pictures, data.load(dataset, size, train=False, channels=pictures.channels)
    return data.held_out(pictures)


def _batches(
    config: gan.Config, settings: training.Config, pictures: Dataset, device: torch.device
) -> Batches:
    """This process's share of each batch."""
    size, mirrored = config.batch_size, settings.flips
    share = processes.share()
    return Batches(pictures, size, settings.seed, device, flips=mirrored, share=share)


def _players(
    name: str,
    config: gan.Config,
    settings: training.Config,
    pictures: Dataset,
    ancestor: LatentGAN | None,
) -> LatentGAN:
    """The networks with their first weights: drawn from the seed, or an ancestor's."""
    # Of a far seed: from its own stream the latents of this one would be rows of the weights.
    torch.manual_seed((settings.seed + MAX_SEED // 2) % MAX_SEED)
    classes = _classes(name, config, pictures)
    model = family(name).gan(config, pictures.channels, classes)
    if ancestor:
        if (ancestor.channels, ancestor.classes) != (pictures.channels, classes):
            raise ValueError(
                f"{settings.start_from} knows pictures of {ancestor.channels} channels and "
                f"{ancestor.classes} labels, and {pictures.name} has {pictures.channels} and "
                f"{classes}."
            )
        # An advisor that the ancestor did without starts anew; one that it had may be left out.
        known = ancestor.state_dict()
        model.load_state_dict({k: known.get(k, v) for k, v in model.state_dict().items()})
    return model


def _fitting(name: str, config: gan.Config, ancestor: Manifest) -> gan.Config:
    """The configuration with the ancestor's shapes; ValueError where others were asked for."""
    if ancestor.family != name:
        raise ValueError(
            f"A training of {name} can start from a model of {name}, not of {ancestor.family}."
        )
    shapes = {k: getattr(ancestor.config, k) for k in config.lasting - {"batch_size"}}
    for field in dataclasses.fields(config):
        asked, given = getattr(config, field.name), shapes.get(field.name)
        if field.name in shapes and asked not in (field.default, given):
            raise ValueError(
                f"{field.name} is {given} in the model to start from and cannot be {asked}."
            )
    return dataclasses.replace(config, **shapes)


def _augmented(config: gan.Config, pictures: Dataset) -> gan.Config:
    """Few pictures are shown in many ways unless something else was asked for."""
    if not isinstance(config, remedies.Config) or config.augment != "auto":
        return config
    if len(pictures) >= AUGMENTED_BELOW:
        return config
    return dataclasses.replace(config, augment=POLICIES[pictures.channels])


def _classes(name: str, config: gan.Config, pictures: Dataset) -> int:
    """Labels that a model of the family is told; ValueError when it needs some and has none."""
    if not family(name).gan.conditional(config):
        return 0
    if not pictures.classes:
        known = ", ".join(data.LABELLED)
        raise ValueError(
            f"{name} learns from labels, and {pictures.name} has none; the sets {known} have."
        )
    return pictures.classes


def _resumed(
    output: Path, name: str, config: gan.Config, settings: training.Config, dataset: str
) -> tuple[gan.Config, training.Config, dict[str, Any]]:
    """The configurations of the run in `output`, and what is to change; ValueError if it cannot."""
    saved = checkpoints.load_manifest(output)
    if saved.family != name:
        raise ValueError(f"{output} holds a training of {saved.family}, not of {name}.")
    if saved.dataset != data.title(dataset):
        raise ValueError(f"{output} was trained on {saved.dataset}, not on {data.title(dataset)}.")
    fixed = {f.name for f in dataclasses.fields(settings)}.difference(FREE)
    before = dataclasses.replace(
        settings, **{k: v for k, v in saved.training.items() if k in fixed}
    )
    changes = _asked(config, saved.config, config.lasting)
    _asked(settings, before, fixed)
    free = {name: getattr(settings, name) for name in FREE}
    return saved.config, dataclasses.replace(before, **free), changes


def _asked(now: C, then: C, fixed: Collection[str]) -> dict[str, Any]:
    """What is asked for differently than before; ValueError if that is fixed."""
    changes = {}
    for field in dataclasses.fields(now):
        asked, before = getattr(now, field.name), getattr(then, field.name)
        if asked in (field.default, before):
            continue
        if field.name in fixed:
            raise ValueError(
                f"{field.name} was {before} in this training and cannot become {asked} on the way."
            )
        changes[field.name] = asked
    return changes
