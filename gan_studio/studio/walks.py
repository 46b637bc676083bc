"""Walks through a model's latent space: variations, interpolations, random walks and maps."""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image

from gan_studio.core.validation import MAX_SEED, check_float, check_int
from gan_studio.images import convert
from gan_studio.images.edits import NO_EDITS
from gan_studio.images.files import Picture
from gan_studio.images.recipe import MAX_RECIPES, Part, Recipe, different_models, mixture
from gan_studio.models.library import Library
from gan_studio.models.model import DIRECTIONS, Model
from gan_studio.studio.results import Preview

STRIP = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""positions on a slider of which previews are drawn, in sigma"""
KEYFRAMES = 6
"""pictures that an interpolation may pass"""
MAX_FRAMES = 600
PARTS = 12
"""of a mix that variations of variations make"""


def variations(
    library: Library,
    recipe: Recipe,
    strength: float,
    count: int = 12,
    turn: int = 0,
    width: int | None = None,
) -> list[Picture]:
    """Pictures from the recipe's own (strength 0) to other seeds' (1).

    Its ψ, moves and label stay. Each turn goes towards other seeds.
    """
    share = check_float(strength, "The strength", 0, 1)
    count = check_int(count, "The count", 1, 64)
    model = library.get(recipe.model)
    label = int(model.label(recipe)) if model.label_count else None
    condition: dict[str, Any] = {"label": label, "text": recipe.text, "traits": recipe.traits}
    here = recipe.origin()
    rng = random.Random(f"{check_int(turn, 'The turn', 0, 10**6)} {recipe.to_json()}")
    aims = [
        Recipe(model=recipe.model, seed=rng.randrange(10**5), **condition) for _ in range(count)
    ]
    variants = [_with_origin(recipe, _mix_towards(here, aim, share)) for aim in aims]
    return draw_recipes(model, variants, width)


def _mix_towards(here: Recipe, aim: Recipe, share: float) -> Recipe:
    """A mix of an origin with another picture, of which it takes this share.

    A mix is extended, not nested, and its smallest parts are dropped: people move from variation to
    variation, and without a limit their recipes would grow until none can be drawn.
    """
    is_mix = here.mix and here.edits == NO_EDITS
    own = sorted(here.mix if is_mix else [Part(1.0, here)], key=lambda part: -abs(part.weight))
    own = own[: PARTS - 1]
    while len(own) > 1 and sum(part.recipe.size for part in own) > MAX_RECIPES - 2:
        own.pop()
    rest = [round((1 - share) * part.weight, 3) for part in own[1:]]
    weights = [round(1 - share - sum(rest), 3), *rest, round(share, 3)]
    return mixture([*(part.recipe for part in own), aim], weights)


def _with_origin(recipe: Recipe, origin: Recipe) -> Recipe:
    """The recipe's ψ, moves and label with another origin."""
    edits = recipe.edits.with_origin(origin.edits)
    return dataclasses.replace(recipe, seed=origin.seed, mix=origin.mix, edits=edits)


def walk(library: Library, recipes: Sequence[Recipe], frames: int = 48) -> list[Image.Image]:
    """A seamless loop through pictures of one model: after its last frame comes its first."""
    if not 2 <= len(recipes) <= KEYFRAMES:
        raise ValueError(f"An interpolation takes 2 to {KEYFRAMES} pictures, not {len(recipes)}.")
    count = check_int(frames, "The number of frames", len(recipes), MAX_FRAMES)
    for recipe in recipes:
        if recipe.model != recipes[0].model:
            raise ValueError(different_models(recipes[0].model, recipe.model))
    return loop(library.get(recipes[0].model), recipes, count)


def loop(model: Model, recipes: Sequence[Recipe], frames: int) -> list[Image.Image]:
    """A seamless loop of so many frames through the recipes' pictures."""
    count = check_int(frames, "The number of frames", 2, MAX_FRAMES)
    if not recipes:
        raise ValueError("A loop takes two or more seeds, not 0.")
    points = torch.cat([model.point(recipe) for recipe in recipes])
    return to_pil_images(model.draw(model.loop(points, count)))


def loop_of_seeds(model: Model, recipe: Recipe, keyframes: int, frames: int) -> list[Image.Image]:
    """A seamless loop through the recipe's picture and those of the next seeds."""
    count = check_int(keyframes, "The number of keyframes", 2, 12)
    seeds = [(recipe.seed + i) % (MAX_SEED + 1) for i in range(count)]
    return loop(model, [dataclasses.replace(recipe, seed=seed) for seed in seeds], frames)


def slider_previews(
    library: Library,
    recipe: Recipe,
    names: Sequence[int | str] = range(1, DIRECTIONS + 1),
    width: int | None = None,
) -> list[list[Picture]]:
    """For each of these sliders the recipe with it at each position of STRIP.

    A number is a direction, a text the name of an attribute slider.
    """
    recipes = [_with_slider(recipe, name, sigma) for name in names for sigma in STRIP]
    if not recipes:
        return []
    pictures = draw_recipes(library.get(recipe.model), recipes, width)
    return [pictures[i : i + len(STRIP)] for i in range(0, len(pictures), len(STRIP))]


def random_walk_step(recipe: Recipe, step: float) -> Recipe:
    """A step of a random walk along the directions (Ornstein-Uhlenbeck)."""
    step = check_float(step, "The step", 0, 1)
    decay = (1 - step**2) ** 0.5  # leaves each coordinate standard normal in the long run
    moves = {
        i: decay * recipe.directions.get(i, 0) + step * random.gauss(0, 1)
        for i in range(1, DIRECTIONS + 1)
    }
    # Within the range and the precision of the sliders.
    slider_moves = {i: round(max(-3.0, min(3.0, sigma)), 1) for i, sigma in moves.items()}
    return recipe.with_directions(slider_moves)


def draw_recipes(
    model: Model, recipes: Sequence[Recipe], width: int | None = None
) -> list[Picture]:
    """The recipes' pictures, in one batch; with `width` smaller ones from there on, if possible."""
    points = torch.cat([model.point(recipe) for recipe in recipes])
    signed_recipes = map(model.with_digest, recipes)
    return [*map(Picture, to_pil_images(model.draw(points, width)), signed_recipes)]


def preview(model: Model, recipe: Recipe, seconds: float) -> Preview:
    """The recipe's picture as far as the seconds reach."""
    start = time.perf_counter()
    images, size = model.draw_within(model.point(recipe), seconds)
    (image,) = to_pil_images(images)
    return Preview(
        image=image,
        recipe=model.with_digest(recipe),
        complete=size == model.gan.config.image_size,
        seconds=time.perf_counter() - start,
    )


def previews(
    library: Library, recipes: Sequence[Recipe], seconds: float
) -> list[Preview | ValueError]:
    """The same of many recipes: of models without smaller pictures the whole ones, in batches."""
    start = time.perf_counter()
    results = [_smaller(library, recipe, seconds) for recipe in recipes]
    rest = [i for i, one in enumerate(results) if one is None]
    pictures = library.draw([recipes[i] for i in rest])
    elapsed = time.perf_counter() - start
    for i, one in zip(rest, pictures, strict=True):
        results[i] = (
            Preview(image=one.image, recipe=one.recipe, complete=True, seconds=elapsed)
            if isinstance(one, Picture)
            else one
        )
    return [one for one in results if one is not None]


def _smaller(library: Library, recipe: Recipe, seconds: float) -> Preview | ValueError | None:
    """The preview of a model that has smaller pictures, None of another."""
    try:
        model = library.get(recipe.model)
        return preview(model, recipe, seconds) if model.preview_sizes else None
    except ValueError as error:
        return error


def to_pil_images(tensors: torch.Tensor) -> list[Image.Image]:
    """(N, C, H, W) in [-1, 1] -> N pictures."""
    return [convert.to_pil(image) for image in convert.to_uint8(tensors)]


def _with_slider(recipe: Recipe, name: int | str, sigma: float) -> Recipe:
    if isinstance(name, int):
        return recipe.with_directions({name: sigma})
    moves = {**recipe.edits.attributes, name: sigma}
    return dataclasses.replace(recipe, edits=dataclasses.replace(recipe.edits, attributes=moves))
