"""What is known of a job at a moment: a frozen value that any thread may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from PIL import Image

from gan_studio import gan
from gan_studio.diagnostics import Finding
from gan_studio.events import Trainable

State = Literal["waiting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
"""interrupted: the process ended in the midst of it"""
OVER: tuple[State, ...] = ("finished", "stopped", "failed", "interrupted")
"""states in which nothing happens any more unless it is resumed"""


class Ticket(NamedTuple):
    """What the starter of a job gets."""

    id: str
    owner: str
    """a secret: who has it may steer the job"""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A job now."""

    id: str
    state: State
    place: int = 0
    """how many are before it in the queue"""
    family: str
    dataset: str
    config: gan.Config
    """of the family, with what has changed on the way"""
    step: int = 0
    total: int | None = None
    """updates at which it ends; None where a budget of time decides"""
    seconds: float = 0.0
    """of training, pauses not counted"""
    seconds_left: float | None = None
    images_per_second: float = 0.0
    turns: Trainable = "both"
    rows: tuple[Mapping[str, float], ...] = ()
    """the history"""
    grid: Image.Image | None = None
    """the last sample"""
    real: Image.Image | None = None
    """pictures that it learns from"""
    samples: tuple[int, ...] = ()
    """steps whose samples are kept"""
    changes: tuple[Mapping[str, Any], ...] = ()
    """settings that changed on the way, each with its `step`"""
    findings: tuple[Finding, ...] = ()
    skipped: tuple[str, ...] = ()
    """a sentence for each file that could not be read"""
    said: str = ""
    """why it failed, in one sentence"""
    version: int = 0
    """grows with every change"""

    @property
    def over(self) -> bool:
        return self.state in OVER
