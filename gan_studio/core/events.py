"""Events of a running computation: frozen values, free of torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from PIL import Image

Trainable = Literal["both", "discriminator", "generator"]
"""which players learn; the other one's weights stay as they are"""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The data set is in memory."""

    name: str
    count: int
    channels: int
    skipped: tuple[str, ...]
    """a sentence for each file that could not be read"""
    grid: Image.Image
    """some of the pictures"""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One logged training step."""

    step: int
    """updates of the generator so far"""
    total: int
    """updates at which the run ends"""
    losses: Mapping[str, float]
    """the numbers that the family reports, by name, and the norms of both players' gradients"""
    images_per_second: float
    seconds_left: float


@dataclass(frozen=True, kw_only=True)
class Update:
    """An update of the generator is over; nothing was read from the device.

    A caller may send a Command here; its events follow, and then the same Update again.
    """

    step: int


@dataclass(frozen=True, kw_only=True)
class Command:
    """A caller's command to a running training."""

    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """other values for fields of the family's configuration"""
    trainable: Trainable | None = None
    """which players learn from now on"""
    sample_now: bool = False
    """log and sample now"""
    observe: bool = False
    """monitor now"""
    save: bool = False
    """write everything to the disk now"""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """Settings changed on the way."""

    step: int
    """updates after which"""
    changes: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Observation:
    """Diagnostic values of both networks besides their losses."""

    step: int
    values: Mapping[str, float]
    """opinions of D, and how far the generated pictures are from the real ones, by name"""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Images of the EMA generator for fixed latents."""

    step: int
    grid: Image.Image


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The run directory now holds everything up to this step."""

    step: int
    path: Path


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The averaged generator was measured."""

    step: int
    fid: float
    """its distance to the real pictures, the smaller the better"""
    best_step: int
    """the step whose generator had the smallest distance so far, this one included"""
    best_fid: float
    path: Path
    """the directory that holds the best one"""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A painting as it is now."""

    step: int
    """updates so far, of all sizes"""
    total: int
    """updates at which it is finished"""
    image: Image.Image
    losses: Mapping[str, float]
    """content, style and variation before their weights, and the weighted total"""
    seconds_left: float


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A part of a picture is done."""

    done: int
    """parts so far"""
    total: int
    seconds_left: float


@dataclass(frozen=True, kw_only=True)
class Download:
    """More of a file has come over the network."""

    name: str
    """where it comes from"""
    done: int
    """bytes that are here"""
    total: int
    """bytes in all"""


Event = Loaded | Download | Update | Step | Sample | Observation | Changed | Checkpoint | Evaluation
