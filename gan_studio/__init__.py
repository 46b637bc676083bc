"""GAN Studio: every GAN of the family tree under live sliders."""

__version__ = "0.1.0"
