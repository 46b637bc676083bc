"""Conversion of images with colour profiles (ICC.1:2022) to sRGB."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

MAX_BYTES = 8 << 20
"""largest profile; those of printers have three megabytes"""
COLOUR_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
"""mode -> colour space of its profiles"""
PROFILE_ERRORS = (ImageCms.PyCMSError, OSError, ValueError, TypeError)
"""errors that Pillow raises for damaged profiles"""


def to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Convert an image in L, RGB or CMYK to sRGB, in L or RGB.

    It is returned unchanged if the profile is damaged, of another colour space, or equal to sRGB
    but for rounding.
    """
    if len(profile) > MAX_BYTES or picture.mode not in COLOUR_SPACES:
        return picture
    try:
        transform = _transform(profile, picture.mode)
        result = ImageCms.applyTransform(picture, transform) if transform else picture
    except PROFILE_ERRORS:
        return picture
    assert result is not None, "only a transform in place returns nothing"
    return result.getchannel("G") if (picture.mode, result.mode) == ("L", "RGB") else result


@lru_cache(maxsize=16)  # images of one camera share a profile, and this takes 12 ms
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform from a profile to sRGB; None if it changes nothing."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space  # pyright: ignore[reportAttributeAccessIssue]  # in stubs
    if space.strip() != COLOUR_SPACES[mode]:
        return None
    target = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(source, target, mode, "RGB")
    return None if mode != "CMYK" and _is_identity(transform, mode) else transform


def _is_identity(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a grid of colours, or all greys, change by at most one level."""
    levels = np.arange(256, dtype=np.uint8)[None]
    if mode == "RGB":
        levels = np.stack(np.meshgrid(*[levels[0, ::15]] * 3), -1).reshape(1, -1, 3)
    after = ImageCms.applyTransform(Image.fromarray(levels), transform)
    assert after is not None, "only a transform in place returns nothing"
    before = np.asarray(Image.fromarray(levels).convert("RGB"), np.int16)
    return bool(np.abs(np.asarray(after, np.int16) - before).max() <= 1)
