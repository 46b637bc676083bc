"""Holes in faces for the Transform tab: masks as they are painted, proposals to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageChops

from gan_studio.core.validation import abbreviate, check_int
from gan_studio.images import convert, holes
from gan_studio.studio import Studio, Translation, TranslationRecipe, TranslatorCard
from gan_studio.studio.inpaint import SUSPICIOUS
from gan_studio.ui.transform.examples import FACES

GENERATORS = (FACES,)
"""models of latents that propose faces, which takes seconds"""
MAX_PROPOSALS = 4
"""of a generator at a time"""
INVERT_HINT = "The mask hides most of the picture. Press Invert if it is the other way round."
BOARD = 256
"""pixels along a side of a mask that is given back to the page"""


def proposals(
    studio: Studio, model: str, picture: Image.Image, mask: Image.Image, **settings: Any
) -> list[Translation]:
    """As `Studio.inpaint` does, a few at most."""
    check_int(settings["count"], "count", 1, MAX_PROPOSALS)
    return studio.inpaint(model, picture, mask, **settings)


def middle_square(picture: Image.Image) -> Image.Image:
    """The middle square of a picture, as it is; all of one that is square."""
    square = picture.width == picture.height
    return picture if square else picture.crop(convert.middle_box(*picture.size))


def drawing_to_mask(drawing: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A drawing, black on white, as a mask of a picture's size, white where it hides."""
    return ImageChops.invert(drawing.convert("L")).resize(size, Image.Resampling.NEAREST)


def mask_to_drawing(runs: str, *, square: bool) -> Image.Image:
    """The mask of a recipe as a drawing, black on white, of all of it or its middle `square`."""
    mask = Image.fromarray(~holes.decode_runs(runs)).convert("L")
    return (middle_square(mask) if square else mask).resize(
        (BOARD, BOARD), Image.Resampling.NEAREST
    )


def doubts(recipe: TranslationRecipe) -> list[str]:
    """The question to a visitor whose mask hides most of a picture, if it does."""
    return [INVERT_HINT] if holes.decode_runs(recipe.mask).mean() > SUSPICIOUS else []


def tab_of(model: str, cards: Mapping[str, TranslatorCard]) -> str:
    """The model under which the page shows a repair by another; ValueError if there is none."""
    repairing = [name for name, card in cards.items() if card.task == "repair"]
    if model in repairing:
        return model
    if model not in GENERATORS or not repairing:
        raise ValueError(f"The model {abbreviate(model)} of this picture is not here.")
    return repairing[0]
