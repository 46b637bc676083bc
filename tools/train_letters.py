"""Make the lexicon, and train the network that reads words it lacks.

`python -m tools.train_letters CMUDICT --words FILE`: CMUDICT is cmudict.dict of
https://github.com/cmusphinx/cmudict, FILE names words, the commonest first.
"""

from __future__ import annotations

import argparse
import collections
import lzma
import math
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from gan_studio.core.files import save_tensors
from gan_studio.sound import phones
from gan_studio.sound.phones import LETTERS, LetterNetwork, windows

COUNT = 30_000
Pair = tuple[str, list[str]]


def read_dictionary(path: Path) -> dict[str, str]:
    """Word -> phones, the first way of saying each."""
    pronunciations: dict[str, str] = {}
    for line in path.read_text("utf-8").splitlines():
        word, _, pronunciation = line.partition(" ")
        pronunciation = pronunciation.split("#")[0].strip()
        if all(c in LETTERS for c in word) and word.strip("'"):
            pronunciations.setdefault(word, pronunciation)
    return pronunciations


def align(pairs: list[Pair], rounds: int = 4) -> list[list[tuple[str, tuple[str, ...]]]]:
    """Which phones each letter stands for: none, one or two (hard expectation maximisation)."""
    weights: dict[tuple[str, tuple[str, ...]], float] = {}
    result = []
    for turn in range(rounds):
        counts: collections.Counter[tuple[str, tuple[str, ...]]] = collections.Counter()
        result = []
        for word, sounds in pairs:
            if path := _best(word, sounds, weights, first=turn == 0):
                result.append(path)
                counts.update((c, tuple(p.rstrip("012") for p in chunk)) for c, chunk in path)
        letters: collections.Counter[str] = collections.Counter()
        for (c, _), n in counts.items():
            letters[c] += n
        weights = {key: math.log(n / letters[key[0]]) for key, n in counts.items()}
    return result


def _best(  # noqa: C901
    word: str, sounds: list[str], weights: dict, *, first: bool
) -> list | None:
    """The likeliest way to share phones among letters, None where there are too many."""
    n, m = len(word), len(sounds)
    bare = [p.rstrip("012") for p in sounds]
    best = [[-math.inf] * (m + 1) for _ in range(n + 1)]
    back = [[0] * (m + 1) for _ in range(n + 1)]
    best[0][0] = 0.0
    for i, c in enumerate(word):
        # At first letters and phones lie along the diagonal.
        for j in range(max(0, m - 2 * (n - i)), min(m, 2 * i) + 1):
            here = best[i][j]
            if here == -math.inf:
                continue
            for k in range(min(2, m - j) + 1):
                if first:
                    score = -abs((i + 1) / n - (j + k) / m) - 0.5 * (k != 1)
                else:
                    score = weights.get((c, tuple(bare[j : j + k])), -12.0)
                if here + score > best[i + 1][j + k]:
                    best[i + 1][j + k], back[i + 1][j + k] = here + score, k
    if best[n][m] == -math.inf:
        return None
    path, j = [], m
    for i in range(n, 0, -1):
        k = back[i][j]
        path.append((word[i - 1], tuple(sounds[j - k : j])))
        j -= k
    return path[::-1]


def train(pairs: list[Pair], held_out: list[Pair], output: Path, epochs: int, seed: int) -> None:
    """Train the network on aligned words and write it; prints its accuracy on others."""
    torch.manual_seed(seed)
    paths = align(pairs)
    counts = collections.Counter(chunk for path in paths for _, chunk in path)
    outputs = [chunk for chunk, n in counts.most_common() if n >= 5]
    index = {chunk: i for i, chunk in enumerate(outputs)}
    frequent = [path for path in paths if all(chunk in index for _, chunk in path)]
    x = torch.cat([windows("".join(c for c, _ in path)) for path in frequent])
    y = torch.tensor([index[chunk] for path in frequent for _, chunk in path])
    print(f"{len(frequent)} words, {len(y)} letters, {len(outputs)} outputs")
    network = LetterNetwork(len(outputs))
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3)
    steps = epochs * (len(y) // 1024)
    loss = torch.zeros(())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, steps)
    for epoch in range(epochs):
        order = torch.randperm(len(y))[: len(y) // 1024 * 1024].view(-1, 1024)
        for rows in order:
            loss = cross_entropy(network(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(epoch, round(loss.item(), 3), flush=True)
    table = torch.tensor(list("\n".join(" ".join(c) for c in outputs).encode()), dtype=torch.int32)
    half = {k: v.half() for k, v in network.state_dict().items()}
    save_tensors(output / "model.safetensors", {**half, "outputs": table})
    phones.WEIGHTS = output / "model.safetensors"
    phones.letter_network.cache_clear()
    right = [phones.guess(word) == sounds for word, sounds in held_out]
    bare = [
        [p.rstrip("012") for p in phones.guess(word)] == [p.rstrip("012") for p in sounds]
        for word, sounds in held_out
    ]
    print(
        f"whole words right: {sum(right) / len(right):.3f}; "
        f"but for stress: {sum(bare) / len(bare):.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dictionary", type=Path)
    parser.add_argument("--words", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=phones.WEIGHTS.parent)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    pronunciations = read_dictionary(a.dictionary)
    common = [w for w in a.words.read_text("utf-8").split() if w in pronunciations][:COUNT]
    lines = "".join(f"{word} {pronunciations[word]}\n" for word in sorted(common))
    phones.LEXICON.write_bytes(lzma.compress(lines.encode("ascii"), preset=9 | lzma.PRESET_EXTREME))
    pairs = [
        (w.replace("'", ""), pronunciation.split())
        for w, pronunciation in sorted(pronunciations.items())
    ]
    rng = torch.Generator().manual_seed(a.seed)
    order = torch.randperm(len(pairs), generator=rng).tolist()
    a.output.mkdir(parents=True, exist_ok=True)
    test = [pairs[i] for i in order[:2000]]
    train([pairs[i] for i in order[2000:62000]], test, a.output, a.epochs, a.seed)


if __name__ == "__main__":
    main()
