"""Configurations: a GAN's own settings, and those of the training loop."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin

from gan_studio.core.fields import type_hints
from gan_studio.core.validation import MAX_SEED, check_int

ENDLESS = 10**9
"""steps of a training that something else ends, such as a budget of time"""
PRE_2018: Mapping[str, Any] = {"average_decay": 0.0, "decay_steps": 10**9, "augment": "none"}
"""training as before 2018: no EMA of the generator, a constant learning rate, no augmentation"""


@dataclass(frozen=True, kw_only=True)
class GANConfig:
    """Settings that every family has."""

    image_size: int = 32
    """Image size: height and width in pixels."""
    batch_size: int = 64
    """Batch size: pictures per update, over all processes."""

    paper_values: ClassVar[Mapping[str, Any]] = {}
    """the paper's values where our defaults differ, those of the training included"""
    fixed_fields: ClassVar[frozenset[str]] = frozenset({"image_size", "batch_size"})
    """fields that shape networks or batches, or only their start: fixed during a training"""
    batch_fields: ClassVar[frozenset[str]] = frozenset({"batch_size"})
    """those of them that shape batches alone: who starts from a model may change them"""
    widening_fields: ClassVar[frozenset[str]] = frozenset()
    """those that may be larger than in the model from whose weights a training starts"""

    def __post_init__(self) -> None:
        check_int(self.image_size, "The image size", 4, 1024)
        check_int(self.batch_size, "batch_size", 2, 65_536)  # one picture has no batch statistics

    def check_transition(self, before: GANConfig) -> None:
        """ValueError where a training by `before` cannot go on by this; fixed fields agree."""


@dataclass(frozen=True, kw_only=True)
class LatentConfig(GANConfig):
    """Settings of a GAN of latents."""

    latent_dim: int = 64
    """Dimension of the latent vector z."""

    fixed_fields: ClassVar = GANConfig.fixed_fields | {"latent_dim"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.latent_dim, "latent_dim", 1, 10_000)


C = TypeVar("C", bound=GANConfig)


def apply_changes(config: C, values: Mapping[str, Any]) -> C:
    """The configuration with other values in the middle of a training; ValueError where it cannot.

    A value must be of its field's own type, as it comes out of JSON.
    """
    hints = type_hints(type(config))
    free = [f.name for f in dataclasses.fields(config) if f.name not in config.fixed_fields]
    for name, value in values.items():
        if name not in free:
            raise ValueError(f"{name} cannot change while a training runs; {', '.join(free)} can.")
        if not matches_type(value, hints[name]):
            raise ValueError(f"{name} cannot become {value!r}.")
    after = dataclasses.replace(config, **values)
    after.check_transition(config)
    return after


def matches_type(value: Any, hint: Any) -> bool:
    """Whether a value out of JSON is of a field's type, or one of its choices."""
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if isinstance(hint, UnionType):
        return any(matches_type(value, kind) for kind in get_args(hint))
    return type(value) is hint or (hint is float and type(value) is int)


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """Settings of the training loop: its length, and the intervals of logs, samples and files."""

    steps: int = 3000
    """Generator updates at which the training ends, those before a resume included."""
    seed: int = 0
    """Random seed of the initial weights, the order of the data and the latents."""
    decay_steps: int = 20_000
    """Learning rate decay: updates over which it falls exponentially to a tenth; it stays there."""
    average_decay: float = 0.999
    """Decay of the exponential moving average (EMA) of the generator’s weights; 0 uses the last
    weights."""
    log_every: int = 10
    """Updates between two rows of history.csv."""
    sample_every: int = 250
    """Updates between two sample grids."""
    save_every: int = 500
    """Updates between two checkpoints of the whole training state."""
    evaluate_every: int | None = None
    """Updates between two evaluations of the FID, which keep the best generator; 0 never evaluates,
    None means 1000 where an evaluation takes seconds."""
    flips: bool = False
    """Horizontal flips of half of the pictures; not for digits or letters."""
    start_from: str = ""
    """Pretrained model of the same family from whose weights the training starts."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Precision of convolutions and matrix products; auto uses bfloat16 where the hardware supports
    it."""
    preset: Literal["studio", "classic"] = "studio"
    """Preset of the other settings: our recipe of minutes (studio) or the paper’s values
    (classic)."""

    def __post_init__(self) -> None:
        for name in ("steps", "decay_steps", "log_every", "sample_every", "save_every"):
            check_int(getattr(self, name), name, 1, ENDLESS)
        check_int(self.seed, "The seed", 0, MAX_SEED)
        if self.evaluate_every is not None:
            check_int(self.evaluate_every, "evaluate_every", 0, 10**9)
