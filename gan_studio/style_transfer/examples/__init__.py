"""Example pictures for style transfer: photographs as contents, paintings as styles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from PIL import Image

MAX_SIDE = 640
"""pixels along the longer side of a photograph"""


@dataclass(frozen=True)
class Painting:
    """A work in the public domain: its artist died more than 80 years ago."""

    title: str
    artist: str
    died: int
    year: int
    file: str
    """a JPEG beside this file, 512 pixels along the longer side"""

    @property
    def caption(self) -> str:
        return f"{self.artist}, {self.title}, {self.year}"


CONTENTS: dict[str, tuple[str, str]] = {
    # danielbuechele, flickr.com/photos/danielbuechele/6061409035, CC BY 2.0
    "pagoda": ("sklearn", "china.jpg"),
    # vultilion, flickr.com/photos/vultilion/6056698931, CC BY 2.0
    "flower": ("sklearn", "flower.jpg"),
    "astronaut": ("skimage", "astronaut"),  # Eileen Collins, NASA, public domain
    "cat": ("skimage", "chelsea"),  # Stefan van der Walt, CC0
    "coffee": ("skimage", "coffee"),  # Rachel Michetti, CC0
    "rocket": ("skimage", "rocket"),  # SpaceX, public domain
}
"""name -> the package that brings the photograph, and its name there: no network is needed"""
PAINTINGS = (
    Painting("The Starry Night", "Vincent van Gogh", 1890, 1889, "starry_night.jpg"),
    Painting("The Great Wave off Kanagawa", "Katsushika Hokusai", 1849, 1831, "great_wave.jpg"),
    Painting("The Scream", "Edvard Munch", 1944, 1893, "scream.jpg"),
    Painting("Composition VII", "Wassily Kandinsky", 1944, 1913, "composition_vii.jpg"),
    Painting("Tableau No. 2", "Piet Mondrian", 1944, 1913, "tableau_no_2.jpg"),
    Painting("Wheat Field with Cypresses", "Vincent van Gogh", 1890, 1889, "wheat_field.jpg"),
    Painting("Three Tahitian Women", "Paul Gauguin", 1903, 1896, "tahitian_women.jpg"),
    Painting("The Shipwreck of the Minotaur", "J. M. W. Turner", 1851, 1810, "shipwreck.jpg"),
)
STYLES: dict[str, Painting] = {painting.title: painting for painting in PAINTINGS}


def content(name: str) -> Image.Image:
    """A photograph; ValueError with one sentence if there is none of that name."""
    package, file = _lookup(name, CONTENTS, "content")
    if package == "sklearn":
        from sklearn.datasets import load_sample_image

        photograph = Image.fromarray(load_sample_image(file))
    else:
        from skimage import data

        photograph = Image.fromarray(getattr(data, file)())
    photograph.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    return photograph


def style(name: str) -> Image.Image:
    """A painting; ValueError with one sentence if there is none of that title."""
    painting = _lookup(name, STYLES, "style")
    with (files(__name__) / painting.file).open("rb") as file, Image.open(file) as image:
        return image.convert("RGB")


def _lookup(name: str, table: Mapping[str, Any], kind: str) -> Any:
    if name not in table:
        raise ValueError(
            f"There is no example {kind} {name!r}; the known ones are {', '.join(table)}."
        )
    return table[name]
