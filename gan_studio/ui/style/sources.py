"""The pictures of a painting: examples that ship, and files that a visitor uploaded."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageOps

from gan_studio.images import files as image_files
from gan_studio.studio import DIGITS, examples, fingerprint
from gan_studio.ui import image_cache

MAX_STYLES = 4
MAX_UPLOADS = 6
"""of each kind that a visit keeps; the oldest goes first"""
THUMB, STAGE = 96, 640
"""pixels along a side of a thumbnail, and along the longer side of what is shown before painting"""
CACHED_PIXELS = 2 * image_files.WORKING_PIXELS
"""of decoded pictures that are kept: enough for a content and a style of the largest size"""


@dataclass(frozen=True)
class Source:
    """One picture."""

    kind: Literal["content", "style"]
    name: str
    """an example's, or that of a file"""
    path: str = ""
    """where Gradio keeps a visitor's file; nothing for an example"""

    @classmethod
    def of(cls, kind: Literal["content", "style"], path: str) -> Source:
        """A visitor's file."""
        return cls(kind, Path(path).name, path)

    @property
    def painting(self) -> examples.Painting | None:
        """The painting that it shows, if it is an example style."""
        return examples.STYLES.get(self.name) if self.kind == "style" and not self.path else None

    def picture(self) -> Image.Image:
        """Shared with others who use it: copy it before you change it."""
        if self.path and not Path(self.path).exists():
            return self.decode()  # refuses it, whether it is in the cache or not
        return _pictures.get(self)

    def decode(self) -> Image.Image:
        if self.path:
            return image_files.load(self.path)
        return (examples.content if self.kind == "content" else examples.style)(self.name)

    def mark(self) -> str:
        """Its name in a recipe: an example's, or the beginning of the file's SHA-256."""
        return fingerprint(self.path) if self.path else self.name


class PictureCache:
    """Decoded pictures, together at most so many pixels; the least recently used goes first."""

    def __init__(self, pixels: int) -> None:
        self.pixels = pixels
        self._images: OrderedDict[Source, Image.Image] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, source: Source) -> Image.Image:
        with self._lock:
            image = self._images.get(source)
        picture = image or source.decode()
        with self._lock:
            self._images[source] = picture
            self._images.move_to_end(source)
            while sum(p.width * p.height for p in self._images.values()) > self.pixels:
                self._images.popitem(last=False)
        return picture


_pictures = PictureCache(CACHED_PIXELS)


def contents() -> tuple[Source, ...]:
    return tuple(Source("content", name) for name in examples.CONTENTS)


def styles() -> tuple[Source, ...]:
    return tuple(Source("style", name) for name in examples.STYLES)


@dataclass(frozen=True)
class Selection:
    """The pictures to choose from, and those that are chosen."""

    contents: tuple[Source, ...] = dataclasses.field(default_factory=contents)
    styles: tuple[Source, ...] = dataclasses.field(default_factory=styles)
    content: int = 0
    chosen_styles: tuple[int, ...] = (0,)
    """styles, in the order in which they were pressed"""

    def with_content(self, index: int) -> Selection:
        return dataclasses.replace(self, content=index)

    def with_style(self, index: int, *, mixed: bool) -> Selection:
        """That style alone; mixed, in addition to the others, or no longer."""
        if not mixed:
            return dataclasses.replace(self, chosen_styles=(index,))
        if index not in self.chosen_styles:
            return self.with_styles((*self.chosen_styles, index))
        rest = tuple(i for i in self.chosen_styles if i != index)
        return dataclasses.replace(self, chosen_styles=rest or self.chosen_styles)

    def with_upload(self, path: str) -> Selection:
        """A visitor's content, which is chosen at once; ValueError if it is no picture."""
        sources = _append(self.contents, [_read_source("content", path)])
        return dataclasses.replace(self, contents=sources, content=len(sources) - 1)

    def with_uploads(self, paths: Sequence[str]) -> Selection:
        """A visitor's styles, which are chosen at once; ValueError if one is no picture."""
        uploads = [_read_source("style", path) for path in paths[: MAX_STYLES + 1]]
        sources = _append(self.styles, uploads)
        selection = dataclasses.replace(self, styles=sources)
        return selection.with_styles(tuple(range(len(sources) - len(paths), len(sources))))

    def restore(self, content: str, styles: Sequence[str]) -> tuple[Selection, list[str]]:
        """With the pictures of a recipe chosen, as far as they are here; and those that are not."""
        content_indices, selection = _indices_by_mark(self.contents), self
        missing = [] if content in content_indices else [f"the content, {describe(content)}"]
        if content in content_indices:
            selection = selection.with_content(content_indices[content])
        style_indices = _indices_by_mark(self.styles)
        missing_styles = [
            f"the style, {describe(mark)}" for mark in styles if mark not in style_indices
        ]
        if not styles or missing_styles or len(styles) > MAX_STYLES:
            return selection, [*missing, *missing_styles]
        return selection.with_styles(tuple(style_indices[mark] for mark in styles)), missing

    def with_styles(self, indices: tuple[int, ...]) -> Selection:
        """Those styles, in that order."""
        if len(indices) > MAX_STYLES:
            raise ValueError(f"A painting mixes at most {MAX_STYLES} styles.")
        return dataclasses.replace(self, chosen_styles=indices)

    @property
    def sources(self) -> tuple[Source, tuple[Source, ...]]:
        """The chosen content and styles."""
        return self.contents[self.content], tuple(self.styles[i] for i in self.chosen_styles)

    @property
    def style_marks(self) -> tuple[str, ...]:
        """The marks of the chosen styles in a recipe; none where a file is gone."""
        try:
            return tuple(style.mark() for style in self.sources[1])
        except OSError:
            return ()

    def ingredients(self) -> Image.Image:
        """The chosen content with its styles in a corner."""
        content, chosen_styles = self.sources
        stage = ImageOps.contain(content.picture().convert("RGB"), (STAGE, STAGE))
        side, gap = max(8, min(stage.size) // 4), max(2, STAGE // 160)
        for i, style in enumerate(chosen_styles, 1):
            inset = ImageOps.fit(style.picture().convert("RGB"), (side, side))
            framed_inset = ImageOps.expand(inset, gap, "white")
            corner = (stage.width - i * (side + 3 * gap), stage.height - side - 3 * gap)
            stage.paste(framed_inset, corner)
        return stage


@lru_cache(maxsize=64)
def thumb(source: Source) -> str:
    """The address of a small picture inside the page."""
    small = ImageOps.fit(source.picture().convert("RGB"), (THUMB, THUMB))
    return image_cache.jpeg_url(small)


def _read_source(kind: Literal["content", "style"], path: str) -> Source:
    source = Source.of(kind, path)
    thumb(source)  # raises for what is no picture now, rather than when it is painted
    return source


def _append(sources: tuple[Source, ...], new: Sequence[Source]) -> tuple[Source, ...]:
    """The examples, and the latest of a visitor's uploads."""
    uploads = [source for source in sources if source.path and source not in new]
    return (
        *(source for source in sources if not source.path),
        *[*uploads, *new][-MAX_UPLOADS:],
    )


def _indices_by_mark(sources: Sequence[Source]) -> dict[str, int]:
    """The mark of each in a recipe -> its index; a file that is gone is left out."""
    indices: dict[str, int] = {}
    for index, source in enumerate(sources):
        with suppress(OSError):
            indices[source.mark()] = index
    return indices


def describe(mark: str) -> str:
    """A picture that is not at hand, as a recipe describes it."""
    if re.fullmatch(f"[0-9a-f]{{{DIGITS}}}", mark):
        return f"a file of yours (its SHA-256 begins with {mark})"
    return f"“{mark[:40]}”, an example that this version does not have"
