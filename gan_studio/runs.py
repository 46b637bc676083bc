"""A training from its first step, or from where it stopped: checked, set up, told as events."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import torch
from filelock import FileLock, Timeout

from gan_studio import (
    cards,
    checkpoints,
    convert,
    disk,
    evaluation,
    gan,
    observing,
    processes,
    registry,
    remedies,
    training,
)
from gan_studio.batches import Batches
from gan_studio.checkpoints import Manifest
from gan_studio.dataset import Dataset
from gan_studio.edits import MAX_SEED
from gan_studio.events import Loaded
from gan_studio.families import family
from gan_studio.gan import LatentGAN
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
WRITTEN = (
    *(LOCK, checkpoints.CONFIG, disk.MODEL, checkpoints.HISTORY),
    *(checkpoints.SAMPLES, checkpoints.CARD),
)
"""files of a training that has no state yet"""
TOTAL, BUDGET = "total", "budget"
"""entries of Manifest.training: the steps, and the seconds, after which a training was to end"""


def start(
    name: str,
    config: gan.Config | None,
    settings: training.Config | None,
    dataset: str,
    output: Path,
    *,
    resume: bool,
    device: torch.device,
    base: Path | None = None,
    changes: Mapping[str, Any] | None = None,
    budget: float | None = None,
) -> Story:
    """Train a family on a data set or folder, as training.train; `output` becomes a model.

    `base` is the directory of the model from whose weights it starts. Without `config` or
    `settings` these are the defaults, with the shapes of `base`; of a resume, what they were
    (`settled`), and then what differs from that is changed on the way, and `changes`. `budget` is
    the time in seconds after which the caller ends it, remembered for the next resume. Raises
    ValueError when there is something to lose, nothing to resume, or nothing to learn from.
    """
    _check(output, resume=resume)
    wanted, ancestor, channels, ancestry, unknown = {}, None, None, [], {}
    if resume:
        config, settings, wanted = _resumed(output, name, config, settings, dataset)
        wanted |= changes or {}
        before = checkpoints.load_manifest(output)
        channels, ancestry, unknown = before.channels, cards.ancestry(before), before.unknown
    elif base:
        ancestor, told = checkpoints.load_model(base)
        config, channels = _fitting(name, config, told), told.channels
        ancestry = [*cards.ancestry(told), told.dataset]
    config, settings = config or family(name).config(), settings or training.Config()
    pictures = registry.load(dataset, config.image_size, channels=channels)
    pictures, others = _parts(dataset, pictures, config.image_size)
    config, wanted = _augmented(config, pictures), _resolved(wanted, config, pictures)
    model = _players(name, config, settings, pictures, ancestor).to(device)
    batches = _batches(config, settings, pictures, device)
    manifest = Manifest(
        family=name,
        config=config,
        channels=pictures.channels,
        dataset=pictures.name,
        classes=model.classes,
        training=_remembered(ancestry, budget),
        unknown=unknown,
    )
    watch = _watched(dataset, pictures, others, settings, device)
    events = training.train(model, batches, settings, output, manifest, *watch, wanted)
    return _told(pictures, events, output)


def _watched(
    dataset: str,
    pictures: Dataset,
    others: Dataset | None,
    settings: training.Config,
    device: torch.device,
) -> tuple[training.Measure | None, training.Observe | None]:
    """What measures the generator, and what looks at both players; of several processes in one."""
    if not processes.writes():
        return None, None
    measure = evaluation.snapshots(dataset, pictures, settings.evaluate_every, device)
    return measure, observing.Monitor(pictures, others, device)


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
    budget: float | None,
    resume: bool,
    changes: Mapping[str, Any],
) -> Story:
    """The same, in an order that lets all but the last two be fixed beforehand.

    A resume takes nothing but the number of steps from the configurations: what they said may
    have changed on the way since.
    """
    asked: dict[str, Any] = {"resume": resume, "changes": changes, "device": device, "base": base}
    asked["budget"] = budget
    if not resume:
        return start(name, config, settings, dataset, output, **asked)
    before = dataclasses.replace(settled(name, output)[1], steps=settings.steps)
    return start(name, None, before, dataset, output, **asked)


def settled(name: str, output: Path) -> tuple[gan.Config, training.Config]:
    """How the training of a family in `output` was set, and so how a resume goes on.

    ValueError with one sentence where there is none, or one of another family.
    """
    _check(output, resume=True)
    saved = checkpoints.load_manifest(output)
    if saved.family != name:
        raise ValueError(f"{output} holds a training of {saved.family}, not of {name}.")
    known = {f.name for f in dataclasses.fields(training.Config)}
    told = {k: v for k, v in saved.training.items() if k in known}
    try:
        far = max(training.Config().steps, told.get("steps", 0))  # before TOTAL was remembered
        told["steps"] = saved.training.get(TOTAL, far)
        return saved.config, checkpoints.read_config(training.Config, told)
    except TypeError as error:
        raise ValueError(f"{output / checkpoints.CONFIG} is damaged: {error}.") from None


def shaped(config: C, ancestor: gan.Config) -> C:
    """A configuration with the shapes of the model from whose weights a training starts."""
    return dataclasses.replace(config, **shapes(ancestor))


def differing(then: C, now: C) -> dict[str, Any]:
    """What is set differently now."""
    return {
        field.name: getattr(now, field.name)
        for field in dataclasses.fields(now)
        if getattr(now, field.name) != getattr(then, field.name)
    }


def _remembered(ancestry: Collection[str], budget: float | None) -> dict[str, Any]:
    """What config.json says of a training besides its configuration."""
    said = {"ancestry": [*ancestry]} if ancestry else {}
    return said if budget is None else {**said, BUDGET: budget}


def _told(pictures: Dataset, events: Story, output: Path) -> Story:
    """What was loaded, then the training's events; however they end, its model card is written."""
    with ExitStack() as stack:
        processes.in_turn(lambda: stack.enter_context(_alone_in(output)))
        yield Loaded(
            name=pictures.name,
            count=len(pictures),
            channels=pictures.channels,
            skipped=pictures.skipped,
            grid=convert.grid(pictures.images[:SHOWN].permute(0, 2, 3, 1).numpy()),
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
    """Nobody else trains there; ValueError when somebody does.

    A training that ends before its first state is saved leaves nothing behind.
    """
    if not processes.writes():
        yield
        return
    made = [folder for folder in (output, *output.parents) if not folder.exists()]
    output.mkdir(parents=True, exist_ok=True)
    before = {path.name for path in output.iterdir()} - {LOCK}
    try:
        with FileLock(output / LOCK, timeout=0):
            try:
                yield
            finally:
                if not (output / checkpoints.STATE).exists():
                    _clear(output, before, made)
    except Timeout:
        raise ValueError(f"{output} is being trained at this moment.") from None


def _clear(output: Path, kept: Collection[str], made: Collection[Path]) -> None:
    """Take away what a training wrote that has no state, and the folders that it made."""
    for name in WRITTEN:
        if name not in kept:
            (output / name).unlink(missing_ok=True)
    for folder in made:  # from the innermost on
        with suppress(OSError):
            folder.rmdir()


def _parts(dataset: str, pictures: Dataset, size: int) -> tuple[Dataset, Dataset | None]:
    """What is trained on, and real pictures that are not: a set's own test part, or every tenth."""
    if dataset in registry.DATASETS:
        return pictures, registry.load(dataset, size, train=False, channels=pictures.channels)
    return registry.held_out(pictures)


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


def _fitting(name: str, config: gan.Config | None, ancestor: Manifest) -> gan.Config:
    """The configuration, by default with the ancestor's shapes; ValueError where it has others."""
    if ancestor.family != name:
        raise ValueError(
            f"A training of {name} can start from a model of {name}, not of {ancestor.family}."
        )
    if config is None:
        return shaped(family(name).config(), ancestor.config)
    for key, given in shapes(ancestor.config).items():
        if (asked := getattr(config, key)) != given:
            raise ValueError(f"{key} is {given} in the model to start from and cannot be {asked}.")
    return config


def shapes(config: gan.Config) -> dict[str, Any]:
    """What a model that starts from one of this configuration has in common with it."""
    return {k: getattr(config, k) for k in sorted(config.lasting - {"batch_size"})}


def _augmented(config: gan.Config, pictures: Dataset) -> gan.Config:
    """Few pictures are shown in many ways unless something else was asked for."""
    if not isinstance(config, remedies.Config) or config.augment != "auto":
        return config
    if len(pictures) >= AUGMENTED_BELOW:
        return config
    return dataclasses.replace(config, augment=POLICIES[pictures.channels])


def _resolved(wanted: Mapping[str, Any], config: gan.Config, pictures: Dataset) -> dict[str, Any]:
    """Changes on the way, of which `auto` becomes what it means for these pictures."""
    if wanted.get("augment") != "auto" or not isinstance(config, remedies.Config):
        return dict(wanted)
    resolved = _augmented(dataclasses.replace(config, augment="auto"), pictures)
    meant = {"augment": getattr(resolved, "augment")}  # noqa: B009  # not of every family
    return {k: v for k, v in {**wanted, **meant}.items() if v != getattr(config, k)}


def _classes(name: str, config: gan.Config, pictures: Dataset) -> int:
    """Labels that a model of the family is told; ValueError when it needs some and has none."""
    if not family(name).gan.conditional(config):
        return 0
    if not pictures.classes:
        known = ", ".join(registry.LABELLED)
        raise ValueError(
            f"{name} learns from labels, and {pictures.name} has none; the sets {known} have."
        )
    return pictures.classes


def _resumed(
    output: Path,
    name: str,
    config: gan.Config | None,
    settings: training.Config | None,
    dataset: str,
) -> tuple[gan.Config, training.Config, dict[str, Any]]:
    """The configurations of the run in `output`, and what is to change; ValueError if it cannot."""
    known, before = settled(name, output)
    saved = checkpoints.load_manifest(output)
    if saved.dataset != registry.title(dataset):
        raise ValueError(
            f"{output} was trained on {saved.dataset}, not on {registry.title(dataset)}."
        )
    changes = _allowed(known, config or known, known.lasting)
    _allowed(before, settings or before, {f.name for f in dataclasses.fields(before)} - {*FREE})
    return known, settings or before, changes


def _allowed(then: C, now: C, fixed: Collection[str]) -> dict[str, Any]:
    """What is asked for differently than before; ValueError if that is fixed."""
    changes = differing(then, now)
    for name in (name for name in changes if name in fixed):
        raise ValueError(
            f"{name} was {getattr(then, name)} in this training and cannot become "
            f"{changes[name]} on the way."
        )
    return changes
