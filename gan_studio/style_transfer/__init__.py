"""Style transfer: a picture painted in the style of others (Gatys et al., 2016)."""

from gan_studio.style_transfer.config import StyleConfig
from gan_studio.style_transfer.optimize import stylize
from gan_studio.vision.network import gram_matrix

__all__ = ["StyleConfig", "gram_matrix", "stylize"]
