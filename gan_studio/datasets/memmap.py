"""Large arrays that are looked at now and then: in a file without a name, not in memory."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable

import numpy as np


class MemoryMap:
    """An array (N, ...) whose parts are in memory from a look at them to the next `rest`."""

    def __init__(self, parts: Iterable[np.ndarray]) -> None:
        """Of parts, one after another, which need not be in memory together; there is one."""
        count, part = 0, np.empty(0)
        with tempfile.TemporaryFile() as file:
            for part in parts:
                file.write(np.ascontiguousarray(part).data)
                count += len(part)
            file.flush()
            # A copy on writing, since torch warns of arrays that cannot be written to.
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self.array = np.frombuffer(self._map, part.dtype).reshape(count, *part.shape[1:])

    def release(self) -> None:
        """What was looked at need not stay in memory."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
