"""Images of one size with their labels, uint8 in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan_studio.datasets.captions import Captions


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Images of one size, with labels if there are any."""

    name: str
    images: Tensor
    """(N, C, size, size) uint8"""
    labels: Tensor | None = None
    """(N,) int64"""
    names: tuple[str, ...] = ()
    """file names; empty if the images do not come from files"""
    skipped: tuple[str, ...] = ()
    """one sentence for each file that could not be read"""
    captions: Captions | None = None
    """captions of the images, where there are any"""

    def __len__(self) -> int:
        return len(self.images)

    @property
    def channels(self) -> int:
        return self.images.shape[1]

    @property
    def classes(self) -> int:
        """Number of classes; 0 without labels."""
        return 0 if self.labels is None else int(self.labels.max()) + 1


def subset(dataset: Dataset, mask: Tensor) -> Dataset:
    """The images for which `mask` (N,) bool is true."""
    labels = None if dataset.labels is None else dataset.labels[mask]
    names = tuple(compress(dataset.names, mask.tolist()))
    captions = dataset.captions and dataset.captions.subset(mask)
    images = dataset.images[mask]
    return replace(dataset, images=images, labels=labels, names=names, captions=captions)


def resize(pictures: Tensor, size: int) -> Tensor:
    """(N, H, W) or (N, C, H, W) uint8 -> (N, C, size, size) uint8, as torchvision's Resize."""
    pictures = pictures[:, None] if pictures.dim() == 3 else pictures
    if pictures.shape[-2:] == (size, size):
        return pictures
    chunks = (
        interpolate(part.float(), (size, size), mode="bilinear", antialias=True)
        .round()
        .clamp(0, 255)
        for part in pictures.split(5000)
    )
    return torch.cat([chunk.to(torch.uint8) for chunk in chunks])


def to_grey(pictures: Tensor) -> Tensor:
    """(N, 3, H, W) -> (N, 1, H, W) uint8: ITU-R 601-2 luma, bit for bit as in Pillow."""
    weights = torch.tensor([19595, 38470, 7471]).view(3, 1, 1)  # of 65536
    lumas = (
        (part * weights).sum(1, keepdim=True).add(1 << 15) >> 16 for part in pictures.split(500)
    )
    return torch.cat([luma.to(torch.uint8) for luma in lumas])
