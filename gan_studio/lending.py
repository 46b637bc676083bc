"""GPUs that are lent for a function call, as on ZeroGPU Spaces; anywhere else nothing changes.

A call that borrows one runs in a process of its own: what goes in and what it yields is copied,
and nothing else of what it does is seen outside.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Iterator[Any]])


def needed() -> bool:
    """Whether this is a Space that lends its GPU."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def borrows(seconds: int | Callable[..., int]) -> Callable[[F], F]:
    """Decorates a generator function of a module that needs a GPU for so long, or as long as a
    function of the same arguments says; a visitor's quota is charged by it.

    Such a Space looks for these when it starts, so they are decorated when a module is imported.
    """
    if not needed():
        return lambda function: function
    import spaces  # pyright: ignore[reportMissingImports]  # exists on Spaces only

    return lambda function: spaces.GPU(duration=seconds)(alone(function))


def alone(function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """The same with one thread on the CPU: a process that is forked has lost OpenMP's others, and
    would wait for them for ever."""

    @functools.wraps(function)
    def within(*args: Any) -> Iterator[Any]:
        import torch

        torch.set_num_threads(1)
        yield from function(*args)

    return within
