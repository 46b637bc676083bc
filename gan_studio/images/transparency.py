"""Transparency kept apart: the colours of a picture, and how opaque each pixel is."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gan_studio.images.convert import WHITE, flatten, strip_metadata
from gan_studio.images.icc import to_srgb

LAYERED = ("LA", "RGBA")
"""modes of pictures with transparency"""


def with_alpha(image: Image.Image) -> Image.Image:
    """The pixels in sRGB, mode L or RGB, or LA or RGBA where any may be transparent."""
    if not image.has_transparency_data:
        return strip_metadata(flatten(image, WHITE).copy())
    if image.mode.startswith("I"):  # 16 bits, of which one level is transparent
        deep = np.asarray(image)
        colours = flatten(image, WHITE)
        alpha = Image.fromarray(np.where(deep == image.info["transparency"], 0, 255).astype("u1"))
    else:
        rgba = image.convert("RGBA")
        alpha = rgba.getchannel("A")
        colours = rgba.convert("RGB").convert("L" if image.mode in ("1", "L", "LA") else "RGB")
        if isinstance(profile := image.info.get("icc_profile"), bytes) and profile:
            colours = to_srgb(colours, profile)
    colours = strip_metadata(colours.copy())
    colours.putalpha(alpha)
    return colours


def separate(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours, mode L or RGB, and opacity, mode L, which is None where nothing is transparent.

    A pixel that cannot be seen gets the colour of the nearest one that can.
    """
    picture = with_alpha(image)
    if picture.mode not in LAYERED:
        return picture, None
    colours, alpha = (
        picture.convert("RGB" if picture.mode == "RGBA" else "L"),
        picture.getchannel("A"),
    )
    hidden = np.asarray(alpha) == 0
    if alpha.getextrema()[0] == 255:
        return colours, None
    return (_spread(colours, hidden) if hidden.any() and not hidden.all() else colours), alpha


def join(colours: Image.Image, alpha: Image.Image | None) -> Image.Image:
    """Colours with an opacity, resampled to their size; as they are without one."""
    if alpha is None:
        return colours
    picture = colours.copy()
    picture.putalpha(alpha.resize(colours.size, Image.Resampling.BICUBIC))
    return picture


def _spread(colours: Image.Image, hidden: np.ndarray) -> Image.Image:
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(hidden, return_distances=False, return_indices=True)
    assert isinstance(nearest, np.ndarray)
    return Image.fromarray(np.asarray(colours)[tuple(nearest)])
