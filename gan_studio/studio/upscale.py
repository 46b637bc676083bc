"""Larger pictures: a picture goes through a super-resolution model, in tiles."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from gan_studio.core.events import Progress
from gan_studio.datasets import terms
from gan_studio.gans.families.srgan import SRGAN
from gan_studio.images import transparency
from gan_studio.images.translation import TranslationRecipe
from gan_studio.models.model import LoadedModel
from gan_studio.models.translator import Translator
from gan_studio.models.upscaler import Settings, SRGANUpscaler, Upscaler
from gan_studio.studio.results import TranslatorCard
from gan_studio.studio.translate import (
    NOTES,
    Translation,
    blend,
    check_picture,
    digest,
    to_uint8_tensor,
)

MAX_PIXELS = 64_000_000
"""of the enlarged picture, which limits memory"""
LARGEST_DRAWN = 256
"""pixels along a side of drawn pictures that are enlarged at rest, which takes about a second"""
NOTE = "Adds what is likely, not what was there."
"""the note on every enlarged picture"""


def upscale(model: Upscaler, picture: Image.Image, recipe: TranslationRecipe) -> Translation:
    """The picture enlarged as the recipe says; ValueError with one sentence."""
    *_, last = upscaling(model, picture, recipe)
    assert isinstance(last, Translation)
    return last


def upscaling(
    model: Upscaler, picture: Image.Image, recipe: TranslationRecipe
) -> Iterator[Progress | Translation]:
    """The same with its progress after each tile; the last is the enlarged picture.

    Closing the iterator stops the work.
    """
    check_picture(picture)
    width, height = (recipe.scale * n for n in picture.size)
    if width * height > MAX_PIXELS:
        raise ValueError(
            f"{picture.width}×{picture.height} pixels {recipe.scale} times larger are "
            f"{width}×{height}; at most {MAX_PIXELS // 10**6} million pixels are possible."
        )
    opaque, alpha = transparency.separate(picture)
    pixels = to_uint8_tensor(opaque)[0]
    sheet = np.empty((height, width, 3), np.uint8)
    total = model.tile_count(picture.height, picture.width)
    settings = Settings(
        recipe.scale, recipe.sharpness, recipe.noise, keep_colours=recipe.keep_colours
    )
    start = time.perf_counter()
    for tiles_done, tile in enumerate(model.tiles(pixels, settings), 1):
        tile_pixels = tile.pixels.permute(1, 2, 0).numpy()
        sheet[
            tile.top : tile.top + len(tile_pixels), tile.left : tile.left + tile_pixels.shape[1]
        ] = tile_pixels
        if tiles_done < total:
            seconds_left = (time.perf_counter() - start) / tiles_done * (total - tiles_done)
            yield Progress(done=tiles_done, total=total, seconds_left=seconds_left)
    enlarged_picture = Image.fromarray(sheet).convert(opaque.mode)
    before = opaque.resize((width, height), Image.Resampling.BICUBIC)
    yield Translation(
        image=transparency.join(blend(before, enlarged_picture, recipe.strength), alpha),
        source=transparency.join(before, alpha),
        recipe=dataclasses.replace(recipe, sha256=digest(picture)),
        round_trip=None,
        notes=[NOTE, *([NOTES["alpha"]] if alpha else [])],
    )


def choose(cards: Sequence[TranslatorCard], model: LoadedModel) -> TranslationRecipe | None:
    """The recipe that enlarges pictures of another model: faces by a model of faces, if any.

    Such a model also denoises, if it can, which removes a generator's artefacts in skin and sky.
    None where there is no model, for large pictures, and for pixels that are shown as they are.
    """
    manifest = model.manifest
    size = manifest.config.image_size
    if size > LARGEST_DRAWN or not terms.is_smooth(manifest.dataset, manifest.channels):
        return None
    subject = terms.SUBJECTS.get(manifest.dataset)
    enlarging = [card for card in cards if card.task == "enlarge" and not card.megabytes]
    if subject == "sounds" or not enlarging:
        return None
    fitting = [card for card in enlarging if terms.SUBJECTS.get(card.dataset) == subject]
    choice = [*fitting, *enlarging][0]
    if subject and choice in fitting and choice.denoises:
        return TranslationRecipe(model=choice.name, sharpness=0.8, noise=1.0, keep_colours=False)
    return TranslationRecipe(model=choice.name)


def srgan_upscaler(model: Translator) -> Upscaler:
    """A model of the family srgan; ValueError for any other."""
    if not isinstance(model.gan, SRGAN):
        raise ValueError(f"{model.name} does not enlarge pictures.")
    return SRGANUpscaler(model.name, model.gan)
