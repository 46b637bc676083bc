"""Between the Train tab's controls and the configurations of a training."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gan_studio.core.fields import Field, fields
from gan_studio.studio import (
    FAMILIES,
    TRANSLATIONS,
    TrainingConfig,
    checkpoint,
    family,
    presets,
)

TRAINED = (*FAMILIES, *TRANSLATIONS)
"""names of the families that can be trained here"""
ESSENTIAL = ("image_size", "batch_size", "learning_rate")
"""settings in view; the others are folded away"""
LOOP = ("seed", "average_decay", "decay_steps", "precision")
"""settings of the training itself that the page offers"""


class Switch(NamedTuple):
    """A remedy that is on or off, and the setting behind it."""

    title: str
    field: str
    off: Any
    on: Callable[[float], Any]
    """the learning rate -> the value that turns it on"""
    sentence: str


SWITCHES = (
    Switch("Augmentation", "augment", "auto", lambda _: "translation+cutout",
           "Differentiable augmentation: the discriminator sees shifted and partly blanked "
           "pictures. It is always on below 2,000 pictures."),
    Switch("Add instance noise", "instance_noise", 0.0, lambda _: 0.1,
           "Adds fading noise to all inputs of the discriminator. It helps when the discriminator "
           "tells real from fake without fail."),
    Switch("R1 gradient penalty", "r1_gamma", 0.0, lambda _: 1.0,
           "Keeps the discriminator’s gradients on real pictures small. It helps when the losses "
           "oscillate."),
    Switch("Label smoothing", "real_label", 1.0, lambda _: 0.9,
           "The discriminator’s target for real pictures is 0.9 instead of 1. It helps when the "
           "discriminator is overconfident."),
    Switch("Two time-scale update rule (TTUR)", "discriminator_rate", 0.0, lambda rate: 4 * rate,
           "The discriminator’s learning rate is four times the generator’s. It helps when the "
           "generator is always ahead."),
    Switch("Skip discriminator updates", "skip_d_below", 0.0, lambda _: 0.7,
           "The discriminator is not updated while its loss is below 0.7. It helps when the "
           "discriminator is far ahead."),
)  # fmt: skip


def label(name: str) -> str:
    """`learning_rate` -> "Learning rate"."""
    text = name.replace("_", " ").capitalize().replace(" d ", " D ")
    return {"seed": "Training seed", "noise": "Layer noise"}.get(name, text)  # others are called so


def gan_fields(name: str) -> dict[str, Field]:
    """The fields of a family's configuration, by name."""
    return {field.name: field for field in fields(family(name).config)}


def loop_fields() -> dict[str, Field]:
    """The fields of the loop's configuration that the page offers, by name."""
    return {field.name: field for field in fields(TrainingConfig) if field.name in LOOP}


def all_fields() -> dict[str, Field]:
    """The fields of all families and of the loop by name, the essential ones first."""
    everything = {}
    for name in reversed(TRAINED):
        everything |= gan_fields(name)
    first = {name: everything.pop(name) for name in ESSENTIAL}
    return {**first, **everything, **loop_fields()}


def changeable_fields() -> list[str]:
    """The names of all fields that can change while some family trains."""
    free = {key for name in TRAINED for key in free_fields(name)}
    return [key for key in all_fields() if key in free]


def free_fields(name: str) -> dict[str, Field]:
    """Settings of a family that can be changed while it trains, by name."""
    fixed_names = family(name).config.fixed_fields
    return {key: field for key, field in gan_fields(name).items() if key not in fixed_names}


def preset_values(name: str, preset: str) -> dict[str, Any]:
    """The values of a family's preset, by name."""
    config, settings = presets.start(name, preset)
    return {**dataclasses.asdict(config), **{key: getattr(settings, key) for key in LOOP}}


def make_configs(
    name: str, preset: str, overrides: Mapping[str, Any]
) -> tuple[Any, TrainingConfig]:
    """Both configurations of a family's training; ValueError with one sentence for a bad value.

    `overrides` win over the preset; settings that the family does not have are refused.
    """
    config, settings = presets.start(name, preset)
    own = gan_fields(name)
    values = read(name, overrides, {field.name: field for field in fields(TrainingConfig)} | own)
    mine = {key: value for key, value in values.items() if key in own}
    rest = {key: value for key, value in values.items() if key not in own}
    return dataclasses.replace(config, **mine), dataclasses.replace(settings, **rest)


def read_changes(name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of a family's settings while it trains, each of its field's own type."""
    return read(name, changes, free_fields(name))


def read(name: str, settings: Any, allowed_fields: Mapping[str, Field]) -> dict[str, Any]:
    """Values of a family's settings by name; ValueError for a name outside of `allowed_fields`."""
    values = check_names(settings)
    for key in values:
        if key not in allowed_fields:
            raise ValueError(f"{name} has no setting {key!r}; it has {', '.join(allowed_fields)}.")
    return {key: allowed_fields[key].read(value) for key, value in values.items()}


def check_names(settings: Any) -> Mapping[str, Any]:
    """Settings that a program gives, by name; ValueError where these are no names with values."""
    if not isinstance(settings, Mapping):
        raise ValueError(f"Settings must be names with values, not {settings!r}.")
    return checkpoint.with_current_names(settings)


DEFAULT_SIZES = {"digits": 8, "mnist": 32, "fashion-mnist": 32, "celeba": 64, "avatars": 64}
"""data set -> pixels at which it is trained by default"""


def default_size(dataset: str) -> dict[str, int]:
    """The image size that fits a data set."""
    return {"image_size": DEFAULT_SIZES[dataset]} if dataset in DEFAULT_SIZES else {}


def fit_image_size(name: str, size: int) -> int:
    """The image size, or where a family needs one the next power of two."""
    try:
        make_configs(name, "studio", {"image_size": size})
    except ValueError:
        return 1 << (size - 1).bit_length()
    return size


def is_on(one: Switch, values: Mapping[str, Any]) -> bool:
    """Whether a remedy is in use."""
    return values.get(one.field, one.off) not in (one.off, "none")
