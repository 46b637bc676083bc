"""Recipes: everything needed to reproduce an image, small enough for a page address."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs, urlencode

from gan_studio.core.validation import (
    MAX_NAME,
    MAX_SEED,
    abbreviate,
    check_float,
    check_int,
    format_number,
    parse_pairs,
)
from gan_studio.images.edits import MAX_SIGMA, NO_EDITS, Edits

MAX_PSI = 2.0
MAX_LABEL = 999
MAX_RECIPES = 40
"""largest number of recipes in a mix, nested ones included: A − B + C, applied three times"""
MAX_WEIGHT = 10.0
MAX_TEXT = 400
"""letters of a sentence"""
MAX_TRAIT = 2.0
"""strength of a trait that is asked for, of which 1 is what a sentence says"""
MAX_TRAITS = 100


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Model, seed and edits of an image; ValueError for a value that is out of range."""

    model: str
    seed: int = 0
    """whole number from 0 to 2^32 - 1"""
    psi: float = 1.0
    """truncation ψ: 0 is the average image, 1 no truncation"""
    label: int | None = None
    """class of a conditional model; None: the seed chooses"""
    directions: Mapping[int, float] = field(default_factory=dict[int, float])
    """direction (from 1) -> move along it in standard deviations"""
    coordinates: Mapping[int, float] = field(default_factory=dict[int, float])
    """dimension of z (from 1) -> its value"""
    mix: Sequence[Part] = ()
    """images of the same model whose weighted mean replaces the latent of the seed"""
    edits: Edits = NO_EDITS
    """attribute sliders, layers, a projected point, a rotation"""
    text: str = ""
    """description of the picture, for a model that draws from text"""
    traits: Mapping[str, float] = field(default_factory=dict[str, float])
    """trait -> its strength, where that is another than the text says; 1 asks for it, -1 denies
    it"""
    sha256: str = ""
    """of the file from which the model was imported, in hexadecimal; empty: not compared"""

    png_key = "gan_studio"  # not annotated, so not a field

    def __post_init__(self) -> None:
        seed = check_int(self.seed, "The seed", 0, MAX_SEED)
        psi = check_float(self.psi, "psi", 0.0, MAX_PSI)
        _check_name(self.model)
        object.__setattr__(self, "seed", seed)
        object.__setattr__(self, "psi", psi)
        if self.label is not None:
            object.__setattr__(self, "label", check_int(self.label, "The label", 0, MAX_LABEL))
        for name in ("directions", "coordinates"):
            object.__setattr__(
                self, name, _parse_moves(getattr(self, name), name[:-1].capitalize())
            )
        object.__setattr__(self, "mix", _parse_mix(self.mix, self.model))
        object.__setattr__(self, "edits", Edits.read(self.edits))
        object.__setattr__(self, "text", _parse_text(self.text))
        object.__setattr__(self, "traits", _parse_traits(self.traits))
        object.__setattr__(self, "sha256", _parse_digest(self.sha256))
        if self.size > MAX_RECIPES:
            raise ValueError(f"A mix must have at most {MAX_RECIPES} recipes, not {self.size}.")

    @property
    def size(self) -> int:
        """number of recipes, itself and nested ones included"""
        return 1 + sum(part.recipe.size for part in self.mix)

    def origin(self) -> Recipe:
        """The recipe without truncation and moves."""
        start = self.edits.origin()
        others: dict[str, Any] = {
            "label": self.label,
            "mix": self.mix,
            "text": self.text,
            "traits": self.traits,
        }
        return Recipe(model=self.model, seed=self.seed, edits=start, **others)

    def with_directions(self, directions: Mapping[int, float]) -> Recipe:
        """The recipe with other moves along these directions."""
        return replace(self, directions={**self.directions, **directions})

    def to_json(self) -> str:
        return json.dumps(self.to_fields())

    def to_fields(self) -> dict[str, Any]:
        """All fields as JSON types, as stored in a PNG."""
        return {
            "model": self.model,
            "seed": self.seed,
            "psi": self.psi,
            **({} if self.label is None else {"label": self.label}),
            "directions": {str(k): v for k, v in self.directions.items()},
            "coordinates": {str(k): v for k, v in self.coordinates.items()},
            **({"mix": self.mix_fields()} if self.mix else {}),
            **({"edits": self.edits.to_fields()} if self.edits != NO_EDITS else {}),
            **({"text": self.text} if self.text else {}),
            **({"traits": dict(self.traits)} if self.traits else {}),
            **({"sha256": self.sha256} if self.sha256 else {}),
        }

    def mix_fields(self) -> list[list[Any]]:
        """The mix as JSON types: for each part its weight and its recipe without the model."""
        return [[part.weight, part.recipe.part_fields()] for part in self.mix]

    def part_fields(self) -> dict[str, Any]:
        """The fields that differ from the defaults, and the seed, without the model."""
        defaults: dict[str, Any] = {"model": self.model, "psi": 1.0}
        defaults |= {"directions": {}, "coordinates": {}}
        return {k: v for k, v in self.to_fields().items() if v != defaults.get(k)}

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Parse JSON; ValueError if it is no recipe."""
        try:
            fields = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            fields = None
        return cls.from_fields(fields)

    @classmethod
    def from_fields(cls, fields: Any) -> Recipe:
        """Inverse of `to_fields`; ValueError if it is no recipe. Unknown fields are ignored."""
        if not isinstance(fields, Mapping) or "model" not in fields:
            raise ValueError("This is not a GAN Studio recipe: it names no model.")
        values = cast("Mapping[str, Any]", fields)
        return cls(**{key: values[key] for key in cls.__dataclass_fields__ if key in values})

    def to_query(self) -> str:
        """`m=dcgan-mnist&s=42&psi=0.7&d=3:1.5,4:-2`: the query of a page address."""
        query: dict[str, Any] = {"m": self.model, "s": self.seed}
        if self.psi != 1.0:
            query["psi"] = format_number(self.psi)
        if self.label is not None:
            query["label"] = self.label
        for key, moves in (("d", self.directions), ("z", self.coordinates)):
            if moves:
                query[key] = ",".join(f"{k}:{format_number(v)}" for k, v in moves.items())
        if self.mix:
            query["mix"] = json.dumps(self.mix_fields(), separators=(",", ":"))
        traits = ",".join(f"{name}:{format_number(v)}" for name, v in self.traits.items())
        rest = {"text": self.text, "traits": traits, "f": self.sha256}
        query |= {key: value for key, value in rest.items() if value}
        return urlencode(query | self.edits.to_query(), safe=":,/[]{}")

    @classmethod
    def from_query(cls, query: str, model: str, seed: int = 0) -> Recipe:
        """Parse the query of an address; `model` and `seed` are the defaults."""
        parameters: dict[str, Any] = {
            key: values[-1] for key, values in parse_qs(query.lstrip("?")).items()
        }
        return cls(
            model=parameters.get("m", model),
            seed=parameters.get("s", seed),  # __post_init__ reads the text
            psi=parameters.get("psi", 1.0),
            label=parameters.get("label"),
            directions=parse_pairs(parameters.get("d", "")),
            coordinates=parse_pairs(parameters.get("z", "")),
            mix=_parse_json(parameters.get("mix", "[]")),
            edits=Edits.from_query(parameters),
            text=parameters.get("text", ""),
            traits=_split_traits(parameters.get("traits", "")),
            sha256=parameters.get("f", ""),
        )

    @classmethod
    def read(cls, text: Any) -> Recipe:
        """Parse a recipe: a page address, its query, or JSON."""
        if isinstance(text, str) and text.lstrip().startswith("{"):
            return cls.from_json(text)
        parts = re.split("[?#]", str(text))  # a long recipe comes after #
        query = next((part for part in reversed(parts) if "m" in parse_qs(part)), "")
        if not query:
            raise ValueError(
                f"Expected a recipe such as m=dcgan-mnist&s=42, not {abbreviate(text)}."
            )
        return cls.from_query(query, "")


class Part(NamedTuple):
    """One image of a mix."""

    weight: float
    """the weights of all parts add up to 1"""
    recipe: Recipe


def _parse_moves(moves: Any, name: str) -> dict[int, float]:
    """Parse moves: whole keys, finite values; directions that are moved by 0 are dropped."""
    if not isinstance(moves, Mapping):
        raise ValueError(f"{name}s must be pairs of a number and a value, not {abbreviate(moves)}.")
    amounts = {
        check_int(k, f"{name} number", 1, 10_000): check_float(
            v, f"{name} {abbreviate(k)}", -MAX_SIGMA, MAX_SIGMA
        )
        for k, v in cast("Mapping[Any, Any]", moves).items()
    }
    return {k: v for k, v in sorted(amounts.items()) if v != 0 or name == "Coordinate"}


def _parse_mix(value: Any, model: str) -> tuple[Part, ...]:
    """Parse the parts of a mix: parts, or pairs of a weight and the fields of a recipe."""
    try:
        parts = tuple(_parse_part(*pair, model=model) for pair in value)
    except RecursionError:
        raise ValueError("This mix is nested too deeply.") from None
    except TypeError:
        raise ValueError("The mix must be a list of pairs of a weight and a recipe.") from None
    if parts and abs(sum(part.weight for part in parts) - 1) > 1e-3:
        raise ValueError("The weights of a mix must add up to 1.")
    return parts


def _parse_part(weight: Any, recipe: Any, *, model: str) -> Part:
    if isinstance(recipe, Mapping):
        fields = cast("Mapping[str, Any]", recipe)
        arguments: dict[str, Any] = {
            k: fields[k] for k in Recipe.__dataclass_fields__ if k in fields
        }
        arguments["model"] = model
        recipe = Recipe(**arguments)
    if not isinstance(recipe, Recipe):
        raise TypeError
    if recipe.model != model:
        raise ValueError(different_models(model, recipe.model))
    return Part(check_float(weight, "The weight of a part", -MAX_WEIGHT, MAX_WEIGHT), recipe)


def different_models(one: str, other: str) -> str:
    """The error for images of two models in one mix."""
    return (
        f"{one} and {other} have different latent spaces, so their pictures cannot be mixed; "
        "choose pictures of one model."
    )


def _parse_digest(value: Any) -> str:
    text = str(value).lower()
    if not re.fullmatch(r"(?:[0-9a-f]{64})?", text):
        raise ValueError(f"sha256 must be 64 hexadecimal digits, not {abbreviate(value)}.")
    return text


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("The mix in this address is not valid JSON.") from None


def _parse_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"The text must be a sentence, not {abbreviate(value)}.")
    if len(value) > MAX_TEXT:
        raise ValueError(
            f"The text has {len(value):,} letters; a sentence of at most {MAX_TEXT} is read."
        )
    return " ".join(value.split())


def _parse_traits(traits: Any) -> dict[str, float]:
    """Strengths by name, in order of the alphabet."""
    if not isinstance(traits, Mapping) or len(cast("Mapping[Any, Any]", traits)) > MAX_TRAITS:
        raise ValueError(
            f"The traits must be at most {MAX_TRAITS} pairs of a name and a strength, not "
            f"{abbreviate(traits)}."
        )
    pairs = cast("Mapping[Any, Any]", traits).items()
    return {
        str(name): check_float(v, f"The trait {abbreviate(name)}", -MAX_TRAIT, MAX_TRAIT)
        for name, v in sorted(pairs, key=lambda pair: str(pair[0]))
    }


def _split_traits(text: str) -> dict[str, Any]:
    """The pairs of an address, whose names may hold colons: `slant: left:0.5,glasses:-1`."""
    pairs = (part.rpartition(":") for part in text.split(",") if part)
    return {name: value for name, _, value in pairs}


def _check_name(value: Any) -> None:
    if not (isinstance(value, str) and value.isprintable() and len(value) <= MAX_NAME):
        raise ValueError(f"The model must be a name, not {abbreviate(value)}.")


def mixture(recipes: Sequence[Recipe], weights: Sequence[float]) -> Recipe:
    """The recipe of a weighted mean of images of one model; the weights add up to 1.

    Parts of weight 0 are dropped; a single part of weight 1 is returned as it is. The seed is that
    of the first recipe.
    """
    parts = [Part(w, r) for w, r in zip(weights, recipes, strict=True) if w != 0]
    if len(parts) == 1 and parts[0].weight == 1:
        return parts[0].recipe
    return Recipe(model=recipes[0].model, seed=recipes[0].seed, mix=parts)


def analogy(a: Recipe, b: Recipe, c: Recipe) -> Recipe:
    """A − B + C, which is to A as C is to B."""
    return mixture((a, b, c), (1.0, -1.0, 1.0))
