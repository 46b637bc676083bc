"""A report on a user's images before a training: counts, sizes, duplicates, advice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

AUGMENT_BELOW = 2000
"""images below which differentiable augmentation is on (Zhao et al., 2020)"""
FINE_TUNE_BELOW = 100
RESOLUTIONS = {32: 0, 64: 500, 128: 5000}
"""resolution -> number of images from which it is worth its time"""
MAX_SENTENCES = 10
"""sentences of each kind in a report; further ones are counted"""


@dataclass(frozen=True, kw_only=True)
class DatasetReport:
    """Counts, sizes, duplicates and advice for a set of images."""

    count: int
    grey: bool
    sizes: tuple[tuple[int, int], tuple[int, int]]
    """width and height of the smallest and the largest image"""
    skipped: tuple[str, ...]
    """one sentence for each file that was skipped"""
    duplicates: tuple[str, ...]
    """one sentence for each image that equals an earlier one, pixel by pixel"""
    advice: tuple[str, ...]
    resolution: int
    """suggested resolution"""
    smaller: int = 0
    """images with a side below that resolution"""

    def lines(self) -> list[str]:
        """The report as sentences."""
        smallest, largest = (f"{width} × {height}" for width, height in self.sizes)
        colour = "grey" if self.grey else "in colour"
        sizes = f"of {smallest}" if smallest == largest else f"from {smallest} to {largest}"
        return [
            f"There are {self.count:,} different pictures, {colour}, {sizes} pixels.",
            *_summarize("Left out", self.skipped),
            *_summarize("There more than once, and taken once", self.duplicates),
            *self.advice,
            self.size_advice(),
        ]

    def size_advice(self) -> str:
        """The resolution to train at, and how many images are enlarged to it."""
        note = f"smaller ones are enlarged to it: {self.smaller:,}."
        least = self.resolution == min(RESOLUTIONS)
        if least and 4 * self.smaller > self.count:  # no resolution fits most of them
            return f"{self.resolution} pixels is the smallest size for them; {note}"
        suits = f"A size of {self.resolution} pixels suits them"
        return f"{suits}; {note}" if self.smaller else f"{suits}."


def advise(count: int, near: int) -> Iterator[str]:
    """Advice for training on `count` images, of which `near` are near duplicates."""
    if count < 10:
        yield f"{count} pictures are very few: a generator will draw little but these."
    if count < FINE_TUNE_BELOW:
        yield f"Below {FINE_TUNE_BELOW} pictures, start from a trained model and fine-tune it."
    if count < AUGMENT_BELOW:
        yield f"Below {AUGMENT_BELOW:,} pictures, differentiable augmentation is switched on."
    if near:
        yield f"{near:,} pictures look nearly like another one; of such, keep the best."


def difference_hash(picture: Image.Image) -> np.ndarray:
    """dHash (Krawetz, "Kind of like that", 2013), (64,) float32 of ±1: brighter to the right."""
    small = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX)).astype(np.int16)
    return np.where(np.diff(small) > 0, 1, -1).astype(np.float32).ravel()


def count_near_duplicates(hashes: Sequence[np.ndarray], bits: int = 3) -> int:
    """Number of images with another whose difference hash is at most `bits` away."""
    signs = np.stack(hashes)
    rows = (signs[i : i + 500] @ signs.T for i in range(0, len(signs), 500))
    return sum(int(((row >= 64 - 2 * bits).sum(1) > 1).sum()) for row in rows)


def suggest_resolution(sides: np.ndarray) -> int:
    """The largest resolution that 3 of 4 images reach and for which there are enough images."""
    side = np.quantile(sides, 0.25)
    fits = [size for size, count in RESOLUTIONS.items() if size <= side and count <= len(sides)]
    return max(fits, default=min(RESOLUTIONS))


def _summarize(what: str, sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        yield f"{what}: {len(sentences):,}."
    yield from sentences[:MAX_SENTENCES]
    if len(sentences) > MAX_SENTENCES:
        yield f"And {len(sentences) - MAX_SENTENCES:,} more."
