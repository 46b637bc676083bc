"""Publish a model with its card on the Hub, or as a zip."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from gan_studio.gans import checkpoint
from gan_studio.models import card, hub, licence
from gan_studio.models.hub.pull import MAX_FILE_BYTES


def publish(
    directory: Path, repo: str, *, private: bool | None = None, token: str | None = None
) -> hub.Published:
    """Push a model and a new card as `user/repo`, see `hub.push`; ValueError if that fails."""
    text = card.read(directory, hub.Address.of(repo).repo)
    excluded_names = licence.excluded_pictures(checkpoint.load_manifest(directory))
    return hub.push(directory, repo, text, private=private, token=token, exclude=excluded_names)


def to_zip(directory: Path) -> bytes:
    """A zip of a model, without the state that only a resume needs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in MAX_FILE_BYTES:
            if (directory / name).is_file():
                # A fixed date, so that the same model is the same file.
                entry = zipfile.ZipInfo(f"{directory.name}/{name}")
                archive.writestr(entry, (directory / name).read_bytes())
    return buffer.getvalue()


def samples_png(directory: Path) -> bytes | None:
    """The PNG file of the last samples, if there is one."""
    path = directory / checkpoint.SAMPLES
    return path.read_bytes() if path.is_file() else None
