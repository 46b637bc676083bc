"""Image files: safe reading of untrusted files, writing, recipes in PNG metadata."""

from __future__ import annotations

import io
import math
import threading
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from PIL import Image, ImageOps, PngImagePlugin

from gan_studio.core import files
from gan_studio.images.convert import BLACK, WHITE, flatten, pixels_only, strip_metadata
from gan_studio.images.recipe import Recipe
from gan_studio.images.translation import TranslationRecipe
from gan_studio.images.transparency import LAYERED, with_alpha

KINDS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".webp": "WEBP",
}
"""file ending -> format of the images that are read and written"""
ENDINGS = tuple(KINDS)
FORMATS = tuple(dict.fromkeys(KINDS.values()))
MAX_SIDE = {"PNG": 2**31 - 1, "JPEG": 65_500, "WEBP": 16_383}
"""format -> largest width and height in pixels"""
QUALITY = 95
"""of saved JPEG and WebP files"""
MAX_PIXELS = 50_000_000
"""largest image that is decoded, which limits memory"""
MAX_WEBP_PIXELS = 25_000_000
"""the same for WebP, whose decoder takes 15 bytes per pixel"""
ANIMATED = ("PNG", "WEBP")
"""formats of animations; the further pictures of a JPEG are no frames"""
FIRST_FRAME = "The picture is an animation; its first frame was taken."
WORKING_PIXELS = 16_000_000
"""larger images are shrunk to this size while they are read"""
RECIPE_KEY = Recipe.png_key
COMPARISON_KEY = "gan_studio_comparison"
PAINTING_KEY = "gan_studio_painting"
TRANSLATION_KEY = TranslationRecipe.png_key
PNG_TEXTS = {
    RECIPE_KEY: "is a picture of a model; drop it on the Explore tab to restore it",
    PAINTING_KEY: "is a painting; drop it on the Style tab, where its settings are restored",
    TRANSLATION_KEY: "is a translated picture; drop it on the Transform tab to restore it",
    COMPARISON_KEY: "is a sheet of the Compare tab, with pictures of several models; drop a "
    "picture that was saved on its own",
}
"""PNG text key -> kind of image, and where it can be restored"""
BAND_ROWS = 256
"""rows of the shrunken image that are converted at a time"""
ORIENTATION = 0x0112
"""EXIF tag"""
DECODE_ERRORS = (OSError, SyntaxError, EOFError, ValueError)
"""errors that Pillow raises for damaged files"""
Convert = Callable[[Image.Image], Image.Image]
_warnings_lock = threading.Lock()  # warning filters are shared by all threads
Image.core.set_block_size(64 << 20)  # larger than the blocks that malloc keeps after they are freed
_large_image_lock = threading.Lock()  # several large images at once would take gigabytes


def load(
    source: Path | str | IO[bytes], name: str = "", ground: int = WHITE, *, keep_alpha: bool = False
) -> Image.Image:
    """Read an untrusted PNG, JPEG or WebP, upright, in sRGB, mode RGB or L; else ValueError.

    Type and size are checked in the header before any pixel is decoded. Images of more than
    WORKING_PIXELS are shrunk, transparent pixels become `ground`, metadata is dropped. With
    `keep_alpha` a picture with transparency is read in mode RGBA or LA. Of an animation the first
    frame is read. Errors name the file, or `name` if the source has none.
    """
    convert = with_alpha if keep_alpha else partial(flatten, ground=ground)
    name = name or Path(str(source)).name
    with _open(source, name) as image:
        factor = math.ceil(math.sqrt(image.width * image.height / WORKING_PIXELS))
        try:
            with _one_at_a_time(image):
                smaller = _shrink(image, factor, convert) if factor > 1 else image
                return strip_metadata(convert(ImageOps.exif_transpose(smaller)))
        except DECODE_ERRORS:
            raise ValueError(
                f"{name} is damaged: its picture ends early or makes no sense."
            ) from None


def remarks(source: Path | str | IO[bytes], name: str = "") -> list[str]:
    """Sentences on how `load` reads a file: of an animation it takes the first frame.

    Reads only the header. ValueError as in `load`.
    """
    with _open(source, name or _name(source)) as image:
        is_animation = image.format in ANIMATED and getattr(image, "is_animated", False)
    return [FIRST_FRAME] if is_animation else []


def load_mask(source: Path | str) -> Image.Image:
    """Read a mask in mode L; transparent pixels become black."""
    return load(source, ground=BLACK).convert("L")


class PNGText(Protocol):
    """Text in a PNG: the recipe of a picture or of a painting, or the contents of a sheet."""

    @property
    def png_key(self) -> str:
        """One of the keys of PNG_TEXTS."""
        ...

    def to_json(self) -> str: ...


class Picture(NamedTuple):
    """An image and the recipe that draws it again."""

    image: Image.Image
    recipe: Recipe

    def save(self, path: Path | str) -> None:
        """Write a PNG with the recipe, or a JPEG or WebP without it, as the ending says."""
        save(self.image, path, self.recipe)

    def _repr_png_(self) -> bytes:
        """The PNG that a notebook shows."""
        return encode_png(self.image, self.recipe)


def save(
    image: Image.Image,
    path: Path | str,
    text: PNGText | None = None,
    *,
    keep_alpha: bool = False,
) -> None:
    """Write an image in the format of the ending; only a PNG contains the recipe or comparison.

    With `keep_alpha` a PNG keeps the transparency of mode RGBA or LA as well.
    """
    place = Path(path)
    kind = KINDS.get(place.suffix.lower())
    if kind is None:
        raise ValueError(f"{place.name} must end in one of {', '.join(ENDINGS)}.")
    if kind == "PNG":
        contents = encode_png(image, text, keep_alpha=keep_alpha)
    else:
        contents = encode(image, kind, quality=QUALITY)
    files.write_atomic(place, contents)


def encode_png(
    image: Image.Image, text: PNGText | None = None, *, keep_alpha: bool = False
) -> bytes:
    """Encode a PNG with its recipe or comparison, if any; opaque unless `keep_alpha` says so."""
    info = PngImagePlugin.PngInfo()
    if text is not None:
        info.add_text(text.png_key, text.to_json())
    convert = with_alpha if keep_alpha else pixels_only
    buffer = io.BytesIO()
    convert(image).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Encode the opaque pixels in a format; `options` are those of Pillow."""
    buffer = io.BytesIO()
    pixels_only(image).save(buffer, kind, **options)
    return buffer.getvalue()


def require_fit(path: Path, longest: int) -> None:
    """ValueError if the format of `path` cannot store an image whose longer side is `longest`."""
    kind = KINDS[path.suffix.lower()]
    if longest > MAX_SIDE[kind]:
        raise ValueError(
            f"{path.name} cannot hold a picture of {longest:,} pixels along a side: a {kind} has "
            f"at most {MAX_SIDE[kind]:,}; choose .png."
        )


def metadata(source: Path | str | IO[bytes], key: str) -> str | None:
    """The text of a PNG under a key, if any."""
    try:
        with _open(source, _name(source)) as image, _one_at_a_time(image):
            image.load()  # the text may come after the pixels
            text = image.info.get(key)
    except DECODE_ERRORS:
        return None
    return text if isinstance(text, str) else None


def read_recipe(source: Path | str | IO[bytes]) -> Recipe:
    """The recipe in a PNG; ValueError if there is none."""
    missing = "holds no recipe; drop a PNG that was saved by GAN Studio"
    return Recipe.from_json(read_text(source, RECIPE_KEY, missing))


def read_text(source: Path | str | IO[bytes], key: str, missing: str) -> str:
    """The text of a PNG under a key; else ValueError with the kind of the image, or `missing`."""
    if (text := metadata(source, key)) is not None:
        return text
    others = (kind for other, kind in PNG_TEXTS.items() if metadata(source, other) is not None)
    raise ValueError(f"{_name(source)} {next(others, missing)}.")


def _name(source: Path | str | IO[bytes]) -> str:
    return Path(source).name if isinstance(source, Path | str) else "The file"


def _open(source: Path | str | IO[bytes], name: str) -> Image.Image:
    """Open an image without decoding it; ValueError if it is refused."""
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
    """A lock for images of more than WORKING_PIXELS."""
    return _large_image_lock if image.width * image.height > WORKING_PIXELS else nullcontext()


def _scale_key(image: Image.Image) -> None:
    """Scale the transparent colour of a PNG to eight bits, as Pillow scales only the pixels."""
    key = image.info.get("transparency")
    if not isinstance(image, PngImagePlugin.PngImageFile) or key is None or not image.tile:
        return
    match image.tile[0].args:
        case "L;2" | "L;4" as raw:
            image.info["transparency"] = key * 255 // (2 ** int(raw[-1]) - 1)
        case "RGB;16B":
            image.info["transparency"] = tuple(channel >> 8 for channel in key)


def _shrink(image: Image.Image, factor: int, convert: Convert) -> Image.Image:
    """The image at 1/factor of its width and height, with its EXIF orientation."""
    exif, width = image.getexif(), image.width
    image.draft(None, (image.width // factor, image.height // factor))  # free for JPEG
    smaller = (
        strip_metadata(convert(image).copy())
        if image.width < width
        else _shrink_by_bands(image, factor, convert)
    )
    smaller.getexif()[ORIENTATION] = exif.get(ORIENTATION, 1)
    return smaller


def _shrink_by_bands(image: Image.Image, factor: int, convert: Convert) -> Image.Image:
    """Shrink in bands, as the image must be decoded as a whole and should not be copied."""
    bands = range(0, image.height, BAND_ROWS * factor)
    mode = convert(image.crop((0, 0, 1, 1))).mode
    # In RGBa the colours of transparent pixels have no weight.
    working_mode = "RGBa" if mode in LAYERED else mode
    smaller = Image.new(working_mode, (-(-image.width // factor), -(-image.height // factor)))
    for top in bands:
        bottom = min(top + BAND_ROWS * factor, image.height)
        band = convert(image.crop((0, top, image.width, bottom)))
        if mode in LAYERED:
            band = band.convert("RGBA").convert(working_mode)
        smaller.paste(band.reduce(factor), (0, top // factor))
    return smaller.convert("RGBA").convert(mode) if mode in LAYERED else smaller
