"""Captions of the pictures of a data set, true ones and false ones, as batches of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from random import Random

import torch
from torch import Tensor

from gan_studio.datasets.grammar import Condition, Grammar, Sentence
from gan_studio.datasets.own_grammar import OwnGrammar
from gan_studio.datasets.vocabulary import MAX_PIECES, pieces, split_words

WRONG = 8
"""false captions for each true one"""


@dataclass(frozen=True, kw_only=True)
class Captions:
    """The traits of the pictures of a data set, and the grammar or the texts of their captions."""

    grammar: Grammar
    traits: Tensor
    """(N, traits) int8: 1 present, -1 absent, 0 unknown"""
    texts: tuple[str, ...] = ()
    """captions that a user wrote; empty where the grammar makes them"""

    def subset(self, mask: Tensor) -> Captions:
        """Those of the pictures for which `mask` (N,) bool is true."""
        texts = tuple(compress(self.texts, mask.tolist()))
        return Captions(grammar=self.grammar, traits=self.traits[mask], texts=texts)

    def describe(self, index: int, rng: Random) -> Sentence:
        """A true caption of a picture."""
        traits: Condition = tuple(self.traits[index].tolist())
        if self.texts:
            return Sentence(self.texts[index], traits)
        return self.grammar.describe(traits, rng)

    def batch(self, rows: Sequence[int], seed: int, position: int) -> dict[str, Tensor]:
        """Captions of pictures, which depend only on the seed and the position of the batch.

        `caption` (N, L, MAX_PIECES) int64 holds their words as `tokens` returns them. The others
        are float, 1, -1 or 0: `condition` (N, traits) of these captions, `wrong` (N, WRONG,
        traits) of false ones, and the `traits` (N, traits) of the pictures.
        """
        rng = Random(f"{seed}/{position}")
        sentences = [self.describe(row, rng) for row in rows]
        conditions = [sentence.condition for sentence in sentences]
        wrong = [[self.grammar.contradict(c, rng) for _ in range(WRONG)] for c in conditions]
        return {
            "caption": tokens([sentence.text for sentence in sentences]),
            "condition": torch.tensor(conditions).float(),
            "wrong": torch.tensor(wrong).float(),
            "traits": self.traits[torch.as_tensor(rows)].float(),
        }


def from_texts(texts: Sequence[str]) -> Captions:
    """Captions that a user wrote; ValueError where they have no word in common."""
    grammar = OwnGrammar(texts)
    traits = torch.tensor(grammar.traits(), dtype=torch.int8)
    return Captions(grammar=grammar, traits=traits, texts=tuple(texts))


def tokens(sentences: Sequence[str | Sequence[str]]) -> Tensor:
    """Sentences, or their words -> buckets of words and trigrams, (N, L, MAX_PIECES) int64.

    Short sentences begin with zeros, so that each ends at the same place.
    """
    rows = [split_words(one.lower()) if isinstance(one, str) else list(one) for one in sentences]
    length = max(1, *map(len, rows)) if rows else 1
    table = [[*[BLANK] * (length - len(words)), *map(padded_pieces, words)] for words in rows]
    return torch.tensor(table).view(len(rows), length, MAX_PIECES)


BLANK = (0,) * MAX_PIECES


@lru_cache(10_000)
def padded_pieces(word: str) -> tuple[int, ...]:
    """The buckets of a word, and zeros up to MAX_PIECES."""
    return (*pieces(word), *BLANK)[:MAX_PIECES]
