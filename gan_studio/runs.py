"""A training from its first step, or from where it stopped: checked, set up, told as events."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TypeVar

import torch

from gan_studio import cards, checkpoints, data, evaluation, gan, training
from gan_studio.checkpoints import Manifest
from gan_studio.data import Batches
from gan_studio.events import Event, Loaded
from gan_studio.families import family

C = TypeVar("C", gan.Config, training.Config)


def start(
    name: str,
    config: gan.Config,
    settings: training.Config,
    dataset: str,
    output: Path,
    *,
    resume: bool,
    device: torch.device,
) -> Generator[Event]:
    """Train a family on a data set or folder, as training.train; `output` becomes a model.

    Raises ValueError when there is something to lose, nothing to resume, or nothing to learn from.
    """
    started = (output / checkpoints.STATE).exists()
    if not resume and (started or (output / checkpoints.MODEL).exists()):
        raise ValueError(
            f"{output} already holds a model; resume its training, or give another directory."
        )
    if resume and not started:
        raise ValueError(f"{output} holds no training to resume.")
    if resume:
        config, settings = _resumed(output, name, config, settings, dataset)
    pictures = data.load(dataset, config.image_size)
    torch.manual_seed(settings.seed)
    classes = _classes(name, config, pictures)
    model = family(name).gan(config, pictures.channels, classes).to(device)
    batches = Batches(pictures, config.batch_size, settings.seed, device)
    manifest = Manifest(
        family=name,
        config=config,
        channels=pictures.channels,
        dataset=pictures.name,
        classes=classes,
    )
    loaded = Loaded(
        name=pictures.name,
        count=len(pictures),
        channels=pictures.channels,
        skipped=pictures.skipped,
    )
    every = settings.evaluate_every
    measure = evaluation.snapshots(dataset, pictures, every, device)
    events = training.train(model, batches, settings, output, manifest, measure)
    return _told(loaded, events, output)


def _told(loaded: Loaded, events: Generator[Event], output: Path) -> Generator[Event]:
    """What was loaded, then the training's events; however they end, its model card is written."""
    yield loaded
    try:
        yield from events
    finally:
        for directory in (output, output / checkpoints.BEST):
            if (directory / checkpoints.CONFIG).exists():  # not when the first saving failed
                manifest = checkpoints.load_manifest(directory)
                checkpoints.save_card(directory, cards.render(manifest))


def _classes(name: str, config: gan.Config, pictures: data.Dataset) -> int:
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
) -> tuple[gan.Config, training.Config]:
    """The configurations of the run in `output`; ValueError when what is asked contradicts them."""
    saved = checkpoints.load_manifest(output)
    if saved.family != name:
        raise ValueError(f"{output} holds a training of {saved.family}, not of {name}.")
    if saved.dataset != data.title(dataset):
        raise ValueError(f"{output} was trained on {saved.dataset}, not on {data.title(dataset)}.")
    free = ("steps", "log_every", "sample_every", "save_every", "evaluate_every")
    fixed = {f.name for f in dataclasses.fields(settings)}.difference(free)
    before = dataclasses.replace(
        settings, **{k: v for k, v in saved.training.items() if k in fixed}
    )
    return _merged(config, saved.config), _merged(settings, before, free)


def _merged(asked: C, saved: C, free: Sequence[str] = ()) -> C:
    """The saved configuration; what was asked for differently is taken if free, else refused."""
    changed = {}
    for field in dataclasses.fields(asked):
        now, then = getattr(asked, field.name), getattr(saved, field.name)
        if field.name in free:
            changed[field.name] = now
        elif now not in (field.default, then):
            raise ValueError(
                f"{field.name} was {then} in this training and cannot become {now} on the way."
            )
    return dataclasses.replace(saved, **changed)
