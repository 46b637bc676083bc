"""A ConvNet for the 2020s (Liu et al., 2022), https://arxiv.org/abs/2201.03545, along time (Siuzdak, 2023)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu


class ConvNeXtBlock(nn.Module):
    """Each channel along time, then all channels of a frame (Liu et al., 2022), (N, C, F)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.along = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.first, self.second = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.scale = nn.Parameter(torch.full((width,), 0.2))

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.along(x).transpose(1, 2))
        return x + (self.scale * self.second(gelu(self.first(h)))).transpose(1, 2)
