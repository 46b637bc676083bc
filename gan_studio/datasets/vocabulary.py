"""The words of a sentence as a text encoder reads them: known words, and buckets of trigrams."""

from __future__ import annotations

import difflib
import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gan_studio.core.validation import abbreviate
from gan_studio.images.recipe import MAX_TEXT

MAX_WORDS = 32
"""words of a sentence that are read"""
MAX_PIECES = 12
"""a word and its letter trigrams, of which long words have more"""
BUCKETS = 4096
"""rows of the table of words and letter trigrams, the first of which stands for nothing"""
SIMILAR = 0.84
"""likeness (difflib) from which an unknown word is read as a known one"""
SLANT = "slant: "
"""beginning of the traits that say how something leans"""
NEGATED_SLANT = re.compile(
    r"\b(?:not|isn't|doesn't|never)"
    r"(?:(?: standing)? (?:upright|straight)"
    r"|(?: (?:lean|leans|leaning|slanted|slanting|tilted|sloping|to|the))* (?:left|right))\b"
)
"""what leaves two of the three slants: neither a slant that is asked for nor one that is known"""


class Word(NamedTuple):
    """A word of a sentence and how it was read."""

    text: str
    """as it was written"""
    read: str
    """the known word as which it is read; empty where there is none"""


@dataclass(frozen=True)
class Vocabulary:
    """The traits that a model can be asked for, and the words that it knows."""

    names: tuple[str, ...]
    """of traits; alternatives have one beginning, as in "colour: red" and "colour: blue\""""
    words: tuple[str, ...]

    def read(self, text: str) -> list[Word]:
        """The words of a sentence; ValueError with one sentence for what is none."""
        check_text(text)
        known_words, words = frozenset(self.words), split_words(text)
        unread = self.negated_slants(words)
        return [
            Word(word, "" if i in unread else self._match(word.lower(), known_words))
            for i, word in enumerate(words)
        ]

    def negated_slants(self, words: Sequence[str]) -> set[int]:
        """Places of the words of "not upright", which no sentence of a training says.

        Its encoder would hear only "upright". "Not leaning" is a name of upright, and stays.
        """
        if not any(name.startswith(SLANT) for name in self.names):
            return set()
        text = " ".join(words).lower()
        spans = [one.span() for one in NEGATED_SLANT.finditer(text)]
        place = [text[:start].count(" ") for start, _ in spans]
        counts = [text[start:end].count(" ") + 1 for start, end in spans]
        return {first + i for first, count in zip(place, counts, strict=True) for i in range(count)}

    def _match(self, word: str, known_words: frozenset[str]) -> str:
        if word in known_words:
            return word
        if len(word) < 4:
            return ""
        near = difflib.get_close_matches(word, self.words, 1, SIMILAR)
        return near[0] if near else ""


def check_text(text: object) -> str:
    """A sentence that can be read; ValueError with one sentence otherwise."""
    if not isinstance(text, str):
        raise ValueError(f"The text must be a sentence, not {abbreviate(text)}.")
    if not text.strip():
        raise ValueError("The text is empty; write what the picture shall show.")
    if len(text) > MAX_TEXT:
        raise ValueError(
            f"The text has {len(text):,} letters; a sentence of at most {MAX_TEXT} is read."
        )
    return text


def split_words(text: str) -> list[str]:
    """The words of a text in their order, in one form of Unicode; at most MAX_WORDS."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text)[:MAX_WORDS]


def words_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The words of some texts in small letters, each once, in order of the alphabet."""
    return tuple(sorted({word.lower() for text in texts for word in split_words(text)}))


def foreign_script(words: Iterable[str]) -> str:
    """The name of the first script other than Latin in the words, such as Cyrillic; or none."""
    for letter in (letter for word in words for letter in word if letter.isalpha()):
        script = unicodedata.name(letter, "LATIN").split()[0]
        if script not in ("LATIN", "FULLWIDTH", "MODIFIER", "FEMININE", "MASCULINE"):
            return "Chinese characters" if script == "CJK" else script.capitalize()
    return ""


def pieces(word: str) -> list[int]:
    """Buckets of a word and its letter trigrams, as fastText has them (Bojanowski et al., 2017)."""
    marked = f"<{word}>"
    parts = [marked, *(marked[i : i + 3] for i in range(len(marked) - 2))]
    return [1 + zlib.crc32(part.encode()) % (BUCKETS - 1) for part in parts[:MAX_PIECES]]
