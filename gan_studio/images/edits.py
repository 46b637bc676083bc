"""The edits of a recipe: attribute sliders, layer ranges, style mixing, a projected point."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from gan_studio.core.validation import (
    MAX_SEED,
    abbreviate,
    check_float,
    check_int,
    format_number,
    parse_pairs,
)

MAX_SIGMA = 10.0
"""largest move along one direction, in standard deviations"""
MAX_LAYER = 100
MAX_POINT = 40_000
"""characters of a packed point: 15,000 numbers, more than any model has"""
MAX_MOVES = 100
MAX_ROTATION = 180.0
"""degrees"""
MAX_SHIFT = 1.0
"""lengths of the picture"""
RANGES = ("coarse", "middle", "fine")
"""layer ranges that a slider can be limited to: pose and shape, features, colours and texture"""
BASES = ("pca", "sefa")
"""bases of numbered directions in W: principal components (GANSpace) or SeFa"""
OLD_BASES = {"components": "pca", "layers": "sefa"}
"""names in recipes of earlier versions"""
QUERY_KEYS = {
    "attributes": "a",
    "orthogonal": "apart",
    "ranges": "r",
    "basis": "b",
    "styles": "w",
    "point": "p",
    "rotation": "rot",
    "shift_x": "x",
    "shift_y": "y",
}
"""field -> key in a page address"""
OLD_FIELDS = {"apart": "orthogonal"}
"""field names in images of earlier versions"""


@dataclass(frozen=True, kw_only=True)
class Edits:
    """Edits of a picture; ValueError for values that are out of range."""

    attributes: Mapping[str, float] = field(default_factory=dict[str, float])
    """name of an attribute slider -> move along it in standard deviations"""
    orthogonal: bool = False
    """whether the attribute directions are orthogonalized"""
    ranges: Mapping[str, str] = field(default_factory=dict[str, str])
    """number of a direction or name of an attribute -> layer range of RANGES; default: all"""
    basis: str = BASES[0]
    """basis of the numbered directions in W, one of BASES"""
    styles: Mapping[int, int] = field(default_factory=dict[int, int])
    """layer (from 2) -> seed whose styles are used from there on (style mixing)"""
    point: str = ""
    """latent point as text, see `pack_point`; replaces the point of the seed"""
    rotation: float = 0.0
    """rotation of the whole picture in degrees, anticlockwise; StyleGAN3 alone has it"""
    shift_x: float = 0.0
    """shift of the whole picture to the right, in its own lengths"""
    shift_y: float = 0.0
    """shift of the whole picture downwards, in its own lengths"""

    def __post_init__(self) -> None:
        values: dict[str, Any] = {
            "attributes": _parse_table(self.attributes, "The attributes", _parse_amount),
            "orthogonal": str(self.orthogonal).lower() in ("true", "1"),
            "ranges": _parse_table(self.ranges, "The ranges", _parse_range),
            "basis": _one_of(OLD_BASES.get(str(self.basis), self.basis), BASES, "The basis"),
            "styles": {
                check_int(k, "The layer", 2, MAX_LAYER): v
                for k, v in _parse_table(self.styles, "The styles", _parse_seed).items()
            },
        }
        values["styles"] = dict(sorted(values["styles"].items()))
        values["rotation"] = check_float(self.rotation, "The rotation", -MAX_ROTATION, MAX_ROTATION)
        for name in ("shift_x", "shift_y"):
            values[name] = check_float(getattr(self, name), name, -MAX_SHIFT, MAX_SHIFT)
        for name, value in values.items():
            object.__setattr__(self, name, value)
        unpack_point(self.point)

    @property
    def transform(self) -> tuple[float, float, float]:
        """Rotation in degrees, shift to the right and downwards."""
        return self.rotation, self.shift_x, self.shift_y

    @classmethod
    def read(cls, values: Any) -> Edits:
        """Edits from their JSON fields; fields of other versions are ignored."""
        if isinstance(values, Edits):
            return values
        if not isinstance(values, Mapping):
            raise ValueError(f"Edits must be fields with values, not {abbreviate(values)}.")
        fields = {OLD_FIELDS.get(k, k): v for k, v in cast("Mapping[str, Any]", values).items()}
        return cls(**{name: fields[name] for name in QUERY_KEYS if name in fields})

    def to_fields(self) -> dict[str, Any]:
        """The fields that differ from the defaults, as JSON types."""
        fields = {k: v for k, v in dataclasses.asdict(self).items() if v != getattr(NO_EDITS, k)}
        if "styles" in fields:
            fields["styles"] = {str(k): v for k, v in self.styles.items()}
        return fields

    def to_query(self) -> dict[str, str]:
        """The parameters of an address: `a=smiling:1.5&r=smiling:fine&w=5:17`."""
        return {QUERY_KEYS[name]: _format_value(value) for name, value in self.to_fields().items()}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Edits:
        parameters: dict[str, Any] = {
            k: query[key] for k, key in QUERY_KEYS.items() if key in query
        }
        for name in ("attributes", "ranges", "styles"):
            if name in parameters:
                parameters[name] = parse_pairs(parameters[name])
        return cls(**parameters)

    def origin(self) -> Edits:
        """The edits that define the starting point: style mixing and projected point."""
        return Edits(styles=self.styles, point=self.point)

    def with_origin(self, origin: Edits) -> Edits:
        """The same moves from another starting point."""
        return dataclasses.replace(self, styles=origin.styles, point=origin.point)


def pack_point(values: Sequence[float]) -> str:
    """Encode numbers in half precision as URL-safe base64."""
    halves = struct.pack(f"<{len(values)}e", *values)
    return base64.urlsafe_b64encode(halves).decode().rstrip("=")


def unpack_point(point: Any) -> tuple[float, ...]:
    """Decode the numbers of `pack_point`; ValueError if the text is damaged."""
    error = ValueError("The picture's point is damaged: it is not what GAN Studio writes.")
    if not isinstance(point, str) or len(point) > MAX_POINT:
        raise error
    try:
        halves = base64.b64decode(point + "=" * (-len(point) % 4), b"-_", validate=True)
        values = struct.unpack(f"<{len(halves) // 2}e", halves)
    except (binascii.Error, struct.error, ValueError):
        raise error from None
    if not all(math.isfinite(value) for value in values):
        raise error
    return values


def _parse_table(table: Any, what: str, parse: Callable[[str, Any], Any]) -> dict[str, Any]:
    """Parse a mapping of names to values; entries that are read as None are dropped."""
    if not isinstance(table, Mapping):
        raise ValueError(f"{what} must be pairs of a name and a value, not {abbreviate(table)}.")
    entries = {str(k): v for k, v in cast("Mapping[Any, Any]", table).items()}
    if len(entries) > MAX_MOVES:
        raise ValueError(f"{what} must be at most {MAX_MOVES}, not {len(entries)}.")
    values = {name: parse(name, value) for name, value in entries.items()}
    return {name: value for name, value in values.items() if value is not None}


def _parse_amount(name: str, value: Any) -> float | None:
    return check_float(value, f"The attribute {abbreviate(name)}", -MAX_SIGMA, MAX_SIGMA) or None


def _parse_range(name: str, value: Any) -> str | None:
    if value in ("", "all"):
        return None
    return _one_of(value, RANGES, f"The range of {abbreviate(name)}")


def _parse_seed(layer: str, value: Any) -> int:
    return check_int(value, f"The seed from layer {abbreviate(layer)} on", 0, MAX_SEED)


def _one_of(value: Any, choices: Sequence[str], what: str) -> str:
    if value not in choices:
        raise ValueError(f"{what} must be one of {', '.join(choices)}, not {abbreviate(value)}.")
    return str(value)


def _format_value(value: Any) -> str:
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return ",".join(f"{k}:{format_number(v) if isinstance(v, float) else v}" for k, v in items)
    return "1" if value is True else str(value)


NO_EDITS = Edits()
