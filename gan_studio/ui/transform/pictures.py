"""The pictures that visitors bring: kept as files for a while, found again by what they hold."""

from __future__ import annotations

import base64
import binascii
import io
import re
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageOps

from gan_studio.images import files as image_files
from gan_studio.studio.translate import check_picture
from gan_studio.ui import image_cache
from gan_studio.ui.temp_folder import FOLDER
from gan_studio.ui.transform import enlarging

PREVIEW = 1024
"""pixels along the longer side of what the page shows; a PNG is saved at full size"""
NAME = "source"
MAX_DRAWING = 400_000
"""characters of a drawing, whose PNG stands in the request"""


class GoneError(ValueError):
    """A picture is not here any more; the page sends it again."""


def keep(contents: bytes) -> str:
    """The token of a picture; ValueError with one sentence if it cannot be read or translated."""
    check_picture(image_files.load(io.BytesIO(contents), "The file"))
    return Path(image_cache.write(contents, NAME)).parent.name


def full(token: str) -> Image.Image:
    """A picture that was kept, as large as it is read, with its transparency."""
    contents = io.BytesIO(_path(token).read_bytes())
    return image_files.load(contents, "The file", keep_alpha=True)


def remarks(token: str) -> list[str]:
    """Sentences on how a picture was read."""
    _path(token)
    return [*_remarks(token)]


@lru_cache(maxsize=64)
def _remarks(token: str) -> tuple[str, ...]:
    return tuple(image_files.remarks(_path(token), "The file"))


def preview(token: str) -> Image.Image:
    """The same at the size of the page, shared with others who use it."""
    _path(token)  # whether it is still here
    return _preview(token)


def middle(token: str) -> Image.Image:
    """The middle of a picture as it is, for a model that enlarges it."""
    _path(token)
    return _middle(token)


@lru_cache(maxsize=8)
def _middle(token: str) -> Image.Image:
    return enlarging.middle(full(token))


@lru_cache(maxsize=8)
def _preview(token: str) -> Image.Image:
    return shrink(full(token))


def shrink(picture: Image.Image) -> Image.Image:
    """At most PREVIEW pixels along the longer side."""
    if max(picture.size) <= PREVIEW:
        return picture
    return ImageOps.contain(picture, (PREVIEW, PREVIEW), Image.Resampling.LANCZOS)


def drawing(address: str) -> Image.Image:
    """The drawing of a data: URL; ValueError for anything else."""
    head, _, text = address.partition(",")
    if head != "data:image/png;base64" or len(text) > MAX_DRAWING:
        raise ValueError("The drawing must be a PNG of at most 300 kB, as a data: URL.")
    try:
        contents = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("The drawing’s data: URL does not hold valid base64.") from None
    return image_files.load(io.BytesIO(contents), "The drawing")


def _path(token: str) -> Path:
    path = FOLDER / token / NAME
    if not re.fullmatch("[0-9a-f]{32}", token) or not path.is_file():
        raise GoneError("The picture is not here any more; drop it again.")
    return path
