"""Train the networks that ship: `python -m tools.train_networks digits|spoken|faces|perceptual …`.

Each writes weights and their card into a directory; the package uses those in
checkpoints/digit-reader, checkpoints/spoken-digit-reader, checkpoints/face-reader and
checkpoints/perceptual.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import (
    avg_pool2d,
    binary_cross_entropy_with_logits,
    cross_entropy,
    interpolate,
)

from gan_studio.cli.arguments import USAGE_ERROR, USER_ERRORS, error_message
from gan_studio.cli.progress import watch_training
from gan_studio.core.events import Step
from gan_studio.core.files import MODEL, require_writable, save_tensors
from gan_studio.core.validation import MAX_SEED, check_int
from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batches
from gan_studio.datasets.celeba import ATTRIBUTES
from gan_studio.datasets.dataset import Dataset
from gan_studio.gans import checkpoint
from gan_studio.images.convert import from_uint8
from gan_studio.vision import faces, vgg19
from gan_studio.vision import spoken_digits as spoken
from gan_studio.vision.digits import SIZE, DigitClassifier, Network
from tools import cards, distillation
from tools.one_cycle import one_cycle

DIGITS_BATCH, FACES_BATCH = 128, 64
SHIFT = 4
"""pixels by which a face may lie elsewhere in its frame"""


def digits(
    dataset: str, output: Path, epochs: int = 6, seed: int = 0
) -> Generator[Step, None, float]:
    """Train the digit classifier in whose features `evaluate` compares digits; its test accuracy.

    The weights are those of the last epoch: none are chosen by their accuracy.
    """
    _check(output, checkpoint.CONFIG, "epochs", epochs, 1000, seed)
    train, test = (registry.load(dataset, SIZE, train=part) for part in (True, False))
    if (train.channels, train.classes) != (1, 10) or test.labels is None:
        raise ValueError(f"dataset must hold grey digits with labels 0 to 9, not {train.name}.")
    network = yield from train_digits(train, epochs, seed)
    accuracy = digit_accuracy(DigitClassifier(network), test.images, test.labels)
    save_tensors(output / MODEL, network.state_dict())
    card = cards.digit_classifier(train.name, accuracy, len(test), epochs, seed)
    checkpoint.save_card(output, card)
    return accuracy


def digit_accuracy(classifier: DigitClassifier, pictures: Tensor, labels: Tensor) -> float:
    """Accuracy on images (N, 1, 32, 32) uint8 with labels (N,)."""
    digits = classifier(pictures).digits
    assert digits is not None
    return float((digits.labels == labels.numpy()).mean())


def train_digits(digits: Dataset, epochs: int = 6, seed: int = 0) -> Generator[Step, None, Network]:
    """Train on grey digits of 32 pixels; the network is returned on the CPU.

    Label smoothing and slight shifts keep the features from certainty about strange pictures.
    """
    torch.manual_seed(seed)
    network = Network().to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs
    total = epochs * max(1, len(digits) // DIGITS_BATCH)
    loss = functools.partial(cross_entropy, label_smoothing=0.05)
    batches = _shift(Batches(digits, DIGITS_BATCH, seed))
    return one_cycle(network, batches, loss, total, weight_decay=1e-2)


def _shift(batches: Batches) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches moved together by up to two pixels either way; the frame of a digit is empty."""
    for batch in batches:
        dy, dx = torch.randint(-2, 3, (2,)).tolist()
        yield torch.roll(batch["image"], (dy, dx), (2, 3)), batch["label"]


def spoken_digits(
    dataset: str, output: Path, epochs: int = 12, seed: int = 0
) -> Generator[Step, None, float]:
    """Train the classifier that hears digits, in half precision; its test accuracy."""
    _check(output, checkpoint.CONFIG, "epochs", epochs, 1000, seed)
    train, test = (registry.load(dataset, spoken.SIZE, train=part) for part in (True, False))
    if (train.channels, train.classes) != (1, 10) or test.labels is None:
        raise ValueError(f"dataset must hold spectrograms of digits, not {train.name}.")
    torch.manual_seed(seed)
    total = epochs * max(1, len(train) // FACES_BATCH)
    loss = functools.partial(cross_entropy, label_smoothing=0.05)
    batches = _shift(Batches(train, FACES_BATCH, seed))
    network = yield from one_cycle(spoken.Network(), batches, loss, total, weight_decay=1e-2)
    predictions = spoken.SpokenDigitClassifier(network)(from_uint8(test.images))
    accuracy = float((predictions == test.labels.numpy()).mean())
    _save_halves(output, network)
    checkpoint.save_card(output, cards.spoken_digit_classifier(accuracy, len(test), epochs, seed))
    return accuracy


def face_attributes(
    dataset: str, output: Path, epochs: int = 10, seed: int = 0
) -> Generator[Step, None, float]:
    """Train the classifier of CelebA's attributes; its mean accuracy on faces held out.

    `output` gets weights in half precision.
    """
    _check(output, checkpoint.CONFIG, "epochs", epochs, 1000, seed)
    train, test = (registry.load(dataset, faces.SIZE, train=part) for part in (True, False))
    if dataset not in registry.DATASETS:
        train, held_out = registry.split(train)
        test = held_out or train
    train_labels, test_labels = (registry.attributes(dataset, part) for part in (train, test))
    network = yield from train_faces(train, train_labels, epochs, seed)
    _save_halves(output, network)
    accuracy = face_accuracy(faces.load(output / MODEL), test.images, test_labels)
    share = test_labels.double().mean(0)
    majority = torch.maximum(share, 1 - share)
    rows = zip(accuracy.tolist(), majority.tolist(), strict=True)
    table = dict(zip(ATTRIBUTES, rows, strict=True))
    checkpoint.save_card(output, cards.face_classifier(table, test.name, len(test), epochs, seed))
    return accuracy.mean().item()


def face_accuracy(
    classifier: faces.FaceAttributeClassifier, pictures: Tensor, attributes: Tensor
) -> Tensor:
    """Accuracy per attribute, (40,), for (N, 3, H, W) uint8 with attributes (N, 40) bool."""
    return ((classifier(from_uint8(pictures)) > 0.5) == attributes).float().mean(0)


def train_faces(
    train: Dataset, attributes: Tensor, epochs: int = 10, seed: int = 0
) -> Generator[Step, None, faces.Network]:
    """Train on faces of 64 pixels that show attributes (N, 40) bool."""
    torch.manual_seed(seed)
    network = faces.Network(attributes.shape[1]).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    numbers = torch.arange(len(train))  # by which a batch finds its faces
    numbered_faces = replace(train, labels=numbers)
    batches = (
        (_augment(batch["image"]), attributes[batch["label"]].float())
        for batch in Batches(numbered_faces, FACES_BATCH, seed, flips=True)
    )
    total = epochs * max(1, len(train) // FACES_BATCH)
    return one_cycle(network, batches, binary_cross_entropy_with_logits, total, weight_decay=5e-2)


def _augment(x: Tensor) -> Tensor:
    """Faces elsewhere in their frame, in another light, some as blurred as generated ones.

    A batch is moved, lit and blurred as one, (N, 3, H, W).
    """
    dy, dx = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
    size = faces.SIZE
    padded = nn.functional.pad(x, [SHIFT] * 4, mode="replicate")
    x = padded[..., SHIFT + dy : SHIFT + dy + size, SHIFT + dx : SHIFT + dx + size]
    contrast, brightness = 1 + 0.3 * torch.rand(()) - 0.15, 0.3 * torch.rand(()) - 0.15
    if torch.rand(()) < 0.3:
        x = interpolate(avg_pool2d(x, 2), (size, size), mode="bilinear")
    return (x * contrast + brightness).contiguous(memory_format=torch.channels_last)


def perceptual(
    teacher: Path, folders: Sequence[Path], output: Path, steps: int, seed: int = 0
) -> Generator[Step]:
    """Distill VGG-19 into the network that style transfer uses, on the pictures of some folders.

    Folders are drawn from equally often, whatever their size.
    """
    _check(output, MODEL, "steps", steps, 10_000_000, seed)
    vgg = vgg19.read(teacher).to(memory_format=torch.channels_last)
    pictures = [distillation.load_pictures(folder) for folder in folders]
    counts = {folder.name: len(of) for folder, of in zip(folders, pictures, strict=True)}
    step = 0
    for event in distillation.distill(vgg, pictures, steps, seed):
        if isinstance(event, Step):
            step = event.step
            yield event
            continue
        _save_halves(output, event)
        checkpoint.save_card(output, cards.perceptual(counts, step, steps, seed))


def _save_halves(output: Path, network: nn.Module) -> None:
    """Write the weights in half precision."""
    halves = {k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()}
    save_tensors(output / MODEL, halves)


def _check(output: Path, model: str, what: str, count: int, most: int, seed: int) -> None:
    """ValueError unless the numbers are in range and `output`, without a file `model`, writable."""
    check_int(count, what, 1, most)
    check_int(seed, "seed", 0, MAX_SEED)
    if (output / model).exists():
        raise ValueError(f"--output {output} already holds a model; give another directory.")
    files = output / MODEL, output / checkpoint.CARD
    require_writable(*files, field="--output")


def argument_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tools.train_networks", description=__doc__)
    networks = parser.add_subparsers(dest="network", required=True)
    for name, dataset, epochs in (
        ("digits", "mnist", 6),
        ("spoken", "spoken-digits", 12),
        ("faces", "celeba", 10),
    ):
        one = networks.add_parser(name)
        one.add_argument("--dataset", default=dataset, help="its name, a folder or a zip")
        one.add_argument("--epochs", type=int, default=epochs, help="passes over the training set")
    one = networks.add_parser("perceptual")
    one.add_argument("folders", type=Path, nargs="+", help="pictures of all kinds")
    one.add_argument("--teacher", type=Path, required=True, help="VGG-19's weights, safetensors")
    one.add_argument("--steps", type=int, default=3000, help="batches of 16 crops of 96 pixels")
    for one in networks.choices.values():
        one.add_argument("--output", type=Path, required=True, help="directory for the weights")
        one.add_argument("--seed", type=int, default=0, help="start of all random numbers")
    return parser


def main(words: Sequence[str] | None = None) -> None:
    """Train one network; a mistake of its user ends with one sentence and exit status 2."""
    args = argument_parser().parse_args(words)
    try:
        if args.network == "perceptual":
            watch_training(
                perceptual(args.teacher, args.folders, args.output, args.steps, args.seed)
            )
            print(f"The weights are in {args.output}.")
            return
        train = {"digits": digits, "spoken": spoken_digits, "faces": face_attributes}[args.network]
        accuracy = watch_training(train(args.dataset, args.output, args.epochs, args.seed))
        print(f"Test accuracy {accuracy:.2%}. The weights are in {args.output}.")
    except USER_ERRORS as error:
        print(error_message(error), file=sys.stderr)
        raise SystemExit(USAGE_ERROR) from None


if __name__ == "__main__":
    main()
