"""Sentences about pictures: what is known of a picture, said in words, and read back as words.

A trait is known of a picture as 1, present, or -1, absent. A sentence names some traits; what it
says is 1 or -1 for each of them and 0 for the others.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from gan_studio.core.validation import abbreviate
from gan_studio.images.recipe import MAX_TEXT

MAX_WORDS = 32
"""words of a sentence that are read"""
MAX_PIECES = 12
"""a word and its letter trigrams, of which long words have more"""
BUCKETS = 4096
"""rows of the table of words and letter trigrams, the first of which stands for nothing"""
MAX_NAMES = 200
"""words of somebody's own captions that become traits"""
SIMILAR = 0.84
"""likeness (difflib) from which an unknown word is read as a known one"""

Said = tuple[int, ...]
"""1, -1 or 0 for each trait"""


class Sentence(NamedTuple):
    """A caption and what it says."""

    text: str
    said: Said


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
        known = frozenset(self.words)
        return [Word(word, self._known(word.lower(), known)) for word in split_words(text)]

    def _known(self, word: str, known: frozenset[str]) -> str:
        if word in known:
            return word
        if len(word) < 4:
            return ""
        near = difflib.get_close_matches(word, self.words, 1, SIMILAR)
        return near[0] if near else ""


class Grammar(ABC):
    """How pictures of one kind are described."""

    names: tuple[str, ...]

    @abstractmethod
    def describe(self, traits: Sequence[int], rng: Random) -> Sentence:
        """A sentence that names some traits of a picture, as they are."""

    def turn(self, said: Said, rng: Random) -> Said:
        """What a false sentence says: one of the traits that are named is turned round."""
        named = [i for i, value in enumerate(said) if value]
        if not named:
            return said
        turned, i = list(said), rng.choice(named)
        turned[i] = -said[i]
        return tuple(turned)

    @property
    @abstractmethod
    def vocabulary(self) -> Vocabulary:
        """Its traits, and the words of all its sentences."""


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


# Digits ------------------------------------------------------------------------------------------

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
COLOURS = {
    "red": (220, 40, 40),
    "orange": (255, 140, 0),
    "yellow": (250, 225, 40),
    "green": (40, 160, 60),
    "blue": (45, 80, 220),
    "purple": (150, 50, 180),
    "white": (250, 250, 250),
    "black": (15, 15, 15),
}
"""name -> red, green, blue"""
SLANTS = ("left", "upright", "right")
TWINS = frozenset(map(frozenset, [
    ("red", "orange"), ("orange", "yellow"), ("yellow", "white"), ("blue", "purple"),
    ("red", "purple"), ("purple", "black"), ("blue", "black"),
]))  # fmt: skip
"""colours that hardly stand out from each other"""
SYNONYMS = {
    "zero": ("zero", "0", "nought"), "one": ("one", "1"), "two": ("two", "2"),
    "three": ("three", "3"), "four": ("four", "4"), "five": ("five", "5"), "six": ("six", "6"),
    "seven": ("seven", "7"), "eight": ("eight", "8"), "nine": ("nine", "9"),
    "red": ("red", "scarlet", "crimson"), "orange": ("orange",), "yellow": ("yellow", "golden"),
    "green": ("green", "emerald"), "blue": ("blue",), "purple": ("purple", "violet"),
    "white": ("white",), "black": ("black",),
}  # fmt: skip
LEANS = {
    "left": ("leaning left", "leaning to the left", "slanted left", "slanting to the left",
             "tilted left", "tilted to the left", "that leans left", "sloping left"),
    "right": ("leaning right", "leaning to the right", "slanted right", "slanting to the right",
              "tilted right", "tilted to the right", "that leans right", "sloping right"),
    "upright": ("upright", "standing upright", "straight", "standing straight", "not leaning",
                "not slanted", "not tilted", "that does not lean"),
}  # fmt: skip
BEHIND = (
    "on {}", "on {}", "on a {} background", "on {} ground", "against {}", "against a {} background",
    "in front of {}", "with a {} background", "{} background", "on {} paper", "the background is {}",
)  # fmt: skip
NOUNS = ("", "", "", "number ", "digit ", "figure ")
OPENINGS = ("a ", "a ", "a ", "", "", "the ", "draw a ", "a picture of a ", "please draw a ")


def digit_names() -> tuple[str, ...]:
    """Names of the traits of coloured digits."""
    digits = (f"digit: {name}" for name in DIGITS)
    colours = (f"colour: {name}" for name in COLOURS)
    slants = (f"slant: {name}" for name in SLANTS)
    return (*digits, *colours, *slants, *(f"background: {name}" for name in COLOURS))


class DigitGrammar(Grammar):
    """Sentences about coloured digits: "a red seven, leaning left, on blue"."""

    names = digit_names()
    shares = {"digit": 0.92, "colour": 0.8, "slant": 0.6, "background": 0.65}
    """how often a sentence names each kind"""
    silent = 0.06
    """share of sentences that name nothing"""

    def describe(self, traits: Sequence[int], rng: Random) -> Sentence:
        """`traits` has one 1 of each kind."""
        if rng.random() < self.silent:
            text = rng.choice(("a digit", "a number", "draw something", "any digit"))
            return Sentence(text, (0,) * len(self.names))
        chosen: dict[str, str] = {}
        said = [0] * len(self.names)
        for i, name in enumerate(self.names):
            kind, _, value = name.partition(": ")
            if traits[i] > 0 and rng.random() < self.shares[kind]:
                said[i], chosen[kind] = 1, value
        denied = self._deny(traits, chosen, said, rng)
        return Sentence(self._phrase(chosen, denied, rng), tuple(said))

    def _deny(
        self, traits: Sequence[int], chosen: dict[str, str], said: list[int], rng: Random
    ) -> str:
        """At times, "not red" of a digit whose colour is not named."""
        if "colour" in chosen or rng.random() > 0.3:
            return ""
        absent = [
            i for i, name in enumerate(self.names) if name.startswith("colour") and traits[i] <= 0
        ]
        i = rng.choice(absent)
        said[i] = -1
        return self.names[i].partition(": ")[2]

    def _phrase(self, chosen: dict[str, str], denied: str, rng: Random) -> str:
        def word(value: str) -> str:
            return rng.choice(SYNONYMS[value])

        thing = word(chosen["digit"]) if "digit" in chosen else rng.choice(("digit", "number"))
        noun = rng.choice(NOUNS) if "digit" in chosen else ""
        parts = []
        if "colour" in chosen:
            colour = word(chosen["colour"])
            if rng.random() < 0.75:
                noun = f"{colour} {noun}"
            else:
                parts.append(
                    rng.choice((f"in {colour}", f"coloured {colour}", f"drawn in {colour}"))
                )
        elif denied:
            form = rng.choice(("not {}", "that is not {}", "but not {}", "not in {}"))
            parts.append(form.format(word(denied)))
        if "slant" in chosen:
            parts.append(rng.choice(LEANS[chosen["slant"]]))
        if "background" in chosen:
            parts.append(rng.choice(BEHIND).format(word(chosen["background"])))
        rng.shuffle(parts)
        head = f"{rng.choice(OPENINGS)}{noun}{thing}"
        if parts and rng.random() < 0.1:  # "on blue, a red seven"
            return f"{parts[0]}, {head}" + "".join(f", {part}" for part in parts[1:])
        return head + "".join(rng.choice((", ", " ", " ")) + part for part in parts)

    def turn(self, said: Said, rng: Random) -> Said:
        """A named digit, colour, slant or background becomes another; "not red" becomes red."""
        named = [i for i, value in enumerate(said) if value]
        if not named:
            return said
        turned, i = list(said), rng.choice(named)
        turned[i] = 0 if said[i] > 0 else 1
        if said[i] > 0:
            kind = self.names[i].partition(":")[0]
            others = [j for j, n in enumerate(self.names) if n.startswith(f"{kind}:") and j != i]
            turned[rng.choice(others)] = 1
        return tuple(turned)

    @property
    def vocabulary(self) -> Vocabulary:
        fixed = [*OPENINGS, *NOUNS, *BEHIND, "coloured drawn in not that is but any digit number"]
        texts = [*fixed, *(t for ts in SYNONYMS.values() for t in ts)]
        texts += [t for ts in LEANS.values() for t in ts]
        texts += ["draw something", "and of"]
        return Vocabulary(self.names, words_of(texts))


def words_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The words of some texts in small letters, each once, in order of the alphabet."""
    return tuple(sorted({word.lower() for text in texts for word in split_words(text)}))


# Faces -------------------------------------------------------------------------------------------


class Phrases(NamedTuple):
    """How a trait of faces is said and denied: words before the noun, and phrases behind it."""

    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    not_behind: tuple[str, ...] = ()

    def of(self, value: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Words before the noun and phrases behind it for a value."""
        return (self.before, self.behind) if value > 0 else (self.not_before, self.not_behind)


def hair(*colours: str, alone: tuple[str, ...] = ()) -> Phrases:
    """Phrases for a colour of hair; those words `alone` say it without the word hair."""
    return Phrases(
        (*(f"{colour}-haired" for colour in colours), *alone),
        tuple(f"with {colour} hair" for colour in colours),
        tuple(f"not {word}" for word in alone),
        tuple(f"{no} {colour} hair" for colour in colours for no in ("without", "with no")),
    )


def worn(*things: str) -> Phrases:
    """Phrases for something that is worn."""
    return Phrases(
        (),
        tuple(f"{verb} {thing}" for thing in things for verb in ("with", "wearing", "who wears")),
        (),
        tuple(
            f"{no} {thing.removeprefix('a ')}" for thing in things for no in ("without", "with no")
        ),
    )


MEN, WOMEN = ("man", "man", "guy", "gentleman", "male"), ("woman", "woman", "lady", "female")
PEOPLE = ("person", "person", "face", "someone", "somebody", "portrait")
FACE_PHRASES: dict[str, Phrases] = {
    "man": Phrases(),
    "young": Phrases(("young",), (), ("old", "older", "elderly")),
    "smiling": Phrases(
        ("smiling", "happy", "grinning", "cheerful"),
        ("with a smile", "who smiles"),
        ("serious", "unsmiling", "not smiling"),
        ("without a smile", "who does not smile"),
    ),
    "open mouth": Phrases(
        (),
        ("with an open mouth", "with the mouth open", "with parted lips", "with open lips"),
        (),
        ("with a closed mouth", "with the mouth closed", "with the mouth shut"),
    ),
    "black hair": hair("black"),
    "blond hair": hair("blond", "blonde", "fair", alone=("blond", "blonde")),
    "brown hair": hair("brown", "brunette", alone=("brunette",)),
    "grey hair": hair("grey", "gray", alone=("grey-haired",)),
    "bangs": Phrases(
        (),
        ("with bangs", "with a fringe"),
        (),
        ("without bangs", "with no bangs", "without a fringe"),
    ),
    "bald": Phrases(("bald", "hairless"), (), ("not bald",)),
    "glasses": worn("glasses", "eyeglasses", "spectacles"),
    "hat": worn("a hat", "a cap"),
    "moustache": worn("a moustache", "a mustache"),
    "beard": Phrases(
        ("bearded",),
        ("with a beard", "with stubble"),
        ("clean-shaven", "beardless", "shaven"),
        ("without a beard", "with no beard"),
    ),
    "makeup": Phrases(
        (),
        ("with makeup", "wearing makeup", "with heavy makeup", "with make up"),
        (),
        ("without makeup", "with no makeup"),
    ),
    "wavy hair": Phrases(
        ("curly", "curly-haired"),
        ("with wavy hair", "with curly hair", "with curls"),
        (),
        ("without curls", "without wavy hair", "with no curls"),
    ),
}
"""name of a trait -> how it is said"""
FACE_ATTRIBUTES = {
    "man": "Male", "young": "Young", "smiling": "Smiling", "open mouth": "Mouth_Slightly_Open",
    "black hair": "Black_Hair", "blond hair": "Blond_Hair", "brown hair": "Brown_Hair",
    "grey hair": "Gray_Hair", "bangs": "Bangs", "bald": "Bald", "glasses": "Eyeglasses",
    "hat": "Wearing_Hat", "moustache": "Mustache", "beard": "-No_Beard", "makeup": "Heavy_Makeup",
    "wavy hair": "Wavy_Hair",
}  # fmt: skip
"""name of a trait -> CelebA's attribute, with a sign where it says the opposite"""
FACE_OPENINGS = ("a ", "a ", "a ", "", "the ", "a photo of a ", "a picture of a ", "portrait of a ",
                 "please draw a ", "show me a ")  # fmt: skip


class FaceGrammar(Grammar):
    """Sentences about faces: "a smiling blond woman with bangs, without glasses"."""

    names = tuple(FACE_PHRASES)
    most = 6
    """traits that a sentence names"""
    rare = 3.0
    """how much likelier a trait that is present is named than one that is absent"""

    def describe(self, traits: Sequence[int], rng: Random) -> Sentence:
        count = rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 4, 5, self.most))
        keys = [
            rng.random() ** (1 / (self.rare if value > 0 else 1.0)) if value else -1.0
            for value in traits
        ]
        order = sorted(range(len(keys)), key=lambda i: -keys[i])
        named = {i: 1 if traits[i] > 0 else -1 for i in order[:count] if traits[i]}
        said = tuple(named.get(i, 0) for i in range(len(self.names)))
        return Sentence(self._phrase({self.names[i]: v for i, v in named.items()}, rng), said)

    def _phrase(self, named: dict[str, int], rng: Random) -> str:
        sex = named.pop("man", 0)
        noun = rng.choice(MEN if sex > 0 else WOMEN if sex < 0 else PEOPLE)
        before, behind = [], []
        for name in rng.sample(list(named), len(named)):
            front, back = FACE_PHRASES[name].of(named[name])
            if front and (not back or rng.random() < 0.5):
                before.append(rng.choice(front))
            else:
                behind.append(rng.choice(back))
        head = rng.choice(FACE_OPENINGS) + rng.choice((" ", ", ")).join([*before, noun])
        if len(behind) < 2:
            return " ".join([head, *behind])
        *most, last = behind
        glue = rng.choice((", ", " ", " and "))
        return f"{head} {glue.join(most)}{rng.choice((' and ', ', '))}{last}"

    @property
    def vocabulary(self) -> Vocabulary:
        phrases = [t for p in FACE_PHRASES.values() for texts in p for t in texts]
        texts = [*phrases, *MEN, *WOMEN, *PEOPLE, *FACE_OPENINGS, "and", "is"]
        return Vocabulary(self.names, words_of(texts))


# Somebody's own captions -------------------------------------------------------------------------

STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "that",
        "the",
        "this",
        "to",
        "was",
        "with",
    ]
)
LEAST_COUNT = 2
"""captions in which a word must occur to become a trait"""


class OwnGrammar(Grammar):
    """Captions as somebody wrote them, whose commonest words are the traits."""

    def __init__(self, captions: Sequence[str]) -> None:
        found = [frozenset(words_of([text])) for text in captions]
        counts = Counter(word for words in found for word in words - STOP_WORDS)
        often = [word for word, n in counts.most_common(MAX_NAMES) if n >= LEAST_COUNT]
        if not often:
            raise ValueError("The captions have no word in common; say what several pictures show.")
        self.names = tuple(sorted(often))
        self.captions = captions
        self._words = tuple(sorted({*counts, *STOP_WORDS}))

    def traits(self) -> list[Said]:
        """For each caption 1 for the words that it has, and 0 for the others."""
        found = [frozenset(words_of([text])) for text in self.captions]
        return [tuple(int(name in words) for name in self.names) for words in found]

    def describe(self, traits: Sequence[int], rng: Random) -> Sentence:
        raise AssertionError("somebody's own captions are not made")

    def turn(self, said: Said, rng: Random) -> Said:
        """A word that is said becomes one that is not."""
        named = [i for i, value in enumerate(said) if value]
        others = [i for i, value in enumerate(said) if not value]
        if not (named and others):
            return said
        turned = list(said)
        turned[rng.choice(named)], turned[rng.choice(others)] = 0, 1
        return tuple(turned)

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.names, self._words[:2000])
