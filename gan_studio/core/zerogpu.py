"""ZeroGPU Spaces, which provide a GPU for one function call at a time.

Such a call runs in a process of its own: its arguments and results are copied, other side effects
are lost. Outside of ZeroGPU nothing changes.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Iterator[Any]])


def is_zerogpu() -> bool:
    """Whether this is a Space with ZeroGPU."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def gpu(seconds: int | Callable[..., int]) -> Callable[[F], F]:
    """Decorate a generator function that needs a GPU for `seconds`, or for as long as a function of
    the same arguments says; that much of the visitor's quota is used.

    The Space looks for such functions when it starts, so decorate them where they are defined.
    """
    if not is_zerogpu():
        return lambda function: function
    import spaces  # pyright: ignore[reportMissingImports]  # exists on Spaces only

    # The first optimizer imports it, which takes seconds, in each forked process anew.
    import torch._dynamo  # noqa: F401

    return lambda function: spaces.GPU(duration=seconds)(run_single_threaded(function))


def run_single_threaded(function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """Run with one CPU thread: a forked process has lost the other threads of OpenMP and would wait
    for them forever."""

    @functools.wraps(function)
    def run(*args: Any) -> Iterator[Any]:
        import torch

        torch.set_num_threads(1)
        yield from function(*args)

    return run
