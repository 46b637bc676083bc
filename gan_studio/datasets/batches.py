"""Endless shuffled batches of a data set."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from gan_studio.datasets.dataset import Dataset
from gan_studio.images import convert

Batch = dict[str, Tensor]
"""`image`: (N, C, H, W) in [-1, 1]; `label`: (N,) where the data set has labels."""


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
        image = convert.from_uint8(pictures).contiguous(memory_format=torch.channels_last)
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
