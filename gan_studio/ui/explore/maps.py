"""A map of latent space: one picture of many, over which one drags."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from PIL import Image

from gan_studio import images
from gan_studio.latents.planes import REACH, Corners, Plane, Slopes, place, plane, spot
from gan_studio.recipe import Recipe
from gan_studio.studio import DIRECTIONS
from gan_studio.ui import pictures
from gan_studio.ui.controls import recipe_of, told
from gan_studio.ui.explore.choosing import chooser, chosen, of
from gan_studio.ui.wiring import HEAVY, HIDDEN, LIVE, PRIVATE

if TYPE_CHECKING:
    from gan_studio.ui.explore import Explore

EMPTY = {"src": "", "caption": ""}
SLOPES, CORNERS = "two directions", "three pictures"
MAP = """<div class="map" tabindex="0" role="application" ${value.src ? "" : "hidden"}
  aria-label="Map: drag, or move with the arrow keys and take a picture with Enter">
<img alt="Pictures of a plane through latent space" src="${value.src}" draggable="false">
<i class="mark"></i><img class="lens" alt=""></div><p>${value.caption}</p>"""


class Maps:
    """The panel with the map."""

    def __init__(self) -> None:
        with gr.Tab("Map") as self.tab:
            self.span = gr.Radio(
                [SLOPES, CORNERS], value=SLOPES, label="Spanned by", elem_id="span"
            )
            with gr.Row(elem_classes="line"):
                choices = [(f"Direction {i}", i) for i in range(1, DIRECTIONS + 1)]
                self.right = gr.Dropdown(choices, value=1, label="To the right", min_width=120)
                self.up = gr.Dropdown(choices, value=2, label="Upwards", min_width=120)
            with gr.Column(visible=False) as self.choosing:
                self.corners = chooser("corners", ["top left", "top right", "bottom left"])
            self.map = gr.HTML(
                EMPTY,
                html_template=MAP,
                js_on_load="latentMap(element, props, watch);",
                apply_default_css=False,
                elem_id="map",
                padding=False,
            )
            # Apart from the map: of events that follow fast, Gradio keeps the last value but the
            # first event's own data; and this value is small.
            self.spot = gr.HTML(
                {"x": 0.5, "y": 0.5},
                html_template="",
                js_on_load="touched = (name, x, y) => { props.value = {x, y}; trigger(name); };"
                " // 'input' 'select'",
                elem_id="spot",
                padding=False,
            )
            self.follow = gr.Button("follow", elem_id="map-now", visible="hidden")
            self.plane = gr.State(None)

    def wire(self, explore: Explore) -> None:
        self.studio, self.actions = explore.studio, explore.actions
        spanned = [self.span, self.right, self.up, self.corners]
        shown, queued = [self.plane, self.map], {"show_progress": "hidden", **HEAVY, **PRIVATE}
        choices = [self.right, self.up, self.choosing]
        self.span.input(self.choose, self.span, choices, **HIDDEN)
        changed = [control.input for control in (self.span, self.right, self.up)]
        gr.on([*changed, self.tab.select], self.draw, [*spanned, *explore.recipe], shown, **queued)
        self.corners.select(self.fix, None, shown, **queued)
        inputs = [self.plane, *spanned, *explore.recipe]
        self.follow.click(self.keep_up, inputs, shown, **queued)
        self.spot.input(self.look, [self.plane, self.spot], explore.drawn, **LIVE, **PRIVATE)
        explore.jump(self.spot.select, self.take, [self.plane, self.spot])

    def choose(self, span: str) -> list[Any]:
        slopes = gr.Dropdown(visible=span == SLOPES)
        return [slopes, slopes, gr.Column(visible=span == CORNERS)]

    @told
    def draw(self, span: str, right: Any, up: Any, corners: Any, *controls: Any) -> list[Any]:
        if span == CORNERS:
            return self.between(chosen(corners))
        return self.drawn(plane([recipe_of(*controls)], right, up))

    @told
    def fix(self, event: gr.EventData) -> list[Any]:
        """Another corner."""
        return self.between(of(event.chosen))

    def between(self, corners: list[Recipe]) -> list[Any]:
        """The map between three corners; none before there are so many."""
        return self.drawn(plane(corners)) if len(corners) == 3 else [None, EMPTY]

    def drawn(self, found: Plane) -> list[Any]:
        sheet = pictures.inline(chart(self.studio.map(found)))
        x, y = spot(*found.middle())
        return [found, {"src": sheet, "caption": caption(found), "x": x, "y": y}]

    def keep_up(self, now: Plane | None, span: str, *spanned: Any) -> list[Any]:
        """Another map if the picture is no longer on this one; between corners it stays."""
        recipe = recipe_of(*spanned[3:])
        if span == CORNERS or (isinstance(now, Slopes) and now.holds(recipe)):
            return [gr.skip(), gr.skip()]
        return self.draw(span, *spanned)

    @told
    def look(self, now: Plane | None, touched: Any) -> tuple[str, dict[str, str]]:
        """The picture under the pointer; the controls stay as they are."""
        return self.actions.draw(under(now, touched))

    @told
    def take(self, now: Plane | None, touched: Any) -> list[Any]:
        return self.actions.show(under(now, touched))


def under(now: Plane | None, touched: Any) -> Recipe:
    """The recipe of a place that was touched, {"x", "y"} in fractions of the map's sides."""
    if now is None or not isinstance(touched, Mapping):
        raise ValueError("There is no map yet.")
    return now.at(*place(touched.get("x", 0.5), touched.get("y", 0.5)))


def chart(cells: Sequence[Image.Image]) -> Image.Image:
    """The map as one picture, without gaps, so that a place on it is a place on the plane."""
    grey_or_colour = [np.atleast_3d(np.asarray(picture)) for picture in cells]
    return images.grid(np.stack(grey_or_colour), math.isqrt(len(cells)), gap=0)


def caption(found: Plane) -> str:
    if isinstance(found, Corners):
        return "Drag over it; the fourth corner is top right + bottom left − top left."
    ends = f"direction {found.right} to the right, direction {found.up} upwards"
    return f"Drag over it: {ends}, −{REACH:g} to {REACH:g} σ."
