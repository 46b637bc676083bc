"""Is a generated picture a copy? The training pictures nearest to it, and how near real ones come.

How near is suspicious depends on the pictures, so they are their own yardstick: the distances from
real pictures that no training saw to their nearest training pictures, as in Meehan, Chaudhuri &
Dasgupta, 2020, *A Non-Parametric Test to Detect Data-Copying in Generative Models*,
https://arxiv.org/abs/2004.05675.
"""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from gan_studio import vision
from gan_studio.core.validation import check_int
from gan_studio.datasets import registry
from gan_studio.datasets.dataset import Dataset
from gan_studio.datasets.memmap import MemoryMap
from gan_studio.evaluation import metrics
from gan_studio.evaluation.metrics import Neighbours
from gan_studio.evaluation.references import subsample
from gan_studio.images import convert
from gan_studio.images.recipe import Recipe
from gan_studio.models.model import Model
from gan_studio.vision import pooled

LAYER, PLACES = "relu4_1", 4
"""what is compared: the means of a layer over 4 x 4 parts of a picture. Means over all of it find a
copy as well, unless it is blurred (7 of 100 such copies, against 83; faces of 64 pixels)"""
HELD_OUT = 500
"""real pictures by which a distance is judged"""
SUSPICIOUS = 0.01
"""share of these that come as near, below which a picture may be a copy"""
MAX_NEAREST = 12
"""training pictures that are shown"""
MAX_INDICES = 2
"""data sets that stay at hand, in files: of 60,000 pictures the features take 370 MB"""


@dataclass(frozen=True, kw_only=True)
class NearestImages:
    """A picture and the training pictures nearest to it."""

    picture: Image.Image
    nearest: tuple[Image.Image, ...]
    """nearest first; mirrored where that is nearer"""
    names: tuple[str, ...]
    """of their files, or their numbers in the data set"""
    distances: tuple[float, ...]
    dataset: str
    count: int
    """training pictures that were looked through"""
    typical: float
    """median distance from a real picture that no training saw to its nearest training picture"""
    closer: float
    """share of those that come as near as this picture, or nearer"""
    held_out: int
    """how many there are of them"""

    @property
    def suspicious(self) -> bool:
        """Whether hardly any real picture comes as near."""
        return self.closer < SUSPICIOUS

    @property
    def sentences(self) -> str:
        """The numbers in plain sentences."""
        verdict = (
            "Compare them: it may be a copy." if self.suspicious else "Nothing suggests a copy."
        )
        return (
            f"The nearest of {self.count:,} training pictures is {self.distances[0]:.1f} away. "
            f"Of {self.held_out} real pictures that no training saw, {self.closer:.0%} come as "
            f"near to one; {self.typical:.1f} is usual. {verdict}"
        )


class FeatureIndex:
    """The training pictures of a data set, as the embedded network sees them."""

    def __init__(self, train: Dataset, others: Dataset, device: torch.device) -> None:
        self.device, self.network = device, vision.load("embedded", device)
        parts = train.images.split(pooled.CHUNK)
        self.features = MemoryMap(self.features_of(part) for part in parts)
        self.pictures = MemoryMap(part.numpy() for part in parts)
        images = torch.from_numpy(self.pictures.array)
        self.train = dataclasses.replace(train, images=images)
        both = self.search(subsample(others.images, HELD_OUT), 1)
        self.real = np.minimum(*(neighbours.distances[:, 0] for neighbours in both))

    def features_of(self, pictures: Tensor) -> np.ndarray:
        """Pictures (N, C, H, W) uint8 -> features (N, D) in half precision, to save memory."""
        parts = (
            pooled.activations(self.network, part, LAYER, self.device)
            for part in pictures.split(pooled.CHUNK)
        )
        flat = [adaptive_avg_pool2d(x, PLACES).flatten(1).half().cpu() for x in parts]
        return torch.cat(flat).numpy()

    def search(self, pictures: Tensor, k: int) -> list[Neighbours]:
        """The nearest training pictures of each as it is and of each mirrored, k both times."""
        orientations = (pictures, pictures.flip(3))  # a training with flips learns both
        neighbours = [
            metrics.nearest(self.features_of(images), self.features.array, k)
            for images in orientations
        ]
        self.features.release()
        return neighbours

    def nearest(self, picture: Tensor, count: int) -> NearestImages:
        """The training pictures nearest to a picture (C, H, W) uint8."""
        candidates = [
            (distance, place, flip)
            for flip, neighbours in enumerate(
                self.search(picture[None], min(count, len(self.train)))
            )
            for distance, place in zip(neighbours.distances[0], neighbours.indices[0], strict=True)
        ]
        best: dict[int, tuple[float, int]] = {}  # each once: a face is nearly its own mirror image
        for distance, place, flip in sorted(candidates):
            best.setdefault(int(place), (float(distance), flip))
        selection = dict(list(best.items())[:count])
        distances = tuple(distance for distance, _ in selection.values())
        nearest = tuple(self.training_image(i, flip) for i, (_, flip) in selection.items())
        self.pictures.release()
        return NearestImages(
            picture=_pil(picture),
            nearest=nearest,
            names=tuple(self.train.names[i] if self.train.names else str(i) for i in selection),
            distances=distances,
            dataset=self.train.name,
            count=len(self.train),
            typical=float(np.median(self.real)),
            closer=float((self.real <= distances[0]).mean()),
            held_out=len(self.real),
        )

    def training_image(self, place: int, flip: int) -> Image.Image:
        picture = self.train.images[place]
        return _pil(picture.flip(2) if flip else picture)


class IndexCache:
    """The latest few indices that were made."""

    def __init__(self) -> None:
        self._indices: dict[tuple[str, int, int], FeatureIndex] = {}
        self._lock = threading.Lock()

    def nearest(self, model: Model, recipe: Recipe, count: int) -> NearestImages:
        """The training pictures of the recipe's model that are nearest to its picture.

        ValueError with one sentence where these pictures are not at hand.
        """
        k = check_int(count, "The number of training pictures", 1, MAX_NEAREST)
        picture = convert.to_uint8(model.draw(model.point(recipe)))
        return self.index(model).nearest(torch.from_numpy(picture)[0].permute(2, 0, 1), k)

    def index(self, model: Model) -> FeatureIndex:
        """The training pictures of a model at its own size; made at the first call, in minutes."""
        dataset, size = model.manifest.dataset, model.manifest.config.image_size
        if not registry.is_available(dataset):
            raise ValueError(
                f"{model.name} learned from {dataset}, and those pictures are not at hand here."
            )
        key = dataset, size, model.manifest.channels
        with self._lock:
            index = self._indices.pop(key, None) or _index(*key, model.device)
            self._indices[key] = index
            for old in list(self._indices)[:-MAX_INDICES]:
                del self._indices[old]
        return index


def _index(dataset: str, size: int, channels: int, device: torch.device) -> FeatureIndex:
    train, test = (registry.load(dataset, size, train=t, channels=channels) for t in (True, False))
    return FeatureIndex(train, test, device)


def _pil(picture: Tensor) -> Image.Image:
    return convert.to_pil(picture.permute(1, 2, 0).numpy())
