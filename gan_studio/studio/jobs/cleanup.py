"""Deletes old runs and uploads where visitors train."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gan_studio.studio.jobs.record import EVENTS
from gan_studio.studio.jobs.uploads import UPLOADS

INTERVAL = 300.0
"""seconds between two sweeps"""


class RunCleanup:
    """Deletes runs and uploads that were not used for a while."""

    def __init__(
        self,
        root: Path,
        max_age: float | None,
        forget: Callable[[Path], bool],
        on_removal: Callable[[Path], None],
    ) -> None:
        """`max_age` in seconds, None: never; `forget` drops a run and says whether it was idle."""
        self.root, self.max_age, self._forget, self._on_removal = root, max_age, forget, on_removal
        self._closed = threading.Event()
        if max_age is not None:
            threading.Thread(target=self._repeat, daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def _repeat(self) -> None:
        while not self._closed.wait(INTERVAL):
            self.sweep()

    def sweep(self) -> None:
        """Delete what is too old: a run counts from its last event, an upload from its last use."""
        runs = [folder for folder in self.root.glob("*") if folder.name != UPLOADS]
        for folder in (*runs, *(self.root / UPLOADS).glob("*")):
            if self._is_stale(folder) and self._forget(folder):
                shutil.rmtree(folder, ignore_errors=True)
                self._on_removal(folder)

    def _is_stale(self, folder: Path) -> bool:
        events = folder / EVENTS
        with suppress(FileNotFoundError):  # somebody else was quicker
            age = time.time() - (events if events.exists() else folder).stat().st_mtime
            return self.max_age is not None and age > self.max_age
        return False
