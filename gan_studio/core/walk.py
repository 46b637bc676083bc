"""Recursive listing of a folder, with or without following links."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def walk_files(folder: Path, *, links: bool) -> Iterator[Path | str]:
    """Every file below a folder, and one sentence for each folder or link that is skipped.

    A folder that several paths lead to, such as a link to a parent, is visited once.
    """
    visited_ids: set[tuple[int, int]] = set()
    errors: list[OSError] = []
    for place, inner, names in os.walk(folder, onerror=errors.append, followlinks=links):
        inner.sort()
        if not links:
            folder_links = (name for name in inner if Path(place, name).is_symlink())
            yield from (
                f"{n} is a link to a folder; links are not followed here." for n in folder_links
            )
        if _is_new(Path(place), visited_ids):
            for path in (Path(place, name) for name in names):
                # A broken link without an ending was probably a folder, which would be missed.
                broken_folder_link = not path.suffix and path.is_symlink() and not path.exists()
                yield f"{path.name} is a link that leads nowhere." if broken_folder_link else path
        else:
            inner.clear()
    yield from (
        f"{Path(error.filename).name} cannot be read: {error.strerror}." for error in errors
    )


def _is_new(place: Path, visited_ids: set[tuple[int, int]]) -> bool:
    """Whether a folder was not visited before, under any name; adds it to `visited_ids`."""
    status = place.stat()
    folder_id = status.st_dev, status.st_ino
    is_new = folder_id not in visited_ids
    visited_ids.add(folder_id)
    return is_new
