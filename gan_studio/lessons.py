"""How the networks that look are trained: pictures in, weights and their card out."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from gan_studio import cards, checkpoints, disk, registry
from gan_studio.celeba import ATTRIBUTES
from gan_studio.dataset import Dataset
from gan_studio.edits import MAX_SEED
from gan_studio.events import Step
from gan_studio.features import faces, reader
from gan_studio.perceptual import distillation, vgg19
from gan_studio.values import check_int


def train_reader(
    dataset: str, output: Path, epochs: int = 6, seed: int = 0
) -> Generator[Step, None, float]:
    """Train a reader on a set of digits; returns the share of its test set that it reads right.

    `output` gets weights and card. The weights are those of the last epoch: none are chosen by
    their accuracy.
    """
    check_int(epochs, "The number of epochs", 1, 1000)
    check_int(seed, "The seed", 0, MAX_SEED)
    _require_room(output, checkpoints.CONFIG)
    digits, test = (registry.load(dataset, reader.SIZE, train=part) for part in (True, False))
    if (digits.channels, digits.classes) != (1, 10) or test.labels is None:
        raise ValueError(f"The reader learns grey digits with labels 0 to 9, not {digits.name}.")
    network = yield from reader.train(digits, epochs, seed)
    right = reader.Reader(network).accuracy(test)
    disk.save_tensors(output / disk.MODEL, network.state_dict())
    card = cards.reader(digits.name, right, len(test), epochs, seed)
    checkpoints.save_card(output, card)
    return right


def train_face_reader(
    dataset: str, output: Path, epochs: int = 10, seed: int = 0
) -> Generator[Step, None, float]:
    """Train a reader of CelebA's attributes; returns the share of held-out ones it reads right.

    `output` gets weights, in half precision, and card.
    """
    check_int(epochs, "The number of epochs", 1, 1000)
    check_int(seed, "The seed", 0, MAX_SEED)
    _require_room(output, checkpoints.CONFIG)
    learned, test = (registry.load(dataset, faces.SIZE, train=part) for part in (True, False))
    if dataset not in registry.DATASETS:
        learned, held = registry.held_out(learned)
        test = held or learned
    shown, truth = (registry.attributes(dataset, part) for part in (learned, test))
    network = yield from faces.train(learned, shown, epochs, seed)
    return keep_face_reader(network, test, truth, output, epochs, seed)


def keep_face_reader(
    network: faces.Network, test: Dataset, truth: Tensor, output: Path, epochs: int, seed: int
) -> float:
    """Write weights and card; the share of all attributes (N, 40) that they read right."""
    halves = {k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()}
    disk.save_tensors(output / disk.MODEL, halves)
    right = faces.load(output / disk.MODEL).accuracy(test, truth)
    common = truth.double().mean(0)
    rows = zip(ATTRIBUTES, right.tolist(), common.tolist(), strict=True)
    said = {name: (share, max(p, 1 - p)) for name, share, p in rows}
    checkpoints.save_card(output, cards.face_reader(said, test.name, len(test), epochs, seed))
    return right.mean().item()


def train_perceptual(
    teacher: Path, folders: Sequence[Path], output: Path, steps: int, seed: int = 0
) -> Generator[Step]:
    """Teach the small perceptual network what VGG-19 sees in pictures of some folders.

    `output` gets weights and card. Folders are drawn from equally often, whatever their size.
    """
    check_int(steps, "The number of steps", 1, 10_000_000)
    check_int(seed, "The seed", 0, MAX_SEED)
    _require_room(output, disk.MODEL)
    vgg = vgg19.read(teacher).to(memory_format=torch.channels_last)
    pictures = [distillation.pictures(folder) for folder in folders]
    said = {folder.name: len(found) for folder, found in zip(folders, pictures, strict=True)}
    step = 0
    for event in distillation.distill(vgg, pictures, steps, seed):
        if isinstance(event, Step):
            step = event.step
            yield event
            continue
        halves = {k: v.half() for k, v in event.state_dict().items()}
        disk.save_tensors(output / disk.MODEL, halves)
        checkpoints.save_card(output, cards.perceptual(said, step, steps, seed))


def _require_room(output: Path, model: str) -> None:
    """ValueError unless weights and card can be written there, and there is no file `model` yet."""
    if (output / model).exists():
        raise ValueError(f"{output} already holds a model; give another directory.")
    files = output / disk.MODEL, output / checkpoints.CARD
    disk.require_writable(*files, field="--output")
