"""Sliders that are called what they do, the layers that follow them, and styles of two seeds."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import gradio as gr

from gan_studio.edits import BASES, MAX_LAYER, MAX_SEED, RANGES, Edits
from gan_studio.recipe import Recipe, whole
from gan_studio.sliders import Slider
from gan_studio.ui.controls import recipe_of, told, unseen
from gan_studio.ui.languages import marked
from gan_studio.ui.wiring import HIDDEN, PRIVATE, SWIFT

if TYPE_CHECKING:
    from gan_studio.ui.explore import Explore

MOST = 16
"""named sliders that the page has room for"""
ALL = "all"
RANGE = 3.0
NOTHING = "This model has no named sliders; `gan-studio attributes` finds them for models of faces."


HOW = (
    "Each slider follows what the face reader sees, in σ of the model’s own pictures. Below it: "
    "how often its direction tells held-out pictures right, and how many faces it carries from "
    "20 % to 80 %. The words are those of CelebA’s annotators and say nothing of a person."
)


class Named:
    """The panel of named sliders and layers."""

    def __init__(self) -> None:
        with gr.Tab("Named") as self.tab:
            self.hint = gr.Markdown(NOTHING, elem_id="named", elem_classes="hint")
            self.sliders = [
                gr.Slider(
                    -RANGE, RANGE, 0.0, step=0.1, visible=False, label=f"Named {i}",
                    buttons=["reset"], elem_classes="named",
                )
                for i in range(1, MOST + 1)
            ]  # fmt: skip
            self.apart = gr.Checkbox(
                False, label="Keep apart", info="The sliders’ directions at right angles"
            )
            with gr.Group(visible=False) as self.styles:
                self.part = gr.Radio(
                    [ALL, *RANGES], value=ALL, label="Layers that follow the sliders",
                    info="Coarse ones hold pose and shape, fine ones colours",
                )  # fmt: skip
                self.basis = gr.Radio(
                    list(BASES), value=BASES[0], label="Numbered sliders follow",
                    info="Components of the styles, or what layers read of them",
                )  # fmt: skip
                with gr.Row():
                    self.other = gr.Number(
                        0, label="Second seed", precision=0, minimum=0, maximum=MAX_SEED
                    )
                    self.layer = gr.Slider(
                        1, 2, 1, step=1, label="its styles from layer", info="1 leaves it out",
                        buttons=["reset"],
                    )  # fmt: skip
            self.again = gr.Button("names", elem_id="named-now", visible="hidden")
            # Inside: among the tabs of `gr.Tabs` a state would count as one.
            self.names, self.shown = gr.State([]), gr.State("")

    @property
    def layers(self) -> list[Any]:
        return [self.apart, self.part, self.basis, self.other, self.layer]

    def wire(self, explore: Explore) -> None:
        studio = explore.studio
        panel = [self.shown, self.names, self.hint, self.styles, *self.layers, *self.sliders]

        @told
        def refresh(shown: str, *controls: Any) -> list[Any]:
            recipe = recipe_of(*controls)
            if shown == said(recipe):  # drawn twice, it would take back what is being moved
                return [gr.skip()] * len(panel)
            count = studio.layers(recipe.model)
            return [
                said(recipe),
                *self.positions(recipe, studio.named_sliders(recipe.model), count),
            ]

        @told
        async def move(names: list[str], *values: Any) -> list[Any]:
            own, controls = values[: 5 + MOST], values[5 + MOST :]
            recipe = moved(recipe_of(*controls), names, *own)
            return [said(recipe), unseen(recipe), *await explore.actions.move(recipe)]

        inputs = [self.names, *self.layers, *self.sliders, *explore.recipe]
        events = [control.input for control in (*self.layers, *self.sliders)]
        events += [slider.release for slider in (self.layer, *self.sliders)]
        outputs = [self.shown, explore.unseen, *explore.drawn]
        gr.on(events, move, inputs, outputs, **SWIFT, **PRIVATE)
        opened = [self.again.click, self.tab.select]
        gr.on(opened, refresh, [self.shown, *explore.recipe], panel, **HIDDEN)

    def positions(self, recipe: Recipe, known: Any, count: int) -> list[Any]:
        """What the panel shows for a recipe of a model of `count` layers, 0 without styles."""
        edits, known = recipe.edits, known[:MOST]
        layer, other = next(iter(edits.styles.items()), (1, 0))
        part = next(iter(edits.ranges.values()), ALL)
        sliders = [
            gr.Slider(
                visible=True, value=edits.attributes.get(s.name, 0.0), label=s.name, info=why(s)
            )
            for s in known
        ]
        return [
            [s.name for s in known],
            marked(HOW if known else NOTHING),
            gr.Group(visible=count > 0),
            gr.Checkbox(value=edits.apart, visible=bool(known)),
            part,
            edits.basis,
            other,
            gr.Slider(maximum=max(2, count), value=layer),
            *sliders,
            *[gr.Slider(visible=False, value=0.0)] * (MOST - len(known)),
        ]


def moved(
    recipe: Recipe, names: list[str], apart: bool, part: str, basis: str, other: Any, layer: Any,
    *ways: Any,
) -> Recipe:  # fmt: skip
    """The recipe as the panel's controls have it."""
    attributes = dict(zip(names, ways, strict=False))
    first = whole(layer or 1, "The layer", 1, MAX_LAYER)
    going = [name for name, way in attributes.items() if way]
    edits = Edits(
        attributes=attributes,
        apart=apart,
        ranges=dict.fromkeys([*map(str, recipe.directions), *going], part),
        basis=basis,
        styles={first: other or 0} if first > 1 else {},
        point=recipe.edits.point,
    )
    return dataclasses.replace(recipe, edits=edits)


def why(slider: Slider) -> str:
    """Why a slider says what it says."""
    told = f"{slider.accuracy:.0%} told right, {slider.majority:.0%} by guessing"
    return told if slider.reached is None else f"{told}; moves {slider.reached:.0%} of faces"


def said(recipe: Recipe) -> str:
    """What the panel has shown or done last."""
    return json.dumps([recipe.model, recipe.edits.plain()])
