"""The endpoints for ways through latent space, which take and give pictures as recipes in text."""

# Gradio reads the annotations of results as they are, so they are not postponed here.
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import gradio as gr
from gradio.events import api

from gan_studio import animations, image_files
from gan_studio.latents import planes
from gan_studio.recipe import Recipe, analogy
from gan_studio.studio import Studio
from gan_studio.ui import pictures
from gan_studio.ui.controls import told
from gan_studio.ui.explore.live import START, Live, chart, opinion
from gan_studio.ui.wiring import HEAVY

Drawn = tuple[gr.FileData, str]
"""a PNG that carries its recipe, and the recipe as a query"""


class Endpoints:
    """Handlers over a studio, for programs."""

    def __init__(self, studio: Studio, live: Live) -> None:
        self.studio, self.live = studio, live
        self.cache = gr.Image(render=False)
        """whose folder the files go into"""

    def wire(self) -> None:
        for quick in (self.generate, self.opinion, self.draw, self.vary, self.arithmetic):
            api(quick, api_name=quick.__name__, queue=False)
        for long in (self.interpolate, self.walk, self.map, self.project):
            api(long, api_name=long.__name__, **HEAVY)

    @told
    async def generate(
        self, model: str = START, seed: int = 0, psi: float = 1.0,
        d1: float = 0, d2: float = 0, d3: float = 0, d4: float = 0, d5: float = 0,
        d6: float = 0, d7: float = 0, d8: float = 0, d9: float = 0, d10: float = 0,
        label: Literal["any"] | int = "any",
    ) -> tuple[gr.FileData, dict[str, str]]:  # fmt: skip
        """Draw one picture from numbers like those of the page. Its PNG carries the recipe.

        Args:
            model: name of a model, id of a training, or user/repo on the Hub
            seed: whole number from 0 to 2^32 - 1
            psi: truncation: 0 is the average picture, 1 leaves it as it is, at most 2
            d1, d2, d3, d4, d5, d6, d7, d8, d9, d10: way along that direction in sigma, -3 to 3
            label: what a conditional model shall show, from 0; with "any" the seed chooses

        Returns:
            picture: a PNG
            said: how long it took ("text") and the recipe ("query")
        """
        directions = (d1, d2, d3, d4, d5, d6, d7, d8, d9, d10)
        recipe = recipe_of(model, seed, psi, directions, label)
        picture, seconds = await self.live.drawing.ask(recipe)
        return self.file(image_files.png(picture), recipe, "png"), self.said(recipe, seconds)

    @told
    async def opinion(
        self, model: str = START, seed: int = 0, psi: float = 1.0,
        d1: float = 0, d2: float = 0, d3: float = 0, d4: float = 0, d5: float = 0,
        d6: float = 0, d7: float = 0, d8: float = 0, d9: float = 0, d10: float = 0,
        label: Literal["any"] | int = "any",
    ) -> dict[str, Any]:  # fmt: skip
        """Say what the model's discriminator makes of the picture, in a sentence and in numbers.

        Args:
            model: name of a model, id of a training, or user/repo on the Hub
            seed: whole number from 0 to 2^32 - 1
            psi: truncation: 0 is the average picture, 1 leaves it as it is, at most 2
            d1, d2, d3, d4, d5, d6, d7, d8, d9, d10: way along that direction in sigma, -3 to 3
            label: what a conditional model shall show, from 0; with "any" the seed chooses

        Returns:
            opinion: the sentence ("text"), the recipe ("query"), what is measured ("measure":
                probability, score or energy), its "value", what is "typical" of this model, and
                what an auto-encoder "rebuilt"
        """
        directions = (d1, d2, d3, d4, d5, d6, d7, d8, d9, d10)
        recipe = recipe_of(model, seed, psi, directions, label)
        return await self.live.rested(lambda: opinion(self.studio, recipe))

    @told
    def interpolate(
        self, model: str = START, seed: int = 0, psi: float = 1.0,
        d1: float = 0, d2: float = 0, d3: float = 0, d4: float = 0, d5: float = 0,
        d6: float = 0, d7: float = 0, d8: float = 0, d9: float = 0, d10: float = 0,
        frames: int = 48, label: Literal["any"] | int = "any",
    ) -> tuple[gr.FileData, dict[str, str]]:  # fmt: skip
        """Draw a seamless loop through the picture and those of the next three seeds, as WebP.

        Args:
            model: name of a model, id of a training, or user/repo on the Hub
            seed: whole number from 0 to 2^32 - 1
            psi: truncation: 0 is the average picture, 1 leaves it as it is, at most 2
            d1, d2, d3, d4, d5, d6, d7, d8, d9, d10: way along that direction in sigma, -3 to 3
            frames: in the whole loop, at most 600; 24 a second
            label: what a conditional model shall show, from 0; with "any" the seed chooses

        Returns:
            loop: an animated WebP
            said: how long it took ("text") and the recipe ("query")
        """
        directions = (d1, d2, d3, d4, d5, d6, d7, d8, d9, d10)
        recipe = recipe_of(model, seed, psi, directions, label)
        start = time.perf_counter()
        contents = animations.encode(self.studio.loop(recipe, frames=frames), "webp")
        return self.file(contents, recipe, "webp"), self.said(recipe, time.perf_counter() - start)

    def said(self, recipe: Recipe, seconds: float) -> dict[str, str]:
        return {"text": self.live.duration(seconds), "query": recipe.to_query()}

    @told
    def draw(self, picture: str) -> Drawn:
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
            image_files.png(self.studio.generate(recipe)), recipe, "png"
        ), recipe.to_query()

    @told
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
        found = self.studio.vary(Recipe.read(picture), strength, count, turn)
        recipes = [image_files.recipe_from(varied) for varied in found]
        paths = [
            self.file(image_files.png(varied), recipe, "png")
            for varied, recipe in zip(found, recipes, strict=True)
        ]
        return paths, [recipe.to_query() for recipe in recipes]

    @told
    def arithmetic(self, a: str, b: str, c: str) -> Drawn:
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

    @told
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
        recipes = read(pictures)
        animations.require(str(kind))
        found = self.studio.walk(recipes, frames)
        return self.file(animations.encode(found, str(kind)), recipes[0], kind)

    @told
    def map(
        self, pictures: list[str], right: int = 1, up: int = 2, cells: int = planes.CELLS
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
        recipes = read(pictures)
        found = self.studio.map(planes.plane(recipes, right, up), cells)
        sheet = self.file(image_files.png(chart(found, math.isqrt(len(found)))), recipes[0], "png")
        return sheet, [image_files.recipe_from(cell).to_query() for cell in found]

    @told
    def project(self, image: gr.FileData, model: str, label: int | None = None) -> Drawn:
        """Find a picture in a model's latent space: what it draws there, and the recipe of it.

        Args:
            image: a PNG, JPEG or WebP, of which the central square is taken
            model: name of a model, id of a training, or user/repo on the Hub
            label: what a conditional model is asked for, from 0; nothing leaves it open

        Returns:
            found: a PNG that carries its recipe
            recipe: the recipe as text, for other endpoints
        """
        picture = image_files.load(self.sent(image))
        *_, last = self.studio.project(model, picture, label=label)
        recipe = image_files.recipe_from(last.image)
        return self.file(image_files.png(last.image), recipe, "png"), recipe.to_query()

    def sent(self, image: gr.FileData | dict[str, Any]) -> Path:
        """Where a picture lies that came with a request; ValueError for any other file."""
        said = image.get("path") if isinstance(image, dict) else image.path
        path = Path(str(said)).resolve()
        if not path.is_relative_to(Path(self.cache.GRADIO_CACHE).resolve()):
            raise ValueError("Send the picture along; other files of this machine are not read.")
        return path

    def file(self, contents: bytes, recipe: Recipe, kind: str) -> Any:
        path = pictures.file(self.cache, contents, f"{recipe.model}-{recipe.seed}.{kind}")
        return gr.FileData(path=path)


def recipe_of(model: str, seed: Any, psi: Any, directions: Sequence[Any], label: Any) -> Recipe:
    """The recipe that numbers like those of the page make."""
    return Recipe(
        model=model,
        seed=seed,
        psi=psi,
        label=None if label == "any" else label,
        directions=dict(enumerate(directions, 1)),
    )


def read(pictures: Any) -> list[Recipe]:
    """The recipes that a program sent."""
    if not isinstance(pictures, list):
        raise ValueError("Pictures are asked for as a list of recipes.")
    return [Recipe.read(text) for text in pictures]
