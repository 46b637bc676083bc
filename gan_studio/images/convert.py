"""Conversion between tensors, arrays and PIL images; grids, crops, sRGB."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont, ImageOps
from torch import Tensor

from gan_studio.images.icc import to_srgb

WHITE, BLACK = 255, 0


def to_uint8(images: Tensor) -> np.ndarray:
    """(N, C, H, W) in [-1, 1] -> (N, H, W, C) uint8."""
    levels = images.float().add(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)
    return levels.permute(0, 2, 3, 1).cpu().numpy()


def from_uint8(images: Tensor) -> Tensor:
    """uint8 of any shape -> float32 in [-1, 1]."""
    return images.float().div(127.5).sub(1)


def to_pil(image: np.ndarray) -> Image.Image:
    """(H, W, 1) or (H, W, 3) uint8 -> a greyscale or RGB image."""
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def grid(images: np.ndarray, columns: int | None = None, gap: int = 2) -> Image.Image:
    """(N, H, W, C) uint8 -> one image, row by row; about square unless `columns` is given."""
    n, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    sheet = np.zeros(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, channels), np.uint8
    )
    for i, image in enumerate(images):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[top : top + height, left : left + width] = image
    return to_pil(sheet)


def contact_sheet(
    rows: Mapping[str, Sequence[Image.Image]],
    heads: Sequence[str],
    smooth: Container[str] = (),
    cell: int = 64,
    gap: int = 4,
) -> Image.Image:
    """Named rows of images of equal size under column titles; enlarged to about `cell` pixels.

    The rows of these names are enlarged smoothly, the others with sharp pixels.
    """
    name_font, head_font = ImageFont.load_default(14), ImageFont.load_default(10)
    width = next(iter(rows.values()))[0].width
    side = width * max(1, cell // width)
    left = 3 * gap + math.ceil(max(name_font.getlength(name) for name in rows))
    top, pitch = 6 * gap, side + gap
    size = (left + len(heads) * pitch, top + len(rows) * pitch)
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for j, head in enumerate(heads):
        pen.text((left + j * pitch + side / 2, top / 2), head, "black", head_font, "mm")
    for i, (name, pictures) in enumerate(rows.items()):
        pen.text((gap, top + i * pitch + side / 2), name, "black", name_font, "lm")
        how = Image.Resampling.BICUBIC if name in smooth else Image.Resampling.NEAREST
        for j, picture in enumerate(pictures):
            large_picture = picture.resize((side, side), how)
            sheet.paste(large_picture, (left + j * pitch, top + i * pitch))
    return sheet


def pixels_only(image: Image.Image, ground: int = WHITE) -> Image.Image:
    """The pixels in sRGB, mode RGB or L, on `ground` where they are transparent.

    Metadata is dropped: colour profile, transparent colour, EXIF with its locations, comments.
    """
    picture = flatten(image, ground)
    return strip_metadata(picture.copy() if picture is image else picture)


def center_crop(image: Image.Image, size: int) -> Image.Image:
    """The central square, resized to size x size pixels."""
    return ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)


def middle_box(width: int, height: int) -> tuple[int, int, int, int]:
    """The middle square of an image as left, top, right and bottom."""
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def crop_square(image: Image.Image, x: float, y: float, share: float) -> Image.Image:
    """A square whose side is the fraction `share` of the shorter side, within the image.

    Its centre is at (x, y), fractions of width and height, or as near as it fits.
    """
    side = max(1, round(share * min(image.size)))
    left, top = (
        min(max(round(at * length - side / 2), 0), length - side)
        for at, length in zip((x, y), image.size, strict=True)
    )
    return image.crop((left, top, left + side, top + side))


def strip_metadata(image: Image.Image) -> Image.Image:
    """The same image object without metadata."""
    image.info = {}
    return image


def flatten(image: Image.Image, ground: int) -> Image.Image:
    """Convert to sRGB, L or RGB, on `ground` where transparent; may return the same object."""
    picture = _opaque(image, ground)
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        picture = to_srgb(picture, profile)
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _opaque(image: Image.Image, ground: int) -> Image.Image:
    """Convert to L, RGB or CMYK, with `ground` where the image is transparent."""
    if image.mode.startswith("I"):  # 16 bits, which Pillow's own conversion cuts off at 255
        deep, key = np.asarray(image), image.info.get("transparency")
        grey = (deep // 256).astype(np.uint8)
        if key is not None:
            grey[deep == key] = ground
        return Image.fromarray(grey)
    mode = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
    if image.has_transparency_data:
        picture = image.convert("RGBA")
        background = Image.new("RGBA", picture.size, (ground, ground, ground, 255))
        return Image.alpha_composite(background, picture).convert(mode)
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert(mode)
