"""The entry of a Space, and of `python app.py [--public]`: builds the page and serves it."""

import os
import sys
from contextlib import suppress

with suppress(ImportError):  # nearly nowhere is it needed
    import spaces  # noqa: F401  # pyright: ignore[reportMissingImports]  # before all that knows CUDA

from gan_studio.house import VARIABLE
from gan_studio.ui import build, launch

if "--public" in sys.argv[1:]:
    os.environ[VARIABLE] = "1"
demo = build()

if __name__ == "__main__":
    launch(demo)
