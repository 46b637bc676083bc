"""The common form of imported generators: a family's configuration, and the weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_studio.gans.config import GANConfig
from gan_studio.models.importing.pickles import Refused
from gan_studio.models.importing.records import TensorRecord

Source = Mapping[str, "Tensor | TensorRecord"]
"""tensors of a file by name; of a pickle they are not read yet"""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A generator out of a file."""

    family: str
    format: str
    """whose file it is, in words"""
    config: GANConfig
    channels: int
    classes: int
    weights: Mapping[str, Tensor]
    """of the generator, float32, by the names that the family has for them"""


class Weights:
    """Tensors of a file, taken by name and shape; Refused where one is missing or has another."""

    def __init__(self, source: Source) -> None:
        self.source = source
        for name, value in source.items():
            if isinstance(value, Tensor):
                _check_dense(name, value)
        if sum(_bytes(value) for value in source.values()) > _storage_bytes(source.values()):
            raise Refused("its tensors share their numbers, and would take more memory than it has")
        kinds = {value.dtype for value in source.values() if value.dtype.is_floating_point}
        if len(kinds) > 1:
            names = ", ".join(sorted(str(kind).removeprefix("torch.") for kind in kinds))
            raise Refused(f"its weights are of mixed types, {names}")

    def __contains__(self, name: str) -> bool:
        return name in self.source

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, which is not read for it."""
        if name not in self.source:
            raise Refused(f"{name} is missing in it")
        return tuple(self.source[name].shape)

    def take(self, name: str, scale: float = 1.0) -> Tensor:
        """A tensor in float32, times a factor; Refused where a number in it is not finite."""
        self.shape(name)
        value = self.source[name]
        tensor = value.read() if isinstance(value, TensorRecord) else value.detach()
        tensor = tensor.to(torch.float32) * scale if scale != 1 else tensor.float()
        if not bool(tensor.isfinite().all()):
            raise Refused(f"a number of {name} is not finite")
        return tensor.contiguous()

    def linear(self, name: str, ours: str, rate: float = 1.0) -> dict[str, Tensor]:
        """A fully connected layer at an equalised learning rate (Karras et al., 2018, Section 4.1).

        Its weights are divided by the root of its inputs and multiplied, as its bias is, by `rate`.
        """
        inputs = self.shape(f"{name}.weight")[-1]
        return {
            f"{ours}.weight": self.take(f"{name}.weight", rate / math.sqrt(inputs)),
            f"{ours}.bias": self.take(f"{name}.bias", rate),
        }


def _check_dense(name: str, value: Tensor) -> None:
    """A tensor that repeats its numbers can be larger than any file."""
    span = 1 + sum((n - 1) * step for n, step in zip(value.shape, value.stride(), strict=True))
    if value.numel() and span != value.numel():
        raise Refused(f"{name} in it does not hold each of its numbers once")


def _bytes(value: Tensor | TensorRecord) -> int:
    return math.prod(value.shape) * value.dtype.itemsize


def _storage_bytes(values: Iterable[Tensor | TensorRecord]) -> int:
    """Bytes of all storages, each counted once."""
    sizes: dict[int, int] = {}
    for value in values:
        if isinstance(value, TensorRecord):
            sizes[value.storage.address] = len(value.storage.data)
        else:
            storage = value.untyped_storage()
            sizes[storage.data_ptr()] = storage.nbytes()
    return sum(sizes.values())


def channel_rule(widths: Mapping[int, int]) -> dict[str, Any]:
    """The rule min(channel_base / size, most_channels) behind the channels of each size."""
    most, base = widths[min(widths)], widths[max(widths)] * max(widths)
    if any(min(most, base // size) != width for size, width in widths.items()):
        raise Refused(f"its channels, {', '.join(map(str, widths.values()))}, follow another rule")
    return {"channel_base": base, "most_channels": most}


def whole(value: Any, what: str, low: int, high: int) -> int:
    """A whole number of a file's; Refused if it is none, or out of range."""
    if type(value) is not int or not low <= value <= high:
        text = value if isinstance(value, int | float | str) else type(value).__name__
        raise Refused(f"its {what} is {str(text)[:40]}, and can be {low} to {high}")
    return value


def number(value: Any, what: str) -> float:
    """A finite number of a file's."""
    if type(value) not in (int, float) or not math.isfinite(value):
        raise Refused(f"its {what} is not a number")
    return float(value)
