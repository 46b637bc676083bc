"""The entry of a Space and of `python app.py [--public] [--mcp]`: builds the page, serves it."""

import os
import sys
from contextlib import suppress

with suppress(ImportError):  # nearly nowhere is it needed
    import spaces  # noqa: F401  # pyright: ignore[reportMissingImports]  # before all that knows CUDA

from gan_studio.house import TOOLS, VARIABLE
from gan_studio.ui import build, launch

if "--public" in sys.argv[1:]:
    os.environ[VARIABLE] = "1"
if "--mcp" in sys.argv[1:]:
    os.environ[TOOLS] = "true"
demo = build()

if __name__ == "__main__":
    try:
        launch(demo)
    except ValueError as error:  # what cannot be served as it was asked for
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
