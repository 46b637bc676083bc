"""Uploaded pictures: kept while a page shows them, for any number of trainings."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gan_studio.core.limits import Limits
from gan_studio.datasets import folders, metadata, pairs, sides
from gan_studio.datasets.report import DatasetReport
from gan_studio.datasets.zips import TRUSTED, UNTRUSTED

UPLOADS = ".collected"
"""the folder of uploads, a folder for each"""
LARGEST = 256
"""pixels of an uploaded picture's side"""
MAX_AGE = 24 * 3600.0
"""seconds since the last use, after which no page of an earlier process shows an upload"""


class UploadedImages:
    """Folders of pictures below a root, each with an unguessable name."""

    def __init__(self, root: Path, limits: Limits) -> None:
        self.folder, self.limits = root / UPLOADS, limits
        self.remove_old()

    def add(self, sources: Sequence[Path]) -> tuple[str, DatasetReport]:
        """Import pictures; ValueError with one sentence, and nothing left, if none can be used.

        Those twice as wide as high stay so, which pairs are, and zips called A and B, folders in a
        zip, or the pairs of its table become two folders; of the others the central square is kept.
        """
        name, most = secrets.token_hex(8), self.limits.pictures
        reading = UNTRUSTED if self.limits.public else replace(TRUSTED, follow_links=False)
        target = self.folder / name
        try:
            if len(sources) == 1 and (table := metadata.find(sources[0], reading)):
                return name, metadata.import_pairs(table, target, LARGEST, most, reading)
            if two := sides.find(sources, reading):
                return name, sides.import_sides(two, target, LARGEST, most, reading)
            fit = pairs.pair_or_square
            return name, folders.import_images(sources, target, LARGEST, most, reading, fit)
        except BaseException:
            self.remove(name)
            raise

    def link(self, name: str, target: Path) -> None:
        """Put an upload's pictures into a new folder, as links, which take no more room."""
        if not name or not (folder := self._find(name)):
            raise ValueError("Those pictures are not here any more; bring them again.")
        os.utime(folder)  # as young as their last use
        _link_all(folder, target)

    def remove(self, name: str) -> None:
        """Delete an upload; trainings that learn from it have links of their own."""
        if folder := self._find(name):
            shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # unless there are others
            self.folder.rmdir()

    def remove_old(self) -> None:
        """Delete the uploads that a process before this one left."""
        for folder in self.folder.glob("*"):
            with suppress(OSError):
                if time.time() - folder.stat().st_mtime > MAX_AGE:
                    shutil.rmtree(folder, ignore_errors=True)

    def _find(self, name: str) -> Path | None:
        return {path.name: path for path in self.folder.glob("*")}.get(name)


def _link_all(folder: Path, target: Path) -> None:
    target.mkdir()
    for path in sorted(folder.iterdir()):
        (_link_all if path.is_dir() else _link)(path, target / path.name)


def _link(picture: Path, name: Path) -> None:
    try:
        os.link(picture, name)
    except OSError:  # not every file system has links
        shutil.copy2(picture, name)
