"""Named data sets and image folders -> batches, uint8 in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from platformdirs import user_cache_path
from torch import Tensor
from torch.nn.functional import interpolate

from gan_studio import images
from gan_studio.gan import Batch

ENDINGS = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Pictures of one size."""

    name: str
    images: Tensor
    """(N, C, size, size) uint8"""
    labels: Tensor | None = None
    """(N,) whole numbers"""
    skipped: tuple[str, ...] = ()
    """one sentence for each file that could not be read"""

    def __len__(self) -> int:
        return len(self.images)

    @property
    def channels(self) -> int:
        return self.images.shape[1]

    @property
    def classes(self) -> int:
        """Different labels, 0 where there are none."""
        return 0 if self.labels is None else int(self.labels.max()) + 1


def data_dir() -> Path:
    """Where data sets lie: GAN_STUDIO_DATA, or the user's cache."""
    return Path(os.environ.get("GAN_STUDIO_DATA") or user_cache_path("gan-studio") / "data")


def title(name: str) -> str:
    """What a data set is called: its name, or the folder's."""
    return name if name in DATASETS else Path(name).resolve().name


def load(name: str, image_size: int, *, train: bool = True) -> Dataset:
    """A data set by name, or a folder of pictures; ValueError with one sentence if neither."""
    if name in DATASETS:
        pictures, labels = DATASETS[name](train)
        return Dataset(name=name, images=_resize(pictures, image_size), labels=labels)
    if Path(name).is_dir():
        return _folder(Path(name), image_size)
    raise ValueError(
        f"There is no data set or folder {name!r}; the known sets are {', '.join(DATASETS)}."
    )


class Batches(Iterator[Batch]):
    """Endless shuffled batches, made on `device`; batch number k depends on the seed and k alone.

    `position` is k: reading and setting it is all that an exact resume takes. With `flips` each
    picture is mirrored or not. Of every batch, process r of n gets its share (r, n), the rows r,
    r + n …; ValueError when a batch cannot be dealt evenly, or not two pictures to each.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        seed: int = 0,
        device: torch.device | str = "cpu",
        *,
        flips: bool = False,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        r, n = share
        if n > 1 and (batch_size % n or batch_size < 2 * n):
            raise ValueError(
                f"A batch of {batch_size} pictures cannot be dealt to {n} processes: the batch "
                f"size must be a multiple of {n}, and {2 * n} at least."
            )
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed
        self.flips, self.mine = flips, slice(r, None, n)
        self.images = dataset.images.to(device)
        self.labels = None if dataset.labels is None else dataset.labels.to(device)
        self.position = 0
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.long)

    def __next__(self) -> Batch:
        per_epoch = max(1, len(self.dataset) // self.batch_size)
        epoch, index = divmod(self.position, per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._shuffle(epoch).to(self.images.device)
        chosen = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        chosen = chosen[self.mine]
        pictures = self.images[chosen]
        if self.flips:
            pictures = torch.where(self._mirrored(), pictures.flip(3), pictures)
        self.position += 1
        image = images.from_uint8(pictures).contiguous(memory_format=torch.channels_last)
        return (
            {"image": image}
            if self.labels is None
            else {"image": image, "label": self.labels[chosen]}
        )

    def _mirrored(self) -> Tensor:
        """Which pictures of this share are mirrored in the batch that is made now, (N, 1, 1, 1)."""
        seed = -1 - (self.seed * 1_000_003 + self.position)  # below zero, where no order is drawn
        coins = torch.rand(self.batch_size, generator=torch.Generator().manual_seed(seed)) < 0.5
        return coins[self.mine].view(-1, 1, 1, 1).to(self.images.device)

    def _shuffle(self, epoch: int) -> Tensor:
        """An order of all pictures; of a set smaller than a batch, as many orders as fill one."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        rounds = -(-self.batch_size // len(self.dataset))
        return torch.cat(
            [torch.randperm(len(self.dataset), generator=generator) for _ in range(rounds)]
        )


def _resize(pictures: Tensor, size: int) -> Tensor:
    """(N, H, W) or (N, C, H, W) uint8 -> (N, C, size, size) uint8, as by torchvision's Resize."""
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


def _digits(train: bool) -> tuple[Tensor, Tensor]:
    """scikit-learn's 1,797 handwritten digits, 8 x 8 in 17 greys; every sixth is for testing."""
    from sklearn.datasets import load_digits

    pixels, labels = map(np.asarray, load_digits(return_X_y=True))
    held_out = np.arange(len(labels)) % 6 == 5
    keep = ~held_out if train else held_out
    pictures = torch.from_numpy(pixels[keep] * (255 / 16)).round().to(torch.uint8)
    return pictures.view(-1, 8, 8), torch.from_numpy(labels[keep]).long()


def _torchvision(kind: str) -> Callable[[bool], tuple[Tensor, Tensor]]:
    def read(train: bool) -> tuple[Tensor, Tensor]:
        from torchvision import datasets

        root = data_dir()
        try:
            root.mkdir(parents=True, exist_ok=True)
            found = getattr(datasets, kind)(root, train=train, download=True)
        except (OSError, RuntimeError, EOFError, ValueError, AssertionError, LookupError):
            raise ValueError(
                f"{kind} could neither be read from {root} nor downloaded; set GAN_STUDIO_DATA to "
                "a folder that has it, connect to a network, or take the data set 'digits'."
            ) from None
        return found.data, torch.as_tensor(found.targets).long()

    return read


DATASETS: dict[str, Callable[[bool], tuple[Tensor, Tensor]]] = {
    "digits": _digits,
    "mnist": _torchvision("MNIST"),
    "fashion-mnist": _torchvision("FashionMNIST"),
}


def _folder(folder: Path, size: int) -> Dataset:
    """Every picture below a folder, centre-cropped; grey if all are grey, else in colour."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        read = list(pool.map(lambda path: _square_or_reason(path, size), paths))
    pictures = [r for r in read if not isinstance(r, str)]
    skipped = tuple(r for r in read if isinstance(r, str))
    if not pictures:
        reason = skipped[0] if skipped else f"{folder} holds no PNG, JPEG or WebP picture."
        raise ValueError(f"There is nothing to train on: {reason}")
    mode = "L" if all(p.mode == "L" for p in pictures) else "RGB"
    stack = np.stack([np.asarray(p.convert(mode)).reshape(size, size, -1) for p in pictures])
    return Dataset(
        name=title(str(folder)),
        images=torch.from_numpy(stack).permute(0, 3, 1, 2).contiguous(),
        skipped=skipped,
    )


def _square_or_reason(path: Path, size: int):
    try:
        return images.square(images.load(path), size)
    except ValueError as error:
        return str(error)
