"""Processes that train together under torchrun: ranks, their rows of a batch, sums over all.

Every process holds the same weights and draws the same random numbers; of each batch, real or
drawn, process r of n takes the rows r, r + n, r + 2n … So a training follows the same losses
whatever n, and the first quarter of each share makes up the first quarter of the whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")

TIMEOUT = timedelta(hours=2)
"""limit for a collective call; the others wait while the main process evaluates or downloads"""
TORCHRUN_VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR")
"""environment variables that torchrun sets"""
SYNC_EVERY = 5
"""steps between two exchanges of flags; one takes less than a millisecond on one machine"""
_main_only = ContextVar("main_only", default=False)


def world_size() -> int:
    """Processes that train together: 1 without torchrun, and within `main_only`."""
    return dist.get_world_size() if _is_initialized() and not _main_only.get() else 1


def rank() -> int:
    """Number of this process, from 0."""
    return dist.get_rank() if world_size() > 1 else 0


def is_main() -> bool:
    """Whether this is the process that writes files, evaluates and prints."""
    return not _is_initialized() or dist.get_rank() == 0


@contextmanager
def process_group() -> Iterator[None]:
    """Join the process group of torchrun within the block; does nothing without torchrun.

    Each process gets its own CUDA device; ValueError when there are fewer GPUs than processes.
    """
    if (
        any(name not in os.environ for name in TORCHRUN_VARIABLES)
        or os.environ["WORLD_SIZE"] == "1"
    ):
        yield
        return
    backend = "gloo"
    if torch.cuda.is_available():
        backend = "cpu:gloo,cuda:nccl"  # flags and sentences travel without waiting for a GPU
        _take_gpu(int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"]))
    dist.init_process_group(backend, timeout=TIMEOUT)
    try:
        yield
    finally:
        dist.destroy_process_group()


@contextmanager
def main_only() -> Iterator[None]:
    """Set world_size() to 1 within the block, for work of the main process such as evaluation."""
    before = _main_only.set(True)
    try:
        yield
    finally:
        _main_only.reset(before)


def local_rows(draw: Callable[[int], Tensor], n: int) -> Tensor:
    """The `n` rows of this process, of those that `draw` makes for all, (n, ...).

    Every process draws all rows, so that the streams of random numbers stay equal everywhere.
    """
    return draw(n * world_size())[rank() :: world_size()]


def mean(value: Tensor) -> Tensor:
    """Mean of a tensor over all processes, differentiable any number of times.

    Where each process descends its own part of a loss, the gradients that it gets are those of the
    sum of all parts by its own values; their mean is the gradient of the whole.
    """
    return value if world_size() == 1 else _Sum.apply(value) / world_size()


def means(values: Sequence[Tensor]) -> list[Tensor]:
    """The mean of each tensor over all processes, in one message."""
    if world_size() == 1:
        return list(values)
    flat = mean(torch.cat([value.flatten() for value in values]))
    parts = flat.split([value.numel() for value in values])
    return [part.view(value.shape) for part, value in zip(parts, values, strict=True)]


@torch.no_grad()
def average_(values: Sequence[Tensor]) -> None:
    """Replace each tensor, in place, by its mean over all processes."""
    if world_size() > 1:
        for value, average in zip(values, means(values), strict=True):
            value.copy_(average)


def all_gather(value: Tensor) -> Tensor:
    """The tensors (N, ...) of all processes, concatenated: (world_size * N, ...)."""
    if world_size() == 1:
        return value
    zeros = torch.zeros_like(value)
    return _Sum.apply(torch.cat([value if i == rank() else zeros for i in range(world_size())]))


def any_of(flag: bool) -> bool:
    """Whether the flag is set on at least one process; all have to call this."""
    if world_size() == 1:
        return flag
    result = torch.tensor(int(flag))
    dist.all_reduce(result, dist.ReduceOp.MAX)
    return bool(result)


def any_rank(flag: bool, step: int) -> bool:
    """Whether the flag is set on any process; they exchange it every SYNC_EVERY steps only."""
    return flag if world_size() == 1 else step % SYNC_EVERY == 0 and any_of(flag)


def main_first(work: Callable[[], T]) -> T:
    """Run `work` first in one process of each machine, which may download, then in the others.

    A ValueError in one process is raised in all, so that none waits for one that has ended.
    """
    if world_size() == 1:
        return work()
    goes_first, results = os.environ["LOCAL_RANK"] == "0", []
    for my_turn in (goes_first, not goes_first):
        failure = ""
        try:
            results += [work()] if my_turn else []
        except ValueError as error:
            failure = str(error)
        failures: list[str] = [""] * world_size()
        dist.all_gather_object(failures, failure)
        if any(failures):
            raise ValueError(next(filter(None, failures)))
    return results[0]


class _Sum(torch.autograd.Function):
    """The sum over all processes. Torch's own, in torch.distributed.nn, is deprecated."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:  # noqa: ARG004  # torch's signature
        total = value.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004
        return _Sum.apply(*gradients)


def _is_initialized() -> bool:
    return dist.is_available() and dist.is_initialized()


def _take_gpu(rank: int, of: int) -> None:
    if of > torch.cuda.device_count():
        raise ValueError(
            f"{of} processes were started on this machine, which has {torch.cuda.device_count()} "
            "GPUs; start one for each, or hide the GPUs with CUDA_VISIBLE_DEVICES= ."
        )
    torch.cuda.set_device(rank)
