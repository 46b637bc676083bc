"""Photographs that come with scikit-learn and scikit-image, so that no network is needed."""

from __future__ import annotations

import numpy as np
from PIL import Image

LARGEST = 640
"""pixels along the longer side"""


def pagoda() -> Image.Image:
    """A pavilion, by danielbuechele, flickr.com/photos/danielbuechele/6061409035, CC BY 2.0."""
    return _of_scikit_learn("china.jpg")


def flower() -> Image.Image:
    """A dahlia, by vultilion, flickr.com/photos/vultilion/6056698931, CC BY 2.0."""
    return _of_scikit_learn("flower.jpg")


def astronaut() -> Image.Image:
    """The astronaut Eileen Collins, by NASA, in the public domain."""
    from skimage import data

    return _at_most_large(data.astronaut())


def cat() -> Image.Image:
    """The face of the cat Chelsea, by Stefan van der Walt, CC0."""
    from skimage import data

    return _at_most_large(data.chelsea())


def coffee() -> Image.Image:
    """A cup of coffee on a wooden table, by Rachel Michetti, CC0."""
    from skimage import data

    return _at_most_large(data.coffee())


def rocket() -> Image.Image:
    """A Falcon 9 on its launch pad, by SpaceX, in the public domain."""
    from skimage import data

    return _at_most_large(data.rocket())


def _of_scikit_learn(file: str) -> Image.Image:
    from sklearn.datasets import load_sample_image

    return _at_most_large(load_sample_image(file))


def _at_most_large(pixels: np.ndarray) -> Image.Image:
    """(H, W, 3) uint8 -> a picture whose longer side fits into `LARGEST`."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return picture
