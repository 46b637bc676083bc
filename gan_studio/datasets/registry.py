"""Data sets by name, and folders and zips of images."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from platformdirs import user_cache_path
from torch import Tensor

from gan_studio.datasets import avatars, celeba, coloured, folders, spoken_digits
from gan_studio.datasets.dataset import Dataset, resize, subset, to_grey
from gan_studio.datasets.zips import TRUSTED

COLOURED = {"coloured-digits": "digits", "coloured-mnist": "mnist"}
"""sets of coloured digits -> the grey ones that they are made of"""
LABELLED_SETS = ("digits", "mnist", "fashion-mnist", "spoken-digits")
"""data sets with labels"""
TORCHVISION_NAMES = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}
"""names of the data sets that torchvision downloads"""
MIN_FOR_SPLIT = 40
"""images of an own data set from which on every tenth is held out"""


def data_dir() -> Path:
    """Folder of the data sets: GAN_STUDIO_DATA, or the user's cache."""
    return Path(os.environ.get("GAN_STUDIO_DATA") or user_cache_path("gan-studio") / "data")


def title(name: str) -> str:
    """Display name of a data set: its name, or that of its folder or zip."""
    own = Path(name).resolve().name
    return name if name in DATASETS else f"own-{own}" if own in DATASETS else own


def load(name: str, image_size: int, *, train: bool = True, channels: int | None = None) -> Dataset:
    """Load a data set by name, folder or zip; `channels` 1 converts to grey, 3 to RGB.

    ValueError if it does not exist or has fewer than two different images.
    """
    place = Path(name)
    if name in DATASETS:
        dataset = DATASETS[name](train, image_size)
    elif name and (place.is_dir() or (place.suffix.lower() == ".zip" and place.is_file())):
        dataset = _read_pictures(title(name), [place], image_size)
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
    """Whether a named data set is on this machine; always false for folders and zips."""
    name = COLOURED.get(name, name)
    if name == "celeba":
        return celeba.is_available(data_dir())
    if name == spoken_digits.NAME:
        return spoken_digits.find(data_dir()) is not None
    return name in ("digits", "avatars") or (
        name in TORCHVISION_NAMES and (data_dir() / TORCHVISION_NAMES[name] / "raw").is_dir()
    )


def split(dataset: Dataset) -> tuple[Dataset, Dataset | None]:
    """Training images and every tenth image as test images, which are None for small sets.

    They are also None for named sets, which have a test split: load(name, size, train=False).
    """
    if dataset.name in DATASETS or len(dataset) < MIN_FOR_SPLIT:
        return dataset, None
    tenth = torch.arange(len(dataset)) % 10 == 9
    return subset(dataset, ~tenth), subset(dataset, tenth)


def attributes(source: str, faces: Dataset) -> Tensor:
    """Attributes of faces that were loaded from `source`, (N, 40) bool as celeba.ATTRIBUTES.

    ValueError if they come without a table of CelebA's attributes.
    """
    place = celeba.find_faces(data_dir()) if source in DATASETS else Path(source)
    return torch.from_numpy(celeba.read_attributes(place, faces.names))


def _digits(train: bool, size: int) -> Dataset:
    """scikit-learn's 1,797 handwritten digits, 8 x 8 in 17 greys; every sixth is a test image."""
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


def _avatars(train: bool, size: int) -> Dataset:
    """The avatars of both colours of hair."""
    return Dataset(name="avatars", images=resize(torch.cat(avatars.load(train=train)), size))


def _torchvision(name: str) -> Callable[[bool, int], Dataset]:
    kind = TORCHVISION_NAMES[name]

    def read(train: bool, size: int) -> Dataset:
        from torchvision import datasets

        root = data_dir()
        try:
            root.mkdir(parents=True, exist_ok=True)
            source = getattr(datasets, kind)(root, train=train, download=True)
        except (OSError, RuntimeError, EOFError, ValueError, AssertionError, LookupError):
            raise ValueError(
                f"{kind} could neither be read from {root} nor downloaded; set GAN_STUDIO_DATA to "
                "a folder that has it, connect to a network, or use the data set 'digits'."
            ) from None
        labels = torch.as_tensor(source.targets).long()
        return Dataset(name=name, images=resize(source.data, size), labels=labels)

    return read


def _celeba(train: bool, size: int) -> Dataset:
    """The aligned faces, cropped to squares; the last tenth are test images."""

    def part(count: int) -> range:
        first = count - count // 10
        return range(first) if train else range(first, count)

    paths = celeba.face_files(celeba.find_faces(data_dir()))
    if len(paths) == 1:  # a zip, of which only the selected faces are unpacked
        return _read_pictures("celeba", paths, size, grey=False, part=part)
    return _read_pictures("celeba", [paths[i] for i in part(len(paths))], size, grey=False)


def _colour_loader(name: str) -> Callable[[bool, int], Dataset]:
    def read(train: bool, size: int) -> Dataset:
        grey = DATASETS[COLOURED[name]](train, size)
        return coloured.dataset(name, grey, train=train)

    return read


def _spoken_digits(train: bool, size: int) -> Dataset:
    """Spectrograms of spoken digits; the first five takes of each speaker are test sounds."""
    return spoken_digits.load(data_dir(), size, train=train)


DATASETS: dict[str, Callable[[bool, int], Dataset]] = {
    "digits": _digits,
    "mnist": _torchvision("mnist"),
    "fashion-mnist": _torchvision("fashion-mnist"),
    "celeba": _celeba,
    "avatars": _avatars,
    "coloured-digits": _colour_loader("coloured-digits"),
    "coloured-mnist": _colour_loader("coloured-mnist"),
    spoken_digits.NAME: _spoken_digits,
}


def _read_pictures(
    name: str,
    sources: Sequence[Path],
    size: int,
    *,
    grey: bool = True,
    part: folders.Selection | None = None,
) -> Dataset:
    """Images of folders and zips as a data set: grey if `grey` and all are grey, else RGB."""
    pictures, skipped = [], []
    for result in folders.read_images(sources, size, TRUSTED, part):
        (skipped if isinstance(result, str) else pictures).append(result)
    folders.require_pictures(len(pictures), len({picture.digest for picture in pictures}), skipped)
    mode = "L" if grey and all(p.square.mode == "L" for p in pictures) else "RGB"
    names = tuple(picture.name for picture in pictures)
    stack = np.empty((len(pictures), len(mode), size, size), np.uint8)
    for row in reversed(stack):
        square = pictures.pop().square.convert(mode)  # popped, so that memory holds each image once
        row[:] = np.asarray(square).reshape(size, size, -1).transpose(2, 0, 1)
    return Dataset(name=name, images=torch.from_numpy(stack), names=names, skipped=tuple(skipped))
