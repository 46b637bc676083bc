"""How the digit reader that judges digits is trained: data set in, weights and their card out."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from gan_studio import cards, checkpoints, data
from gan_studio.events import Step
from gan_studio.features import reader
from gan_studio.recipe import MAX_SEED, whole


def train(
    dataset: str, output: Path, epochs: int = 6, seed: int = 0
) -> Generator[Step, None, float]:
    """Train a reader on a set of digits; returns the share of its test set that it reads right.

    `output` gets weights and card. The weights are those of the last epoch: none are chosen by
    their accuracy.
    """
    whole(epochs, "The number of epochs", 1, 1000)
    whole(seed, "The seed", 0, MAX_SEED)
    digits, test = (data.load(dataset, reader.SIZE, train=part) for part in (True, False))
    if (digits.channels, digits.classes) != (1, 10) or test.labels is None:
        raise ValueError(f"The reader learns grey digits with labels 0 to 9, not {digits.name}.")
    if (output / checkpoints.CONFIG).exists():
        raise ValueError(f"{output} already holds a model; give another directory.")
    network = yield from reader.train(digits, epochs, seed)
    right = reader.Reader(network).accuracy(test)
    checkpoints.save_tensors(output / checkpoints.MODEL, network.state_dict())
    card = cards.reader(digits.name, right, len(test), epochs, seed)
    checkpoints.save_card(output, card)
    return right
