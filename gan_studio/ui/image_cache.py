"""Pictures for the page: small ones inside HTML, big ones as files that are written once."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from gan_studio.core.validation import abbreviate
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.ui import cache
from gan_studio.ui.temp_folder import FOLDER

PRESS = """element.addEventListener('click', event => {
  const pressed = event.target.closest('button[data-key]');
  if (pressed) trigger('click', {key: pressed.dataset.key});
});"""
"""script of a gr.HTML of buttons: a press triggers a click with its key"""


MAX_PNG_WIDTH = 512
"""pixels of width above which a PNG takes too long to write and to send"""


def jpeg(image: Image.Image) -> bytes:
    """As the page shows large pictures: fast to write and small."""
    return image_files.encode(image, "JPEG", quality=90)


def inline(image: Image.Image, recipe: Recipe | None = None) -> str:
    """The address of a picture that stands inside the page; a large one loses a little."""
    png = image.width <= MAX_PNG_WIDTH
    contents = image_files.encode_png(image, recipe) if png else jpeg(image)
    return data_url(f"image/{'png' if png else 'jpeg'}", contents)


def jpeg_url(image: Image.Image) -> str:
    """The address of a picture as a JPEG that stands inside the page."""
    return data_url("image/jpeg", jpeg(image))


def data_url(media_type: str, contents: bytes) -> str:
    """The contents of a file as an address."""
    return f"data:{media_type};base64,{base64.b64encode(contents).decode()}"


def write(contents: bytes, name: str) -> str:
    """A file that the page may show, named by its contents.

    Gradio writes equal pictures over each other while browsers may be reading them; this writes
    each once.
    """
    folder = FOLDER / hashlib.sha256(contents).hexdigest()[:32]
    path = folder / name.replace("/", "-")  # models of the Hub have one in their names
    with cache.LOCK:
        if path.exists():
            os.utime(path)  # it counts as new
        else:
            folder.mkdir(parents=True, exist_ok=True)
            draft = folder / f".{os.getpid()}-{id(contents)}"
            draft.write_bytes(contents)
            draft.replace(path)
    return str(path)


def uploaded_paths(files: Any) -> list[str]:
    """Paths of files that a program has uploaded; ValueError for any other file."""
    if not isinstance(files, list):
        raise ValueError(f"The files must be a list, not {abbreviate(files)}.")
    names = [one.get("path") if isinstance(one, Mapping) else one for one in files]
    paths = [Path(str(name)).resolve() for name in names]
    if not all(path.is_relative_to(FOLDER) and path.is_file() for path in paths):
        raise ValueError("A file must be an uploaded one; no other file here is read.")
    return [str(path) for path in paths]
