"""The state of a job at one moment: a frozen value that any thread may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from PIL import Image

from gan_studio.core.events import Trainable
from gan_studio.gans.config import GANConfig
from gan_studio.training.diagnostics import Finding

State = Literal["waiting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
"""interrupted: the process ended while it trained"""
OVER: tuple[State, ...] = ("finished", "stopped", "failed", "interrupted")
"""states in which nothing happens until it is resumed"""


class Ticket(NamedTuple):
    """The answer to a request: the job's name, and the secret that allows to steer it."""

    id: str
    owner: str
    """the secret"""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A job now."""

    id: str
    state: State = "waiting"
    queue_position: int = 0
    """jobs ahead of it in the queue"""
    family: str
    dataset: str
    config: GANConfig
    """of the family, with all changes so far"""
    step: int = 0
    total: int | None = None
    """updates at which it ends; None where only the budget decides"""
    seconds: float = 0.0
    """of training, pauses not counted"""
    seconds_left: float | None = None
    images_per_second: float = 0.0
    trainable: Trainable = "both"
    rows: tuple[Mapping[str, float], ...] = ()
    """the history"""
    grid: Image.Image | None = None
    """the last sample"""
    real: Image.Image | None = None
    """some of the pictures that it learns from"""
    samples: tuple[int, ...] = ()
    """steps of all stored samples"""
    changes: tuple[Mapping[str, Any], ...] = ()
    """settings that changed during the training, each with its `step`"""
    findings: tuple[Finding, ...] = ()
    skipped: tuple[str, ...] = ()
    """a sentence for each file that could not be read"""
    reason: str = ""
    """why it failed, in one sentence; files and programs call it `said`"""
    version: int = 0
    """grows with every change"""

    @property
    def is_over(self) -> bool:
        return self.state in OVER
