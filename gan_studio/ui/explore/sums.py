"""Latent arithmetic: A − B + C of three chosen pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from gan_studio.latents.arithmetic import analogy
from gan_studio.ui import pictures
from gan_studio.ui.controls import told
from gan_studio.ui.explore.choosing import chooser, of
from gan_studio.ui.wiring import HIDDEN

if TYPE_CHECKING:
    from gan_studio.ui.explore import Explore


class Sums:
    """The panel in which three pictures are added."""

    def __init__(self) -> None:
        with gr.Tab("A − B + C"):
            gr.Markdown(
                "Choose three pictures: what sets A apart from B is added to C. The result is a "
                "picture like any other; all sliders work on it.",
                elem_classes="hint",
            )
            self.terms = chooser("terms", ["A", "− B", "+ C"], result=True)

    def wire(self, explore: Explore) -> None:
        controls = len(explore.recipe) + len(explore.drawn)

        @told
        def add(event: gr.EventData) -> list[Any]:
            terms = of(event.chosen)
            if len(terms) < 3:
                return [{"result": ""}, *[gr.skip()] * controls]
            try:
                total = analogy(*terms)
            except ValueError as error:  # said where one chooses
                return [{"mistake": str(error)}, *[gr.skip()] * controls]
            result = pictures.inline(explore.studio.generate(total))
            return [{"result": result}, *explore.actions.show(total)]

        outputs = [self.terms, *explore.recipe, *explore.drawn]
        explore.settle_after(self.terms.select(add, None, outputs, **HIDDEN))
