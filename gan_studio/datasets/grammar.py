"""Grammars: captions that name some traits of a picture.

A trait of a picture is 1, present, or -1, absent. The condition of a caption is 1 or -1 for each
trait that it names, and 0 for the others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from gan_studio.datasets.vocabulary import Vocabulary

Condition = tuple[int, ...]
"""1, asked for, -1, denied, or 0, not named, for each trait"""


class Sentence(NamedTuple):
    """A caption and its condition."""

    text: str
    condition: Condition


class Grammar(ABC):
    """Captions for pictures of one kind."""

    names: tuple[str, ...]
    """of the traits"""

    @abstractmethod
    def describe(self, traits: Sequence[int], rng: Random) -> Sentence:
        """A true caption that names some traits of a picture."""

    def contradict(self, condition: Condition, rng: Random) -> Condition:
        """The condition of a false caption: the sign of one trait that it names is inverted."""
        indices = [i for i, value in enumerate(condition) if value]
        if not indices:
            return condition
        contradiction, i = list(condition), rng.choice(indices)
        contradiction[i] = -condition[i]
        return tuple(contradiction)

    @property
    @abstractmethod
    def vocabulary(self) -> Vocabulary:
        """The traits, and the words of all captions."""
