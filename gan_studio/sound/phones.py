"""Phones of English words: the CMU dictionary, and a small network for words that it lacks.

Phones are those of ARPABET with their stress, as in `HH AH0 L OW1`; `_` is a pause. The dictionary
is that of Carnegie Mellon University (2-clause BSD), cut to its 30,000 commonest words.
"""

from __future__ import annotations

import functools
import lzma
import re
from pathlib import Path

import torch
from torch import Tensor, nn

from gan_studio.core import files
from gan_studio.core.validation import abbreviate


def words_of(text: str) -> list[str]:
    """The words of a text that are separated by spaces."""
    return text.split()


LEXICON = Path(__file__).parent / "lexicon.txt.xz"
WEIGHTS = files.SHIPPED / "letters-to-phones" / files.MODEL
PAUSE = "_"
VOWELS = words_of("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW")
CONSONANTS = words_of("B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH")
STRESSES = "0", "1", "2"
"""none, the main one, another one"""
SYMBOLS = (PAUSE, *CONSONANTS, *(f"{v}{s}" for v in VOWELS for s in STRESSES))
"""all phones with their stress"""
KINDS = (PAUSE, *CONSONANTS, *VOWELS, "AX")
"""what a phone sounds like, without stress; AX is the vowel of `the`"""
LETTERS = "'abcdefghijklmnopqrstuvwxyz"
WINDOW = 4
"""letters on either side that the network sees"""
LETTER_NAMES = {
    "a": "EY1", "b": "B IY1", "c": "S IY1", "d": "D IY1", "e": "IY1", "f": "EH1 F", "g": "JH IY1",
    "h": "EY1 CH", "i": "AY1", "j": "JH EY1", "k": "K EY1", "l": "EH1 L", "m": "EH1 M",
    "n": "EH1 N", "o": "OW1", "p": "P IY1", "q": "K Y UW1", "r": "AA1 R", "s": "EH1 S",
    "t": "T IY1", "u": "Y UW1", "v": "V IY1", "w": "D AH1 B AH0 L Y UW0", "x": "EH1 K S",
    "y": "W AY1", "z": "Z IY1",
}  # fmt: skip
FUNCTION_WORDS = {
    "a": "AH0", "the": "DH AH0", "an": "AE0 N", "of": "AH0 V", "to": "T AH0", "and": "AE0 N D",
    "in": "IH0 N", "is": "IH0 Z", "it": "IH0 T", "was": "W AA0 Z", "for": "F ER0", "as": "AE0 Z",
    "at": "AE0 T", "that": "DH AE0 T", "he": "HH IY0", "she": "SH IY0", "with": "W IH0 TH",
}  # fmt: skip
"""words that are said without stress"""


@functools.cache
def lexicon() -> dict[str, str]:
    """Word -> its phones."""
    text = lzma.decompress(LEXICON.read_bytes()).decode("ascii")
    return dict(line.split(" ", 1) for line in text.splitlines())


def of_word(word: str) -> list[str]:
    """The phones of a word of the letters a to z and apostrophes, lower case."""
    if pronunciation := FUNCTION_WORDS.get(word) or lexicon().get(word):
        return pronunciation.split()
    if word.endswith("'s") and len(word) > 2:
        return _with_s(of_word(word[:-2]))
    plain = word.replace("'", "")
    if plain and plain in lexicon():
        return lexicon()[plain].split()
    for cut in range(len(plain) - 3, 2, -1):  # compounds: `moonlight` may lack, its parts not
        first, second = plain[:cut], plain[cut:]
        if len(first) > 2 and first in lexicon() and second in lexicon():
            return [*of_word(first), *(re.sub("1", "2", p) for p in lexicon()[second].split())]
    return guess(plain) if plain else []


def _with_s(phones: list[str]) -> list[str]:
    """Phones and the s of a genitive."""
    last = phones[-1][:2]
    if last in ("S", "Z", "SH", "ZH", "CH", "JH"):
        return [*phones, "IH0", "Z"]
    return [*phones, "S" if last in ("P", "T", "K", "F", "TH") else "Z"]


def spell(word: str) -> list[str]:
    """The names of its letters."""
    return [phone for letter in word.lower() for phone in LETTER_NAMES.get(letter, "").split()]


def parse(text: str) -> list[str]:
    """Phones as a person writes them, with or without stress; ValueError for an unknown one."""
    phones = []
    for part in text.upper().replace(",", f" {PAUSE} ").replace("|", " ").split():
        phone = part if part in SYMBOLS else f"{part}1"
        if phone not in SYMBOLS:
            raise ValueError(
                f"{abbreviate(part)} is no phone; they are {' '.join(CONSONANTS)} and the vowels "
                f"{' '.join(VOWELS)} with 0, 1 or 2 for their stress, and {PAUSE} for a pause."
            )
        phones.append(phone)
    return phones


def indices(phones: list[str]) -> tuple[Tensor, Tensor]:
    """Phones as numbers: what they sound like and their stress (0 of consonants), (P,) each."""
    pairs = [kind_and_stress(phone) for phone in phones]
    kinds = torch.tensor([KINDS.index(kind) for kind, _ in pairs], dtype=torch.long)
    return kinds, torch.tensor([stress for _, stress in pairs], dtype=torch.long)


def kind_and_stress(phone: str) -> tuple[str, int]:
    """`AH0` -> AX, 0; `OW1` -> OW, 2: main stress is 2, another 1."""
    if phone == "AH0":
        return "AX", 0
    if phone[-1] in STRESSES:
        return phone[:-1], {"0": 0, "1": 2, "2": 1}[phone[-1]]
    return phone, 0


class LetterNetwork(nn.Module):
    """Letters with their neighbours (N, 2 WINDOW + 1) -> logits of each letter's phones.

    A letter has no, one or two phones; `outputs` is the number of combinations that occur.
    """

    def __init__(self, outputs: int, width: int = 160) -> None:
        super().__init__()
        self.letters = nn.Embedding(len(LETTERS) + 1, 24)
        self.layers = nn.Sequential(
            nn.Linear(24 * (2 * WINDOW + 1), width), nn.ReLU(),
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, outputs),
        )  # fmt: skip

    def forward(self, windows: Tensor) -> Tensor:
        return self.layers(self.letters(windows).flatten(1))


def windows(word: str) -> Tensor:
    """Each letter with its neighbours as numbers, 0 outside the word, (letters, 2 WINDOW + 1)."""
    padded = [0] * WINDOW + [1 + LETTERS.index(c) for c in word] + [0] * WINDOW
    return torch.tensor(padded).unfold(0, 2 * WINDOW + 1, 1)


@functools.cache
def letter_network() -> tuple[LetterNetwork, list[tuple[str, ...]]]:
    """The trained network and its outputs."""
    tensors = files.load_tensors(WEIGHTS)
    table = bytes(tensors.pop("outputs").to(torch.uint8).tolist()).decode("ascii")
    outputs = [tuple(line.split()) for line in table.split("\n")]
    network = LetterNetwork(len(outputs))
    network.load_state_dict(tensors)
    return network.eval().requires_grad_(False), outputs


def guess(word: str) -> list[str]:
    """Phones of a word that no dictionary has; its letters must be a to z."""
    network, outputs = letter_network()
    with torch.inference_mode():
        classes = network(windows(word)).argmax(1).tolist()
    phones = [phone for i in classes for phone in outputs[i]]
    return _one_stress(phones) if phones else spell(word)


def _one_stress(phones: list[str]) -> list[str]:
    """The first vowel is stressed where none is; of several main stresses the first stays."""
    vowels = [i for i, phone in enumerate(phones) if phone[-1] in STRESSES]
    mains = [i for i in vowels if phones[i].endswith("1")]
    if vowels and not mains:
        i = next((i for i in vowels if phones[i] != "AH0"), vowels[0])
        phones[i] = f"{phones[i][:-1]}1"
    for i in mains[1:]:
        phones[i] = f"{phones[i][:-1]}2"
    return phones
