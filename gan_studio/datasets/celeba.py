"""CelebA (Liu et al., 2015, https://arxiv.org/abs/1411.7766): its images and attributes on disk.

The original host often refuses downloads, so the faces may be in torchvision's layout, any folder
or a zip. The 40 attributes are in a table beside them: CSV, gzipped CSV or the original format.
"""

from __future__ import annotations

import csv
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from gan_studio.core import walk
from gan_studio.datasets.zips import TRUSTED, Member, read
from gan_studio.images import files as image_files

CELEBA_VARIABLE = "GAN_STUDIO_CELEBA"
"""environment variable: a folder or a zip of faces, instead of those in the data folder"""
ALIGNED_FOLDER = "celeba/img_align_celeba"
"""folder in torchvision's layout"""
ZIP_PATTERNS = ("celeba*.zip", "img_align_celeba*.zip", "celeba/img_align_celeba*.zip")
"""names of zips; the second is that of the original"""
MIN_FACES = 10
ATTRIBUTE_TABLES = (
    "list_attr_celeba.csv",
    "list_attr_celeba.txt",
    "attributes.csv",
    "attributes.csv.gz",
)
MAX_TABLE_BYTES = 64 * 10**6
"""largest table; that of all 202,599 faces has 26 MB"""
TRUTH_VALUES = {"1": True, "0": False, "-1": False}
ATTRIBUTES = (
    *("5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes", "Bald", "Bangs"),
    *("Big_Lips", "Big_Nose", "Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair"),
    *("Bushy_Eyebrows", "Chubby", "Double_Chin", "Eyeglasses", "Goatee", "Gray_Hair"),
    *("Heavy_Makeup", "High_Cheekbones", "Male", "Mouth_Slightly_Open", "Mustache"),
    *("Narrow_Eyes", "No_Beard", "Oval_Face", "Pale_Skin", "Pointy_Nose", "Receding_Hairline"),
    *("Rosy_Cheeks", "Sideburns", "Smiling", "Straight_Hair", "Wavy_Hair", "Wearing_Earrings"),
    *("Wearing_Hat", "Wearing_Lipstick", "Wearing_Necklace", "Wearing_Necktie", "Young"),
)


def find_faces(root: Path) -> Path:
    """The folder or zip of the faces: that of CELEBA_VARIABLE, else one in the data folder.

    ValueError if there is none.
    """
    if place := next(filter(_has_faces, _candidates(root)), None):
        return place
    if location := os.environ.get(CELEBA_VARIABLE):
        raise ValueError(
            f"{CELEBA_VARIABLE} names {location}, which is neither a folder nor a zip of faces."
        )
    raise ValueError(
        f"CelebA is not at {root / ALIGNED_FOLDER}: put its aligned faces there, as torchvision "
        f"does, put celeba.zip into {root}, or set {CELEBA_VARIABLE} to a folder or a zip."
    )


def is_available(root: Path) -> bool:
    """Whether the faces are on this machine."""
    return any(map(_has_faces, _candidates(root)))


def face_files(place: Path) -> list[Path]:
    """The images of a folder sorted by name, or the zip that contains them."""
    if not place.is_dir():
        return [place]
    paths = (path for path in walk.walk_files(place, links=True) if isinstance(path, Path))
    return sorted(path for path in paths if path.suffix.lower() in image_files.ENDINGS)


def read_attributes(place: Path, names: Sequence[str]) -> np.ndarray:
    """Attributes of the faces with these file names, (N, 40) bool in the order of ATTRIBUTES.

    ValueError if there is no table, or it is not CelebA's.
    """
    title, text = _table(place)
    head, rows = _rows(title, text)
    if missing := [name for name in ATTRIBUTES if name not in head]:
        raise ValueError(
            f"{title} has other columns than CelebA's 40 attributes: {missing[0]} is missing."
        )
    rows_by_name = {row[0]: row for row in rows if row}
    if absent := [name for name in names if name not in rows_by_name]:
        raise ValueError(f"{title} has no row for {len(absent):,} pictures, such as {absent[0]}.")
    columns = [head.index(name) for name in ATTRIBUTES]
    try:
        values = [[TRUTH_VALUES[rows_by_name[name][i].strip()] for i in columns] for name in names]
    except (KeyError, IndexError):
        raise ValueError(f"{title} is damaged: an attribute must be 1, 0 or -1.") from None
    return np.array(values, bool).reshape(len(names), len(ATTRIBUTES))


def _candidates(root: Path) -> list[Path]:
    if location := os.environ.get(CELEBA_VARIABLE):
        return [Path(location)]
    zips = (path for name in ZIP_PATTERNS for path in sorted(root.glob(name)))
    return [root / ALIGNED_FOLDER, root / "celeba", *zips]


def _has_faces(place: Path) -> bool:
    if place.is_dir():
        return len(face_files(place)) >= MIN_FACES
    return place.suffix.lower() == ".zip" and place.is_file()


def _table(place: Path) -> tuple[str, str]:
    """Name and text of the attribute table: in a zip, in a folder or in its parent."""
    if place.is_dir():
        for path in (
            folder / name for folder in (place, place.parent) for name in ATTRIBUTE_TABLES
        ):
            if path.is_file() and path.stat().st_size <= MAX_TABLE_BYTES:
                return path.name, _decode(path.name, path.read_bytes())
    else:
        endings = [Path(name).suffix for name in ATTRIBUTE_TABLES]
        for member in read(place, endings, TRUSTED):
            if isinstance(member, Member) and member.name in ATTRIBUTE_TABLES:
                return member.name, _decode(member.name, member.content)
    raise ValueError(
        f"The faces come without attributes: there is no {' or '.join(ATTRIBUTE_TABLES[:2])}."
    )


def _decode(title: str, content: bytes) -> str:
    if title.endswith(".gz"):
        try:
            content = zlib.decompressobj(wbits=31).decompress(
                content, MAX_TABLE_BYTES
            )  # 31 is gzip
        except zlib.error:
            raise ValueError(f"{title} is damaged: it cannot be unpacked.") from None
    return content.decode("utf-8", "replace")


def _rows(title: str, text: str) -> tuple[list[str], Iterator[list[str]]]:
    """The header, whose first column is the file name, and the rows."""
    lines = text.splitlines()
    if ".csv" in title:
        rows = csv.reader(lines)
        return next(rows, []), rows
    # Original format: the number of rows, the attribute names, then one row per file.
    head, *rest = [line.split() for line in lines[1:]] or [[]]
    return ["", *head], iter(rest)
