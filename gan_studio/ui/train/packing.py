"""A model as one file to download."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from gan_studio import checkpoints, disk

PARTS = (
    checkpoints.CONFIG,
    disk.MODEL,
    checkpoints.HISTORY,
    checkpoints.SAMPLES,
    checkpoints.SLIDERS,
    checkpoints.DIRECTIONS,
    checkpoints.CARD,
)


def zip_model(directory: Path) -> bytes:
    """The files of a model, without the state that only a resume needs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in PARTS:
            if (directory / name).is_file():
                # A fixed date, so that the same model is the same file.
                entry = zipfile.ZipInfo(f"{directory.name}/{name}")
                archive.writestr(entry, (directory / name).read_bytes())
    return buffer.getvalue()


def samples(directory: Path) -> bytes | None:
    """The PNG of the last samples, if there is one."""
    path = directory / checkpoints.SAMPLES
    return path.read_bytes() if path.is_file() else None
