"""VGG-like networks (Simonyan & Zisserman, 2015) that return activations by layer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d

VGG19 = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512,))
"""channels of each block's convolutions, up to the last layer that style transfer uses"""
STUDENT = ((32, 32), (64, 64), (128, 128, 128, 128), (192, 192, 192, 192), (192,))
"""channels of the distilled network that ships"""
POOLING = {"max": max_pool2d, "average": avg_pool2d}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""of ImageNet's colours in [0, 1], by which VGG's inputs are normalized"""


class FeatureNetwork(nn.Module):
    """Blocks of 3 x 3 convolutions with ReLU, and a pooling between blocks.

    The layer `relu4_2` is the output of the second ReLU of the fourth block.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, blocks: Sequence[Sequence[int]], pooling: str = "max") -> None:
        super().__init__()
        self.blocks = tuple(tuple(widths) for widths in blocks)
        self.pooling = pooling
        channels = [3, *self.channels.values()]
        self.convolutions = nn.ModuleDict(
            {
                # Zero padding of the image would show as a frame in every painting.
                name: nn.Conv2d(
                    narrow, wide, 3, padding=1, padding_mode="replicate" if narrow == 3 else "zeros"
                )
                for name, (narrow, wide) in zip(self.layers, pairwise(channels), strict=True)
            }
        )
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of all layers, from the first to the deepest."""
        return tuple(
            f"relu{b}_{i}"
            for b, widths in enumerate(self.blocks, 1)
            for i, _ in enumerate(widths, 1)
        )

    @property
    def channels(self) -> dict[str, int]:
        """Number of channels of each layer."""
        return dict(zip(self.layers, (w for widths in self.blocks for w in widths), strict=True))

    def forward(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """(N, 3, H, W) in [-1, 1] -> activations by layer; deeper layers are not computed."""
        activations, x = {}, image
        for name in self.layers:
            if len(activations) == len(set(layers)):
                break
            x = torch.relu_(self.convolutions[name](self.prepare_input(x, name)))
            if name in layers:
                activations[name] = x
        return activations

    def prepare_input(self, x: Tensor, layer: str) -> Tensor:
        """Normalize the image before the first layer, pool before the first layer of each block."""
        if layer == self.layers[0]:
            return (x / 2 + 0.5 - self.mean) / self.std
        return POOLING[self.pooling](x, 2) if layer.endswith("_1") else x


def gram_matrix(features: Tensor) -> Tensor:
    """G = F Fᵀ / (H W), (N, C, H, W) -> (N, C, C); in float32, to avoid overflow."""
    f = features.float().flatten(2)
    return f @ f.mT / f.shape[2]
