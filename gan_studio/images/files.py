"""Picture files: safe reading of strangers' files, writing, recipes in PNG metadata."""

from __future__ import annotations

import io
import math
import threading
import warnings
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageOps, PngImagePlugin

from gan_studio.core import files
from gan_studio.images.convert import BLACK, WHITE, flatten, pixels_only, strip_metadata
from gan_studio.images.recipe import Recipe

KINDS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".webp": "WEBP",
}
"""every ending that a picture may have, read or written, and its format"""
ENDINGS = tuple(KINDS)
FORMATS = tuple(dict.fromkeys(KINDS.values()))
MAX_SIDE = {"PNG": 2**31 - 1, "JPEG": 65_500, "WEBP": 16_383}
"""pixels that a side of a picture in that format can have"""
QUALITY = 95
"""of a JPEG or WebP that is saved"""
MAX_PIXELS = 50_000_000
"""the largest picture that is decoded; a limit on memory, not on taste"""
MAX_WEBP_PIXELS = 25_000_000
"""whose decoder takes 15 bytes for each"""
WORKING_PIXELS = 16_000_000
"""what a larger one is reduced to while it is read: nothing here needs more"""
RECIPE_KEY = "gan_studio"
COMPARISON_KEY = "gan_studio_comparison"
PAINTING_KEY = "gan_studio_painting"
PNG_TEXTS = {
    RECIPE_KEY: "is a picture of a model; drop it on the Explore tab to restore it",
    PAINTING_KEY: "is a painting; drop it on the Style tab, where its settings are restored",
    COMPARISON_KEY: "is a sheet of the Compare tab, with pictures of several models; drop a "
    "picture that was saved on its own",
}
"""what a PNG is that carries such a text, and where it can be restored"""
BAND_ROWS = 256
"""rows, once reduced, for which a huge picture is converted at a time"""
ORIENTATION = 0x0112
"""the number of that field in EXIF"""
DECODE_ERRORS = (OSError, SyntaxError, EOFError, ValueError)
"""what Pillow raises over a file that makes no sense"""
_warnings_lock = threading.Lock()  # the warnings' filters belong to all threads
Image.core.set_block_size(64 << 20)  # larger than what malloc keeps once it was freed
_large_image_lock = threading.Lock()  # several such at once would take gigabytes


def load(source: Path | str | IO[bytes], name: str = "", ground: int = WHITE) -> Image.Image:
    """A stranger's PNG, JPEG or WebP, upright, in RGB or L of sRGB; else ValueError, one sentence.

    Type and size are read from the header, and refused, before a single pixel is decoded. One of
    more than WORKING_PIXELS comes smaller. Where it is transparent it shows `ground`; nothing but
    pixels comes along. The sentence calls the picture by `name`, which only what is no file needs.
    """
    name = name or Path(str(source)).name
    with _open(source, name) as image:
        factor = math.ceil(math.sqrt(image.width * image.height / WORKING_PIXELS))
        try:
            with _one_at_a_time(image):
                smaller = _shrink(image, factor, ground) if factor > 1 else image
                return strip_metadata(flatten(ImageOps.exif_transpose(smaller), ground))
        except DECODE_ERRORS:
            raise ValueError(
                f"{name} is damaged: its picture ends early or makes no sense."
            ) from None


def load_mask(source: Path | str) -> Image.Image:
    """The same for a mask, in L: what is transparent is as little marked as what is black."""
    return load(source, ground=BLACK).convert("L")


def with_recipe(image: Image.Image, recipe: Recipe) -> Image.Image:
    """The picture, carrying its recipe; saved as PNG the metadata go along."""
    image.info[RECIPE_KEY] = recipe.to_json()
    return image


def recipe_from(image: Image.Image) -> Recipe:
    """The recipe that a picture in memory carries."""
    return Recipe.from_json(image.info[RECIPE_KEY])


def save_png(image: Image.Image, path: Path | str | IO[bytes]) -> None:
    """Write a PNG together with the recipe or comparison that the picture carries, if any."""
    contents = encode_png(image)
    if isinstance(path, Path | str):
        files.write_atomic(Path(path), contents)
    else:
        path.write(contents)


def save(image: Image.Image, path: Path) -> None:
    """Write a picture as the name ends; only a PNG carries its recipe."""
    kind = KINDS[path.suffix.lower()]
    files.write_atomic(
        path, encode_png(image) if kind == "PNG" else encode(image, kind, quality=QUALITY)
    )


def encode_png(image: Image.Image) -> bytes:
    """What a PNG file of the picture holds, with the recipe or comparison that it carries."""
    text = PngImagePlugin.PngInfo()
    for key in (RECIPE_KEY, COMPARISON_KEY, PAINTING_KEY):
        if key in image.info:
            text.add_text(key, image.info[key])
    return encode(image, "PNG", pnginfo=text)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """What a file of that kind holds: the pixels, opaque, and what the options add."""
    buffer = io.BytesIO()
    pixels_only(image).save(buffer, kind, **options)
    return buffer.getvalue()


def require_fit(path: Path, longest: int) -> None:
    """ValueError where a picture whose longer side is that long cannot be written at the path."""
    kind = KINDS[path.suffix.lower()]
    if longest > MAX_SIDE[kind]:
        raise ValueError(
            f"{path.name} cannot hold a picture of {longest:,} pixels along a side: a {kind} has "
            f"at most {MAX_SIDE[kind]:,}; choose .png."
        )


def metadata(source: Path | str | IO[bytes], key: str) -> str | None:
    """A text that a PNG carries under that key, if any."""
    try:
        with _open(source, _name(source)) as image, _one_at_a_time(image):
            image.load()  # the text may stand behind the pixels
            text = image.info.get(key)
    except DECODE_ERRORS:
        return None
    return text if isinstance(text, str) else None


def read_recipe(source: Path | str | IO[bytes]) -> Recipe:
    """The recipe in a PNG; ValueError with one sentence when there is none."""
    missing = "holds no recipe; drop a PNG that was saved by GAN Studio"
    return Recipe.from_json(read_text(source, RECIPE_KEY, missing))


def read_text(source: Path | str | IO[bytes], key: str, missing: str) -> str:
    """What a PNG carries under a key; ValueError that says what it is instead, or `missing`."""
    if (text := metadata(source, key)) is not None:
        return text
    others = (said for other, said in PNG_TEXTS.items() if metadata(source, other) is not None)
    raise ValueError(f"{_name(source)} {next(others, missing)}.")


def _name(source: Path | str | IO[bytes]) -> str:
    return Path(source).name if isinstance(source, Path | str) else "The file"


def _open(source: Path | str | IO[bytes], name: str) -> Image.Image:
    """Read the header alone; ValueError with one sentence if no picture can follow."""
    try:
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # ours is tighter
            image = Image.open(source, formats=FORMATS)
            _scale_key(image)
    except Image.DecompressionBombError:
        raise ValueError(f"{name} has too many pixels; {_most(MAX_PIXELS)}.") from None
    except DECODE_ERRORS as error:
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


def _one_at_a_time(image: Image.Image) -> AbstractContextManager[object]:
    """Only one huge picture is decoded at a time."""
    return _large_image_lock if image.width * image.height > WORKING_PIXELS else nullcontext()


def _scale_key(image: Image.Image) -> None:
    """A PNG's transparent colour in eight bits, in which Pillow decodes pixels but not the key."""
    key = image.info.get("transparency")
    if not isinstance(image, PngImagePlugin.PngImageFile) or key is None or not image.tile:
        return
    match image.tile[0].args:
        case "L;2" | "L;4" as raw:
            image.info["transparency"] = key * 255 // (2 ** int(raw[-1]) - 1)
        case "RGB;16B":
            image.info["transparency"] = tuple(channel >> 8 for channel in key)


def _shrink(image: Image.Image, factor: int, ground: int) -> Image.Image:
    """The picture at a fraction of its width and height, with the orientation that it names."""
    exif, drawn = image.getexif(), image.width
    image.draft(None, (image.width // factor, image.height // factor))  # of JPEG costs nothing
    shrunk = image.width < drawn
    smaller = pixels_only(image, ground) if shrunk else _shrink_by_bands(image, factor, ground)
    smaller.getexif()[ORIENTATION] = exif.get(ORIENTATION, 1)
    return smaller


def _shrink_by_bands(image: Image.Image, factor: int, ground: int) -> Image.Image:
    """The same for what must be decoded as a whole, and should not be in memory twice."""
    bands = range(0, image.height, BAND_ROWS * factor)
    mode = pixels_only(image.crop((0, 0, 1, 1)), ground).mode
    smaller = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for top in bands:
        bottom = min(top + BAND_ROWS * factor, image.height)
        band = flatten(image.crop((0, top, image.width, bottom)), ground)
        smaller.paste(band.reduce(factor), (0, top // factor))
    return smaller
