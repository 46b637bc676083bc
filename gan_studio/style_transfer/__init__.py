"""Style transfer: a picture painted in the style of others (Gatys et al., 2016)."""

from gan_studio.perceptual.network import gram_matrix
from gan_studio.style_transfer.config import Config
from gan_studio.style_transfer.painting import stylize

__all__ = ["Config", "gram_matrix", "stylize"]
