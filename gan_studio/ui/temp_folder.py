"""A folder of this process for the files that Gradio serves; its own is one that all users share.

It must exist before Gradio is imported, which reads its path at that time.
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


def create_folder() -> Path:
    """Create the folder, which is deleted when the process ends, and set Gradio's variable to it.

    ValueError with one sentence when no folder can be created.
    """
    parent = os.environ.get(VARIABLE)
    try:
        if parent:
            Path(parent).mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="gan-studio-", dir=parent)).resolve()
    except OSError as error:
        place = f"{VARIABLE} is {parent}, where" if parent else f"In {_default()}"
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
    """Delete the folder, unless a forked child process ends."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


check_environment()
FOLDER = create_folder()
