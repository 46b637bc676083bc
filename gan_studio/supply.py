"""The commands that provide what the others need: networks that look, and faces from the Hub."""

from pathlib import Path

from tyro.conf import Positional

from gan_studio import cards, data, hub, lessons, metadata, terminal


def fetch(source: Positional[str] = metadata.HUB["celeba"], /) -> None:
    """Bring CelebA's faces from the Hub into the data folder, where `--dataset celeba` finds them.

    Args:
        source: user/repo or user/repo@revision, a data set of pictures or of parquet tables
    """
    print(f"Terms: {cards.TERMS['celeba']}")
    count = hub.fetch(source, data.data_dir())
    print(f"{count:,} faces of {source} are in {data.data_dir() / 'celeba'}.")


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
