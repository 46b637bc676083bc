"""A model in memory that turns pictures into pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_studio.core import devices
from gan_studio.datasets import tasks
from gan_studio.datasets.terms import SUBJECTS
from gan_studio.gans.families.inpainting import Inpainting
from gan_studio.gans.translation import (
    Direction,
    TranslationGAN,
    chroma,
    from_luma_chroma,
    luma,
    pad_to_multiple,
    resize,
)
from gan_studio.models.model import LoadedModel

MAX_SIDE = 1024
"""pixels of the longer side at which colour pictures are translated, where no size is asked for"""
RENDER_SIZE = 128
"""pixels of the shorter side at which chroma is computed, where no size is asked for"""
MIN_SIDE = 16
"""pixels of the shorter side of what a network is shown"""
PUBLIC_TASKS = {"small": "enlarge", "photo": "enlarge", "holes": "repair"}
"""task of a training -> task of its model, where that has another name"""


@dataclass(frozen=True)
class Translator(LoadedModel):
    """A model that turns pictures of any size into pictures."""

    gan: TranslationGAN

    @property
    def task(self) -> str:
        """Its task, as in `TranslatorCard`."""
        return public_task(self.gan.config.source_task)

    @property
    def cyclic(self) -> bool:
        """Whether it translates in both directions."""
        return self.gan.cyclic

    @property
    def square(self) -> bool:
        """Whether it was made for squares of one size, such as aligned faces."""
        return is_square(self.task, self.manifest.dataset)

    def working_size(self, height: int, width: int, side: int = 0) -> tuple[int, int]:
        """Height and width at which the network looks at a picture of that size.

        `side` are the pixels of the shorter side; 0: the model's own.
        """
        if self.square:
            side = side or self.gan.config.image_size
            return side, side
        shorter = min(height, width)
        if self.task == "colour":
            target_side = min(side or RENDER_SIZE, shorter)
        else:
            target_side = side or min(shorter, shorter * MAX_SIDE / max(height, width))
        scale = max(target_side, min(shorter, MIN_SIDE)) / shorter
        return max(1, round(scale * height)), max(1, round(scale * width))

    def translate(self, picture: Tensor, direction: Direction = "forward", size: int = 0) -> Tensor:
        """A picture (1, 3, H, W) in [-1, 1] -> its translation, (1, 3, h, w), on the CPU.

        h and w are H and W, for colour from luma always, else those of `working_size`.
        """
        working = self.working_size(picture.shape[2], picture.shape[3], size)
        with torch.inference_mode(), devices.cpu_threads_for(working[0] * working[1]):
            if self.task == "colour":
                return self._colourise(picture, working)
            small = resize(picture, working).to(self.device)
            return self.gan.translate(small, direction).cpu()

    def from_lines(self, field: Tensor) -> Tensor:
        """A distance field of lines (1, 1, H, W) in [-1, 1] -> the picture that is drawn."""
        pixels = field.shape[2] * field.shape[3]
        with torch.inference_mode(), devices.cpu_threads_for(pixels):
            return self.gan.translate(field.to(self.device)).cpu()

    def fill(self, picture: Tensor, mask: Tensor) -> Tensor:
        """The generator's output for a picture (1, 3, h, w) and a mask (1, 1, h, w), 1 if hidden.

        In [-1, 1], on the CPU; of known pixels it is near to what they are. ValueError for a model
        that fills no holes.
        """
        if not isinstance(self.gan, Inpainting):
            raise ValueError(f"{self.name} fills no holes; models of the family inpainting do.")
        height, width = picture.shape[2:]
        with torch.inference_mode(), devices.cpu_threads_for(height * width):
            x = pad_to_multiple(torch.cat([picture, mask], 1), self.gan.multiple).to(self.device)
            return self.gan.fill(x[:, :-1], x[:, -1:])[..., :height, :width].float().cpu()

    def _colourise(self, picture: Tensor, working: tuple[int, int]) -> Tensor:
        """The picture's own luma with the network's chroma, enlarged to the picture's size."""
        grey = luma(picture)
        translation = self.gan.translate(resize(grey, working).to(self.device)).cpu()
        colours = resize(chroma(translation), (picture.shape[2], picture.shape[3]))
        return from_luma_chroma(grey, colours).clamp(-1, 1)


def public_task(source_task: str) -> str:
    """The task of a model, from the task of its training."""
    return PUBLIC_TASKS.get(source_task, source_task)


def is_square(task: str, dataset: str) -> bool:
    """Whether a model of a task was made for squares of one size, such as aligned faces."""
    of_faces = SUBJECTS.get(dataset) == "faces" and task not in ("colour", "enlarge")
    return task == "lines" or of_faces


def drawing_field(drawing: np.ndarray, size: int) -> Tensor:
    """Dark strokes on a light ground, (H, W) uint8 -> the distance field that a network is shown.

    (1, 1, size, size) in [-1, 1]. Strokes are thinned first, so that a thick pen and a thin one
    draw the same.
    """
    from skimage.morphology import skeletonize
    from skimage.transform import resize as resize_array

    ink = resize_array(drawing / 255, (2 * size, 2 * size), anti_aliasing=True) < 0.6
    thin = np.asarray(skeletonize(ink)).reshape(size, 2, size, 2)
    return tasks.distance_field(np.asarray(thin.any((1, 3))))[None].float().div(127.5).sub(1)
