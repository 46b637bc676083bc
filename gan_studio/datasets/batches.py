"""Endless shuffled batches of a data set."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor

from gan_studio.datasets.dataset import Dataset
from gan_studio.images import convert

Batch = dict[str, Tensor]
"""`image`: (N, C, H, W) in [-1, 1]; `label`: (N,) where the data set has labels; `caption`,
`condition`, `wrong` and `traits` where it has captions (`captions.Captions.batch`)."""


class BatchStream(Iterator[Batch], ABC):
    """Endless batches, of which batch k depends only on the seed and k."""

    position: int
    """k: all that an exact resume needs"""

    @abstractmethod
    def first(self, count: int) -> Batch:
        """The first batch of so many pictures, neither mirrored nor shared out."""


class Batches(BatchStream):
    """Endless shuffled batches on `device`; batch k depends only on the seed and k.

    `position` is k: it is all that an exact resume needs. With `flips`, images are mirrored at
    random. With `share` (r, n), process r of n gets the rows r, r + n … of every batch; ValueError
    unless each process gets the same number of images, and at least two.
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
                f"batch_size must be a multiple of the {n} processes and at least {2 * n}, not "
                f"{batch_size}."
            )
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed
        self.flips, self.mine = flips, slice(r, None, n)
        self.images = dataset.images.to(device)
        self.labels = None if dataset.labels is None else dataset.labels.to(device)
        self.position = 0
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.long)

    def __next__(self) -> Batch:
        rows = self._rows()
        pictures = self.images[rows]
        if self.flips:
            pictures = torch.where(self._mirror_mask(), pictures.flip(3), pictures)
        image = convert.from_uint8(pictures).contiguous(memory_format=torch.channels_last)
        batch = {"image": image}
        if self.labels is not None:
            batch["label"] = self.labels[rows]
        if captions := self.dataset.captions:
            parts = captions.batch(rows.tolist(), self.seed, self.position)
            batch |= {name: part.to(image.device) for name, part in parts.items()}
        self.position += 1
        return batch

    def first(self, count: int) -> Batch:
        return next(Batches(self.dataset, count, self.seed, self.images.device))

    def stored_images(self) -> Tensor:
        """The images of batch `position` as they are stored, (N, C, H, W) uint8."""
        return self.images[self._rows()]

    def _rows(self) -> Tensor:
        """The indices of batch `position`, (N,)."""
        per_epoch = max(1, len(self.dataset) // self.batch_size)
        epoch, index = divmod(self.position, per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._shuffle(epoch).to(self.images.device)
        start = index * self.batch_size
        return self._order[start : start + self.batch_size][self.mine]

    def _mirror_mask(self) -> Tensor:
        """Mask of the mirrored images of the current batch, (N, 1, 1, 1) bool."""
        seed = -1 - (self.seed * 1_000_003 + self.position)  # negative: _shuffle uses the others
        coins = torch.rand(self.batch_size, generator=torch.Generator().manual_seed(seed)) < 0.5
        return coins[self.mine].view(-1, 1, 1, 1).to(self.images.device)

    def _shuffle(self, epoch: int) -> Tensor:
        """A permutation of all images, repeated for sets that are smaller than a batch."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        rounds = -(-self.batch_size // len(self.dataset))
        return torch.cat(
            [torch.randperm(len(self.dataset), generator=generator) for _ in range(rounds)]
        )
