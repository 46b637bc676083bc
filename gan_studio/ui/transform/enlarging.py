"""Larger pictures for the Transform tab: a part at once, all of it with its progress."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Iterator

import gradio as gr
from PIL import Image
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse

from gan_studio.core.events import Progress
from gan_studio.studio import Studio, Translation, TranslationRecipe
from gan_studio.ui import image_cache
from gan_studio.ui.errors import user_errors
from gan_studio.ui.json_routes import Answer

PREVIEW_SIDE = 128
"""pixels along a side of the part that the page shows while its settings change"""
MAX_VISITOR_PIXELS = 1_000_000
"""of a picture on a public page"""
STREAM = "application/x-ndjson"
"""media type: a JSON object in each line"""


def middle(picture: Image.Image) -> Image.Image:
    """The part that is shown of a large picture, all of a small one."""
    width, height = (min(PREVIEW_SIDE, n) for n in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def check_size(studio: Studio, picture: Image.Image) -> None:
    """ValueError where a visitor's picture would keep others waiting for minutes."""
    if studio.limits.public and picture.width * picture.height > MAX_VISITOR_PIXELS:
        raise ValueError(
            f"The picture has {picture.width}×{picture.height} pixels; on this page at most "
            f"{MAX_VISITOR_PIXELS // 10**6} million can be enlarged."
        )


def upscale_within_limits(
    studio: Studio, recipe: TranslationRecipe, picture: Image.Image
) -> Translation:
    """All of a picture enlarged, unless it is too large for this page."""
    check_size(studio, picture)
    *_, enlargement = studio.upscaling(picture, recipe)
    assert isinstance(enlargement, Translation)
    return enlargement


class Enlargements:
    """Whole pictures, one at a time: they take seconds to minutes."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.busy = asyncio.Semaphore(1)
        self.waiting = 0

    def respond(self, picture: Image.Image, recipe: TranslationRecipe) -> StreamingResponse:
        """Lines with `done`, `total` and `seconds_left`, and at the end the `file` and its `name`.

        Closing the connection stops the work after the current tile.
        """
        return StreamingResponse(self._lines(picture, recipe), media_type=STREAM)

    async def _lines(self, picture: Image.Image, recipe: TranslationRecipe) -> AsyncIterator[str]:
        if self.waiting >= self.studio.limits.queue_size:
            yield _line({"error": "The studio is busy. Try again in a minute."})
            return
        self.waiting += 1
        try:
            async with self.busy:
                async for answer in iterate_in_threadpool(self._answers(picture, recipe)):
                    yield _line(answer)
        finally:
            self.waiting -= 1

    def _answers(self, picture: Image.Image, recipe: TranslationRecipe) -> Iterator[Answer]:
        try:
            with user_errors():
                check_size(self.studio, picture)
                for event in self.studio.upscaling(picture, recipe):
                    yield _progress(event) if isinstance(event, Progress) else save_png(event)
        except gr.Error as error:  # the answer has begun: its last line says why
            yield {"error": error.message}


def save_png(translation: Translation) -> Answer:
    """Write a PNG with its recipe; its address and its name."""
    name = translation.recipe.model.split("/")[-1]
    path = image_cache.write(translation.png(), f"{name}.png")
    return {"file": f"gradio_api/file={path}", "name": f"{name}.png"}


def _progress(event: Progress) -> Answer:
    return {
        "done": event.done,
        "total": event.total,
        "seconds_left": math.ceil(event.seconds_left),
    }


def _line(answer: Answer) -> str:
    return json.dumps(answer) + "\n"
