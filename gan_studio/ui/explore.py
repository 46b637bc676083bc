"""The Explore tab: one picture, the sliders that move it, and what lies around it."""

from __future__ import annotations

import dataclasses
import functools
import html
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from gan_studio import images
from gan_studio.recipe import MAX_PSI, MAX_SEED, Recipe, whole
from gan_studio.studio import DIRECTIONS, STRIP, Studio
from gan_studio.ui import pictures
from gan_studio.ui.controls import positions, recipe_of, strip_html, told

START = "dcgan-mnist"
SEED = 42
RANGE = 3.0
"""sliders go this many sigma either way"""
PAGE = 8
"""raw coordinates shown at once"""
FPS = 24
HEAVY: dict[str, Any] = {"concurrency_id": "heavy", "concurrency_limit": 1}
LIVE: dict[str, Any] = {
    "trigger_mode": "always_last",
    "show_progress": "hidden",
    "queue": False,
    "preprocess": False,  # of numbers: a hop to another thread for each; Recipe checks them anyway
}
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
HIDDEN: dict[str, Any] = {"show_progress": "hidden", "queue": False, **PRIVATE}


class Explore:
    """Builds the tab's components; `wire` connects them once the page stands."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        names = studio.library.names()
        self.start = START if START in names else (names or [None])[0]
        with gr.Row(elem_id="explore"):
            with gr.Column(scale=5, min_width=320):
                self.show_picture()
            with gr.Column(scale=6, min_width=320, elem_id="recipe"):
                self.choose(names)
                self.slide()
                self.fine_tune()
        self.around = gr.State([])

    def show_picture(self) -> None:
        self.picture = gr.Image(
            label="Picture",
            alt_text="The picture that the chosen generator draws",
            elem_id="picture",
            format="png",
            type="filepath",
            interactive=False,
            buttons=["download", "fullscreen"],
            show_label=False,
        )
        self.readout = gr.HTML(
            {"text": "", "query": ""},
            html_template="${value.text}",
            js_on_load="watch('value', () => ganStudio.address(props.value.query));",
            elem_id="readout",
        )
        with gr.Row(elem_id="actions"):
            self.walk = gr.Button("▶ Walk", elem_id="walk", min_width=80)
            self.loop = gr.Button("▶ Loop", elem_id="loop", min_width=80)
            self.link = gr.Button("🔗 Link", elem_id="link", min_width=80)
        gr.Markdown("Neighbours: press one to move there.", elem_classes="hint")
        self.neighbours = gr.HTML(
            "", js_on_load=pictures.PRESS, apply_default_css=False, elem_id="neighbours"
        )
        self.dropped = gr.File(
            label="Drop a saved PNG to restore it",
            file_types=[".png"],
            height=88,
            elem_id="restore",
        )
        self.settle_now = gr.Button("settle", elem_id="settle", visible="hidden")
        gr.HTML("<kbd>R</kbd> random <kbd>S</kbd> save <kbd>space</kbd> walk", elem_classes="hint")

    def choose(self, names: Sequence[str]) -> None:
        self.model = gr.Dropdown(list(names), value=self.start, label="Model", elem_id="model")
        self.about = gr.HTML("", elem_id="about")
        with gr.Row(elem_id="seeds"):
            self.seed = gr.Number(
                SEED, label="Seed", precision=0, minimum=0, maximum=MAX_SEED, min_width=100, scale=2
            )
            self.random = gr.Button("⟲ Random", elem_id="random", min_width=90)
            self.lock = gr.Checkbox(
                False,
                label="Lock",
                info="Random then moves the sliders instead",
                min_width=120,
                scale=2,
            )
        self.psi = gr.Slider(
            0,
            MAX_PSI,
            1.0,
            step=0.05,
            label="ψ",
            info="Pulls every picture towards the average one: tamer below 1, wilder above",
            buttons=["reset"],
        )

    def slide(self) -> None:
        gr.Markdown(
            "Each slider follows one direction of latent space, the strongest first, in σ.",
            elem_classes="hint",
        )
        self.directions: list[gr.Slider] = []
        self.strips: list[gr.HTML] = []
        for i in range(1, DIRECTIONS + 1):
            with gr.Row(elem_classes="direction"):
                slider = gr.Slider(
                    -RANGE,
                    RANGE,
                    0.0,
                    step=0.1,
                    label=f"Direction {i}",
                    buttons=["reset"],
                    min_width=160,
                    scale=5,
                )
                strip = gr.HTML(
                    "",
                    js_on_load=pictures.PRESS,
                    apply_default_css=False,
                    elem_classes="strip",
                    min_width=130,
                    scale=4,
                )
            self.directions.append(slider)
            self.strips.append(strip)

    def fine_tune(self) -> None:
        self.coordinates = gr.State({})
        with gr.Accordion("Advanced: raw coordinates", open=False):
            gr.Markdown(
                "The single numbers of z. A moved one stays where you put it.", elem_classes="hint"
            )
            with gr.Row():
                self.page = gr.Number(
                    1, label="Page", precision=0, minimum=1, maximum=64, min_width=80
                )
                self.release = gr.Button("Release all", min_width=100)
            with gr.Row():
                self.raw = [
                    gr.Slider(-4, 4, 0.0, step=0.01, label=f"z{i}", buttons=[], min_width=140)
                    for i in range(1, PAGE + 1)
                ]

    @property
    def recipe(self) -> list[Any]:
        """The controls that together are a recipe."""
        return [self.model, self.seed, self.psi, *self.directions, self.coordinates]

    @property
    def drawn(self) -> list[Any]:
        return [self.picture, self.readout]

    @property
    def surroundings(self) -> list[Any]:
        """What is drawn once the controls rest."""
        return [*self.strips, self.neighbours, self.around, self.about, *self.raw]

    def wire(self, page: gr.Blocks) -> None:
        """Connect the events."""
        sliders = [self.psi, *self.directions]
        moved = [control.input for control in (self.seed, self.model, *sliders)]
        moved += [slider.release for slider in sliders]  # the reset button says nothing else
        gr.on(moved, self.generate, self.recipe, self.drawn, api_name="generate", **LIVE)
        for i, slider in enumerate(self.raw):
            nudge = functools.partial(self.nudge, i)
            slider.input(
                nudge,
                [self.page, slider, *self.recipe],
                [self.coordinates, *self.drawn],
                **LIVE,
                **PRIVATE,
            )
        settled = [self.settle_now.click, self.model.input, self.page.input]
        gr.on(settled, self.settle, [self.page, *self.recipe], self.surroundings, **LIVE, **PRIVATE)
        self.wire_jumps(page)
        self.wire_motion()

    def wire_jumps(self, page: gr.Blocks) -> None:
        """What moves the controls: chance, a pressed picture, a dropped PNG, the page's address."""
        jumps = [
            (page.load, self.open, []),
            (self.random.click, self.roll, [self.lock, *self.recipe]),
            (self.release.click, self.let_go, self.recipe),
            (self.dropped.upload, self.restore, [self.dropped]),
            (self.neighbours.click, self.move_to, [self.around]),
        ]
        for i, strip in enumerate(self.strips, 1):
            jumps.append((strip.click, self.along(i), self.recipe))
        for trigger, handler, inputs in jumps:
            jump = trigger(handler, inputs, [*self.recipe, *self.drawn], **HIDDEN)
            jump.then(self.settle, [self.page, *self.recipe], self.surroundings, **HIDDEN)

    def wire_motion(self) -> None:
        """The random walk, which moves the controls, and the loop, which leaves them alone."""
        walking, clock = gr.State(False), gr.Timer(0.15, active=False)
        turned = self.walk.click(self.turn, walking, [walking, clock, self.walk], **HIDDEN)
        turned.then(self.settle, [self.page, *self.recipe], self.surroundings, **HIDDEN)
        clock.tick(self.wander, self.recipe, [*self.recipe, *self.drawn], **HIDDEN)
        frames = gr.Number(48, visible=False, label="frames")
        self.loop.click(
            self.interpolate,
            [*self.recipe, frames],
            self.drawn,
            api_name="interpolate",
            show_progress="minimal",
            **HEAVY,
        )
        self.link.click(None, js="() => ganStudio.copyLink()")

    @told
    def generate(
        self, model: str, seed: int, psi: float,
        d1: float, d2: float, d3: float, d4: float, d5: float,
        d6: float, d7: float, d8: float, d9: float, d10: float,
        coordinates: dict,
    ) -> tuple[str, dict[str, str]]:  # fmt: skip
        """Draw one picture. Its PNG carries the recipe.

        Args:
            model: name of a model
            seed: whole number from 0 to 2^32 - 1
            psi: truncation, 0 to 2
            d1: way along direction 1 in sigma, -3 to 3; d2 to d10 likewise
        """
        directions = (d1, d2, d3, d4, d5, d6, d7, d8, d9, d10)
        return self.draw(recipe_of(model, seed, psi, *directions, coordinates))

    @told
    def interpolate(
        self, model: str, seed: int, psi: float,
        d1: float, d2: float, d3: float, d4: float, d5: float,
        d6: float, d7: float, d8: float, d9: float, d10: float,
        coordinates: dict, frames: int,
    ) -> tuple[str, dict[str, str]]:  # fmt: skip
        """Draw a seamless loop through the picture and those of the next three seeds, as WebP."""
        directions = (d1, d2, d3, d4, d5, d6, d7, d8, d9, d10)
        recipe = recipe_of(model, seed, psi, *directions, coordinates)
        start = time.perf_counter()
        contents = pictures.webp(self.studio.loop(recipe, frames=frames), FPS)
        path = pictures.file(self.picture, contents, f"{recipe.model}-{recipe.seed}-loop.webp")
        return path, self.said(recipe, time.perf_counter() - start)

    def draw(self, recipe: Recipe) -> tuple[str, dict[str, str]]:
        start = time.perf_counter()
        contents = pictures.png(self.studio.generate(recipe))
        path = pictures.file(self.picture, contents, f"{recipe.model}-{recipe.seed}.png")
        return path, self.said(recipe, time.perf_counter() - start)

    def said(self, recipe: Recipe, seconds: float) -> dict[str, str]:
        text = f"{1000 * seconds:.1f} ms on {self.studio.device_name}"
        return {"text": text, "query": recipe.to_query()}

    def show(self, recipe: Recipe) -> list[Any]:
        """Controls and picture of a recipe."""
        return [*positions(recipe), *self.draw(recipe)]

    @told
    def settle(self, page: int, *controls: Any) -> list[Any]:
        """Film strips, neighbours and raw coordinates of where the controls rest."""
        recipe = recipe_of(*controls)
        strips = [
            strip_html(i, strip, recipe) for i, strip in enumerate(self.studio.strips(recipe), 1)
        ]
        near = self.studio.neighbours(recipe)
        buttons = [pictures.button(p, i, f"Neighbour {i + 1}") for i, p in enumerate(near)]
        recipes = [images.carried(p).to_json() for p in near]
        z = self.studio.coordinates(recipe)
        first = PAGE * (whole(page, "The page", 1, -(-len(z) // PAGE)) - 1)
        raw = [
            gr.Slider(value=round(v, 2), label=f"z{first + i + 1}")
            for i, v in enumerate(z[first : first + PAGE])
        ]
        raw += [gr.Slider(visible=False)] * (PAGE - len(raw))
        return [*strips, "".join(buttons), recipes, self.describe(recipe.model), *raw]

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
    def nudge(self, index: int, page: int, value: float, *controls: Any) -> list[Any]:
        """Set one raw coordinate."""
        recipe = recipe_of(*controls)
        place = PAGE * (whole(page, "The page", 1, MAX_SEED) - 1) + index + 1
        recipe = dataclasses.replace(recipe, coordinates={**recipe.coordinates, place: value})
        return [dict(recipe.coordinates), *self.draw(recipe)]

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
        return self.show(dataclasses.replace(recipe, seed=random.randint(0, 99_999)))

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
            gr.Button("▶ Walk" if walking else "⏸ Pause"),
        )


def pressed(event: gr.EventData, count: int) -> int:
    return whole(event.index, "The picture", 0, count - 1)
