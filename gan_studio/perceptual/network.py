"""Plain convolutional networks in the shape of VGG (Simonyan & Zisserman, 2015), read by layer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d

VGG19 = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512,))
"""channels of the convolutions of each block, up to the last layer that style transfer reads"""
POOLING = {"max": max_pool2d, "average": avg_pool2d}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""of ImageNet's colours in [0, 1]: what VGG was trained to see"""


class FeatureNetwork(nn.Module):
    """Blocks of 3 x 3 convolutions with ReLU, halved in size from one block to the next.

    The layer `relu4_2` is the second of the fourth block. A network may see a layer through a
    `view`, a linear map of its channels; without one a layer is what the ReLU leaves.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, blocks: Sequence[Sequence[int]], pooling: str = "average", views: Collection[str] = ()
    ) -> None:
        super().__init__()
        self.blocks = tuple(tuple(widths) for widths in blocks)
        self.pool = POOLING[pooling]
        channels = [3, *self.channels.values()]
        self.convolutions = nn.ModuleDict(
            {
                # Zeros around the picture would be a frame that every painting shows.
                name: nn.Conv2d(
                    narrow, wide, 3, padding=1, padding_mode="replicate" if narrow == 3 else "zeros"
                )
                for name, (narrow, wide) in zip(self.layers, pairwise(channels), strict=True)
            }
        )
        self.views = nn.ModuleDict(
            {n: nn.Conv2d(self.channels[n], self.channels[n], 1, bias=False) for n in views}
        )
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of all layers, from the picture inwards."""
        return tuple(
            f"relu{b}_{i}"
            for b, widths in enumerate(self.blocks, 1)
            for i, _ in enumerate(widths, 1)
        )

    @property
    def channels(self) -> dict[str, int]:
        """How many channels each layer has."""
        return dict(zip(self.layers, (w for widths in self.blocks for w in widths), strict=True))

    def forward(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """(N, 3, H, W) in [-1, 1] -> activations by layer; what lies deeper is not computed."""
        return dict(self.activations(image, layers))

    def activations(self, image: Tensor, layers: Collection[str]) -> Iterator[tuple[str, Tensor]]:
        """The wanted layers, from the picture inwards, each as soon as it is known."""
        left = set(layers)
        x = (image / 2 + 0.5 - self.mean) / self.std
        for name in self.layers:
            if not left:
                return
            if name.endswith("_1") and name != self.layers[0]:
                x = self.pool(x, 2)
            x = torch.relu_(self.convolutions[name](x))
            if name in left:
                left.discard(name)
                yield name, self.views[name](x) if name in self.views else x
