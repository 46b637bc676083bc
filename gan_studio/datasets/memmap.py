"""Large arrays in an anonymous temporary file instead of memory."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable

import numpy as np


class MemoryMap:
    """An array (N, ...) whose pages stay in memory from their first use until `release`."""

    def __init__(self, parts: Iterable[np.ndarray]) -> None:
        """Concatenate at least one part; the parts need not be in memory together."""
        count, part = 0, np.empty(0)
        with tempfile.TemporaryFile() as file:
            for part in parts:
                file.write(np.ascontiguousarray(part).data)
                count += len(part)
            file.flush()
            # Copy-on-write, as torch warns about read-only arrays.
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self.array = np.frombuffer(self._map, part.dtype).reshape(count, *part.shape[1:])

    def release(self) -> None:
        """Free the memory of the pages that were read."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
