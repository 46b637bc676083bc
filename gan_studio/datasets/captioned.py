"""Data sets with captions: coloured digits, CelebA by its attributes, folders with a table."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from torch import Tensor

from gan_studio.datasets import celeba, metadata, registry
from gan_studio.datasets.captions import Captions, from_texts
from gan_studio.datasets.dataset import Dataset, subset
from gan_studio.datasets.face_grammar import FACE_ATTRIBUTES, FaceGrammar
from gan_studio.datasets.zips import TRUSTED


def load(name: str, size: int, channels: int | None = None) -> tuple[Dataset, Dataset | None]:
    """Pictures with captions or labels to train on, and others held out, if there are.

    ValueError where the pictures have neither.
    """
    place = Path(name)
    if name not in registry.DATASETS and place.exists():
        return registry.split(_own(name, size, channels))
    pictures = registry.load(name, size, channels=channels)
    others = registry.load(name, size, train=False, channels=pictures.channels)
    if name == "celeba":
        return of_faces(pictures), of_faces(others)
    if pictures.captions is None and pictures.labels is None:
        raise ValueError(
            f"{name} has neither captions nor labels; coloured-mnist and celeba have, and a folder "
            "whose metadata.csv has a column text."
        )
    return pictures, others


def of_faces(faces: Dataset) -> Dataset:
    """CelebA's faces with captions made from its table of attributes."""
    traits = trait_table(registry.attributes("celeba", faces))
    return dataclasses.replace(faces, captions=Captions(grammar=FaceGrammar(), traits=traits))


def trait_table(attributes: Tensor) -> Tensor:
    """CelebA's attributes (N, 40) bool -> the traits of FaceGrammar, 1 or -1, (N, traits) int8."""
    columns = []
    for attribute in FACE_ATTRIBUTES.values():
        present = attributes[:, celeba.ATTRIBUTES.index(attribute.removeprefix("-"))]
        columns.append(~present if attribute.startswith("-") else present)
    return (2 * torch.stack(columns, 1).to(torch.int8) - 1).to(torch.int8)


def _own(name: str, size: int, channels: int | None) -> Dataset:
    """A folder or zip of pictures with the captions of its table; others are left out."""
    texts, bad_lines = metadata.captions(Path(name), TRUSTED)
    pictures = registry.load(name, size, channels=channels)
    own_texts = [texts.get(one, "") for one in pictures.names]
    has_caption = torch.tensor([bool(text.strip()) for text in own_texts])
    count = int(has_caption.sum())
    if count < 2:
        raise ValueError(
            f"The table of {registry.title(name)} has captions for {count} of its "
            f"{len(own_texts):,} pictures; file_name must name a picture, and text say what it "
            "shows."
        )
    pairs = zip(pictures.names, own_texts, strict=True)
    missing = [f"{one} has no caption." for one, text in pairs if not text.strip()]
    alone = sorted({*texts} - {*pictures.names})
    absent = [f"{one} has a caption and is not there." for one in alone]
    pictures = subset(pictures, has_caption)
    captions = from_texts([text for text in own_texts if text.strip()])
    skipped = (*pictures.skipped, *bad_lines, *missing, *absent)
    return dataclasses.replace(pictures, captions=captions, skipped=skipped)
