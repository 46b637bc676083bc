"""Pictures into pictures: a source goes through a model, with its recipe and what is to be said."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gan_studio.datasets import tasks
from gan_studio.gans.families.cyclegan import other
from gan_studio.gans.translation import Direction
from gan_studio.images import convert, transparency
from gan_studio.images.files import encode_png, save
from gan_studio.images.translation import TranslationRecipe
from gan_studio.models.translator import Translator, drawing_field

LIGHT = 200
"""luma from which on a pixel is the paper of a drawing"""
PAPER_SHARE = 0.6
"""share of light pixels from which on a picture is taken for a drawing"""
DRAWING = 256
"""pixels along a side of the drawing that is made of a picture's lines"""
INK = 140
"""level up to which an enlarged line is black"""
MAX_PIXELS = 50_000_000
NOTES = {
    "square": "The middle square of the picture was taken.",
    "aligned": "This model was made for aligned faces, cropped from brow to chin.",
    "colours": "The picture has colours; they were left aside and made anew.",
    "lines": "The lines were taken from the picture.",
    "alpha": "Transparency was kept; only the colours went through the model.",
    "opaque": "Transparency was kept outside the hole; what fills it is opaque.",
    "white": "Transparent parts were taken as white.",
}
"""notes on a translation for the reader"""
MAX_WORKING_PIXELS = 2_097_152
"""of what a network looks at, which limits memory: 2048x1024"""
SMALLEST, STEEPEST = 8, 50
"""pixels of a side, and the ratio of the sides, that a picture may have"""


class Translation(NamedTuple):
    """A translated picture, the source as it was seen, and what a reader should know."""

    image: Image.Image
    source: Image.Image
    """of the translation's size: the square that was taken, the lines, the grey values"""
    recipe: TranslationRecipe
    round_trip: Image.Image | None
    """of a model that knows both ways, the translation translated back"""
    notes: Sequence[str]

    def save(self, path: Path | str) -> None:
        """Write a PNG with the recipe, or a JPEG or WebP without it, as the ending says.

        Transparency stays in a PNG and becomes white in the others.
        """
        save(self.image, Path(path), self.recipe, keep_alpha=True)

    def png(self) -> bytes:
        """A PNG with the recipe."""
        return encode_png(self.image, self.recipe, keep_alpha=True)

    def _repr_png_(self) -> bytes:
        """The PNG that a notebook shows."""
        return self.png()


def translate(
    model: Translator, picture: Image.Image, recipe: TranslationRecipe, *, round_trip: bool = True
) -> Translation:
    """The picture through the model as the recipe says; ValueError with one sentence.

    With `round_trip` what a cyclic model made is translated back as well.
    """
    check_picture(picture)
    check_model(model, recipe)
    recipe = dataclasses.replace(recipe, sha256=digest(picture))
    notes: list[str] = []
    if model.square and picture.width != picture.height:
        notes.append(NOTES["square"])
    if model.task == "lines":
        return _from_lines(model, picture, recipe, notes)
    picture, alpha = transparency.separate(picture)
    if model.square:
        side = recipe.size or model.gan.config.image_size
        picture = convert.center_crop(picture, side)
        alpha = alpha and convert.center_crop(alpha, side)
        notes.append(NOTES["aligned"])
    if alpha:
        notes.append(NOTES["alpha"])
    check_working_size(model, picture, recipe.size)
    x = to_tensor(picture)
    if model.task == "colour" and picture.mode != "L" and not _is_grey(picture):
        notes.append(NOTES["colours"])
    direction: Direction = "backward" if recipe.direction == "backward" else "forward"
    output = model.translate(x, direction, recipe.size)
    if output.shape != x.shape:
        notes.append(f"It was translated at {output.shape[3]}×{output.shape[2]} pixels.")
    is_round_trip = round_trip and model.cyclic
    back = model.translate(output, other(direction), recipe.size) if is_round_trip else None
    source = picture.resize((output.shape[3], output.shape[2]))
    if model.task == "colour":
        source = source.convert("L")
    return Translation(
        image=transparency.join(blend(source, to_image(output), recipe.strength), alpha),
        source=transparency.join(source, alpha),
        recipe=recipe,
        round_trip=None if back is None else transparency.join(to_image(back), alpha),
        notes=notes,
    )


def check_model(model: Translator, recipe: TranslationRecipe) -> None:
    """ValueError where a model cannot do what the recipe says."""
    if model.task == "enlarge":
        raise ValueError(f"{model.name} enlarges pictures; use upscale.")
    if model.task == "repair":
        raise ValueError(f"{model.name} fills holes; use inpaint, with a mask.")
    if recipe.direction == "backward" and not model.cyclic:
        raise ValueError(f"{model.name} knows one direction only, forward.")


def _from_lines(
    model: Translator, picture: Image.Image, recipe: TranslationRecipe, notes: list[str]
) -> Translation:
    """A face from a drawing, or from the lines of a photograph."""
    picture, alpha = convert.pixels_only(picture), transparency.separate(picture)[1]
    if alpha:
        notes.append(NOTES["white"])
    size = recipe.size or model.gan.config.image_size
    check_working_size(model, picture, size)
    from_drawing = is_drawing(picture) if recipe.input == "auto" else recipe.input == "drawing"
    square = convert.center_crop(picture, 4 * size if from_drawing else size)
    if from_drawing:
        field = drawing_field(np.asarray(square.convert("L")), size)
        if field.max() < 0:
            raise ValueError("The canvas is empty. Draw something first.")
    else:
        notes.append(NOTES["lines"])
        field = convert.from_uint8(_lines(square))
    face = to_image(model.from_lines(field))
    source = Image.fromarray(255 - convert.to_uint8(field)[0, ..., 0])
    image = blend(source, face, recipe.strength)
    return Translation(image=image, source=source, recipe=recipe, round_trip=None, notes=notes)


def line_drawing(picture: Image.Image, size: int) -> Image.Image:
    """The lines that a model for `size` pixels sees in a picture, as a drawing of DRAWING pixels.

    Drawn again, they give nearly the same field: it differs by 1 % of its range on average.
    """
    check_picture(picture)
    square = convert.center_crop(picture, size)
    field = _lines(square)[0, 0].numpy()
    thin = Image.fromarray(np.where(field == 255, 0, 255).astype(np.uint8))
    large = thin.resize((DRAWING, DRAWING), Image.Resampling.BICUBIC)
    return large.point([255 * (level > INK) for level in range(256)])


def _lines(square: Image.Image) -> Tensor:
    """The distance field of a picture's lines, (1, 1, H, W) uint8; ValueError where it has none."""
    field = tasks.lines(to_uint8_tensor(square))
    if not field.any():
        raise ValueError("No lines were found in the picture; take one with clearer edges.")
    return field


def check_picture(picture: Image.Image) -> None:
    """ValueError where something is no picture, or one too large, too small or too narrow."""
    if not isinstance(picture, Image.Image):
        raise ValueError(f"The picture must be a PIL image, not {type(picture).__name__}.")
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise ValueError(
            f"The picture has {width}×{height} pixels; at most {MAX_PIXELS // 10**6} million can "
            "be translated."
        )
    if min(width, height) < SMALLEST or max(width, height) > STEEPEST * min(width, height):
        raise ValueError(
            f"The picture has {width}×{height} pixels; it takes sides of at least {SMALLEST} and "
            f"the longer one at most {STEEPEST} times the shorter."
        )


def check_working_size(model: Translator, picture: Image.Image, size: int) -> None:
    """ValueError where the network would have to look at too many pixels."""
    height, width = model.working_size(picture.height, picture.width, size)
    if height * width > MAX_WORKING_PIXELS:
        raise ValueError(
            f"At a size of {size} pixels the network would look at {width}×{height}; at most "
            f"{MAX_WORKING_PIXELS / 1e6:.0f} million pixels are possible. Choose a smaller size."
        )


def is_drawing(picture: Image.Image) -> bool:
    """Whether a picture is taken for a drawing: mostly light, and without colours."""
    grey = np.asarray(picture.convert("L").resize((128, 128)))
    return bool((grey >= LIGHT).mean() >= PAPER_SHARE) and _is_grey(picture)


def _is_grey(picture: Image.Image) -> bool:
    """Whether red, green and blue hardly differ."""
    rgb = np.asarray(picture.convert("RGB").resize((64, 64)), int)
    return bool(np.ptp(rgb, axis=2).mean() < 4)


def digest(picture: Image.Image) -> str:
    """SHA-256 of the pixels, 64 hexadecimal digits."""
    shape = f"{picture.mode} {picture.width} {picture.height} ".encode()
    return hashlib.sha256(shape + picture.tobytes()).hexdigest()


def blend(source: Image.Image, translation: Image.Image, strength: float) -> Image.Image:
    """Strength 0 gives the source, 1 the translation."""
    if strength == 1:
        return translation
    return Image.blend(source.convert(translation.mode), translation, strength)


def to_tensor(picture: Image.Image) -> Tensor:
    """A picture -> (1, 3, H, W) in [-1, 1]."""
    return convert.from_uint8(to_uint8_tensor(picture))


def to_uint8_tensor(picture: Image.Image) -> Tensor:
    """A picture -> (1, 3, H, W) uint8."""
    array = np.asarray(convert.pixels_only(picture).convert("RGB")).copy()
    return torch.from_numpy(array).permute(2, 0, 1)[None]


def to_image(x: Tensor) -> Image.Image:
    """(1, C, H, W) in [-1, 1] -> a picture."""
    return convert.to_pil(convert.to_uint8(x)[0])
