"""What the events of the Explore tab do: controls in, pictures and controls out."""

from __future__ import annotations

import dataclasses
import html
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

import gradio as gr
from PIL import Image

from gan_studio import animations, images
from gan_studio.collector import Collector
from gan_studio.recipe import MAX_SEED, Recipe, whole
from gan_studio.studio import STRIP, Studio
from gan_studio.ui import pictures
from gan_studio.ui.controls import positions, pressed, recipe_of, reseeded, strip_html, told, unseen
from gan_studio.ui.explore.layout import PAGE, SEED, Layout
from gan_studio.ui.languages import marked

Drawn = tuple[str, dict[str, str]]
"""a picture's file, and what is said of it"""
SENTENCES = {
    "probability": "The discriminator gives it a probability of {:.2f} of being real; "
    "this model’s pictures average {:.2f}.",
    "score": "The critic scores it {:.3g}; this model’s pictures average {:.3g}. "
    "The higher, the more real.",
    "energy": "The discriminator rebuilds it like this, with an energy of {:.3g}; "
    "this model’s pictures average {:.3g}. The lower, the more real.",
}
"""what is said of an opinion, by its measure"""


class Actions:
    """Handlers over a studio, for the components of one layout."""

    def __init__(self, studio: Studio, layout: Layout) -> None:
        self.studio, self.start, self.picture = studio, layout.start, layout.picture
        self.surroundings = layout.surroundings
        self.drawing = Collector[Recipe, Drawn](self.draw_all)
        # What is drawn at rest costs much more: one at a time, so that no move waits for many.
        self.resting = Collector[Callable[[], Any], Any](lambda asked: [asked[0]()], most=1)

    @told
    async def generate(
        self, model: str, seed: int, psi: float,
        d1: float, d2: float, d3: float, d4: float, d5: float,
        d6: float, d7: float, d8: float, d9: float, d10: float,
        unseen: dict, label: Literal["any"] | int,
    ) -> tuple[dict[str, Any], dict[str, str]]:  # fmt: skip
        """Draw one picture from controls as the page has them. Its PNG carries the recipe.

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
        return await self.move(recipe_of(model, seed, psi, *directions, unseen, label))

    @told
    async def judge(
        self, model: str, seed: int, psi: float,
        d1: float, d2: float, d3: float, d4: float, d5: float,
        d6: float, d7: float, d8: float, d9: float, d10: float,
        unseen: dict, label: Literal["any"] | int,
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
        recipe = recipe_of(model, seed, psi, *directions, unseen, label)
        return await self.resting.ask(lambda: self.opinion(recipe))

    def opinion(self, recipe: Recipe) -> dict[str, Any]:
        opinion = self.studio.opinion(recipe)
        return {
            "text": SENTENCES[opinion.measure].format(opinion.value, opinion.typical),
            "query": recipe.to_query(),
            "measure": opinion.measure,
            "value": opinion.value,
            "typical": opinion.typical,
            "rebuilt": pictures.inline(opinion.rebuilt) if opinion.rebuilt else "",
        }

    @told
    def interpolate(
        self, model: str, seed: int, psi: float,
        d1: float, d2: float, d3: float, d4: float, d5: float,
        d6: float, d7: float, d8: float, d9: float, d10: float,
        unseen: dict, frames: int, label: Literal["any"] | int,
    ) -> tuple[str, dict[str, str]]:  # fmt: skip
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
        recipe = recipe_of(model, seed, psi, *directions, unseen, label)
        start = time.perf_counter()
        contents = animations.encode(self.studio.loop(recipe, frames=frames), "webp")
        path = pictures.file(self.picture, contents, f"{recipe.model}-{recipe.seed}-loop.webp")
        return path, self.said(recipe, time.perf_counter() - start)

    async def move(self, recipe: Recipe) -> tuple[dict[str, Any], dict[str, str]]:
        """The picture of a moved control, drawn together with those of other visitors."""
        path, said = await self.drawing.ask(recipe)
        return pictures.served(path), said

    def draw(self, recipe: Recipe) -> Drawn:
        """One picture."""
        (drawn,) = self.draw_all([recipe])
        if isinstance(drawn, ValueError):
            raise drawn
        return drawn

    def draw_all(self, recipes: Sequence[Recipe]) -> list[Drawn | ValueError]:
        """The pictures of many visitors, and how long that took."""
        start = time.perf_counter()
        told = self.studio.generate_all(recipes)
        return [
            one
            if isinstance(one, ValueError)
            else (self.kept(one, recipe), self.said(recipe, time.perf_counter() - start))
            for one, recipe in zip(told, recipes, strict=True)
        ]

    def kept(self, picture: Image.Image, recipe: Recipe) -> str:
        """Where the picture is found."""
        name = f"{recipe.model}-{recipe.seed}.png"
        return pictures.SHELF.put(self.picture, images.png(picture), name)

    def said(self, recipe: Recipe, seconds: float) -> dict[str, str]:
        text = f"{1000 * seconds:.1f} ms on {self.studio.device_name}"
        return {"text": text, "query": recipe.to_query()}

    def show(self, recipe: Recipe) -> list[Any]:
        """Controls and picture of a recipe."""
        classes = self.studio.entry(recipe.model).classes
        return [*positions(recipe, classes), *self.draw(recipe)]

    @told
    async def reseed(self, *controls: Any) -> list[Any]:
        """Another seed, which takes the place of a mix."""
        recipe = recipe_of(*controls)
        recipe = reseeded(recipe, recipe.seed)
        return [unseen(recipe), *await self.move(recipe)]

    @told
    def choose(self, model: str, *controls: Any) -> list[Any]:
        """Another model; a mix, edits, or a label that it cannot be told, fall away."""
        *shown, hidden, label = controls
        recipe = recipe_of(model, *shown, {"coordinates": hidden.get("coordinates", {})}, label)
        if (recipe.label or 0) >= self.studio.entry(model).classes:
            recipe = dataclasses.replace(recipe, label=None)
        return self.show(recipe)

    @told
    async def settle(self, settled: str, page: int, *controls: Any) -> list[Any]:
        """Film strips, neighbours and raw coordinates of where the controls rest."""
        recipe = recipe_of(*controls)
        here = f"{page} {recipe.to_json()}"
        if here == settled:  # drawn twice, they would take back a coordinate that is being moved
            return [gr.skip()] * len(self.surroundings)
        *around, z = await self.resting.ask(lambda: self.around(recipe))
        first = PAGE * (whole(page, "The page", 1, -(-len(z) // PAGE)) - 1)
        raw = [
            gr.Slider(value=round(v, 2), label=f"z{first + i + 1}")
            for i, v in enumerate(z[first : first + PAGE])
        ]
        raw += [gr.Slider(visible=False)] * (PAGE - len(raw))
        return [here, *around, *raw]

    def around(self, recipe: Recipe) -> list[Any]:
        """Strips, neighbours with their recipes, what is said of the model, and the latent."""
        strips = [
            strip_html(i, strip, recipe) for i, strip in enumerate(self.studio.strips(recipe), 1)
        ]
        near = self.studio.neighbours(recipe)
        buttons = [pictures.button(p, i, f"Neighbour {i + 1}") for i, p in enumerate(near)]
        recipes = [images.carried(p).to_json() for p in near]
        said = self.describe(recipe.model)
        return [*strips, "".join(buttons), recipes, said, self.studio.coordinates(recipe)]

    def describe(self, model: str) -> str:
        entry = self.studio.entry(model)
        title, _, address = entry.paper.rstrip(".").rpartition(", ")
        link = f'href="{html.escape(address)}" target="_blank" rel="noopener"'
        paper = f"<a {link}>{html.escape(title)}</a>"
        facts = [
            f"trained on {html.escape(entry.dataset)}",
            f"{entry.parameters / 1e6:.1f} million weights",
        ]
        return f"{paper}<br>{' · '.join(facts)}"

    @told
    async def nudge(self, index: int, page: int, value: float, *controls: Any) -> list[Any]:
        """Set one raw coordinate."""
        recipe = recipe_of(*controls)
        place = PAGE * (whole(page, "The page", 1, MAX_SEED) - 1) + index + 1
        recipe = dataclasses.replace(recipe, coordinates={**recipe.coordinates, place: value})
        return [unseen(recipe), *await self.move(recipe)]

    @told
    def open(self, request: gr.Request) -> list[Any]:
        """The recipe in the page's address, or a good one."""
        if self.start is None:
            raise ValueError("There is no model yet; train one with `gan-studio train`.")
        try:
            return self.show(Recipe.from_query(str(request.query_params), self.start, SEED))
        except ValueError as error:
            gr.Warning(str(error))
            return self.show(Recipe(model=self.start, seed=SEED))

    @told
    def roll(self, lock: bool, *controls: Any) -> list[Any]:
        """Another seed; under lock, other slider positions."""
        recipe = recipe_of(*controls)
        if lock:
            return self.show(self.studio.wander(recipe, step=1.0))
        return self.show(reseeded(recipe, random.randint(0, 99_999)))

    @told
    def let_go(self, *controls: Any) -> list[Any]:
        """Raw coordinates back to what the seed says."""
        return self.show(dataclasses.replace(recipe_of(*controls), coordinates={}))

    @told
    def restore(self, path: str) -> list[Any]:
        """The recipe in a PNG that was saved here."""
        return self.show(images.recipe_of(path))

    @told
    def move_to(self, recipes: list[str], event: gr.EventData) -> list[Any]:
        """A neighbour that was pressed."""
        return self.show(Recipe.from_json(recipes[pressed(event, len(recipes))]))

    def along(self, direction: int) -> Callable[..., list[Any]]:
        """What happens when a picture in that direction's film strip is pressed."""

        @told
        def move(event: gr.EventData, *controls: Any) -> list[Any]:
            recipe = recipe_of(*controls)
            moves = {**recipe.directions, direction: STRIP[pressed(event, len(STRIP))]}
            return self.show(dataclasses.replace(recipe, directions=moves))

        return move

    @told
    def wander(self, *controls: Any) -> list[Any]:
        return self.show(self.studio.wander(recipe_of(*controls)))

    def turn(self, walking: bool) -> tuple[bool, gr.Timer, gr.Button]:
        """Start or pause the walk."""
        return (
            not walking,
            gr.Timer(active=not walking),
            gr.Button(marked("▶ Walk" if walking else "⏸ Pause")),
        )
