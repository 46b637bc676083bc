"""How many threads compute, where more of them would be in each other's way."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache

from threadpoolctl import ThreadpoolController

LITTLE = 64 * 32**2
"""pixels in all that are not worth a second thread"""


def fitting(pixels: int) -> AbstractContextManager[object]:
    """Compute as little as that on the caller's thread alone, and more on all.

    On a busy machine other threads do not start at once, and each layer waits for them: a picture
    of 32 pixels took 1 ms alone and 30 to 130 ms with a second thread (November 2026, two cores
    beside other work).
    """
    return _pools().limit(limits=1) if pixels <= LITTLE else nullcontext()


@cache
def _pools() -> ThreadpoolController:
    """OpenMP's, whose number each thread has for itself; torch's own setting is one for all."""
    return ThreadpoolController().select(user_api="openmp")
