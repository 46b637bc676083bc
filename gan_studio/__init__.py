"""GAN Studio: every GAN of the family tree under live sliders."""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`from gan_studio import hub`, as the cards of published models say, imported when asked for."""
    if name != "hub":
        raise AttributeError(f"module 'gan_studio' has no attribute {name!r}")
    from gan_studio.models import hub

    return hub
