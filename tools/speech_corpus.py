"""Make speech to learn from: `python -m tools.speech_corpus OUTPUT --words FILE [--count N]`.

The teacher is the synthesiser flite (Debian's package of that name; CMU, free for every use): it
says each sentence and prints its phones with the times at which they end. OUTPUT gets a WAV file
for each sentence, 16 kHz, and `phones.jsonl` with a line for each: file, voice, text, phones, ends.
FILE names a word in each line, the commonest first, from which sentences are drawn.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np


def words_of(text: str) -> list[str]:
    """Words apart."""
    return text.split()


VOICES = ("slt", "rms", "awb")
PACES = (0.85, 1.25)
"""least and greatest factor by which a sentence lasts longer than flite would have it"""
PEOPLE = words_of(
    "I you we they he she everyone nobody somebody people Anna Peter Maria John Kate Daniel "
    "Helen Robert Sarah George Emma David Lucy Michael Julia Thomas"
)
NOUNS = words_of(
    "house river garden window table letter picture child teacher doctor bird horse dog cat tree "
    "flower mountain road bridge train ship island summer winter morning evening night day week "
    "month year story song book page word question answer friend neighbour brother sister mother "
    "father daughter son king queen village city market school church kitchen door key lamp clock "
    "chair bed shirt coat shoe hat glass cup plate knife bread butter cheese apple orange sugar "
    "salt water milk coffee tea wine soup meat fish egg field farm forest lake beach stone sand "
    "rain snow wind cloud storm sun moon star sky earth fire smoke light shadow colour sound voice "
    "music dance game ball team ticket price money shop office paper pencil machine engine wheel "
    "computer number circle line square corner edge side top bottom middle end beginning plan idea "
    "reason problem mistake change choice chance dream fear hope joy love peace war law truth"
)
ADJECTIVES = words_of(
    "old young new small large long short high low wide narrow deep dark bright warm cold hot wet "
    "dry soft hard heavy light quick slow early late quiet loud clean dirty empty full rich poor "
    "cheap strong weak thin thick round flat sharp smooth rough sweet sour fresh strange simple "
    "difficult easy famous careful gentle happy sad angry brave clever foolish honest kind proud "
    "red blue green yellow brown black white grey golden silver wooden broken hidden open"
)
VERBS = words_of(
    "saw found carried opened closed painted washed moved broke bought sold lost kept left wanted "
    "needed liked remembered forgot followed watched heard described noticed changed measured cut "
    "built repaired pushed pulled lifted dropped threw caught held covered filled cleaned chose "
    "showed promised explained counted collected borrowed returned finished started stopped"
)
VERBS_ALONE = words_of(
    "laughed slept waited sang danced smiled walked ran swam travelled listened worked played "
    "studied arrived disappeared agreed stayed talked shouted whispered fell jumped rested"
)
ADVERBS = words_of(
    "slowly quickly quietly carefully suddenly often never always yesterday today again together "
    "alone outside early late gently loudly twice soon already perhaps almost finally"
)
PLACES = words_of(
    "in on under behind near above across beside through around towards between before after with "
    "without against over into from"
)
NUMBERS = words_of(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand million first second third"
)
LETTERS = words_of("A B C D E F G H I J K L M N O P Q R S T U V W X Y Z")


class Job(NamedTuple):
    """A sentence that a voice is to say."""

    name: str
    voice: str
    text: str
    pace: float


def pick(rng: np.random.Generator, group: list[str]) -> str:
    return group[rng.integers(len(group))]


def thing(rng: np.random.Generator) -> str:
    """`the old house`."""
    article = pick(rng, words_of("the the a this my her every"))
    adjective = f"{pick(rng, ADJECTIVES)} " if rng.random() < 0.5 else ""
    return f"{article} {adjective}{pick(rng, NOUNS)}"


def statement(rng: np.random.Generator) -> str:
    subject = pick(rng, PEOPLE) if rng.random() < 0.5 else thing(rng)
    alone = pick(rng, VERBS_ALONE)
    predicate = f"{pick(rng, VERBS)} {thing(rng)}" if rng.random() < 0.75 else alone
    place = f" {pick(rng, PLACES)} {thing(rng)}" if rng.random() < 0.5 else ""
    adverb = f" {pick(rng, ADVERBS)}" if rng.random() < 0.3 else ""
    clause = ""
    if rng.random() < 0.25:
        joint = pick(rng, words_of("and but because while when although"))
        clause = f", {joint} {pick(rng, PEOPLE)} {pick(rng, VERBS)} {thing(rng)}"
    return f"{subject} {predicate}{place}{adverb}{clause}."


def question(rng: np.random.Generator) -> str:
    start = pick(rng, ["Where is", "Who has", "What is", "Why was", "Is it", "Can you see"])
    return f"{start} {thing(rng)} {pick(rng, PLACES)} {thing(rng)}?"


def without_sense(rng: np.random.Generator, words: list[str]) -> str:
    """Words in any order, common ones more often: all neighbours of phones occur."""
    ranks = (len(words) ** rng.random(rng.integers(4, 11))).astype(int) - 1
    flat = rng.integers(0, len(words), len(ranks))
    sequence = [words[f if rng.random() < 0.4 else r] for r, f in zip(ranks, flat, strict=True)]
    if len(sequence) > 6 and rng.random() < 0.5:
        sequence[len(sequence) // 2] += ","
    return " ".join(sequence) + "."


def sentence(rng: np.random.Generator, words: list[str]) -> str:
    """A sentence: simple ones, questions, numbers, letters, words without sense, or one word."""
    kinds = (
        statement,
        question,
        lambda rng: " ".join(pick(rng, NUMBERS) for _ in range(rng.integers(2, 8))) + ".",
        lambda rng: " ".join(pick(rng, LETTERS) for _ in range(rng.integers(2, 7))) + ".",
        lambda rng: without_sense(rng, words),
        lambda rng: f"{pick(rng, words[:3000])}.",
    )
    return kinds[rng.choice(6, p=[0.4, 0.1, 0.08, 0.07, 0.3, 0.05])](rng)


def say(job: Job, output: Path) -> dict[str, object]:
    """Have flite say a sentence into a file; its line of the table."""
    path = output / f"{job.name}.wav"
    command = ["flite", "-voice", job.voice, "--setf", f"duration_stretch={job.pace:.3f}"]
    result = subprocess.run(
        [*command, "-psdur", "-t", job.text, "-o", str(path)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    pairs = [part.rsplit(":", 1) for part in result.stdout.split()]
    return {
        "file": path.name,
        "voice": job.voice,
        "text": job.text,
        "phones": [phone for phone, _ in pairs],
        "ends": [float(end) for _, end in pairs],
    }


def jobs(count: int, words: list[str], seed: int, voices: list[str]) -> list[Job]:
    """So many sentences for each voice, all different."""
    rng = np.random.default_rng(seed)
    return [
        Job(f"{voice}_{seed}_{i:05d}", voice, sentence(rng, words), rng.uniform(*PACES))
        for i in range(count)
        for voice in voices
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--words", type=Path, required=True)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--voices", nargs="+", default=list(VOICES))
    a = parser.parse_args()
    a.output.mkdir(parents=True, exist_ok=True)
    sentences = jobs(a.count, a.words.read_text("utf-8").split(), a.seed, a.voices)
    with ThreadPoolExecutor(2) as pool:
        lines = pool.map(lambda job: json.dumps(say(job, a.output)), sentences)
        text = "".join(f"{line}\n" for line in lines)
    (a.output / "phones.jsonl").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
