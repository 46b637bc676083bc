"""A small encoder of captions: bags of word and trigram embeddings, a GRU (Cho et al., 2014).

It learns to predict the condition of a caption, and this prediction is the caption's embedding.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.captions import tokens
from gan_studio.datasets.vocabulary import BUCKETS, Vocabulary
from gan_studio.gans.config import LatentConfig

TYPICAL_LENGTH = 20
"""words of the longest sentence of a batch"""
VOCABULARY_BYTES = 24_000
"""of the traits and words that are stored with the weights"""


@dataclass(frozen=True, kw_only=True)
class TextConfig(LatentConfig):
    """Settings of the text encoder."""

    word_dim: int = 32
    """Dimension of the embeddings of words and letter trigrams."""
    text_dim: int = 96
    """Hidden units of the text encoder, a GRU."""
    text_steps: int = 3000
    """Updates after which the text encoder is frozen."""
    text_rate: float = 3e-3
    """Learning rate of the text encoder."""

    fixed_fields: ClassVar = LatentConfig.fixed_fields | {"word_dim", "text_dim", "text_rate"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.word_dim, "word_dim", 1, 4096)
        check_int(self.text_dim, "text_dim", 1, 4096)
        check_int(self.text_steps, "text_steps", 0, 10**9)
        check_float(self.text_rate, "text_rate", 0, 1)


class TextEncoder(nn.Module):
    """Captions (N, L, MAX_PIECES) of `captions.tokens` -> conditions (N, traits) in [-1, 1]."""

    learned: Tensor
    """updates of the encoder so far, ()"""
    stored: Tensor
    """its vocabulary as bytes"""

    def __init__(self, config: TextConfig, traits: int) -> None:
        super().__init__()
        self.traits = traits
        self.words = nn.Parameter(torch.randn(BUCKETS, config.word_dim))
        self.gru = nn.GRU(config.word_dim, config.text_dim, batch_first=True)
        self.name = nn.Linear(config.text_dim, 3 * traits)
        self.register_buffer("learned", torch.zeros((), dtype=torch.long))
        self.register_buffer("stored", torch.zeros(VOCABULARY_BYTES, dtype=torch.uint8))

    @property
    def reads(self) -> bool:
        """Whether it learned from captions, and not only from labels."""
        return bool(self.stored.any())

    def logits(self, caption: Tensor) -> Tensor:
        """Logits of denied, not named and asked for, of each trait, (N, 3, traits)."""
        mask = (caption > 0)[..., None].to(self.words.dtype)
        parts = self.words[caption] * mask
        words = parts.sum(2) / mask.sum(2).clamp_min(1).sqrt()
        hidden, _ = self.gru(words)
        return self.name(hidden[:, -1]).unflatten(1, (3, self.traits))

    def forward(self, caption: Tensor) -> Tensor:
        p_denied, _, p_requested = self.logits(caption).softmax(1).unbind(1)
        return p_requested - p_denied

    def loss(self, caption: Tensor, condition: Tensor) -> Tensor:
        """Cross entropy with the true conditions (N, traits), summed over the traits."""
        return cross_entropy(self.logits(caption), condition.long() + 1) * self.traits

    @torch.inference_mode()
    def read(self, words: Sequence[str]) -> Tensor:
        """The condition of known words in a row, (traits,); zeros where there are none."""
        if not words:
            return torch.zeros(self.traits)
        caption = tokens([words])
        # Short sentences of a training begin with blanks, as many as the longest needs.
        caption = pad(caption, (0, 0, max(0, TYPICAL_LENGTH - len(words)), 0))
        return self(caption.to(self.words.device))[0].cpu().float()

    @property
    def vocabulary(self) -> Vocabulary:
        """The traits and words; for labels their numbers."""
        raw = bytes(self.stored.tolist()).rstrip(b"\0")
        if not raw:
            numbers = tuple(map(str, range(self.traits)))
            return Vocabulary(numbers, numbers)
        try:
            plain = json.loads(raw)
            names, words = (tuple(map(str, plain[key])) for key in ("names", "words"))
        except (ValueError, KeyError, TypeError):
            raise ValueError("The model's vocabulary is damaged.") from None
        if len(names) != self.traits:
            raise ValueError("The model's vocabulary is damaged: it is of other traits.")
        return Vocabulary(names, words)

    def set_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Store the traits and, as far as there is room, the words."""
        words = list(vocabulary.words)
        while len(raw := _encode(vocabulary.names, words)) > VOCABULARY_BYTES:
            words = words[: len(words) * 9 // 10]
        self.stored.zero_()
        self.stored[: len(raw)] = torch.tensor(list(raw), dtype=torch.uint8)


def _encode(names: Sequence[str], words: Sequence[str]) -> bytes:
    return json.dumps({"names": [*names], "words": [*words]}, separators=(",", ":")).encode()
