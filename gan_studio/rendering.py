"""The pictures of many recipes in few forward passes: one for each model among them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from gan_studio import convert, image_files
from gan_studio.library import Library
from gan_studio.recipe import Recipe


def together(library: Library, recipes: Sequence[Recipe]) -> list[Image.Image | ValueError]:
    """Each recipe's picture, which carries it; ValueError in the place of one that cannot be drawn.

    A batch is rounded otherwise than a single picture: pixels may differ by one level of 255.
    """
    told: dict[int, Image.Image | ValueError] = {}
    points: dict[str, dict[int, Tensor]] = {}
    for i, recipe in enumerate(recipes):
        point = _point(library, recipe)
        if isinstance(point, ValueError):
            told[i] = point
        else:
            points.setdefault(recipe.model, {})[i] = point
    for name, asked in points.items():
        drawn = convert.to_uint8(library.named(name).draw(torch.cat([*asked.values()])))
        for i, picture in zip(asked, drawn, strict=True):
            told[i] = image_files.with_recipe(convert.to_pil(picture), recipes[i])
    return [told[i] for i in range(len(recipes))]


def _point(library: Library, recipe: Recipe) -> Tensor | ValueError:
    try:
        return library.named(recipe.model).point(recipe)
    except ValueError as error:
        return error
