"""What is too old to be kept in a house where strangers train."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gan_studio.jobs.collected import COLLECTED
from gan_studio.jobs.record import EVENTS

ROUND = 300.0
"""seconds between two looks"""


class Broom:
    """Removes runs, and pictures that were brought, some time after nobody has touched them."""

    def __init__(
        self,
        root: Path,
        kept: float | None,
        let_go: Callable[[Path], bool],
        removed: Callable[[Path], None],
    ) -> None:
        """`kept` in seconds, None for ever; `let_go` forgets a run and says whether it was idle."""
        self.root, self.kept, self._let_go, self._removed = root, kept, let_go, removed
        self._closed = threading.Event()
        if kept is not None:
            threading.Thread(target=self._go_on, daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def _go_on(self) -> None:
        while not self._closed.wait(ROUND):
            self.sweep()

    def sweep(self) -> None:
        """A run is as young as its last event; pictures are as young as their folder."""
        runs = [folder for folder in self.root.glob("*") if folder.name != COLLECTED]
        for folder in (*runs, *(self.root / COLLECTED).glob("*")):
            if self._is_stale(folder) and self._let_go(folder):
                shutil.rmtree(folder, ignore_errors=True)
                self._removed(folder)

    def _is_stale(self, folder: Path) -> bool:
        told = folder / EVENTS
        with suppress(FileNotFoundError):  # somebody else was quicker
            age = time.time() - (told if told.exists() else folder).stat().st_mtime
            return self.kept is not None and age > self.kept
        return False
