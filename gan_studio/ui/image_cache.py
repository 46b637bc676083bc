"""Pictures for the page: small ones inside HTML, big ones as files that are written once."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from gradio import components
from PIL import Image

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.ui import cache

PRESS = """element.addEventListener('click', event => {
  const pressed = event.target.closest('button');
  if (pressed) trigger('click', {index: Number(pressed.dataset.index)});
});"""
"""script of a gr.HTML of picture buttons: a press triggers a click with its index"""


MAX_PNG_WIDTH = 512
"""pixels of width above which a PNG takes too long to write and to send"""


def jpeg(image: Image.Image) -> bytes:
    """As the page shows large pictures: fast to write and small."""
    return image_files.encode(image, "JPEG", quality=90)


def inline(image: Image.Image, recipe: Recipe | None = None) -> str:
    """The address of a picture that stands inside the page; a large one loses a little."""
    png = image.width <= MAX_PNG_WIDTH
    contents = image_files.encode_png(image, recipe) if png else jpeg(image)
    kind = "png" if png else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(contents).decode()}"


def file(component: components.Component, contents: bytes, name: str) -> str:
    """A file in the component's cache, named by its contents.

    Gradio writes equal pictures over each other while browsers may be reading them; this writes
    each once.
    """
    folder = Path(component.GRADIO_CACHE) / hashlib.sha256(contents).hexdigest()[:32]
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
