"""The routes of the Explore tab's script: recipes in, pictures out, both as JSON.

These are HTTP routes beside Gradio's. A Gradio event goes through the state of the whole page,
which costs a slow browser more than drawing costs the server; a route costs one request.
"""

from __future__ import annotations

import asyncio
import dataclasses
import io
import math
import time
from collections.abc import Sequence

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gan_studio.core.validation import abbreviate, check_float, check_int
from gan_studio.images import animation
from gan_studio.images import files as image_files
from gan_studio.images.files import Picture
from gan_studio.images.recipe import Recipe, analogy
from gan_studio.sound import files as sound_files
from gan_studio.studio import DIRECTIONS, Preview, Studio
from gan_studio.studio.maps import Plane, map_to_plane, plane, plane_to_map
from gan_studio.ui import image_cache
from gan_studio.ui.batching import MicroBatcher, WorkQueue
from gan_studio.ui.errors import user_errors
from gan_studio.ui.explore.responses import (
    caption,
    choices,
    facts,
    opinion,
    picture_file,
    sheet,
)
from gan_studio.ui.json_routes import Answer, Fields, bytes_route, cached_response, json_route

PREFIX = "/explore/"
"""where the routes lie"""
LONG = ("walk", "map", "picture", "sound")
"""the routes that take seconds"""
START, SEED, PSI = "stylegan2-celeba", 31, 0.7
"""the picture of an address without a recipe; of another model where this one is not at hand"""
MEDIA = {"webp": "image/webp", "gif": "image/gif", "mp4": "video/mp4"}
"""the files that a loop is saved as"""
LONGEST_LOOP = 24.0
"""seconds"""
MAX_PREVIEWS = 20
"""film strips that are drawn for one request"""
THUMBNAIL_AGE = 86_400
"""seconds for which a browser keeps a thumbnail, whose address changes with its picture"""
NEARBY = 8
"""variations under the picture"""
SMALL = 64
"""pixels of width from which on models draw film strips, variations and maps, where they can draw
smaller pictures than whole ones"""
PATIENCE = 0.1
"""seconds that a picture may take while a control moves, where a smaller one would take less"""
TimedPicture = tuple[Picture, float]
"""a picture and the seconds that drawing it took"""


class Live:
    """The routes over a studio."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.drawing = MicroBatcher[Recipe, TimedPicture](self.draw_all)
        self.moving = MicroBatcher[Recipe, Preview](
            lambda recipes: studio.preview_all(recipes, PATIENCE)
        )
        # What is drawn at rest costs much more: one at a time, so that no move waits for many.
        self.at_rest = WorkQueue[Answer](studio.limits.queue_size)

    def routes(self) -> list[Route]:
        quick = (self.open, self.draw, self.choose, self.random_walk_step, self.arithmetic)
        at_rest = (
            self.whole,
            self.enlarged,
            self.opinion,
            self.pyramid,
            self.slider_previews,
            self.vary,
        )
        long = (self.walk, self.map)
        handlers = [*quick, self.look, self.models, *at_rest, *long]
        json_handlers = {handler.__name__: handler for handler in handlers}
        routes = [json_route(PREFIX + name, handler) for name, handler in json_handlers.items()]
        get_handlers = {"thumbnail": self.thumbnail, "picture": self.picture, "sound": self.sound}
        routes += [Route(PREFIX + name, handler) for name, handler in get_handlers.items()]
        return [*routes, bytes_route(f"{PREFIX}restore", self.restore)]

    # What moves the picture

    async def open(self, fields: Fields) -> Answer:
        """The picture of a recipe's text: what an address, the history or another tab names."""
        query = fields.get("query")
        if not isinstance(query, str):
            raise ValueError(f"The recipe must be text, not {type(query).__name__}.")
        query = query or f"psi={PSI}"
        return await self.picture_and_controls(Recipe.from_query(query, self.start(), SEED))

    async def draw(self, fields: Fields) -> Answer:
        """The picture of a recipe's fields: where the controls are."""
        return await self.picture_of(_recipe(fields))

    async def choose(self, fields: Fields) -> Answer:
        """The same seed and moves in another model; settings that it lacks are dropped."""
        recipe = _recipe(fields)
        other = Recipe(
            model=fields.get("model", ""),
            seed=recipe.seed,
            psi=recipe.psi,
            label=recipe.label,
            directions=recipe.directions,
        )
        entry = await asyncio.to_thread(self.studio.model_info, other.model)
        if (other.label or 0) >= entry.classes:
            other = dataclasses.replace(other, label=None)
        return await self.picture_and_controls(other)

    async def random_walk_step(self, fields: Fields) -> Answer:
        """A step of a random walk."""
        step = check_float(fields.get("step", 0.25), "The step", 0, 1)
        return await self.picture_and_controls(self.studio.random_walk_step(_recipe(fields), step))

    async def arithmetic(self, fields: Fields) -> Answer:
        """A − B + C."""
        a, b, c = _recipes(fields, "terms", 3)
        return await self.picture_and_controls(analogy(a, b, c))

    async def look(self, fields: Fields) -> Answer:
        """The picture at a place of a map; with "take" the controls go there, too."""
        x, y = (fields.get(name, 0.5) for name in ("x", "y"))
        recipe = _plane(fields).at(*map_to_plane(x, y))
        return await (self.picture_and_controls if fields.get("take") else self.picture_of)(recipe)

    async def restore(self, contents: bytes) -> Answer:
        """The picture whose recipe a PNG carries."""
        recipe = await asyncio.to_thread(image_files.read_recipe, io.BytesIO(contents))
        return await self.picture_and_controls(recipe)

    async def models(self, _: Fields) -> Answer:
        """The cards of the models at hand."""
        cards = await asyncio.to_thread(self.studio.model_cards)
        return {"cards": [dataclasses.asdict(card) for card in cards]}

    async def thumbnail(self, request: Request) -> Response:
        """GET: the sample picture of a model."""
        name = request.query_params.get("model", "")
        try:
            picture = await asyncio.to_thread(self.studio.sample_picture, name)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 404)
        encode, media = (
            (image_files.encode_png, "png") if picture.mode == "L" else (image_cache.jpeg, "jpeg")
        )
        return cached_response(encode(picture), f"image/{media}", THUMBNAIL_AGE)

    async def picture(self, request: Request) -> Response:
        """GET: the whole picture of a recipe as a PNG that carries it, enlarged with scale=4."""
        enlarges = request.query_params.get("scale") == "4"

        def draw() -> Answer:
            picture = self.studio.generate(recipe)
            image = self.studio.enlarge(picture) if enlarges else picture.image
            return {"png": image_files.encode_png(image, picture.recipe)}

        try:
            with user_errors():
                recipe = Recipe.read(f"?{request.url.query}")
                answer = await self.at_rest.run(draw)
        except gr.Error as error:
            return JSONResponse({"error": error.message}, 404)
        return Response(answer["png"], media_type="image/png")

    async def sound(self, request: Request) -> Response:
        """GET: the sound of a recipe's picture as a WAV that names it."""

        def make() -> Answer:
            _, wave = self.studio.hear(recipe)
            return {"wav": sound_files.encode_wav(wave, recipe.to_json())}

        try:
            with user_errors():
                recipe = Recipe.read(f"?{request.url.query}")
                answer = await self.at_rest.run(make)
        except gr.Error as error:
            return JSONResponse({"error": error.message}, 404)
        name = f'inline; filename="{recipe.model.rpartition("/")[2]}-{recipe.seed}.wav"'
        headers = {"content-disposition": name}
        return Response(answer["wav"], headers=headers, media_type="audio/wav")

    # What is drawn once the controls rest

    async def whole(self, fields: Fields) -> Answer:
        """The whole picture, after a preview of it."""
        recipe = _recipe(fields)

        def draw() -> Answer:
            start = time.perf_counter()
            image, recipe_with_digest = self.studio.generate(recipe)
            seconds = time.perf_counter() - start
            preview = Preview(
                image=image, recipe=recipe_with_digest, complete=True, seconds=seconds
            )
            return self.about(preview, recipe)

        return await self.at_rest.run(draw)

    async def enlarged(self, fields: Fields) -> Answer:
        """The picture with four times the pixels along each side, and where it is saved from."""
        recipe = _recipe(fields)

        def draw() -> Answer:
            picture = self.studio.generate(recipe)
            start = time.perf_counter()
            large = self.studio.enlarge(picture)
            query = picture.recipe.to_query()
            return {
                "picture": image_cache.jpeg_url(large),
                "address": f"picture?{query}&scale=4",
                "width": large.width,
                "text": self.duration(time.perf_counter() - start),
            }

        return await self.at_rest.run(draw)

    async def opinion(self, fields: Fields) -> Answer:
        """The discriminator's output for the picture."""
        recipe = _recipe(fields)
        return await self.at_rest.run(lambda: opinion(self.studio, recipe))

    async def pyramid(self, fields: Fields) -> Answer:
        """The picture at each size that the model draws, coarse to fine, and how wide each is."""
        recipe = _recipe(fields)

        def draw() -> Answer:
            sizes = self.studio.pyramid(recipe)
            return {
                "pictures": [image_cache.inline(picture) for picture in sizes],
                "pixels": [picture.width for picture in sizes],
            }

        return await self.at_rest.run(draw)

    async def slider_previews(self, fields: Fields) -> Answer:
        """Previews of some sliders, named or numbered, each row as one picture."""
        recipe, requested_sliders = _recipe(fields), fields.get("sliders")
        if not isinstance(requested_sliders, list) or len(requested_sliders) > MAX_PREVIEWS:
            raise ValueError(
                f"The sliders must be a list of up to {MAX_PREVIEWS} names or numbers, "
                f"not {abbreviate(requested_sliders)}."
            )
        sliders = [
            one if isinstance(one, str) else check_int(one, "The direction", 1, DIRECTIONS)
            for one in requested_sliders
        ]

        def draw() -> Answer:
            rows = self.studio.slider_previews(recipe, sliders, SMALL)
            return {"strips": [sheet(row, len(row)) for row in rows]}

        return await self.at_rest.run(draw)

    async def vary(self, fields: Fields) -> Answer:
        """Pictures on the way to other seeds, in one row."""
        recipe = _recipe(fields)
        strength, turn = fields.get("strength", 0.3), fields.get("turn", 0)
        return await self.at_rest.run(
            lambda: choices(self.studio.vary(recipe, strength, NEARBY, turn, SMALL), NEARBY)
        )

    async def walk(self, fields: Fields) -> Answer:
        """A seamless loop to show, and a file of it to save.

        It passes chosen pictures; from a single one it goes on through those of the next seeds.
        """
        recipes, kind = _recipes(fields, "pictures"), fields.get("kind", "webp")
        if kind not in MEDIA:
            raise ValueError(f"The file must be one of {', '.join(MEDIA)}, not {abbreviate(kind)}.")
        animation.require_kind(str(kind))
        length = check_float(fields.get("seconds", 4), "The length in seconds", 0.5, LONGEST_LOOP)
        frames = round(length * animation.FPS)
        return await self.at_rest.run(lambda: self.loop_files(recipes, frames, str(kind)))

    async def map(self, fields: Fields) -> Answer:
        """A plane of latent space as one picture."""
        latent_plane = _plane(fields)

        def draw() -> Answer:
            cells = self.studio.map(latent_plane, width=SMALL)
            x, y = plane_to_map(*latent_plane.start())
            side = math.isqrt(len(cells))
            return {"src": sheet(cells, side), "caption": caption(latent_plane), "x": x, "y": y}

        return await self.at_rest.run(draw)

    # What the routes share

    def start(self) -> str:
        """The model that is shown first; ValueError where there is none."""
        names = self.studio.models()
        if not names:
            raise ValueError("There is no model yet; train one with `gan-studio train`.")
        return START if START in names else names[0]

    async def picture_and_controls(self, recipe: Recipe) -> Answer:
        """The picture, where it puts the controls, and what the model is."""
        # Before the picture, whose time is not that of loading the model.
        model = await asyncio.to_thread(facts, self.studio, recipe.model)
        picture = await self.picture_of(recipe)
        return {**picture, "recipe": recipe.to_fields(), "model": model}

    async def picture_of(self, recipe: Recipe) -> Answer:
        """A preview within PATIENCE seconds, drawn in one batch with those of other visitors."""
        return self.about(await self.moving.ask(recipe), recipe)

    def about(self, preview: Preview, recipe: Recipe) -> Answer:
        """A picture as the page shows it; `preview` is its width, or 0 if it is the whole one."""
        query = preview.recipe.to_query()
        return {
            **picture_file(preview, f"picture?{query}"),
            "preview": 0 if preview.complete else preview.image.width,
            "name": f"{recipe.model}-{recipe.seed}.png",
            "query": query,
            "seconds": preview.seconds,
            "text": self.duration(preview.seconds),
        }

    def loop_files(self, recipes: Sequence[Recipe], frames: int, kind: str) -> Answer:
        start, studio = time.perf_counter(), self.studio
        if len(recipes) == 1:
            loop_frames = studio.loop(recipes[0], frames=frames)
        else:
            loop_frames = studio.walk(recipes, frames)
        first = recipes[0]
        smooth = studio.model_info(first.model).smooth
        data_urls = {
            name: image_cache.data_url(
                MEDIA[name], animation.encode(loop_frames, name, smooth=smooth)
            )
            for name in {"webp", kind}
        }
        return {
            "picture": data_urls["webp"],
            "file": data_urls[kind],
            "name": f"{first.model}-{first.seed}-walk.{kind}",
            "query": first.to_query(),
            "text": self.duration(time.perf_counter() - start),
        }

    def duration(self, seconds: float) -> str:
        return f"{1000 * seconds:.1f} ms on {self.studio.device_name}"

    def draw_all(self, recipes: Sequence[Recipe]) -> list[TimedPicture | ValueError]:
        """The pictures of many visitors, and how long that took."""
        start = time.perf_counter()
        results = self.studio.generate_all(recipes)
        seconds = time.perf_counter() - start
        return [one if isinstance(one, ValueError) else (one, seconds) for one in results]


def _plane(fields: Fields) -> Plane:
    return plane(_recipes(fields, "pictures"), fields.get("right", 1), fields.get("up", 2))


def _recipe(fields: Fields) -> Recipe:
    """The recipe of the controls, in fields, or of a picture, as text."""
    value = fields.get("recipe")
    return Recipe.read(value) if isinstance(value, str) else Recipe.from_fields(value)


def _recipes(fields: Fields, name: str, count: int | None = None) -> list[Recipe]:
    """The recipes of pictures that were chosen."""
    texts = fields.get(name)
    if not isinstance(texts, list) or count not in (None, len(texts)):
        raise ValueError(f"The {name} must be a list of {count or 'some'} recipes.")
    return [Recipe.read(text) for text in texts]
