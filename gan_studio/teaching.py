"""The commands that train networks that look: `reader`, `face-reader`, `train-perceptual`."""

from __future__ import annotations

from pathlib import Path

from tyro.conf import Positional

from gan_studio import lessons, terminal


def reader(*, output: Path, dataset: str = "mnist", epochs: int = 6, seed: int = 0) -> None:
    """Train the digit reader in whose features `evaluate` compares digits.

    Args:
        output: directory for the weights and their card; checkpoints/digit-reader is the one used
        dataset: handwritten digits with labels
        epochs: passes over the training set
        seed: start of all random numbers
    """
    right = terminal.learn(lessons.train_reader(dataset, output, epochs, seed))
    print(f"It reads {right:.2%} of {dataset}'s test set right. It is in {output}.")


def face_reader(*, output: Path, dataset: str = "celeba", epochs: int = 10, seed: int = 0) -> None:
    """Train the face reader by which sliders are named.

    Args:
        output: directory for the weights and their card; checkpoints/face-reader is the one used
        dataset: faces with CelebA's attributes: celeba, or a folder or zip with their table
        epochs: passes over the training set
        seed: start of all random numbers
    """
    right = terminal.learn(lessons.train_face_reader(dataset, output, epochs, seed))
    print(f"It reads {right:.2%} of the held-out faces' attributes right. It is in {output}.")


def train_perceptual(
    folders: Positional[tuple[Path, ...]],
    /,
    *,
    teacher: Path,
    output: Path,
    steps: int = 3000,
    seed: int = 0,
) -> None:
    """Teach the small network that style transfer looks through what VGG-19 sees.

    Args:
        folders: pictures of all kinds; each folder is drawn from equally often
        teacher: VGG-19's convolutions, a safetensors file with torchvision's names
        output: directory for the weights and their card; checkpoints/perceptual is the one used
        steps: batches of 16 crops of 96 pixels
        seed: start of all random numbers
    """
    terminal.learn(lessons.train_perceptual(teacher, folders, output, steps, seed))
    print(f"It is in {output}.")
