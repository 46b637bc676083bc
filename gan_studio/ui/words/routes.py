"""The routes of the Words tab's scripts: a sentence in, a picture and how it was read out."""

from __future__ import annotations

import asyncio
import io
import time
from dataclasses import replace
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gan_studio.core.validation import MAX_SEED, abbreviate
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.studio import Reading, Studio
from gan_studio.ui import image_cache
from gan_studio.ui.batching import WorkQueue
from gan_studio.ui.json_routes import Answer, Fields, bytes_route, cached_response, json_route

PREFIX = "/words/"
"""where the routes lie"""
LONG: tuple[str, ...] = ("restore",)
"""the routes that take seconds"""
OTHERS = 6
"""pictures of the same sentence that are drawn beside it"""
FILES = files(__name__.rpartition(".")[0])
MEDIA = {"js": "text/javascript", "css": "text/css"}
NAMES = ("drawing.js", "speaking.js", "words.css")
"""the files that a browser loads when the tab is opened first"""
FILE_AGE = 3600
"""seconds for which it keeps them"""


class Live:
    """The routes over a studio."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.queue = WorkQueue[Answer](studio.limits.queue_size)

    def routes(self) -> list[Route]:
        handlers = (self.models, self.draw, self.others)
        return [
            *(json_route(PREFIX + handler.__name__, handler) for handler in handlers),
            bytes_route(f"{PREFIX}restore", self.restore),
            Route(f"{PREFIX}file/{{name}}", self.file),
        ]

    async def models(self, _: Fields) -> Answer:
        """The models that draw pictures from text."""
        models = await asyncio.to_thread(self.studio.text_models)
        return {"models": [describe_model(model) for model in models]}

    async def draw(self, fields: Fields) -> Answer:
        """The picture of a sentence, and how it was read."""
        recipe = recipe_of(fields)

        def work() -> Answer:
            start = time.perf_counter()
            picture = self.studio.from_text(
                recipe.model, recipe.text, seed=recipe.seed, traits=recipe.traits, psi=recipe.psi
            )
            milliseconds = 1000 * (time.perf_counter() - start)
            return {
                "picture": image_cache.inline(picture.image, picture.recipe),
                **reading_fields(picture.reading),
                "text": f"{milliseconds:.0f} ms · {self.studio.device_name}",
            }

        return await self.queue.run(work)

    async def others(self, fields: Fields) -> Answer:
        """The same sentence with the seeds after it."""
        recipe = recipe_of(fields)
        seeds = [(recipe.seed + i) % (MAX_SEED + 1) for i in range(1, OTHERS + 1)]

        def work() -> Answer:
            samples = [self.studio.generate(replace(recipe, seed=seed)) for seed in seeds]
            pictures = [image_cache.inline(one.image, one.recipe) for one in samples]
            return {"seeds": seeds, "pictures": pictures}

        return await self.queue.run(work)

    async def restore(self, contents: bytes) -> Answer:
        """The sentence and the settings that a PNG carries."""
        recipe = await asyncio.to_thread(image_files.read_recipe, io.BytesIO(contents))
        names = [model.name for model in await asyncio.to_thread(self.studio.text_models)]
        if recipe.model not in names:
            raise ValueError(f"The model {abbreviate(recipe.model)} of this picture reads no text.")
        values = {name: getattr(recipe, name) for name in ("model", "text", "seed")}
        return {**values, "traits": dict(recipe.traits)}

    async def file(self, request: Request) -> Response:
        """GET: a script or the style of the tab."""
        name = request.path_params["name"]
        if name not in NAMES:
            return JSONResponse({"error": "There is no such file."}, 404)
        media = MEDIA[name.rpartition(".")[2]]
        return cached_response((FILES / name).read_bytes(), media, FILE_AGE)


def describe_model(model: Any) -> Answer:
    """A model that reads sentences, for the page and for programs."""
    return {
        "name": model.name,
        "dataset": model.dataset,
        "image_size": model.image_size,
        "smooth": model.smooth,
        "traits": list(model.traits),
        "examples": list(model.examples),
    }


def reading_fields(reading: Reading) -> Answer:
    """The words and traits that were found in a text, as JSON types."""
    return {
        "words": [[word.text, word.read] for word in reading.words],
        "traits": reading.traits,
        "script": reading.script,
        "notes": list(reading.notes),
    }


def recipe_of(fields: Fields) -> Recipe:
    """The recipe of a request's fields; ValueError if they are not those of a recipe."""
    values = {name: fields[name] for name in ("text", "seed", "traits", "psi") if name in fields}
    return Recipe(model=str(fields.get("model", "")), **values)
