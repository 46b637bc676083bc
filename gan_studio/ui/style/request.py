"""A request for one painting: its pictures, its settings, its frames at the rate of a page."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from PIL import Image

from gan_studio.core.events import Frame
from gan_studio.images import files as image_files
from gan_studio.studio import EMBEDDED, Painter, PaintingRecipe, StyleConfig, fingerprint
from gan_studio.ui import image_cache
from gan_studio.ui.style.settings import MAX_SIZE, MAX_STEPS, SLOW_SIZE
from gan_studio.ui.style.sources import MAX_STYLES, Source

PREVIEW_INTERVAL = 0.25
"""seconds between two previews; more often than that only tires the browser"""
PNG_SIZE = 128
"""pixels below which a preview is a PNG"""


@dataclass(frozen=True, kw_only=True)
class StyleRequest:
    """A painting to be made: its pictures and its settings."""

    content: Source
    styles: tuple[Source, ...]
    weights: tuple[float, ...]
    mask: str | None
    """path of a visitor's file"""
    config: StyleConfig
    features: str

    @cached_property
    def before(self) -> Image.Image:
        """The content, read once: its file may be gone when the painting is finished."""
        return self.content.picture()

    @cached_property
    def marks(self) -> dict[str, Any]:
        """The names or fingerprints of its pictures in a recipe, read once, as `before`."""
        return {
            "content": self.content.mark(),
            "styles": tuple(style.mark() for style in self.styles),
            "mask": fingerprint(self.mask) if self.mask else None,
        }

    def frames(self, painter: Painter) -> Iterator[Frame]:
        """The painting; ValueError with one sentence when it cannot be."""
        if not 1 <= len(self.styles) <= MAX_STYLES:
            raise ValueError(f"A painting takes 1 to {MAX_STYLES} styles, not {len(self.styles)}.")
        assert self.marks  # read before the first step
        return painter.paint(
            self.before,
            [style.picture() for style in self.styles],
            self.config,
            style_weights=self.weights,
            mask=image_files.load_mask(self.mask) if self.mask else None,
            features=self.features,
        )

    def within_limits(self, painter: Painter) -> StyleRequest:
        """With a size in pixels, and within what the page offers."""
        config, (most, why) = self.config, (MAX_SIZE, "")
        if self.features != EMBEDDED and not painter.has_accelerator:
            most, why = SLOW_SIZE, f" with {self.features} on a CPU"
        if config.size > most:
            raise ValueError(
                f"size must be at most {most} pixels on this page{why}, not {config.size}."
            )
        if config.steps > MAX_STEPS:
            raise ValueError(f"steps must be at most {MAX_STEPS} on this page, not {config.steps}.")
        size = config.size or min(most, max(self.content.picture().size))
        return replace(self, config=replace(config, size=size))

    def recipe(self, steps: int, strength: float) -> PaintingRecipe:
        return PaintingRecipe(
            **self.marks,
            style_weights=self.weights,
            features=self.features,
            config=self.config,
            steps_done=steps,
            strength=strength,
        )


def throttle(frames: Iterator[Frame], stop: threading.Event) -> Iterator[Frame]:
    """As many frames as a page can show; the last one always. A stop ends them with the next."""
    last_time = 0.0
    with closing(frames):  # pyright: ignore[reportArgumentType]  # a generator
        for frame in frames:
            last = stop.is_set() or frame.step == frame.total
            if last or time.monotonic() - last_time >= PREVIEW_INTERVAL:
                last_time = time.monotonic()
                yield frame
            if last:
                return


def preview(image: Image.Image) -> tuple[bytes, str]:
    """A file's contents and its name."""
    if max(image.size) < PNG_SIZE:
        return image_files.encode_png(image), "preview.png"
    return image_cache.jpeg(image), "preview.jpg"
