"""The recipe of a translated picture: everything that is needed but the picture itself."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from gan_studio.core.validation import (
    MAX_NAME,
    MAX_SEED,
    abbreviate,
    check_bool,
    check_float,
    check_int,
    format_number,
)
from gan_studio.images.holes import MAX_RUNS

DIRECTIONS = ("forward", "backward")
SCALES = (2, 4)
INPUTS = ("auto", "photo", "drawing")
MAX_SIZE = 2048
"""pixels of the shorter side at which a network looks at a picture"""
MAX_GROWTH = 6
"""pixels of a model by which a hole grows, or its edge fades, at most"""


@dataclass(frozen=True, kw_only=True)
class TranslationRecipe:
    """Model and settings of a translation; ValueError for a value that is out of range."""

    model: str
    strength: float = 1.0
    """0 shows the source, 1 the translation"""
    direction: str = "forward"
    """forward, or backward of a model that knows both ways"""
    size: int = 0
    """pixels of the shorter side at which the network looks at the source; 0: the model's own"""
    input: str = "auto"
    """of a model that draws from lines: photo, drawing, or auto, which looks"""
    scale: int = 4
    """of a model of super-resolution: 2 or 4 times the sides"""
    sharpness: float = 0.5
    """of a model of super-resolution: 0 is faithful, 1 sharp"""
    noise: float = 0.0
    """of a model of super-resolution: 0 for clean pictures, 1 for noise and traces of JPEG"""
    keep_colours: bool = True
    """of a model of super-resolution: whether the result, made small, gives the source back"""
    mask: str = ""
    """of a repair the hole, as `images.holes.encode_runs` writes it"""
    seed: int = 0
    """of a repair by a model of latents: where its search begins"""
    grow: int = 0
    """pixels, as the model sees them, by which the hole grows"""
    feather: int = 0
    """pixels, as the model sees them, over which the filling fades into the picture"""
    sha256: str = ""
    """of the source's pixels, in hexadecimal"""

    png_key = "gan_studio_translation"  # not annotated, so not a field

    def __post_init__(self) -> None:
        if not isinstance(self.model, str) or not 0 < len(self.model) <= MAX_NAME:
            raise ValueError(f"The model must be a name, not {abbreviate(self.model)}.")
        for name in ("strength", "sharpness", "noise"):
            value = check_float(getattr(self, name), f"The {name}", 0, 1)
            object.__setattr__(self, name, value)
        scale = check_int(self.scale, "The scale", *SCALES)
        if scale not in SCALES:
            raise ValueError(f"The scale must be 2 or 4, not {scale}.")
        object.__setattr__(self, "scale", scale)
        keep = check_bool(self.keep_colours, "keep_colours")
        object.__setattr__(self, "keep_colours", keep)
        for name, choices in (("direction", DIRECTIONS), ("input", INPUTS)):
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"{name} must be one of {', '.join(choices)}, not "
                    f"{abbreviate(getattr(self, name))}."
                )
        size = check_int(self.size, "The size", 0, MAX_SIZE)
        if 0 < size < 16:
            raise ValueError(f"The size must be 0 or from 16 to {MAX_SIZE}, not {size}.")
        object.__setattr__(self, "size", size)
        self._check_repair()
        if not isinstance(self.sha256, str) or len(self.sha256) > 64:
            raise ValueError(f"sha256 must be hexadecimal digits, not {abbreviate(self.sha256)}.")

    def _check_repair(self) -> None:
        if not isinstance(self.mask, str) or len(self.mask) > MAX_RUNS:
            raise ValueError(f"The mask must be run-lengths, not {abbreviate(self.mask)}.")
        for name, most in (("seed", MAX_SEED), ("grow", MAX_GROWTH), ("feather", MAX_GROWTH)):
            object.__setattr__(self, name, check_int(getattr(self, name), name, 0, most))

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> TranslationRecipe:
        """Parse JSON; ValueError if it is no recipe of a translation."""
        try:
            fields = json.loads(text)
            values = {key: fields[key] for key in cls.__dataclass_fields__ if key in fields}
        except (ValueError, TypeError, RecursionError):
            values = {}
        if "model" not in values:
            raise ValueError("This is not the recipe of a translation: it names no model.")
        return cls(**values)

    def to_query(self) -> str:
        """`t=pix2pix-colour&strength=0.7`: the query of a page address, which has no mask."""
        query: dict[str, Any] = {"t": self.model}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name not in ("model", "mask") and value != field.default:
                query[field.name] = _text(value)
        return urlencode(query)

    @classmethod
    def from_query(cls, query: str) -> TranslationRecipe | None:
        """Parse the query of an address; None where it names no translation."""
        parameters: dict[str, Any] = {
            key: values[-1] for key, values in parse_qs(query.lstrip("?")).items()
        }
        if "t" not in parameters:
            return None
        fields = {
            k: parameters[k] for k in cls.__dataclass_fields__ if k in parameters and k != "model"
        }
        return cls(model=parameters["t"], **fields)


def _text(value: bool | float | str) -> str:
    """A value as the query of an address has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else format_number(value)
