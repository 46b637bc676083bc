"""The recipe of spoken text: everything that is needed to say it again."""

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
    check_float,
    check_int,
    format_number,
    parse_pairs,
)

MAX_TEXT = 600
"""letters of a text that is said at once, about 40 seconds"""
MAX_PHONES = 6000
"""letters of phones"""
SPEECH, VOCODER, GRIFFIN_LIM = "speech-english", "vocoder", "griffin-lim"
"""the models that speak by default, and the method that needs no model"""
PACES = 0.5, 2.0
PITCHES = -12.0, 12.0
"""semitones"""
VOICE = "slt"


@dataclass(frozen=True, kw_only=True)
class SpeechRecipe:
    """Text and how it is said; ValueError for a value that is out of range."""

    text: str
    phones: str = ""
    """phones that are said in its place, such as `HH AH0 L OW1`; empty: those of the text"""
    voice: str = VOICE
    """a voice, or several with their weights, such as `slt:0.7,rms:0.3`"""
    pace: float = 1.0
    """2 is twice as fast"""
    pitch: float = 0.0
    """semitones by which the voice is higher"""
    model: str = SPEECH
    vocoder: str = VOCODER
    """a model that makes waves of spectrograms, or griffin-lim, which needs none"""
    seed: int = 0
    """of the noise in s and f"""

    riff_key = "gan_studio_speech"  # not annotated, so not a field

    def __post_init__(self) -> None:
        for name, most in (("text", MAX_TEXT), ("phones", MAX_PHONES)):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise ValueError(f"The {name} must be text, not {abbreviate(value)}.")
            if len(value) > most:
                raise ValueError(
                    f"Of the {name} at most {most} letters can be said at once; there are "
                    f"{len(value)}."
                )
        if not (self.text.strip() or self.phones.strip()):
            raise ValueError("The text is empty. Type a sentence.")
        object.__setattr__(self, "pace", check_float(self.pace, "The pace", *PACES))
        object.__setattr__(self, "pitch", check_float(self.pitch, "The pitch", *PITCHES))
        object.__setattr__(self, "seed", check_int(self.seed, "The seed", 0, MAX_SEED))
        for name in ("model", "vocoder", "voice"):
            value = getattr(self, name)
            if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
                raise ValueError(f"The {name} must be a name, not {abbreviate(value)}.")
        self.voices()

    def voices(self) -> dict[str, float]:
        """Weights by the name of the voice; ValueError where they are none."""
        if ":" not in self.voice:
            return {self.voice.strip(): 1.0}
        pairs = parse_pairs(self.voice)
        weights = {
            str(name).strip(): check_float(value, f"The weight of the voice {name}", 0, 1000)
            for name, value in pairs.items()
        }
        if not any(weights.values()):
            raise ValueError("The weights of the voices are all zero; one must be more.")
        return weights

    def to_json(self) -> str:
        return json.dumps({self.riff_key: dataclasses.asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> SpeechRecipe:
        """Parse JSON; ValueError if it is no recipe of speech."""
        try:
            content = json.loads(text)[cls.riff_key]
            fields = {key: content[key] for key in cls.__dataclass_fields__ if key in content}
        except (ValueError, TypeError, KeyError, RecursionError):
            fields = {}
        if "text" not in fields:
            raise ValueError("This is not the recipe of speech: it has no text.")
        return cls(**fields)

    def to_query(self) -> str:
        """`speak=Hello&pace=1.2`: the query of a page address."""
        query: dict[str, Any] = {"speak": self.text}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name != "text" and value != field.default:
                query[field.name] = value if isinstance(value, str) else format_number(value)
        return urlencode(query)

    @classmethod
    def from_query(cls, query: str) -> SpeechRecipe | None:
        """Parse the query of an address; None where it says nothing."""
        lists = parse_qs(query.lstrip("?"))
        values: dict[str, Any] = {name: texts[-1] for name, texts in lists.items()}
        if "speak" not in values:
            return None
        fields = {k: values[k] for k in cls.__dataclass_fields__ if k in values and k != "text"}
        return cls(text=values["speak"], **fields)
