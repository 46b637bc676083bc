"""Variations of a picture: how far, and a dozen of them to press."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from gan_studio import images
from gan_studio.recipe import Recipe
from gan_studio.ui import pictures
from gan_studio.ui.controls import pressed, recipe_of, told
from gan_studio.ui.wiring import HIDDEN, LIVE, PRIVATE

if TYPE_CHECKING:
    from gan_studio.ui.explore import Explore

STRENGTH = 0.3


class Variations:
    """The panel in which a seed is varied."""

    def __init__(self) -> None:
        with gr.Tab("Vary") as self.tab:
            self.strength = gr.Slider(
                0,
                1,
                STRENGTH,
                step=0.05,
                label="Variation strength",
                info="How far towards other seeds: 0 stays here, 1 is there",
                buttons=["reset"],
                elem_id="strength",
            )
            self.grid = gr.HTML(
                "",
                js_on_load=pictures.PRESS,
                apply_default_css=False,
                elem_id="variations",
                elem_classes="cells",
            )
            self.others = gr.Button("⟲ Others", elem_id="others")
            self.again = gr.Button("vary", elem_id="vary-now", visible="hidden")
            # Inside: among the tabs of `gr.Tabs` a state would count as one.
            self.turn, self.recipes = gr.State(0), gr.State([])

    def wire(self, explore: Explore) -> None:
        studio = explore.studio

        def varied(strength: Any, turn: int, recipe: Recipe) -> list[Any]:
            found = studio.vary(recipe, strength, turn=turn)
            named = enumerate(found, 1)
            grid = "".join(pictures.button(p, i - 1, f"Variation {i}") for i, p in named)
            return [turn, [images.carried(p).to_json() for p in found], grid]

        @told
        def vary(strength: Any, turn: int, *controls: Any) -> list[Any]:
            return varied(strength, turn, recipe_of(*controls))

        @told
        def turn_over(strength: Any, turn: int, *controls: Any) -> list[Any]:
            return varied(strength, turn + 1, recipe_of(*controls))

        @told
        def take(recipes: list[str], event: gr.EventData) -> list[Any]:
            recipe = Recipe.from_json(recipes[pressed(event, len(recipes))])
            return explore.actions.show(recipe)

        inputs = [self.strength, self.turn, *explore.recipe]
        shown = [self.turn, self.recipes, self.grid]
        moved = [self.strength.input, self.strength.release]
        gr.on(moved, vary, inputs, shown, **LIVE, **PRIVATE)
        gr.on([self.again.click, self.tab.select], vary, inputs, shown, **HIDDEN)
        self.others.click(turn_over, inputs, shown, **HIDDEN)
        explore.jump(self.grid.click, take, [self.recipes])
