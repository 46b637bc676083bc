"""Between the page's controls and a recipe."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from PIL import Image

from gan_studio.recipe import Recipe
from gan_studio.studio import DIRECTIONS, STRIP
from gan_studio.ui import pictures


def told(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A mistake becomes a message on the page."""

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None
        except OSError as error:  # without the path, which is nobody's business
            reason = f"The studio's disk refused: {error.strerror}."
            raise gr.Error(reason, print_exception=False) from None

    return wrapped


def recipe_of(model: str, seed: Any, psi: Any, *rest: Any) -> Recipe:
    """The recipe that the controls show: `rest` is the directions, then the raw coordinates."""
    *directions, coordinates = rest
    return Recipe(
        model=model,
        seed=seed,
        psi=psi,
        directions=dict(enumerate(directions, 1)),
        coordinates=coordinates or {},
    )


def positions(recipe: Recipe) -> list[Any]:
    """What the controls show for a recipe."""
    directions = [recipe.directions.get(i, 0.0) for i in range(1, DIRECTIONS + 1)]
    return [recipe.model, recipe.seed, recipe.psi, *directions, dict(recipe.coordinates)]


def strip_html(direction: int, strip: Sequence[Image.Image], recipe: Recipe) -> str:
    """A film strip whose pictures move the slider when pressed."""
    here = recipe.directions.get(direction, 0.0)
    return "".join(
        pictures.button(
            picture, i, f"Direction {direction} at {sigma:+g} σ", current=sigma == here, tab=False
        )
        for i, (picture, sigma) in enumerate(zip(strip, STRIP, strict=True))
    )
