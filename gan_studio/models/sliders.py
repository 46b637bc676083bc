"""Attribute sliders of a model: directions in its latent space, stored beside it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_studio.core import files
from gan_studio.gans import checkpoint

ORTHOGONAL_KEY = "apart"
"""key of the orthogonal directions in files"""


@dataclass(frozen=True, kw_only=True)
class Slider:
    """An attribute slider and how reliable it is."""

    name: str
    """name in recipes"""
    reads: str
    """its measure: an attribute of the face classifier, or a statistic of the pixels"""
    accuracy: float
    """share of held-out images that its direction classifies correctly"""
    majority: float
    """share of the more frequent class among them, the accuracy of guessing"""
    count: int
    """held-out images"""
    reached: float | None = None
    """share of random images that go from <= 20 % to >= 80 % of it over ±3 sigma"""
    others: float | None = None
    """mean change of the other attributes relative to its own"""
    most_affected: str | None = None
    """the other attribute that it changes most"""
    most_affected_change: float | None = None
    """change of that attribute relative to its own"""


@dataclass(frozen=True)
class Sliders:
    """Sliders with their directions; length 1 is one standard deviation."""

    sliders: Sequence[Slider]
    directions: Tensor
    """(sliders, dim), or (sliders, layers, dim) with a step for each layer"""
    orthogonal: Tensor
    """the same orthogonalized"""

    def subset(self, names: Collection[str]) -> Sliders:
        """Those of these names."""
        indices = [i for i, slider in enumerate(self.sliders) if slider.name in names]
        return Sliders(
            tuple(self.sliders[i] for i in indices),
            self.directions[indices],
            self.orthogonal[indices],
        )

    def direction(self, name: str, orthogonal: bool, model: str) -> Tensor:
        """The direction of a slider, (dim,) or (layers, dim); ValueError for an unknown name."""
        names = [slider.name for slider in self.sliders]
        if name not in names:
            choices = f"it has {', '.join(names)}" if names else "it has none"
            raise ValueError(f"{model} has no attribute slider {name[:40]!r}; {choices}.")
        return (self.orthogonal if orthogonal else self.directions)[names.index(name)]


def save(directory: Path, sliders: Sliders, origin: Mapping[str, Any]) -> None:
    """Store sliders beside a model; `origin` records how they were found."""
    tensors = {"plain": sliders.directions, ORTHOGONAL_KEY: sliders.orthogonal}
    files.save_tensors(directory / checkpoint.DIRECTIONS, tensors)
    fields = {"sliders": [dataclasses.asdict(slider) for slider in sliders.sliders], **origin}
    text = json.dumps({"format": checkpoint.FORMAT, **fields}, indent=2) + "\n"
    files.write_atomic(directory / checkpoint.SLIDERS, text.encode())


def load(directory: Path, shape: tuple[int, ...]) -> Sliders:
    """Load the sliders of a model whose points have this shape; none without a file.

    Files of earlier versions have one step for all layers. ValueError if the files are damaged or
    of another model.
    """
    path = directory / checkpoint.SLIDERS
    if not path.is_file():
        return Sliders((), torch.zeros(0, *shape), torch.zeros(0, *shape))
    tensors = files.load_tensors(directory / checkpoint.DIRECTIONS)
    try:
        rows = json.loads(path.read_text("utf-8"))["sliders"]
        entries = tuple(checkpoint.read_config(Slider, row) for row in rows)
        sliders = Sliders(entries, tensors["plain"], tensors[ORTHOGONAL_KEY])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        raise ValueError(f"{path} is damaged: it is not what GAN Studio writes.") from None
    fitting = (len(entries), *shape), (len(entries), shape[-1])
    if not all(
        t.shape in fitting and t.isfinite().all() for t in (sliders.directions, sliders.orthogonal)
    ):
        raise ValueError(f"{path} does not fit this model: other sliders or another space.")
    return sliders
