"""Pictures that were brought: there as long as a page shows them, for as many runs as it asks."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gan_studio import collection
from gan_studio.archive import OWNER, STRANGER
from gan_studio.house import House
from gan_studio.survey import DatasetReport

COLLECTED = ".collected"
"""the folder of pictures that were brought"""
LARGEST = 256
"""pixels of a collected picture's side"""
FORGOTTEN = 24 * 3600.0
"""seconds after which no page of an earlier process shows them any more"""


class Collected:
    """Folders of pictures below a root, each by a name that nobody guesses."""

    def __init__(self, root: Path, house: House) -> None:
        self.folder, self.house = root / COLLECTED, house
        self.sweep()

    def bring(self, sources: Sequence[Path]) -> tuple[str, DatasetReport]:
        """Make pictures ready; ValueError with one sentence, and nothing left, if it cannot be."""
        name = secrets.token_hex(8)
        limits = STRANGER if self.house.public else replace(OWNER, links=False)
        try:
            target = self.folder / name
            return name, collection.import_images(
                sources, target, LARGEST, self.house.pictures, limits
            )
        except BaseException:
            self.discard(name)
            raise

    def link(self, name: str, target: Path) -> None:
        """Put the pictures into a new folder too: by links, so that they take their room once."""
        if not name or not (folder := self._known(name)):
            raise ValueError("Those pictures are not here any more; bring them again.")
        os.utime(folder)  # as young as their last use
        target.mkdir()
        for picture in sorted(folder.iterdir()):
            _link(picture, target / picture.name)

    def discard(self, name: str) -> None:
        """Nobody shows them any more; runs that learn from them keep their own."""
        if folder := self._known(name):
            shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # unless there are others
            self.folder.rmdir()

    def sweep(self) -> None:
        """Discard what was last used long ago, by a page of a process before this one."""
        for folder in self.folder.glob("*"):
            with suppress(OSError):
                if time.time() - folder.stat().st_mtime > FORGOTTEN:
                    shutil.rmtree(folder, ignore_errors=True)

    def _known(self, name: str) -> Path | None:
        return {path.name: path for path in self.folder.glob("*")}.get(name)


def _link(picture: Path, name: Path) -> None:
    try:
        os.link(picture, name)
    except OSError:  # not every file system has links
        shutil.copy2(picture, name)
