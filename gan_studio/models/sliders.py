"""Attribute sliders of a model: directions that are stored beside it and loaded with it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_studio.core import files
from gan_studio.gans import checkpoint

ORTHOGONAL_KEY = "apart"
"""what files call the orthogonal directions"""


@dataclass(frozen=True, kw_only=True)
class Slider:
    """What a slider does, and how far it can be believed."""

    name: str
    """in a recipe"""
    reads: str
    """what it was found with: an attribute of the face classifier, or a measure of the pixels"""
    accuracy: float
    """share of held-out pictures that its direction classifies correctly"""
    majority: float
    """share of the more frequent class among them: what guessing reaches"""
    count: int
    """held-out pictures"""
    reached: float | None = None
    """share of random pictures that go from <= 20 % to >= 80 % of it over ±3 sigma"""
    others: float | None = None
    """mean change of the other sliders' attributes meanwhile, as a share of its own"""


@dataclass(frozen=True)
class Sliders:
    """Sliders with their directions; a step of length 1 is one sigma."""

    sliders: Sequence[Slider]
    directions: Tensor
    """(sliders, dim)"""
    orthogonal: Tensor
    """the same at right angles to one another, (sliders, dim)"""

    def effective(self, share: float) -> Sliders:
        """Those that carry so many pictures."""
        kept = [i for i, slider in enumerate(self.sliders) if (slider.reached or 0) >= share]
        return Sliders(
            tuple(self.sliders[i] for i in kept), self.directions[kept], self.orthogonal[kept]
        )

    def direction(self, name: str, orthogonal: bool, model: str) -> Tensor:
        """The direction of that name, (dim,); ValueError with the known ones."""
        names = [slider.name for slider in self.sliders]
        if name not in names:
            known = f"it has {', '.join(names)}" if names else "it has none"
            raise ValueError(f"{model} has no attribute slider {name[:40]!r}; {known}.")
        return (self.orthogonal if orthogonal else self.directions)[names.index(name)]


def save(directory: Path, sliders: Sliders, origin: Mapping[str, Any]) -> None:
    """Write them beside a model; `origin` says what they were found with."""
    tensors = {"plain": sliders.directions, ORTHOGONAL_KEY: sliders.orthogonal}
    files.save_tensors(directory / checkpoint.DIRECTIONS, tensors)
    said = {"sliders": [dataclasses.asdict(slider) for slider in sliders.sliders], **origin}
    text = json.dumps({"format": checkpoint.FORMAT, **said}, indent=2) + "\n"
    files.write_atomic(directory / checkpoint.SLIDERS, text.encode())


def load(directory: Path, dim: int) -> Sliders:
    """Those of a model whose points have `dim` numbers; none where there is no file of them.

    ValueError with one sentence when the files are not intact or not of this model.
    """
    path = directory / checkpoint.SLIDERS
    if not path.is_file():
        return Sliders((), torch.zeros(0, dim), torch.zeros(0, dim))
    tensors = files.load_tensors(directory / checkpoint.DIRECTIONS)
    try:
        said = json.loads(path.read_text("utf-8"))["sliders"]
        known = tuple(checkpoint.read_config(Slider, slider) for slider in said)
        found = Sliders(known, tensors["plain"], tensors[ORTHOGONAL_KEY])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        raise ValueError(f"{path} is damaged: it is not what GAN Studio writes.") from None
    shape = (len(known), dim)
    if not all(
        t.shape == shape and t.isfinite().all() for t in (found.directions, found.orthogonal)
    ):
        raise ValueError(f"{path} does not fit this model: other sliders or another space.")
    return found
