"""Sentences about pictures: what is known of a picture, said in words, and read back as words.

A trait is known of a picture as 1, present, or -1, absent. A sentence names some traits; what it
says is 1 or -1 for each of them and 0 for the others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from gan_studio.datasets.vocabulary import Vocabulary

Said = tuple[int, ...]
"""1, -1 or 0 for each trait"""


class Sentence(NamedTuple):
    """A caption and what it says."""

    text: str
    said: Said


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
