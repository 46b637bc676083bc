"""Between the page's controls and a recipe."""

from __future__ import annotations

import dataclasses
import functools
import html
import inspect
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gradio as gr
from PIL import Image

from gan_studio.edits import NONE
from gan_studio.recipe import Recipe, whole
from gan_studio.studio import DIRECTIONS, STRIP
from gan_studio.ui import pictures
from gan_studio.ui.languages import marked

SORRY = "Something went wrong in the studio itself; its log tells more."


@contextmanager
def mistakes() -> Iterator[None]:
    """A mistake becomes a message on the page; a defect of ours, one that tells nothing of it."""
    try:
        yield
    except gr.Error:
        raise
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from None
    except OSError as error:  # without the path, which is nobody's business
        reason = f"The studio's disk refused: {error.strerror}."
        raise gr.Error(reason, print_exception=False) from None
    except Exception as error:
        logging.getLogger(__name__).exception("an event ended by an error")
        raise gr.Error(SORRY, print_exception=False) from error


def told(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler, or a coroutine function, whose mistakes become messages on the page."""

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with mistakes():
            return handler(*args, **kwargs)

    @functools.wraps(handler)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        with mistakes():
            return await handler(*args, **kwargs)

    return awaited if inspect.iscoroutinefunction(handler) else wrapped


def told_below(handler: Callable[..., Any], outputs: int) -> Callable[..., Any]:
    """A handler, or a coroutine function, whose mistakes are said in the last of its outputs.

    That is the readout: Gradio shows no message for events outside of its queue.
    """

    def said(error: gr.Error) -> list[Any]:
        text = f"<b>{html.escape(str(error.message))}</b>"
        return [*[gr.skip()] * (outputs - 1), {"text": text, "query": ""}]

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except gr.Error as error:
            return said(error)

    @functools.wraps(handler)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        try:
            return await handler(*args, **kwargs)
        except gr.Error as error:
            return said(error)

    return awaited if inspect.iscoroutinefunction(handler) else wrapped


def told_live(handler: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """The same for a handler that yields."""

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with mistakes():
            yield from handler(*args, **kwargs)

    return wrapped


def pressed(event: gr.EventData, count: int) -> int:
    """Which of so many pictures was pressed."""
    return whole(event.index, "The picture", 0, count - 1)


ANY = "any"
"""what the label control says when the seed chooses"""


def recipe_of(model: str, seed: Any, psi: Any, *rest: Any) -> Recipe:
    """What the controls show: `rest` is the directions, then what is unseen and the label."""
    *directions, unseen, label = rest
    return Recipe(
        model=model,
        seed=seed,
        psi=psi,
        label=None if label == ANY else label,
        directions=dict(enumerate(directions, 1)),
        **(unseen or {}),
    )


def unseen(recipe: Recipe) -> dict[str, Any]:
    """The fields of a recipe for which there is no control."""
    return {
        "coordinates": dict(recipe.coordinates),
        "mix": recipe.mix,
        "edits": recipe.edits,
    }


def reseeded(recipe: Recipe, seed: int) -> Recipe:
    """The recipe's moves from another seed, which takes the place of a mix or of a point."""
    edits = recipe.edits.started(NONE)
    return dataclasses.replace(recipe, seed=seed, mix=(), edits=edits)


def positions(recipe: Recipe, classes: int) -> list[Any]:
    """What the controls show for a recipe of a model that tells so many classes apart."""
    directions = [recipe.directions.get(i, 0.0) for i in range(1, DIRECTIONS + 1)]
    labels = gr.Radio(
        choices=[(marked(ANY), ANY), *range(classes)],
        value=ANY if recipe.label is None else recipe.label,
        visible=classes > 0,
    )
    return [recipe.model, recipe.seed, recipe.psi, *directions, unseen(recipe), labels]


def strip_html(direction: int, strip: Sequence[Image.Image], recipe: Recipe) -> str:
    """A film strip whose pictures move the slider when pressed."""
    here = recipe.directions.get(direction, 0.0)
    return "".join(
        pictures.button(
            picture, i, f"Direction {direction} at {sigma:+g} σ", current=sigma == here, tab=False
        )
        for i, (picture, sigma) in enumerate(zip(strip, STRIP, strict=True))
    )
