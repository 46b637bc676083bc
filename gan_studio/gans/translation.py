"""GANs that turn a source picture into another picture (Isola et al., 2017)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import GAN, DiscriminatorOutputs, Optimizers
from gan_studio.gans.config import GANConfig
from gan_studio.gans.optimizers import adam, check_adam
from gan_studio.gans.penalties import r1

Direction = Literal["forward", "backward"]
"""forward: source -> picture; backward: picture -> source, which only cyclic models know"""


@dataclass(frozen=True, kw_only=True)
class TranslationConfig(GANConfig):
    """Settings of a GAN that translates pictures."""

    image_size: int = 64
    """Image size: height and width in pixels of what a training looks at."""
    load_size: int = 0
    """Height and width to which pictures are brought before they are cropped at random to the image
    size; 0 crops nothing."""
    batch_size: int = 8
    """Batch size: pictures per update, over all processes."""
    learning_rate: float = 5e-4
    """Learning rate of Adam, for both networks unless discriminator_rate is set."""
    discriminator_rate: float = 0.0
    """Learning rate of the discriminator (TTUR, Heusel et al., 2017); 0 uses the generator’s."""
    beta1: float = 0.5
    """β₁ of Adam: exponential decay rate of the mean gradient (momentum)."""
    beta2: float = 0.99
    """β₂ of Adam: exponential decay rate of the mean squared gradient."""
    r1_gamma: float = 1.0
    """Weight γ of the R1 penalty on real pictures (Mescheder et al., 2018); 0 switches it off."""
    r1_fraction: float = 0.25
    """Fraction of each batch on which gradient penalties are computed."""

    reverse: bool = False
    """Whether pairs are learnt from right to left: the right half, or the folder B, is the
    source."""

    fixed_fields: ClassVar = GANConfig.fixed_fields | {"load_size", "reverse"}
    batch_fields: ClassVar = GANConfig.batch_fields | {"load_size"}
    paired: ClassVar[bool] = True
    """whether a training looks at pairs, or at sources and pictures that do not belong together"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.load_size:
            check_int(self.load_size, "load_size", self.image_size, 2048)
        check_adam(self)
        check_float(self.r1_gamma, "r1_gamma", 0, 1e6)
        check_float(self.r1_fraction, "r1_fraction", 0, 1)

    @property
    def source_task(self) -> str:
        """ "pairs", or the task that makes sources from pictures."""
        return "pairs"

    @property
    def read_size(self) -> int:
        """Height and width of pictures in memory."""
        return self.load_size or self.image_size


class TranslationGAN(GAN):
    """A generator that maps pictures to pictures, and its discriminator.

    A batch has `source` (N, source_channels, H, W) and `image` (N, channels, scale H, scale W), in
    [-1, 1]: pairs, or pictures of two kinds that do not belong together.
    """

    cyclic: ClassVar[bool] = False
    """whether it translates in both directions"""
    scale: ClassVar[int] = 1
    """height of a picture in those of its source"""

    def __init__(self, config: TranslationConfig, channels: int = 3, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.config = config

    @property
    @abstractmethod
    def multiple(self) -> int:
        """Pixels of which height and width are multiples inside the generator."""

    @property
    def source_channels(self) -> int:
        """1 of grey sources, 3 of colour."""
        return self.channels

    @abstractmethod
    def generate(self, source: Tensor, direction: Direction = "forward") -> Tensor:
        """Sources whose sides are multiples of `multiple` -> pictures of `scale` times the size."""

    def translate(self, source: Tensor, direction: Direction = "forward") -> Tensor:
        """Sources (N, C, H, W) of any size in [-1, 1] -> pictures, float32.

        (N, channels, scale H, scale W). Sources are padded by reflection to the next multiples, and
        pictures cropped back.
        """
        height, width = (self.scale * n for n in source.shape[2:])
        padded = pad_to_multiple(source, self.multiple)
        return self.generate(padded, direction)[..., :height, :width].float().clamp(-1, 1)

    def fakes(self, batch: Batch, count: int, seed: int) -> Batch:
        del count, seed
        return {**batch, "image": self.translate(batch["source"])}

    @torch.no_grad()
    def preview(self, batch: Batch) -> Tensor:
        """The translations of the batch's sources, (N, C, H, W) in [-1, 1]."""
        self.generator.eval()
        return self.translate(batch["source"])

    def sample_sheet(self, batch: Batch, columns: int) -> Tensor:
        """Rows of sources, translations and, in pairs, the pictures that belong to them."""
        translations, rows = self.preview(batch), []
        sequences = [self.shown_source(batch["source"]), translations]
        if self.config.paired:
            sequences.append(batch["image"].float())
        for start in range(0, len(translations) - columns + 1, columns):
            rows += [part[start : start + columns] for part in sequences]
        return torch.cat(rows)[: 3 * columns * 4]

    def shown_source(self, source: Tensor) -> Tensor:
        """Sources (N, source_channels, H, W) as pictures of the translations' size."""
        x = to_channels(source, self.channels)
        return x if self.scale == 1 else interpolate(x, scale_factor=self.scale)

    def optimizers(self) -> Optimizers:
        return adam(self, self.config)

    def r1_penalty(
        self, D: Callable[..., Tensor], image: Tensor, source: Tensor | None = None
    ) -> Tensor:
        """R1 on a part of the batch, by the picture alone where D sees a source beside it, ()."""
        c = self.config
        if c.r1_gamma == 0:
            return image.new_zeros(())
        n = max(1, round(c.r1_fraction * len(image)))
        rest = () if source is None else (source[:n].float(),)
        return c.r1_gamma / 2 * r1(lambda x: D(x, *rest).mean((1, 2, 3)), image[:n])


def outputs(scores: Tensor) -> DiscriminatorOutputs:
    """Scores of patches (N, 1, h, w) -> the mean of each picture."""
    return DiscriminatorOutputs("score", scores.float().mean((1, 2, 3)))


def pad_to_multiple(x: Tensor, multiple: int) -> Tensor:
    """(N, C, H, W) with columns and rows behind it, so that its sides are multiples, two or more.

    They are reflected, or where it is too small for that its edge is repeated.
    """
    height, width = x.shape[2:]
    right, below = (max(2 * multiple, n + -n % multiple) - n for n in (width, height))
    if not (right or below):
        return x
    fits = right < width and below < height
    return pad(x, (0, right, 0, below), "reflect" if fits else "replicate")


def to_channels(x: Tensor, channels: int) -> Tensor:
    """(N, 1 or 3, H, W) with as many channels as another picture."""
    return x.float().expand(-1, channels, -1, -1) if x.shape[1] == 1 else x.float()


LUMA = (0.299, 0.587, 0.114)
"""weights of red, green and blue (ITU-R BT.601)"""


def luma(rgb: Tensor) -> Tensor:
    """(N, 3, H, W) -> Y (N, 1, H, W), in the same range."""
    red, green, blue = rgb.split(1, 1)
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue


def chroma(rgb: Tensor) -> Tensor:
    """(N, 3, H, W) in [-1, 1] -> Cb and Cr, (N, 2, H, W) in [-1, 1] (ITU-R BT.601, JPEG)."""
    y, (red, _, blue) = luma(rgb), rgb.split(1, 1)
    return torch.cat([(blue - y) / 1.772, (red - y) / 1.402], 1)


def from_luma_chroma(y: Tensor, c: Tensor) -> Tensor:
    """Y (N, 1, H, W) and chroma (N, 2, H, W) -> RGB (N, 3, H, W); saturated ones leave [-1, 1]."""
    cb, cr = c.split(1, 1)
    red, blue = y + 1.402 * cr, y + 1.772 * cb
    green = (y - LUMA[0] * red - LUMA[2] * blue) / LUMA[1]
    return torch.cat([red, green, blue], 1)


def resize(x: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, C, H, W) -> (N, C, *size), bilinear, antialiased where it becomes smaller."""
    return interpolate(x, size, mode="bilinear", antialias=True, align_corners=False)
