"""Colour profiles (ICC.1:2022): what a picture's numbers mean, brought to sRGB."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

MAX_BYTES = 8 << 20
"""of a profile; those of printers have three megabytes"""
COLOUR_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
"""the colour space of a profile that fits a mode"""
PROFILE_ERRORS = (ImageCms.PyCMSError, OSError, ValueError, TypeError)
"""what Pillow raises over a profile that makes no sense"""


def to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """A picture in L, RGB or CMYK as it looks, in L or RGB of sRGB.

    It comes back as it is where the profile is damaged, is of another colour space, or says what
    sRGB says, but for rounding.
    """
    if len(profile) > MAX_BYTES or picture.mode not in COLOUR_SPACES:
        return picture
    try:
        transform = _transform(profile, picture.mode)
        found = ImageCms.applyTransform(picture, transform) if transform else picture
    except PROFILE_ERRORS:
        return picture
    assert found is not None, "only a transform in place returns nothing"
    return found.getchannel("G") if (picture.mode, found.mode) == ("L", "RGB") else found


@lru_cache(maxsize=16)  # the pictures of one camera have one profile, and this takes 12 ms
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From a profile to sRGB; None where there is nothing to do, and an error of BROKEN."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space  # pyright: ignore[reportAttributeAccessIssue]  # in stubs
    if space.strip() != COLOUR_SPACES[mode]:
        return None
    target = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(source, target, mode, "RGB")
    return None if mode != "CMYK" and _is_identity(transform, mode) else transform


def _is_identity(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether colours all over the cube, or all greys, move by no more than a level."""
    levels = np.arange(256, dtype=np.uint8)[None]
    if mode == "RGB":
        levels = np.stack(np.meshgrid(*[levels[0, ::15]] * 3), -1).reshape(1, -1, 3)
    seen = ImageCms.applyTransform(Image.fromarray(levels), transform)
    assert seen is not None, "only a transform in place returns nothing"
    before = np.asarray(Image.fromarray(levels).convert("RGB"), np.int16)
    return bool(np.abs(np.asarray(seen, np.int16) - before).max() <= 1)
