"""A folder of this process for the files that Gradio serves; its own is one that all users share.

It must be there before Gradio is imported, which notes its place then.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from gan_studio.core.limits import check_environment

VARIABLE = "GRADIO_TEMP_DIR"
"""Gradio's own name for it; where it is set, the folder lies in there"""


def own() -> Path:
    """Make the folder, which goes when the process ends, and tell Gradio of it.

    ValueError with one sentence when that cannot be.
    """
    wanted = os.environ.get(VARIABLE)
    try:
        if wanted:
            Path(wanted).mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="gan-studio-", dir=wanted)).resolve()
    except OSError as error:
        place = f"{VARIABLE} is {wanted}, where" if wanted else f"In {_default()}"
        raise ValueError(f"{place} no folder can be made: {error.strerror or error}.") from None
    os.environ[VARIABLE] = str(folder)
    atexit.register(_remove, folder, os.getpid())
    return folder


def _default() -> str:
    """The folder of temporary files on this machine."""
    try:
        return tempfile.gettempdir()
    except OSError:  # none can be written to
        return os.environ.get("TMPDIR", "the folders for temporary files")


def _remove(folder: Path, process: int) -> None:
    """Unless a child that was forked ends."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


check_environment()
FOLDER = own()
