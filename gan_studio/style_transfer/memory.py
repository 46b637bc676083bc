"""Memory that a painting takes, predicted before it begins, and memory that is free."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import psutil
import torch

from gan_studio.core.devices import cgroup_memory_left, fast_bfloat16
from gan_studio.style_transfer import optimizers
from gan_studio.style_transfer.config import StyleConfig
from gan_studio.style_transfer.objective import (
    MIN_SIDE,
    layer_shares,
    layers_in_use,
    scaled_size,
    style_size,
)
from gan_studio.vision.network import FeatureNetwork

Size = tuple[int, int]
"""height and width"""
FLOAT = 4
PICTURE = 3 * FLOAT
"""bytes of a pixel of the painting"""
PICTURES = 12
"""content, styles, the painting, its gradient, what is shown, and what was made on the way there"""
STARTING = 220 * 2**20
"""what torch loads at its first step, whatever the size, and a little more"""


def check(
    network: FeatureNetwork, size: Size, config: StyleConfig, styles: Sequence[Size] = ()
) -> None:
    """ValueError, with the largest size that fits, for a painting for which memory is too small."""
    device = network.mean.device
    free, total = free_bytes(device), predict_bytes(network, size, config, styles)
    if total <= free:
        return

    def bytes_at(longest: int) -> int:
        return predict_bytes(network, scaled_size(*size, longest), config, styles)

    sizes = range(MIN_SIDE * math.ceil(max(size) / min(size)), max(size), MIN_SIDE)
    count = bisect_right(sizes, free, key=bytes_at)
    fits = f"up to {sizes[count - 1]} pixels on the longest side fit" if count else "no size fits"
    raise ValueError(
        f"A painting of {size[1]} x {size[0]} pixels needs about {total / 1e9:.1f} GB of memory "
        f"and {free / 1e9:.1f} GB are free; {fits}."
    )


def predict_bytes(
    network: FeatureNetwork, size: Size, config: StyleConfig, styles: Sequence[Size] = ()
) -> int:
    """Bytes that a painting takes at its peak, above those of its network and its pictures.

    A style counts with the size at which it is seen; without any, one as large as the painting.
    """
    # L-BFGS keeps two vectors for each step that it remembers; Adam moments and an average.
    lbfgs = 2 * min(optimizers.HISTORY, config.steps) + 6
    pictures = PICTURES + (lbfgs if config.optimizer == "lbfgs" else 5)
    looks = [style_size(style, size, config) for style in styles] or [size]
    of_styles = max(_style_bytes(network, look, config) for look in looks)
    of_pictures = size[0] * size[1] * PICTURE * pictures
    # Autocast keeps the frozen weights in bfloat16, too, for the way back.
    weights = 2 * sum(p.numel() for p in network.parameters()) * fast_bfloat16(network.mean.device)
    return STARTING + weights + of_pictures + max(of_styles, _backward_bytes(network, size, config))


def free_bytes(device: torch.device) -> int:
    """Bytes that are free on a device."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    # psutil reads what the whole machine has; a container may be allowed less.
    return max(0, min([psutil.virtual_memory().available, *cgroup_memory_left()]))


def _backward_bytes(network: FeatureNetwork, size: Size, config: StyleConfig) -> int:
    """Bytes that the layers keep for the backward pass, and of temporaries at the largest one."""
    total = largest = 0
    for name, values, pooled_values, width in _layer_sizes(network, size, config):
        # Max pooling also remembers where its values came from, in eight bytes.
        total += values * width + pooled_values * (width + 8 * (network.pooling == "max"))
        if width < FLOAT and name in layers_in_use(network, config):
            total += values * FLOAT  # a copy in float32, of which the Gram matrix is made
        largest = max(largest, values * (FLOAT + width))
    return total + 2 * largest


def _style_bytes(network: FeatureNetwork, size: Size, config: StyleConfig) -> int:
    """Bytes of a style's features, without a backward pass: layers in use, and two temporaries."""
    layers = list(_layer_sizes(network, size, config))
    total = sum(values * width for name, values, _, width in layers if name in layer_shares(config))
    return total + max((values * (FLOAT + width) for _, values, _, width in layers), default=0)


def _layer_sizes(
    network: FeatureNetwork, size: Size, config: StyleConfig
) -> Iterator[tuple[str, int, int, int]]:
    """Layers to the deepest in use: name, values, values of the pooling before, bytes of each."""
    (height, width), before = size, 3
    byte = 2 if fast_bfloat16(network.mean.device) else FLOAT
    layers = set(layers_in_use(network, config))
    for name, channels in network.channels.items():
        if not layers:
            return
        first = name.endswith("_1") and name != network.layers[0]
        height, width = (height // 2, width // 2) if first else (height, width)
        yield name, channels * height * width, before * height * width * first, byte
        before = channels
        layers.discard(name)
