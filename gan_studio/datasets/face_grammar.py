"""Sentences about faces: "a smiling blond woman with bangs, without glasses"."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from gan_studio.datasets.grammar import Grammar, Sentence
from gan_studio.datasets.vocabulary import Vocabulary, words_of


class Phrases(NamedTuple):
    """Phrases that assert or deny a trait of faces, before the noun and behind it."""

    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    not_behind: tuple[str, ...] = ()

    def of(self, value: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Words before the noun and phrases behind it for a value."""
        return (self.before, self.behind) if value > 0 else (self.not_before, self.not_behind)


def hair(*colours: str, alone: tuple[str, ...] = ()) -> Phrases:
    """Phrases for a colour of hair; the words `alone` do without the word hair."""
    return Phrases(
        (*(f"{colour}-haired" for colour in colours), *alone),
        tuple(f"with {colour} hair" for colour in colours),
        tuple(f"not {word}" for word in alone),
        tuple(f"{no} {colour} hair" for colour in colours for no in ("without", "with no")),
    )


def accessory_phrases(*things: str) -> Phrases:
    """Phrases for accessories, such as glasses."""
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
    "glasses": accessory_phrases("glasses", "eyeglasses", "spectacles"),
    "hat": accessory_phrases("a hat", "a cap"),
    "moustache": accessory_phrases("a moustache", "a mustache"),
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
"""name of a trait -> its phrases"""
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
    fragments = 0.25
    """share of sentences without a person, such as "blond hair, glasses" """

    def describe(self, traits: Sequence[int], rng: Random) -> Sentence:
        count = rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 4, 5, self.most))
        keys = [
            rng.random() ** (1 / (self.rare if value > 0 else 1.0)) if value else -1.0
            for value in traits
        ]
        order = sorted(range(len(keys)), key=lambda i: -keys[i])
        signs = {i: 1 if traits[i] > 0 else -1 for i in order[:count] if traits[i]}
        condition = tuple(signs.get(i, 0) for i in range(len(self.names)))
        return Sentence(self._phrase({self.names[i]: v for i, v in signs.items()}, rng), condition)

    def _phrase(self, signs: dict[str, int], rng: Random) -> str:
        if "man" not in signs and signs and rng.random() < self.fragments:
            return self._fragment(signs, rng)
        sex = signs.pop("man", 0)
        noun = rng.choice(MEN if sex > 0 else WOMEN if sex < 0 else PEOPLE)
        before, behind = [], []
        for name in rng.sample(list(signs), len(signs)):
            front, back = FACE_PHRASES[name].of(signs[name])
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

    def _fragment(self, signs: dict[str, int], rng: Random) -> str:
        parts = []
        for name in rng.sample(list(signs), len(signs)):
            front, back = FACE_PHRASES[name].of(signs[name])
            phrase = rng.choice((*front, *back))
            for verb in ("with ", "wearing ", "who wears ", "who "):
                phrase = phrase.removeprefix(verb)
            parts.append(phrase)
        *most, last = parts
        return f"{', '.join(most)}{rng.choice((' and ', ', ', ' '))}{last}" if most else last

    @property
    def vocabulary(self) -> Vocabulary:
        phrases = [t for p in FACE_PHRASES.values() for texts in p for t in texts]
        texts = [*phrases, *MEN, *WOMEN, *PEOPLE, *FACE_OPENINGS, "and", "is"]
        return Vocabulary(self.names, words_of(texts))
