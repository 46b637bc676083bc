"""GAN Studio: every GAN of the family tree under live sliders."""

from importlib import import_module

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`from gan_studio import hub`, as the cards of published models say."""
    if name != "hub":
        raise AttributeError(f"module 'gan_studio' has no attribute {name!r}")
    return import_module("gan_studio.models.hub")
