"""Where a training's time goes, and how far its convolutions are from what the machine can do."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

GROUPS = {
    "convolution, backward": (
        "convolution_backward",
        "convolutionbackward",
        "conv_transpose2d_backward",
    ),
    "convolution, forward": ("conv",),
    "normalisation": ("norm",),
    "activation": ("relu", "tanh", "softplus", "sigmoid", "threshold"),
    "optimiser and average": ("adam", "foreach", "optimizer"),
    "copies and casts": ("copy", "clone", "contiguous", "_to_copy", "aten::to", "aten::cat"),
}
"""profiler groups by what stands in an operation's name; the first that fits"""


class Share(NamedTuple):
    """A profiled piece of work."""

    milliseconds: dict[str, float]
    """self time for each call, by group"""
    convolution_flops: float
    """for each call"""

    @property
    def total(self) -> float:
        return sum(self.milliseconds.values())

    @property
    def convolving(self) -> float:
        """milliseconds in convolutions"""
        return sum(ms for name, ms in self.milliseconds.items() if name.startswith("convolution"))


class ConvolutionFlops(TorchDispatchMode):
    """Counts while it is entered; torch's FlopCounterMode cannot bear a gradient of a gradient."""

    total = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if "conv" in func.name() and func.overloadpacket in flop_registry:
            count = flop_registry[func.overloadpacket]
            self.total += count(*args, **(kwargs or {}), out_val=result)
        return result


def group(operation: str) -> str:
    lower = operation.lower()
    fits = (name for name, words in GROUPS.items() if any(word in lower for word in words))
    return next(fits, "rest")


def breakdown(work: Callable[[], object], calls: int = 20) -> Share:
    """Profile `work`, warm already."""
    with ConvolutionFlops() as counter:
        work()
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for _ in range(calls):
            work()
    times: Counter[str] = Counter()
    for event in profiler.key_averages():
        times[group(event.key)] += event.self_cpu_time_total / calls / 1000
    return Share(dict(times.most_common()), counter.total)


def peak(dtype: torch.dtype, seconds: float = 2.0) -> float:
    """The most FLOP/s that a forward convolution of a friendly shape reaches here."""
    shapes = [(64, 64, 32), (64, 128, 16), (32, 256, 16)]
    return max(
        rate(n, channels, size, dtype, seconds / len(shapes)) for n, channels, size in shapes
    )


@torch.inference_mode()
def rate(n: int, channels: int, size: int, dtype: torch.dtype, seconds: float) -> float:
    """FLOP/s of the fastest call of a 3x3 convolution, (n, channels, size, size) to itself."""
    layer = nn.Conv2d(channels, channels, 3, padding=1, bias=False, dtype=dtype)
    layer.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    x = torch.randn(n, channels, size, size).to(dtype, memory_format=torch.channels_last)
    flops = 2 * 9 * n * channels**2 * size**2
    fastest, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        layer(x)
        fastest = min(fastest, time.perf_counter() - start)
    return flops / fastest
