"""Pictures to begin with: photographs as contents, and styles drawn by our own code."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from PIL import Image

from gan_studio.examples import cells, paintings, photographs, prints, threads, washes

Pictures = dict[str, Callable[[], Image.Image]]

CONTENTS: Pictures = {
    "pagoda": photographs.pagoda,
    "flower": photographs.flower,
    "astronaut": photographs.astronaut,
    "cat": photographs.cat,
    "coffee": photographs.coffee,
    "rocket": photographs.rocket,
}
STYLES: Pictures = {
    "swirling oil": paintings.swirling_oil,
    "stained glass": cells.stained_glass,
    "woodblock waves": prints.woodblock_waves,
    "mosaic": cells.mosaic,
    "ink hatching": prints.ink_hatching,
    "watercolour": washes.watercolour,
    "coloured dots": paintings.coloured_dots,
    "broken planes": cells.broken_planes,
    "marbled paper": washes.marbled_paper,
    "embroidery": threads.embroidery,
    "palette knife": paintings.palette_knife,
    "soft pastel": paintings.soft_pastel,
}


def content(name: str) -> Image.Image:
    """A photograph; ValueError with one sentence if there is none of that name."""
    return _drawn(_known(name, CONTENTS, "content")).copy()


def style(name: str) -> Image.Image:
    """A style picture, drawn once; ValueError with one sentence if there is none of that name."""
    return _drawn(_known(name, STYLES, "style")).copy()


@lru_cache
def _drawn(picture: Callable[[], Image.Image]) -> Image.Image:
    return picture()


def _known(name: str, pictures: Pictures, kind: str) -> Callable[[], Image.Image]:
    if name not in pictures:
        raise ValueError(
            f"There is no example {kind} {name!r}; the known ones are {', '.join(pictures)}."
        )
    return pictures[name]
