"""Holes in pictures filled: by a network that learnt to, or by a generator that never saw one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gan_studio.core.validation import check_int
from gan_studio.gans.translation import resize
from gan_studio.images import convert, holes, transparency
from gan_studio.images.translation import TranslationRecipe
from gan_studio.models.external import ExternalInpainter
from gan_studio.models.model import Model
from gan_studio.models.translator import Translator
from gan_studio.studio.semantic_inpainting import semantic_inpainting
from gan_studio.studio.translate import (
    NOTES,
    Translation,
    check_picture,
    check_working_size,
    digest,
    to_uint8_tensor,
)
from gan_studio.vision.network import FeatureNetwork

Invert = Literal["ask", "no", "yes"]
"""whether black hides instead of white; "ask" refuses a mask that hides most of the picture"""
SUSPICIOUS = 0.7
"""share of hidden pixels from which on a mask may be inverted"""
MAX_PROPOSALS = 8
RESIZED = "The mask has {}×{} pixels; it was brought to the picture’s {}×{}."
ENLARGED = "The hole was filled at {}×{} pixels and enlarged."


class Scene(NamedTuple):
    """A picture with a hole."""

    picture: Image.Image
    """RGB, the square that a model takes, or all of it"""
    grey: bool
    hole: np.ndarray
    """(H, W) bool of the same size, grown"""
    alpha: Image.Image | None
    """opacity of the same size; None where nothing is transparent"""
    recipe: TranslationRecipe
    scale: float
    """pixels of the picture for each that the model sees"""
    notes: Sequence[str]


def inpaint(
    model: Translator | ExternalInpainter | Model,
    picture: Image.Image,
    mask: Image.Image | None,
    recipe: TranslationRecipe,
    count: int,
    invert: Invert,
    network: FeatureNetwork,
) -> list[Translation]:
    """Fill the hole of a picture; ValueError with one sentence before anything is computed.

    A network that learnt to fill holes gives one proposal, a generator `count` of them, from the
    recipe's seed on. `mask` hides where it is white; None takes the recipe's own.
    """
    check_int(count, "The number of proposals", 1, MAX_PROPOSALS)
    if isinstance(model, ExternalInpainter):
        return _by_network(model, prepare_scene(picture, mask, recipe, 0, invert))
    size = model.manifest.config.image_size
    square = isinstance(model, Model) or model.square
    if isinstance(model, Model) and model.manifest.channels != 3:
        raise ValueError(f"{model.name} draws grey pictures and repairs none; take one of faces.")
    if isinstance(model, Translator) and model.task != "repair":
        raise ValueError(f"{model.name} fills no holes; models of the family inpainting do.")
    scene = prepare_scene(picture, mask, recipe, size if square else 0, invert)
    if isinstance(model, Translator):
        check_working_size(model, scene.picture, 0)
        return _by_network(model, scene)
    seeds = [(recipe.seed + i) % 2**32 for i in range(count)]
    return _by_generator(model, scene, network, seeds)


def prepare_scene(
    picture: Image.Image,
    mask: Image.Image | None,
    recipe: TranslationRecipe,
    square: int,
    invert: Invert,
) -> Scene:
    """The picture and its hole as a model takes them; the recipe gets the mask and the digest.

    `square` are the pixels along a side of a model of squares, 0 for one of any pictures.
    """
    check_picture(picture)
    hidden, notes = read_mask(picture, mask, recipe, invert)
    recipe = dataclasses.replace(recipe, mask=holes.encode_runs(hidden), sha256=digest(picture))
    whole, alpha = transparency.separate(picture)
    if alpha:
        notes.append(NOTES["opaque"])
    if square and picture.width != picture.height:
        notes.append(NOTES["square"])
        left, top, right, bottom = box = convert.middle_box(*picture.size)
        whole, alpha = whole.crop(box), alpha and alpha.crop(box)
        hidden = hidden[top:bottom, left:right]
        if not hidden.any():
            raise ValueError("The hole lies outside the middle square, which the model looks at.")
    scale = whole.width / square if square else 1.0
    hole = holes.grow_mask(hidden, scale * recipe.grow) if recipe.grow else hidden
    if hole.all():
        raise ValueError("The mask hides all of the picture; leave some of it to begin from.")
    return Scene(whole.convert("RGB"), whole.mode == "L", hole, alpha, recipe, scale, notes)


def read_mask(
    picture: Image.Image, mask: Image.Image | None, recipe: TranslationRecipe, invert: Invert
) -> tuple[np.ndarray, list[str]]:
    """The hidden pixels, (H, W) bool of the picture's size, and notes for the reader."""
    if mask is None and not recipe.mask:
        raise ValueError("There is no mask; paint over what is to be filled, or name one.")
    hidden = holes.to_mask(mask) if mask is not None else holes.decode_runs(recipe.mask)
    notes: list[str] = []
    height, width = hidden.shape
    if (width, height) != picture.size:
        notes.append(RESIZED.format(width, height, *picture.size))
        hidden = holes.resize_mask(hidden, *picture.size)
    if invert == "yes":
        hidden = ~hidden
    if not hidden.any():
        raise ValueError("The mask hides nothing; what is to be filled must be white in it.")
    if hidden.all():
        raise ValueError("The mask hides all of the picture; leave some of it to begin from.")
    share = hidden.mean()
    if invert == "ask" and share > SUSPICIOUS:
        raise ValueError(
            f"The mask hides {share:.0%} of the picture. Is it inverted? Say invert yes if black "
            "is what is to be filled, or invert no if it is right."
        )
    return hidden, notes


def _by_network(model: Translator | ExternalInpainter, scene: Scene) -> list[Translation]:
    height, width = scene.picture.height, scene.picture.width
    working = model.working_size(height, width)
    x = resize(convert.from_uint8(to_uint8_tensor(scene.picture)), working)
    hole = holes.shrink_mask(scene.hole, *working)
    m = torch.from_numpy(hole.astype(np.float32))[None, None]
    output = model.fill(x * (1 - m), m).clamp(-1, 1)
    return [composite(scene._replace(scale=width / working[1]), output, scene.recipe)]


def _by_generator(
    model: Model, scene: Scene, network: FeatureNetwork, seeds: Sequence[int]
) -> list[Translation]:
    size = model.manifest.config.image_size
    x = resize(convert.from_uint8(to_uint8_tensor(scene.picture)), (size, size))
    small = convert.to_uint8(x)[0]
    hole = holes.shrink_mask(scene.hole, size, size)
    proposals = []
    fillings = semantic_inpainting(model, small, hole, network, seeds)
    for seed, filling in zip(seeds, fillings, strict=True):
        output = convert.from_uint8(torch.from_numpy(filling).permute(2, 0, 1)[None])
        recipe = dataclasses.replace(scene.recipe, seed=seed)
        proposals.append(composite(scene, output.clamp(-1, 1), recipe))
    return proposals


def composite(scene: Scene, output: Tensor, recipe: TranslationRecipe) -> Translation:
    """The picture with a model's output, (1, 3, h, w), in its hole; all other pixels are kept."""
    notes, (width, height) = [*scene.notes], scene.picture.size
    if output.shape[2:] != (height, width):
        notes.append(ENLARGED.format(output.shape[3], output.shape[2]))
        output = torch.nn.functional.interpolate(output, (height, width), mode="bicubic")
    filling = convert.to_uint8(output)[0].astype(float)
    original = np.asarray(scene.picture)
    opacity = holes.feather_mask(scene.hole, scene.scale * recipe.feather)[..., None]
    pixels = np.where(opacity > 0, opacity * filling + (1 - opacity) * original, original)
    image = Image.fromarray(pixels.round().astype(np.uint8))
    source = Image.fromarray(np.where(scene.hole[..., None], 128, original).astype(np.uint8))
    if scene.grey:
        image, source = image.convert("L"), source.convert("L")
    if scene.alpha:
        image, source = (
            _filled_alpha(one, scene.alpha, opacity[..., 0]) for one in (image, source)
        )
    return Translation(image=image, source=source, recipe=recipe, round_trip=None, notes=notes)


def _filled_alpha(image: Image.Image, alpha: Image.Image, opacity: np.ndarray) -> Image.Image:
    """The image with its transparency, opaque where a hole was filled."""
    most = np.maximum(np.asarray(alpha), (255 * opacity).round().astype(np.uint8))
    return transparency.join(image, Image.fromarray(most))
