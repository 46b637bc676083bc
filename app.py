"""The entry of a Space and of `python app.py [--public] [--mcp]`: builds the page, serves it."""

import os
import sys
from contextlib import suppress

with suppress(ImportError):  # nearly nowhere is it needed
    import spaces  # noqa: F401  # pyright: ignore[reportMissingImports]  # before all that knows CUDA

from gan_studio.cli.arguments import USAGE_ERROR, USER_ERRORS, error_message
from gan_studio.core.limits import MCP_VARIABLE, PUBLIC_VARIABLE

FLAGS = {"--public": (PUBLIC_VARIABLE, "1"), "--mcp": (MCP_VARIABLE, "true")}
HERE = __name__ == "__main__"

try:
    for flag in sys.argv[1:] if HERE else ():
        if flag not in FLAGS:
            raise ValueError(f"app.py takes {' and '.join(FLAGS)}, not {flag!r}.")
        name, value = FLAGS[flag]
        os.environ[name] = value
    from gan_studio.ui import build, launch

    demo = build()
    if HERE:
        launch(demo)
except USER_ERRORS as error:  # what cannot be served as it was asked for
    if not HERE:
        raise
    sys.stderr.write(f"{error_message(error)}\n")
    raise SystemExit(USAGE_ERROR) from None
