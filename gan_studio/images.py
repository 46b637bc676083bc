"""Pictures at the border: tensors <-> uint8 <-> PIL, safe loading, recipes in PNG metadata."""

from __future__ import annotations

import io
import math
import threading
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont, ImageOps, PngImagePlugin
from torch import Tensor

from gan_studio.disk import naming
from gan_studio.recipe import Recipe

FORMATS = ("PNG", "JPEG", "WEBP")
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
MAX_PIXELS = 50_000_000
"""the largest picture that is decoded; a limit on memory, not on taste"""
MAX_WEBP_PIXELS = 25_000_000
"""whose decoder takes 15 bytes for each"""
WORKING_PIXELS = 16_000_000
"""what a larger one is reduced to while it is read: nothing here needs more"""
RECIPE_KEY = "gan_studio"
COMPARISON_KEY = "gan_studio_comparison"
PAINTING_KEY = "gan_studio_painting"
BAND = 256
"""rows, once reduced, for which a huge picture is converted at a time"""
ORIENTATION = 0x0112
"""the number of that field in EXIF"""
BROKEN = (OSError, SyntaxError, EOFError, ValueError)
"""what Pillow raises over a file that makes no sense"""
_filters = threading.Lock()  # the warnings' filters belong to all threads
Image.core.set_block_size(64 << 20)  # larger than what malloc keeps once it was freed
_huge = threading.Lock()  # several such at once would take gigabytes


def to_uint8(images: Tensor) -> np.ndarray:
    """(N, C, H, W) in [-1, 1] -> (N, H, W, C) uint8."""
    scaled = images.float().add(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).cpu().numpy()


def from_uint8(images: Tensor) -> Tensor:
    """uint8 of any shape -> float32 in [-1, 1]."""
    return images.float().div(127.5).sub(1)


def to_pil(image: np.ndarray) -> Image.Image:
    """(H, W, 1) or (H, W, 3) uint8 -> a grey or colour picture."""
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def grid(images: np.ndarray, columns: int | None = None, gap: int = 2) -> Image.Image:
    """(N, H, W, C) uint8 -> one picture, row by row; about square unless `columns` is given."""
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
    rows: Mapping[str, Sequence[Image.Image]], heads: Sequence[str], cell: int = 64, gap: int = 4
) -> Image.Image:
    """Named rows of equal pictures under their heads; small ones are enlarged to about `cell`."""
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
        for j, picture in enumerate(pictures):
            enlarged = picture.resize((side, side), Image.Resampling.NEAREST)
            sheet.paste(enlarged, (left + j * pitch, top + i * pitch))
    return sheet


def load(source: Path | str | IO[bytes], name: str = "") -> Image.Image:
    """A stranger's PNG, JPEG or WebP, upright, in RGB or L; else ValueError with one sentence.

    Type and size are read from the header, and refused, before a single pixel is decoded. One of
    more than WORKING_PIXELS comes smaller. The sentence calls the picture by `name`, which only
    what is no file needs.
    """
    name = name or Path(str(source)).name
    with _open(source, name) as image:
        factor = math.ceil(math.sqrt(image.width * image.height / WORKING_PIXELS))
        try:
            with _alone(image):
                smaller = _reduced(image, factor) if factor > 1 else image
                return _flatten(ImageOps.exif_transpose(smaller))
        except BROKEN:
            raise ValueError(
                f"{name} is damaged: its picture ends early or makes no sense."
            ) from None


def square(image: Image.Image, size: int) -> Image.Image:
    """The central square, at size x size pixels."""
    return ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)


def cut(image: Image.Image, x: float, y: float, share: float) -> Image.Image:
    """The square whose side is a share of the picture's shorter one, within the picture.

    Its centre lies at (x, y), fractions of width and height, or as near as it fits.
    """
    side = max(1, round(share * min(image.size)))
    left, top = (
        min(max(round(at * length - side / 2), 0), length - side)
        for at, length in zip((x, y), image.size, strict=True)
    )
    return image.crop((left, top, left + side, top + side))


def with_recipe(image: Image.Image, recipe: Recipe) -> Image.Image:
    """The picture, carrying its recipe; saved as PNG the metadata go along."""
    image.info[RECIPE_KEY] = recipe.to_json()
    return image


def carried(image: Image.Image) -> Recipe:
    """The recipe that a picture in memory carries."""
    return Recipe.from_json(image.info[RECIPE_KEY])


def save_png(image: Image.Image, path: Path | str | IO[bytes]) -> None:
    """Write a PNG together with the recipe or comparison that the picture carries, if any."""
    text = PngImagePlugin.PngInfo()
    for key in (RECIPE_KEY, COMPARISON_KEY, PAINTING_KEY):
        if key in image.info:
            text.add_text(key, image.info[key])
    with naming(Path(path)) if isinstance(path, str | Path) else nullcontext():
        image.save(path, format="PNG", pnginfo=text)


def png(image: Image.Image) -> bytes:
    """What a PNG file of the picture holds."""
    buffer = io.BytesIO()
    save_png(image, buffer)
    return buffer.getvalue()


def metadata(source: Path | str | IO[bytes], key: str) -> str | None:
    """A text that a PNG carries under that key, if any."""
    try:
        with _open(source, _name(source)) as image, _alone(image):
            image.load()  # the text may stand behind the pixels
            text = image.info.get(key)
    except BROKEN:
        return None
    return text if isinstance(text, str) else None


def recipe_of(source: Path | str | IO[bytes]) -> Recipe:
    """The recipe in a PNG; ValueError with one sentence when there is none."""
    text = metadata(source, RECIPE_KEY)
    if text is None:
        raise ValueError(
            f"{_name(source)} holds no recipe; drop a PNG that was saved by GAN Studio."
        )
    return Recipe.from_json(text)


def _name(source: Path | str | IO[bytes]) -> str:
    return Path(source).name if isinstance(source, Path | str) else "The file"


def _open(source: Path | str | IO[bytes], name: str) -> Image.Image:
    """Read the header alone; ValueError with one sentence if no picture can follow."""
    try:
        with _filters, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # ours is tighter
            image = Image.open(source, formats=FORMATS)
    except Image.DecompressionBombError:
        raise ValueError(f"{name} has too many pixels; {_most(MAX_PIXELS)}.") from None
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise ValueError(f"{name} cannot be opened: {error.strerror}.") from None
        raise ValueError(
            f"{name} is not a picture that can be read; PNG, JPEG and WebP can."
        ) from None
    width, height = image.size
    most = MAX_WEBP_PIXELS if image.format == "WEBP" else MAX_PIXELS
    if width * height > most:
        image.close()
        raise ValueError(f"{name} has {width} x {height} pixels; {_most(most)}.")
    return image


def _most(pixels: int) -> str:
    return f"at most {pixels // 10**6} million can be read"


def _alone(image: Image.Image) -> AbstractContextManager[object]:
    """Only one huge picture is decoded at a time."""
    return _huge if image.width * image.height > WORKING_PIXELS else nullcontext()


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """The picture at a fraction of its width and height, with the orientation that it names."""
    exif, drawn = image.getexif(), image.width
    image.draft(None, (image.width // factor, image.height // factor))  # of JPEG costs nothing
    smaller = _flatten(image) if image.width < drawn else _by_bands(image, factor)
    smaller.getexif()[ORIENTATION] = exif.get(ORIENTATION, 1)
    return smaller


def _by_bands(image: Image.Image, factor: int) -> Image.Image:
    """The same for what must be decoded as a whole, and should not be in memory twice."""
    bands = range(0, image.height, BAND * factor)
    mode = _flatten(image.crop((0, 0, 1, 1))).mode
    smaller = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for top in bands:
        bottom = min(top + BAND * factor, image.height)
        band = _flatten(image.crop((0, top, image.width, bottom)))
        smaller.paste(band.reduce(factor), (0, top // factor))
    return smaller


def _flatten(image: Image.Image) -> Image.Image:
    """Grey stays grey, transparency becomes white, everything else RGB."""
    if image.mode in ("L", "RGB"):
        image.load()
        return image.copy()
    if image.mode.startswith("I"):  # 16 bits, which Pillow's own conversion cuts off at 255
        return Image.fromarray((np.asarray(image) // 256).astype(np.uint8))
    mode = "L" if image.mode in ("1", "LA") else "RGB"
    if image.has_transparency_data:
        picture = image.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert(mode)
    return image.convert(mode)
