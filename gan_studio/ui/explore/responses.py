"""Answers of the routes of the Explore tab: facts, sentences and sheets of pictures."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from gan_studio.images import convert
from gan_studio.images.files import Picture
from gan_studio.images.recipe import Recipe
from gan_studio.studio import Preview, Slider, Studio
from gan_studio.studio.maps import REACH, Corners, Plane
from gan_studio.ui import image_cache
from gan_studio.ui.json_routes import Answer

SENTENCES = {
    "probability": "The discriminator gives it a probability of {:.2f} of being real; "
    "this model’s pictures average {:.2f}.",
    "score": "The critic scores it {:.3g}; this model’s pictures average {:.3g}. "
    "The higher, the more real.",
    "energy": "The discriminator rebuilds it like this, with an energy of {:.3g}; "
    "this model’s pictures average {:.3g}. The lower, the more real.",
}
"""for the discriminator’s output, by what it measures"""
PHOTOGRAPH = 128
"""pixels of width from which on pictures in colour are sent as JPEG"""


def picture_file(preview: Preview, address: str) -> Answer:
    """The picture to show, and where it is saved from unless it is the whole one as a PNG."""
    if preview.complete and preview.image.width <= image_cache.MAX_PNG_WIDTH:
        return {"picture": image_cache.inline(preview.image, preview.recipe)}
    if preview.image.width < PHOTOGRAPH:
        return {"picture": image_cache.inline(preview.image), "address": address}
    return {"picture": image_cache.jpeg_url(preview.image), "address": address}


def facts(studio: Studio, name: str) -> Answer:
    """The facts of a model that the page shows."""
    info = studio.model_info(name)
    title, _, address = info.paper.rstrip(".").rpartition(", ")
    link = f'href="{html.escape(address)}" target="_blank" rel="noopener"'
    size = f"{info.parameters / 1e6:.1f} million parameters"
    return {
        "card": dataclasses.asdict(studio.model_card(name)),
        "name": name,
        "classes": info.classes,
        "smooth": info.smooth,
        "layers": studio.layers(name),
        "multi_scale": info.multi_scale,
        "movable": info.movable,
        "enlarges": bool(studio.upscaler_of(name)),
        "sounds": studio.is_sound(name),
        "about": f"<a {link}>{html.escape(title)}</a><br>{size}",
        "sliders": [{"name": s.name, "info": reliability(s)} for s in studio.named_sliders(name)],
    }


def reliability(slider: Slider) -> str:
    """The reliability of an attribute slider: its effect, then its accuracy."""
    effects = []
    if slider.reached is not None:
        effects.append(f"moves {slider.reached:.0%} of faces")
    if slider.others is not None:
        effects.append(f"others change {slider.others:.0%} as much")
    predicts = f"accuracy {slider.accuracy:.0%}, {slider.majority:.0%} by guessing"
    return "; ".join([*effects, predicts])


def opinion(studio: Studio, recipe: Recipe) -> Answer:
    """The discriminator's output for a picture, in a sentence and in numbers; empty without one."""
    if not studio.model_info(recipe.model).discriminator:
        query = recipe.to_query()
        return {
            "text": "",
            "query": query,
            "measure": "",
            "value": None,
            "typical": None,
            "rebuilt": "",
        }
    output = studio.discriminator_output(recipe)
    return {
        "text": SENTENCES[output.output].format(output.value, output.typical),
        "query": recipe.to_query(),
        "measure": output.output,
        "value": output.value if math.isfinite(output.value) else None,
        "typical": output.typical if math.isfinite(output.typical) else None,
        "rebuilt": image_cache.inline(output.reconstruction) if output.reconstruction else "",
    }


def choices(pictures: Sequence[Picture], columns: int) -> Answer:
    """Pictures to choose from, as one, and the recipe of each."""
    recipes = [picture.recipe.to_query() for picture in pictures]
    return {"src": sheet(pictures, columns), "recipes": recipes}


def sheet(cells: Sequence[Picture], columns: int) -> str:
    """The address of equal pictures in one, row by row and without gaps; of photographs a JPEG."""
    image = contact_sheet(cells, columns)
    if image.mode == "L" or image.width < PHOTOGRAPH:
        return image_cache.inline(image)
    return image_cache.jpeg_url(image)


def contact_sheet(cells: Sequence[Picture], columns: int) -> Image.Image:
    """Equal pictures in one, row by row and without gaps."""
    grey_or_colour = [np.atleast_3d(np.asarray(picture.image)) for picture in cells]
    return convert.grid(np.stack(grey_or_colour), columns, gap=0)


def caption(plane: Plane) -> str:
    if isinstance(plane, Corners):
        return "Drag over the map: B is at its top left, and its fourth corner is A − B + C."
    ends = f"direction {plane.right} to the right, direction {plane.up} upwards"
    return f"Drag over the map: {ends}, −{REACH:g} to {REACH:g} σ."
