"""Word error of what is spoken: `python -m benchmarks.speech FOLDER [--vocoder NAME --count N]`.

FOLDER was made by tools.speech_corpus and not learned from; its own sound is the teacher's, beside
which the studio's stands. It needs PyPI's `pocketsphinx`, whose word errors both are.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import torch

from gan_studio.sound import text
from gan_studio.sound.files import read, to_int16
from gan_studio.studio import Studio

ABBREVIATED = {"dr": "doctor", "mr": "mister", "mrs": "missus"}


def recognise(decoder: Any, sound: bytes) -> list[str]:
    """The words that are heard in 16-bit samples."""
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    words = re.sub(r"[^a-z' ]", " ", hypothesis.hypstr.lower()) if hypothesis else ""
    return [ABBREVIATED.get(word, word) for word in words.split()]


def word_errors(reference: list[str], hypothesis: list[str]) -> int:
    """Words that are replaced, left out or put in (Levenshtein, 1966)."""
    row = list(range(len(hypothesis) + 1))
    for i, word in enumerate(reference, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(hypothesis, 1):
            cost = min(row[j] + 1, row[j - 1] + 1, before + (word != other))
            before, row[j] = row[j], cost
    return row[-1]


def main() -> None:
    from pocketsphinx import Decoder  # pyright: ignore[reportMissingImports]

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--voice", default="slt")
    parser.add_argument("--vocoder", default="vocoder")
    parser.add_argument("--count", type=int, default=200)
    a = parser.parse_args()
    torch.set_num_threads(1)
    studio, decoder = Studio(), Decoder(samprate=16_000, loglevel="FATAL")
    lines = [json.loads(line) for line in (a.folder / "phones.jsonl").read_text().splitlines()]
    lines = [line for line in lines if line["voice"] == a.voice][: a.count]
    words = theirs = ours = 0
    for line in lines:
        reference = [word.lower() for word in text.read(line["text"]).words if word != ","]
        wave = studio.speak(line["text"], voice=a.voice, vocoder=a.vocoder).wave
        teacher = read(a.folder / line["file"]).wave
        words += len(reference)
        theirs += word_errors(reference, recognise(decoder, to_int16(teacher).tobytes()))
        ours += word_errors(reference, recognise(decoder, to_int16(wave).tobytes()))
    print(f"{len(lines)} sentences, {words} words")
    print(f"teacher {theirs / words:.3f}, ours {ours / words:.3f}, quotient {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
