"""Pictures for the page: small ones inside HTML, big ones as files that are written once."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from gradio import components
from gradio.data_classes import FileData
from PIL import Image

from gan_studio import images

PRESS = """element.addEventListener('click', event => {
  const pressed = event.target.closest('button');
  if (pressed) trigger('click', {index: Number(pressed.dataset.index)});
});"""
"""what a gr.HTML of picture buttons runs: a press says its index"""


LARGE = 512
"""pixels of width above which a PNG takes too long to write and to send"""


def jpeg(image: Image.Image) -> bytes:
    """As the page shows large pictures: fast to write and small."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def inline(image: Image.Image) -> str:
    """The address of a picture that stands inside the page; a large one loses a little."""
    kind, contents = ("png", images.png) if image.width <= LARGE else ("jpeg", jpeg)
    return f"data:image/{kind};base64,{base64.b64encode(contents(image)).decode()}"


def button(
    image: Image.Image, index: int, name: str, *, current: bool = False, tab: bool = True
) -> str:
    """A picture to press; the press says `index`; `tab` is whether the keyboard stops there."""
    kind = ' class="current"' if current else ""
    stop = "" if tab else ' tabindex="-1"'
    picture = f'<img alt="{name}" src="{inline(image)}">'
    return (
        f'<button type="button"{kind}{stop} data-index="{index}" title="{name}">{picture}</button>'
    )


def file(component: components.Component, contents: bytes, name: str) -> str:
    """A file in the component's cache, named by its contents.

    Gradio writes equal pictures over each other while browsers may be reading them; this writes
    each once.
    """
    folder = Path(component.GRADIO_CACHE) / hashlib.sha256(contents).hexdigest()[:32]
    path = folder / name.replace("/", "-")  # models of the Hub have one in their names
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{os.getpid()}-{id(contents)}"
        draft.write_bytes(contents)
        draft.replace(path)
    return str(path)


class Shelf:
    """Pictures that are shown for a moment: in memory, at addresses like those of files.

    A slider makes twenty a second. As files they would be millions after a day, and each be opened,
    read and closed for one look.
    """

    def __init__(self, room: int) -> None:
        """The latest stay, of so many bytes together."""
        self.room, self._taken, self._lock = room, 0, threading.Lock()
        self._kept: OrderedDict[str, tuple[bytes, set[str]]] = OrderedDict()

    def put(self, component: components.Component, contents: bytes, name: str) -> str:
        """Where the picture is found; it has an address in the component's cache, and no file."""
        folder = hashlib.sha256(contents).hexdigest()[:32]
        path = str(Path(component.GRADIO_CACHE).absolute() / folder / name)
        with self._lock:
            if path in self._kept:
                self._kept.move_to_end(path)
                return path
            self._kept[path] = contents, component.temp_files
            self._taken += len(contents)
            while self._taken > self.room:
                gone, (old, known) = self._kept.popitem(last=False)
                self._taken -= len(old)
                known.discard(gone)  # in which Gradio looks for files that are too old
        return path

    def found(self, path: str) -> bytes | None:
        """The picture of that address, if it is still here."""
        kept = self._kept.get(path)
        return kept and kept[0]


SHELF = Shelf(128 * 10**6)


def served(path: str) -> dict[str, Any]:
    """A file in the cache as the page itself reads it, for events without post-processing."""
    return FileData(path=path, orig_name=Path(path).name).model_dump()
