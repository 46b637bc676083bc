"""Draw a recipe at all sizes, draw many seeds, and ask the discriminator about a picture."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gan_studio.core.validation import MAX_SEED, check_float, check_int
from gan_studio.images import convert
from gan_studio.images.recipe import MAX_PSI, Recipe
from gan_studio.models.model import Model
from gan_studio.studio import walks
from gan_studio.studio.results import DiscriminatorOutput

MAX_COUNT = 100_000
"""pictures that are sampled at once"""


def pyramid(model: Model, recipe: Recipe) -> list[Image.Image]:
    """The recipe's picture at each size that the model draws, coarse to fine."""
    return [walks.to_pil_images(size)[0] for size in model.pyramid(model.point(recipe))]


def sample(
    model: Model, count: int, seed: int, psi: float, label: int | None, text: str = ""
) -> np.ndarray:
    """The first pictures of a seed, (count, H, W, C) uint8."""
    n = check_int(count, "The count", 1, MAX_COUNT)
    s = check_int(seed, "The seed", 0, MAX_SEED)
    condition = model.condition(Recipe(model=model.name, text=text)) if text else None
    points = model.sample(s, n, label, check_float(psi, "psi", 0, MAX_PSI), condition)
    return convert.to_uint8(model.draw(points))


def discriminator_output(model: Model, recipe: Recipe) -> DiscriminatorOutput:
    """The output of the model's discriminator for the recipe's picture."""
    output = model.discriminate(model.draw(model.point(recipe)), model.label(recipe))
    reconstructions = output.reconstructions
    return DiscriminatorOutput(
        output=output.output,
        value=output.values.item(),
        typical=model.typical_output,
        reconstruction=None if reconstructions is None else walks.to_pil_images(reconstructions)[0],
    )
