"""A user's own captions: their commonest words are the traits of the pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from gan_studio.datasets.grammar import Condition, Grammar, Sentence
from gan_studio.datasets.vocabulary import Vocabulary, words_of

MAX_NAMES = 200
"""words of the captions that become traits"""
STOP_WORDS = frozenset(words_of(["a an and are as at by for from in is it its of on or that the"]))
"""words that do not describe a picture"""
LEAST_COUNT = 2
"""captions in which a word must occur to become a trait"""


class OwnGrammar(Grammar):
    """A user's own captions, whose commonest words are the traits."""

    def __init__(self, captions: Sequence[str]) -> None:
        word_sets = [frozenset(words_of([text])) for text in captions]
        counts = Counter(word for words in word_sets for word in words - STOP_WORDS)
        often = [word for word, n in counts.most_common(MAX_NAMES) if n >= LEAST_COUNT]
        if not often:
            raise ValueError("The captions have no word in common; say what several pictures show.")
        self.names = tuple(sorted(often))
        self.captions = captions
        self._words = tuple(sorted({*counts, *STOP_WORDS}))

    def traits(self) -> list[Condition]:
        """For each caption 1 for the words that it has, and 0 for the others."""
        word_sets = [frozenset(words_of([text])) for text in self.captions]
        return [tuple(int(name in words) for name in self.names) for words in word_sets]

    def describe(self, traits: Sequence[int], rng: Random) -> Sentence:
        del traits, rng
        raise AssertionError("a user's own captions are not generated")

    def contradict(self, condition: Condition, rng: Random) -> Condition:
        """Replace a word of the caption by one that it does not have."""
        indices = [i for i, value in enumerate(condition) if value]
        others = [i for i, value in enumerate(condition) if not value]
        if not (indices and others):
            return condition
        contradiction = list(condition)
        contradiction[rng.choice(indices)], contradiction[rng.choice(others)] = 0, 1
        return tuple(contradiction)

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.names, self._words[:2000])
