"""The Free Spoken Digit Dataset (Jackson et al., 2018) as pictures of sound.

Six speakers say 0 to 9 fifty times. https://github.com/Jakobovski/free-spoken-digit-dataset
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from gan_studio.datasets.dataset import Dataset, resize
from gan_studio.images import convert
from gan_studio.sound import digits
from gan_studio.sound.files import read

NAME = "spoken-digits"
FOLDERS = "fsdd_wav", "fsdd", "free-spoken-digit-dataset"
HELD_OUT = 5
"""takes of each digit and speaker, the first ones, that are test sounds"""


def find(data_dir: Path) -> Path | None:
    """The folder of recordings, if there is one."""
    places = [data_dir / name / "recordings" for name in FOLDERS]
    return next((place for place in places if place.is_dir()), None)


def load(data_dir: Path, size: int, *, train: bool) -> Dataset:
    """Log-mel spectrograms as grey pictures, with the digit as label; ValueError if there is none.

    File names say digit, speaker and take, as in `7_george_12.wav`.
    """
    place = find(data_dir)
    if place is None:
        raise ValueError(
            f"The data set {NAME} is not in {data_dir}; it has the folder "
            f"{FOLDERS[-1]}/recordings of https://github.com/Jakobovski/free-spoken-digit-dataset."
        )
    pictures, labels, names = [], [], []
    for path in sorted(place.glob("*_*_*.wav")):
        digit, _, take = path.stem.split("_")
        if (int(take) >= HELD_OUT) == train:
            sound = torch.from_numpy(np.ascontiguousarray(read(path).wave))
            pictures.append(convert.to_uint8(digits.picture(sound))[0, ..., 0])
            labels.append(int(digit))
            names.append(path.name)
    if len(pictures) < 2:
        raise ValueError(f"{place} holds no recordings of digits.")
    stack = torch.from_numpy(np.stack(pictures))
    return Dataset(
        name=NAME, images=resize(stack, size), labels=torch.tensor(labels), names=tuple(names)
    )
