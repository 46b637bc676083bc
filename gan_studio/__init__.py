"""GAN Studio: every GAN of the family tree under live sliders."""

import importlib
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "hub":  # `from gan_studio import hub` stands in published model cards
        return importlib.import_module("gan_studio.models.hub")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
