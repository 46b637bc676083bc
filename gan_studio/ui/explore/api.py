"""The endpoints of the Explore tab for programs: recipes as text in, pictures and recipes out."""

# Gradio reads the annotations of results as they are, so they are not postponed here.
import asyncio
import functools
import inspect
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import gradio as gr
from gradio.events import api

from gan_studio.core.validation import abbreviate
from gan_studio.images import animation
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe, analogy
from gan_studio.studio import DIRECTIONS, Studio, maps
from gan_studio.ui import image_cache
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.event_options import EXCLUSIVE
from gan_studio.ui.explore.responses import contact_sheet, opinion
from gan_studio.ui.explore.routes import Live

PictureAndRecipe = tuple[gr.FileData, str]
"""a PNG that carries its recipe, and the recipe as a query"""

CONTROLS: dict[str, tuple[Any, Any, str]] = {
    "model": (str, "dcgan-mnist", "name of a model, id of a training, or user/repo on the Hub"),
    "seed": (int, 0, "whole number from 0 to 2^32 - 1"),
    "psi": (float, 1.0, "truncation ψ: 0 is the average picture, 1 changes nothing; at most 2"),
    **{
        f"d{i}": (float, 0, f"position on the slider of direction {i} in sigma, -10 to 10")
        for i in range(1, DIRECTIONS + 1)
    },
    "frames": (int, 48, "in the whole loop, at most 600; 24 a second"),
    "label": (Literal["any"] | int, "any", 'class to draw, from 0; with "any" the seed chooses'),
}
"""arguments of an endpoint that draws from numbers: type, default, and a sentence"""


def recipe_from_controls(endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """An endpoint that is called with CONTROLS, of which the method gets a recipe.

    Gradio reads the signature, `reference` the docstring.
    """
    own = inspect.signature(endpoint)
    controls = {n: c for n, c in CONTROLS.items() if n != "frames" or n in own.parameters}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    arguments = [
        inspect.Parameter(name, kind, default=default, annotation=hint)
        for name, (hint, default, _) in controls.items()
    ]
    signature = own.replace(parameters=[inspect.Parameter("self", kind), *arguments])

    @functools.wraps(endpoint)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        values = bound.arguments
        moves = {i: values[f"d{i}"] for i in range(1, DIRECTIONS + 1)}
        label = None if values["label"] == "any" else values["label"]
        model, seed, psi = (values[name] for name in ("model", "seed", "psi"))
        recipe = Recipe(model=model, seed=seed, psi=psi, label=label, directions=moves)
        more = {"frames": values["frames"]} if "frames" in controls else {}
        return await endpoint(values["self"], recipe, **more)

    sentences = "".join(f"    {name}: {sentence}\n" for name, (*_, sentence) in controls.items())
    wrapper.__doc__ = (inspect.getdoc(endpoint) or "").replace(
        "Returns:", f"Args:\n{sentences}\nReturns:"
    )
    wrapper.__annotations__ = {name: hint for name, (hint, *_) in controls.items()}
    wrapper.__annotations__["return"] = own.return_annotation
    wrapper.__signature__ = signature  # pyright: ignore[reportAttributeAccessIssue]
    return wrapper


class Endpoints:
    """Handlers over a studio, for programs."""

    def __init__(self, studio: Studio, live: Live) -> None:
        self.studio, self.live = studio, live

    def wire(self) -> None:
        for quick in (self.generate, self.opinion, self.draw, self.vary, self.arithmetic):
            api(quick, api_name=quick.__name__, queue=False)
        for long in (self.interpolate, self.walk, self.map, self.project):
            api(long, api_name=long.__name__, **EXCLUSIVE)

    @reports_errors
    @recipe_from_controls
    async def generate(self, recipe: Recipe) -> tuple[gr.FileData, dict[str, str]]:
        """Draw one picture from numbers like those of the page. Its PNG carries the recipe.

        Returns:
            picture: a PNG
            said: how long it took ("text") and the recipe ("query")
        """
        picture, seconds = await self.live.drawing.ask(recipe)
        return self.file(image_files.encode_png(*picture), recipe, "png"), self.about(
            recipe, seconds
        )

    @reports_errors
    @recipe_from_controls
    async def opinion(self, recipe: Recipe) -> dict[str, Any]:
        """Say what the model's discriminator makes of the picture, in a sentence and in numbers.

        Returns:
            opinion: the sentence ("text"), the recipe ("query"), what is measured ("measure":
                probability, score or energy), its "value", what is "typical" of this model, and
                what an auto-encoder "rebuilt"
        """
        return await self.live.at_rest.run(lambda: opinion(self.studio, recipe))

    @reports_errors
    @recipe_from_controls
    async def interpolate(
        self, recipe: Recipe, frames: int = 48
    ) -> tuple[gr.FileData, dict[str, str]]:
        """Draw a seamless loop through the picture and those of the next three seeds, as WebP.

        Returns:
            loop: an animated WebP
            said: how long it took ("text") and the recipe ("query")
        """
        start = time.perf_counter()
        contents = await asyncio.to_thread(self.loop, recipe, frames)
        return self.file(contents, recipe, "webp"), self.about(recipe, time.perf_counter() - start)

    def loop(self, recipe: Recipe, frames: int) -> bytes:
        loop_frames = self.studio.loop(recipe, frames=frames)
        smooth = self.studio.model_info(recipe.model).smooth
        return animation.encode(loop_frames, "webp", smooth=smooth)

    def about(self, recipe: Recipe, seconds: float) -> dict[str, str]:
        return {"text": self.live.duration(seconds), "query": recipe.to_query()}

    @reports_errors
    def draw(self, picture: str) -> PictureAndRecipe:
        """Draw the picture of a recipe.

        Args:
            picture: a recipe as any endpoint gives it, such as "m=dcgan-mnist&s=42&d=3:1.5", as the
                address of a page, or as the JSON that a PNG carries

        Returns:
            image: a PNG that carries its recipe
            recipe: the recipe as text, for other endpoints
        """
        recipe = Recipe.read(picture)
        return self.file(
            image_files.encode_png(*self.studio.generate(recipe)), recipe, "png"
        ), recipe.to_query()

    @reports_errors
    def vary(
        self, picture: str, strength: float = 0.3, count: int = 12, turn: int = 0
    ) -> tuple[list[gr.FileData], list[str]]:
        """Draw variations of a picture, each with its recipe.

        Args:
            picture: a recipe, as for /draw
            strength: how far towards other seeds, 0 to 1
            count: how many, 1 to 64
            turn: another number gives other variations

        Returns:
            images: a PNG for each
            recipes: the recipe of each
        """
        variations = self.studio.vary(Recipe.read(picture), strength, count, turn)
        paths = [
            self.file(image_files.encode_png(*variation), variation.recipe, "png")
            for variation in variations
        ]
        return paths, [variation.recipe.to_query() for variation in variations]

    @reports_errors
    def arithmetic(self, a: str, b: str, c: str) -> PictureAndRecipe:
        """Draw A − B + C, the picture that is to A as C is to B, with its recipe.

        Args:
            a: a recipe, as for /draw
            b: a recipe of the same model
            c: a recipe of the same model

        Returns:
            image: a PNG that carries its recipe
            recipe: the recipe as text, for other endpoints
        """
        return self.draw(analogy(*(Recipe.read(text) for text in (a, b, c))).to_query())

    @reports_errors
    def walk(
        self, pictures: list[str], frames: int = 96, kind: Literal["webp", "gif", "mp4"] = "webp"
    ) -> gr.FileData:
        """Draw a walk through pictures as a seamless loop, 24 frames a second.

        Args:
            pictures: 2 to 6 recipes of one model, as for /draw
            frames: in the whole loop, at most 600; after the last comes the first
            kind: of the file

        Returns:
            loop: the animation
        """
        recipes = read_recipes(pictures)
        animation.require_kind(str(kind))
        walk_frames = self.studio.walk(recipes, frames)
        smooth = self.studio.model_info(recipes[0].model).smooth
        return self.file(animation.encode(walk_frames, str(kind), smooth=smooth), recipes[0], kind)

    @reports_errors
    def map(
        self, pictures: list[str], right: int = 1, up: int = 2, cells: int = maps.CELLS
    ) -> tuple[gr.FileData, list[str]]:
        """Draw a map of latent space: a PNG of cells x cells pictures, and their recipes by rows.

        Args:
            pictures: one recipe, for the middle of a map along two directions, or three, for its
                top left, top right and bottom left corners
            right: direction to the right, -3 to 3 sigma
            up: direction upwards, -3 to 3 sigma
            cells: pictures along each side, 2 to 24

        Returns:
            sheet: a PNG of all pictures
            recipes: of the pictures, row after row from the top left
        """
        recipes = read_recipes(pictures)
        map_cells = self.studio.map(maps.plane(recipes, right, up), cells)
        sheet = self.file(
            image_files.encode_png(contact_sheet(map_cells, math.isqrt(len(map_cells)))),
            recipes[0],
            "png",
        )
        return sheet, [cell.recipe.to_query() for cell in map_cells]

    @reports_errors
    def project(self, image: gr.FileData, model: str, label: int | None = None) -> PictureAndRecipe:
        """Project a picture into a model's latent space: the nearest picture and its recipe.

        Args:
            image: a PNG, JPEG or WebP, of which the central square is taken
            model: name of a model, id of a training, or user/repo on the Hub
            label: class that a conditional model draws, from 0; null leaves it open

        Returns:
            found: a PNG that carries its recipe
            recipe: the recipe as text, for other endpoints
        """
        [path] = image_cache.uploaded_paths([image])
        *_, last = self.studio.project(model, image_files.load(path), label=label)
        contents = image_files.encode_png(*last.picture)
        return self.file(contents, last.recipe, "png"), last.recipe.to_query()

    def file(self, contents: bytes, recipe: Recipe, kind: str) -> Any:
        path = image_cache.write(contents, f"{recipe.model}-{recipe.seed}.{kind}")
        return gr.FileData(path=path)


def read_recipes(pictures: Any) -> list[Recipe]:
    """The recipes that a program sent."""
    if not isinstance(pictures, list):
        raise ValueError(f"The pictures must be a list of recipes, not {abbreviate(pictures)}.")
    return [Recipe.read(text) for text in pictures]
