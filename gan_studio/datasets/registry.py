"""Named data sets, folders and zips of pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from platformdirs import user_cache_path
from torch import Tensor

from gan_studio.datasets import celeba, folders
from gan_studio.datasets.dataset import Dataset, resize, subset, to_grey
from gan_studio.datasets.zips import TRUSTED

LABELLED_SETS = ("digits", "mnist", "fashion-mnist")
"""the data sets whose pictures have labels"""
TORCHVISION_NAMES = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}
"""what torchvision calls the data sets that it can fetch"""
MIN_FOR_SPLIT = 40
"""pictures of one's own from which on some are not trained on"""


def data_dir() -> Path:
    """Where data sets lie: GAN_STUDIO_DATA, or the user's cache."""
    return Path(os.environ.get("GAN_STUDIO_DATA") or user_cache_path("gan-studio") / "data")


def title(name: str) -> str:
    """What a data set is called: its name, or the folder's or zip's, if that is another."""
    own = Path(name).resolve().name
    return name if name in DATASETS else f"own-{own}" if own in DATASETS else own


def load(name: str, image_size: int, *, train: bool = True, channels: int | None = None) -> Dataset:
    """A data set by name, or a folder or zip of pictures, in grey (1) or colour (3) if asked.

    ValueError with one sentence if it is none of these, or there is nothing to train on.
    """
    if name in DATASETS:
        dataset = DATASETS[name](train, image_size)
    elif Path(name).is_dir() or (Path(name).suffix.lower() == ".zip" and Path(name).is_file()):
        dataset = _read_pictures(title(name), [Path(name)], image_size)
    else:
        raise ValueError(
            f"There is no data set, folder or zip {name!r}; the known sets are "
            f"{', '.join(DATASETS)}."
        )
    if channels in (None, dataset.channels):
        return dataset
    pictures = to_grey(dataset.images) if channels == 1 else dataset.images.repeat(1, 3, 1, 1)
    return replace(dataset, images=pictures)


def is_available(name: str) -> bool:
    """Whether a known data set is on this machine; what its owner alone has is not."""
    if name == "celeba":
        return celeba.is_available(data_dir())
    return name == "digits" or (
        name in TORCHVISION_NAMES and (data_dir() / TORCHVISION_NAMES[name] / "raw").is_dir()
    )


def split(dataset: Dataset) -> tuple[Dataset, Dataset | None]:
    """What to train on, and every tenth picture, which is not; None of few or of a known set.

    A known set has a part for testing, load(name, size, train=False).
    """
    if dataset.name in DATASETS or len(dataset) < MIN_FOR_SPLIT:
        return dataset, None
    tenth = torch.arange(len(dataset)) % 10 == 9
    return subset(dataset, ~tenth), subset(dataset, tenth)


def attributes(source: str, faces: Dataset) -> Tensor:
    """What faces that were loaded from there show, (N, 40) bool in the order of celeba.ATTRIBUTES.

    ValueError with one sentence where no table of CelebA's attributes lies with them.
    """
    place = celeba.find_faces(data_dir()) if source in DATASETS else Path(source)
    return torch.from_numpy(celeba.read_attributes(place, faces.names))


def _digits(train: bool, size: int) -> Dataset:
    """scikit-learn's 1,797 handwritten digits, 8 x 8 in 17 greys; every sixth is for testing."""
    from sklearn.datasets import load_digits

    pixels, labels = map(np.asarray, load_digits(return_X_y=True))
    held_out = np.arange(len(labels)) % 6 == 5
    keep = ~held_out if train else held_out
    pictures = torch.from_numpy(pixels[keep] * (255 / 16)).round().to(torch.uint8)
    return Dataset(
        name="digits",
        images=resize(pictures.view(-1, 8, 8), size),
        labels=torch.from_numpy(labels[keep]).long(),
    )


def _torchvision(name: str) -> Callable[[bool, int], Dataset]:
    kind = TORCHVISION_NAMES[name]

    def read(train: bool, size: int) -> Dataset:
        from torchvision import datasets

        root = data_dir()
        try:
            root.mkdir(parents=True, exist_ok=True)
            found = getattr(datasets, kind)(root, train=train, download=True)
        except (OSError, RuntimeError, EOFError, ValueError, AssertionError, LookupError):
            raise ValueError(
                f"{kind} could neither be read from {root} nor downloaded; set GAN_STUDIO_DATA to "
                "a folder that has it, connect to a network, or take the data set 'digits'."
            ) from None
        labels = torch.as_tensor(found.targets).long()
        return Dataset(name=name, images=resize(found.data, size), labels=labels)

    return read


def _celeba(train: bool, size: int) -> Dataset:
    """The aligned faces, as wide as they are; the last tenth is for testing."""

    def part(count: int) -> range:
        first = count - count // 10
        return range(first) if train else range(first, count)

    paths = celeba.face_files(celeba.find_faces(data_dir()))
    if len(paths) == 1:  # a zip, of which no face is unpacked that is not wanted
        return _read_pictures("celeba", paths, size, grey=False, part=part)
    return _read_pictures("celeba", [paths[i] for i in part(len(paths))], size, grey=False)


DATASETS: dict[str, Callable[[bool, int], Dataset]] = {
    "digits": _digits,
    "mnist": _torchvision("mnist"),
    "fashion-mnist": _torchvision("fashion-mnist"),
    "celeba": _celeba,
}


def _read_pictures(
    name: str,
    sources: Sequence[Path],
    size: int,
    *,
    grey: bool = True,
    part: folders.Selection | None = None,
) -> Dataset:
    """What collection reads; grey if all pictures are and may be, else in colour."""
    pictures, skipped = [], []
    for found in folders.read_images(sources, size, TRUSTED, part):
        (skipped if isinstance(found, str) else pictures).append(found)
    folders.require_pictures(len(pictures), len({picture.digest for picture in pictures}), skipped)
    mode = "L" if grey and all(p.square.mode == "L" for p in pictures) else "RGB"
    names = tuple(picture.name for picture in pictures)
    stack = np.empty((len(pictures), len(mode), size, size), np.uint8)
    for row in reversed(stack):
        square = pictures.pop().square.convert(mode)  # gone from there: memory for one of both
        row[:] = np.asarray(square).reshape(size, size, -1).transpose(2, 0, 1)
    return Dataset(name=name, images=torch.from_numpy(stack), names=names, skipped=tuple(skipped))
