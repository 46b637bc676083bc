"""How long a training runs and how often it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gan_studio.core.validation import check_int
from gan_studio.images.edits import MAX_SEED

ENDLESS = 10**9
"""steps of a training that something else ends, such as a budget of time"""


@dataclass(frozen=True, kw_only=True)
class Config:
    """How long to train and how often to speak."""

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
