"""How much memory a painting takes, known before it is begun, and how much there is."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import torch

from gan_studio.devices import fast_bfloat16
from gan_studio.perceptual.network import FeatureNetwork
from gan_studio.style_transfer import optimizers
from gan_studio.style_transfer.config import Config
from gan_studio.style_transfer.scale import LEAST, looked_at, seen_size, shares, sides

Size = tuple[int, int]
"""height and width"""
FLOAT = 4
PICTURE = 3 * FLOAT
"""bytes of a pixel of the painting"""
PICTURES = 12
"""content, styles, the painting, its gradient, what is shown, and what was made on the way there"""
CONTROLLERS = {
    "": ("memory.max", "memory.current", "inactive_file"),
    "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}
"""control groups of version 2 and 1: files of limit and usage, and what of the latter is cache"""
STARTING = 200 * 2**20
"""what torch loads at its first step, whatever the size"""


def check(network: FeatureNetwork, size: Size, config: Config, styles: Sequence[Size] = ()) -> None:
    """ValueError, with the largest size that fits, for a painting for which memory is too small."""
    device = network.mean.device
    free, needed = available(device), predicted(network, size, config, styles)
    if needed <= free:
        return

    def of(longest: int) -> int:
        return predicted(network, sides(*size, longest), config, styles)

    sizes = range(LEAST * math.ceil(max(size) / min(size)), max(size), LEAST)
    count = bisect_right(sizes, free, key=of)
    fits = f"up to {sizes[count - 1]} pixels on the longest side fit" if count else "no size fits"
    raise ValueError(
        f"A painting of {size[1]} x {size[0]} pixels needs about {needed / 1e9:.1f} GB of memory "
        f"and {free / 1e9:.1f} GB are free; {fits}."
    )


def predicted(
    network: FeatureNetwork, size: Size, config: Config, styles: Sequence[Size] = ()
) -> int:
    """Bytes that a painting takes at its peak, above those of its network and its pictures.

    A style counts with the size at which it is seen; without any, one as large as the painting.
    """
    # L-BFGS keeps two vectors for each step that it remembers; Adam moments and an average.
    lbfgs = 2 * min(optimizers.HISTORY, config.steps) + 6
    pictures = PICTURES + (lbfgs if config.optimizer == "lbfgs" else 5)
    looks = [seen_size(style, size, config) for style in styles] or [size]
    seen = max(_looking(network, look, config) for look in looks)
    kept = size[0] * size[1] * PICTURE * pictures
    return STARTING + kept + max(seen, _descending(network, size, config))


def available(device: torch.device) -> int:
    """Bytes that are free on a device."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    # psutil reads what the whole machine has; a container may be allowed less.
    return max(0, min([psutil.virtual_memory().available, *_allowed(Path("/"))]))


def _descending(network: FeatureNetwork, size: Size, config: Config) -> int:
    """What the layers keep for the way back, and what is in flight where they are largest."""
    kept = largest = 0
    for name, values, pooled, width in _walk(network, size, config):
        # Max pooling also remembers where its values came from, in eight bytes.
        kept += values * width + pooled * (width + 8 * (network.pooling == "max"))
        if width < FLOAT and name in looked_at(network, config):
            kept += values * FLOAT  # a copy in float32, of which the Gram matrix is made
        largest = max(largest, values * (FLOAT + width))
    return kept + 2 * largest


def _looking(network: FeatureNetwork, size: Size, config: Config) -> int:
    """What the features of a style take, without a way back: layers in use, and two in flight."""
    layers = list(_walk(network, size, config))
    kept = sum(values * width for name, values, _, width in layers if name in shares(config))
    return kept + max((values * (FLOAT + width) for _, values, _, width in layers), default=0)


def _walk(
    network: FeatureNetwork, size: Size, config: Config
) -> Iterator[tuple[str, int, int, int]]:
    """Layers to the deepest in use: name, values, values of the pooling before, bytes of each."""
    (height, width), before = size, 3
    byte = 2 if fast_bfloat16(network.mean.device) else FLOAT
    wanted = set(looked_at(network, config))
    for name, channels in network.channels.items():
        if not wanted:
            return
        first = name.endswith("_1") and name != network.layers[0]
        height, width = (height // 2, width // 2) if first else (height, width)
        yield name, channels * height * width, before * height * width * first, byte
        before = channels
        wanted.discard(name)


def _allowed(root: Path) -> Iterator[int]:
    """What the control groups of this process leave it; none where there are none."""
    groups = root / "proc/self/cgroup"
    for line in groups.read_text().splitlines() if groups.exists() else ():
        _, controller, group = line.split(":", 2)
        limit, usage, cache = CONTROLLERS.get(controller, ("", "", ""))
        top = root / "sys/fs/cgroup" / controller
        for folder in (top / group.lstrip("/"), *(top / group.lstrip("/")).parents):
            if not (limit and folder.is_relative_to(top) and (folder / limit).exists()):
                continue  # what limits a group limits all below it
            if (most := (folder / limit).read_text().strip()) != "max":
                words = (folder / "memory.stat").read_text().split()
                cached = dict(zip(words[::2], words[1::2], strict=True)).get(cache, 0)
                yield int(most) - int((folder / usage).read_text()) + int(cached)
