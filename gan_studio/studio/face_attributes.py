"""Attributes of faces in pictures: those of a classifier, and measures of the pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_studio.datasets.celeba import ATTRIBUTES
from gan_studio.gans.latents.directions import fix_signs
from gan_studio.studio.face_crop import WHOLE, Crop
from gan_studio.vision.faces import FaceAttributeClassifier, to_input_size


def brightness(pictures: Tensor) -> Tensor:
    """Mean of all pixels, (N, C, H, W) -> (N,)."""
    return pictures.mean((1, 2, 3))


def light_from_left(pictures: Tensor) -> Tensor:
    """Mean brightness of the left half of the face minus the right, (N, C, H, W) -> (N,)."""
    side = pictures.shape[-1]
    face = pictures[:, :, side // 4 : side - side // 8, side // 4 : side - side // 4]
    left, right = face.chunk(2, 3)
    return left.mean((1, 2, 3)) - right.mean((1, 2, 3))


def oddity(pictures: Tensor) -> Tensor:
    """The difference of a face from its mirror image, whatever its light, (N, C, H, W) -> (N, 220).

    The odd half of its local contrast, as far as the head reaches. In aligned photographs most of
    it comes from a head that is turned, and the first principal axis is the turn.
    """
    grey = to_input_size(pictures.mean(1, keepdim=True))
    mean, square = (_around(x) for x in (grey, grey.square()))
    contrast = (grey - mean) / ((square - mean.square()).clamp_min(0) + 0.02).sqrt()
    head = avg_pool2d(contrast, 2)[:, :, 6:28, 6:26]
    return ((head - head.flip(3)) / 2)[..., :10].flatten(1)


def _around(x: Tensor) -> Tensor:
    """The mean of the 9 x 9 pixels around each."""
    return avg_pool2d(x, 9, 1, 4, count_include_pad=False)


@dataclass(frozen=True)
class Attribute:
    """An attribute of the face classifier, or its absence."""

    name: str
    absent: bool = False

    @property
    def meaning(self) -> str:
        return f"not {self.name}" if self.absent else self.name


CLASSIFIED = {
    "smiling": Attribute("Smiling"),
    "open mouth": Attribute("Mouth_Slightly_Open"),
    "glasses": Attribute("Eyeglasses"),
    "black hair": Attribute("Black_Hair"),
    "brown hair": Attribute("Brown_Hair"),
    "blond hair": Attribute("Blond_Hair"),
    "grey hair": Attribute("Gray_Hair"),
    "bangs": Attribute("Bangs"),
    "age": Attribute("Young", absent=True),
    "masculine": Attribute("Male"),
    "beard": Attribute("No_Beard", absent=True),
    "lipstick": Attribute("Wearing_Lipstick"),
    "pale skin": Attribute("Pale_Skin"),
    "hat": Attribute("Wearing_Hat"),
}
PIXEL_MEASURES: dict[str, Callable[[Tensor], Tensor]] = {
    "brightness": brightness,
    "light from left": light_from_left,
}
"""of the pixels themselves, as the share of the others that have less of it"""
ABSENT, PRESENT = 0.2, 0.8
"""scores of an attribute that a picture lacks, and of one that it has"""


class AttributeScorer:
    """Scores pictures: how much they have of each slider's attribute, from 0 to 1."""

    names: Sequence[str] = (*CLASSIFIED, *PIXEL_MEASURES, "pose")

    def __init__(self, reader: FaceAttributeClassifier, crop: Crop = WHOLE) -> None:
        self.reader, self.crop = reader, crop
        self.axis = torch.zeros(0)
        self.scale = torch.zeros(0, len(self.names) - len(CLASSIFIED))

    def raw(self, pictures: Tensor) -> Tensor:
        """Of pictures (N, 3, size, size) in [-1, 1]: probabilities, measures, oddity, (N, ...)."""
        pictures = self.crop(pictures)
        probabilities = self.reader(pictures)
        columns = [_column(probabilities, attribute) for attribute in CLASSIFIED.values()]
        measures = [measure(pictures) for measure in PIXEL_MEASURES.values()]
        return torch.cat([torch.stack([*columns, *measures], 1), oddity(pictures)], 1)

    def calibrate(self, raw: Tensor) -> None:
        """Fit the scales to pictures: their oddity gets an axis, and measures become quantiles."""
        odd = raw[:, len(CLASSIFIED) + len(PIXEL_MEASURES) :].double()
        _, axes = torch.linalg.eigh(odd.T @ odd)  # a mirrored picture has the opposite oddity
        self.axis = fix_signs(axes[:, -1:].T)[0].float()
        self.scale = self.measures(raw).T.contiguous().sort().values

    def measures(self, raw: Tensor) -> Tensor:
        """Measures of the pixels; pose is what differs most from its mirror image, (N, ...)."""
        pixel_measures, odd = raw[:, len(CLASSIFIED) :].tensor_split([len(PIXEL_MEASURES)], 1)
        return torch.cat([pixel_measures, odd @ self.axis[:, None]], 1)

    def shares(self, raw: Tensor) -> Tensor:
        """Scores from `raw`; that of a measure is the share of fitted pictures that have less."""
        less = torch.searchsorted(self.scale, self.measures(raw).T.contiguous())
        return torch.cat([raw[:, : len(CLASSIFIED)], less.T / max(1, self.scale.shape[1])], 1)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures (N, 3, size, size) in [-1, 1] -> (N, sliders) from 0 to 1."""
        return self.shares(self.raw(pictures))

    def odds(self, pictures: Tensor) -> Tensor:
        """The same as log-odds, (N, sliders), from which pictures on the reader's device can learn.

        Of a measure they are a line through two points: 20 % and 80 % of fitted pictures have less.
        """
        pictures = self.crop(pictures)
        logits = self.reader.logits(pictures)
        attribute_logits = [
            _column(logits, attribute, whole=0) for attribute in CLASSIFIED.values()
        ]
        measures = [measure(pictures) for measure in PIXEL_MEASURES.values()]
        measures.append(oddity(pictures) @ self.axis.to(pictures.device))
        count = self.scale.shape[1]
        low, high = (
            self.scale[:, round(share * (count - 1))].to(pictures.device)
            for share in (ABSENT, PRESENT)
        )
        lines = (torch.stack(measures, 1) - (low + high) / 2) / (high - low).clamp_min(1e-9)
        return torch.cat([torch.stack(attribute_logits, 1), 2 * logit(PRESENT) * lines], 1)


def logit(p: float) -> float:
    """log(p / (1 - p))."""
    return math.log(p / (1 - p))


def _column(outputs: Tensor, attribute: Attribute, whole: int = 1) -> Tensor:
    """An attribute's column of the classifier's outputs (N, 40), or `whole` minus it if absent."""
    column = outputs[:, ATTRIBUTES.index(attribute.name)]
    return whole - column if attribute.absent else column
