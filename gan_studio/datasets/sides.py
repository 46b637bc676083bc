"""A visitor's own pictures of two kinds, A and B, as two folders with the pictures' own names."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_studio.datasets import folders, zips
from gan_studio.datasets.pairs import FOLDERS
from gan_studio.datasets.report import DatasetReport
from gan_studio.datasets.zips import UNTRUSTED, ReadLimits


@dataclass(frozen=True)
class Side:
    """The zips, or folders in zips, with the pictures of one kind."""

    name: str
    zips: tuple[Path, ...]
    within: tuple[str, ...] = ()
    """names of the folders in a zip; none where all of it is meant"""


def find(sources: Sequence[Path], limits: ReadLimits = UNTRUSTED) -> tuple[Side, Side] | None:
    """Two zips that are called A and B, or one with two folders of these names; None if neither.

    A zip that cannot be read has no sides; reading its pictures reports the reason.
    """
    if not all(path.suffix.lower() == ".zip" for path in sources):
        return None
    by_side = [tuple(p for p in sources if p.stem in names) for names in FOLDERS]
    if all(by_side) and sum(map(len, by_side)) == len(sources):
        return Side("A", by_side[0]), Side("B", by_side[1])
    try:
        folder_names = [zips.folder_names(path, limits) for path in sources]
    except ValueError:
        return None
    within = [tuple(n for n in names if any(n in one for one in folder_names)) for names in FOLDERS]
    if not all(within):
        return None
    return Side("A", tuple(sources), within[0]), Side("B", tuple(sources), within[1])


def import_sides(
    sides: tuple[Side, Side], target: Path, size: int, most: int, limits: ReadLimits = UNTRUSTED
) -> DatasetReport:
    """Write the central squares of both kinds to folders A and B of `target`.

    ValueError, without a `target`, if one of them has nothing to train on.
    """
    try:
        a, b = (
            folders.import_images(
                side.zips,
                target / side.name,
                size,
                most // 2,
                limits,
                within=side.within,
                keep_names=True,
            )
            for side in sides
        )
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return DatasetReport(
        count=a.count + b.count,
        grey=a.grey and b.grey,
        sizes=(min(a.sizes[0], b.sizes[0]), max(a.sizes[1], b.sizes[1])),
        skipped=(*a.skipped, *b.skipped),
        duplicates=(*a.duplicates, *b.duplicates),
        advice=(f"A has {a.count:,} pictures, B {b.count:,}.", *dict.fromkeys(a.advice + b.advice)),
        resolution=min(a.resolution, b.resolution),
        smaller=a.smaller + b.smaller,
    )
