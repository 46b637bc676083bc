"""How long a training runs and how often it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gan_studio.edits import MAX_SEED
from gan_studio.values import check_int

ENDLESS = 10**9
"""steps of a training that something else ends, such as a budget of time"""


@dataclass(frozen=True, kw_only=True)
class Config:
    """How long to train and how often to speak."""

    steps: int = 3000
    """updates of the generator, those before a resume included"""
    seed: int = 0
    """start of all random numbers: weights, order of the data, latents"""
    decay_steps: int = 20_000
    """updates in which the learning rate falls to a tenth, where it stays"""
    average_decay: float = 0.999
    """decay of the averaged generator's weights"""
    log_every: int = 10
    """updates between two rows of history.csv"""
    sample_every: int = 250
    """updates between two grids of samples"""
    save_every: int = 500
    """updates between two savings of the whole state"""
    evaluate_every: int | None = None
    """updates between two measurements of the FID, the best generator being kept; 0: never; None:
    1000 where that takes seconds"""
    flips: bool = False
    """show half of the pictures mirrored; not for digits or letters"""
    start_from: str = ""
    """model of the same family whose weights the training starts from"""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """of convolutions and matrix products; auto takes bfloat16 where the hardware computes in it"""
    preset: Literal["studio", "classic"] = "studio"
    """what the other numbers start from: our recipe of minutes or the paper's own numbers"""

    def __post_init__(self) -> None:
        for name in ("steps", "decay_steps", "log_every", "sample_every", "save_every"):
            check_int(getattr(self, name), name, 1, ENDLESS)
        check_int(self.seed, "The seed", 0, MAX_SEED)
        if self.evaluate_every is not None:
            check_int(self.evaluate_every, "evaluate_every", 0, 10**9)
