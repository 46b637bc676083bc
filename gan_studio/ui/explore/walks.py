"""Walks through chosen pictures, as loops that play here and can be saved."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import gradio as gr

from gan_studio import animations
from gan_studio.recipe import number
from gan_studio.ui import pictures
from gan_studio.ui.controls import told
from gan_studio.ui.explore.choosing import chooser, chosen
from gan_studio.ui.wiring import HEAVY, PRIVATE
from gan_studio.ways import KEYFRAMES

if TYPE_CHECKING:
    from gan_studio.ui.explore import Explore

SECONDS = 4.0
MOST_SECONDS = 24.0


class Walks:
    """The panel in which keyframes are chosen."""

    def __init__(self) -> None:
        with gr.Tab("Walk"):
            gr.Markdown(
                f"Choose 2 to {KEYFRAMES} pictures; the walk passes them all and comes back to "
                "the first, again and again.",
                elem_classes="hint",
            )
            self.keyframes = chooser("keyframes", [str(i + 1) for i in range(KEYFRAMES)])
            with gr.Row(elem_classes="line"):
                self.seconds = gr.Number(
                    SECONDS, label="Seconds", minimum=0.5, maximum=MOST_SECONDS, min_width=96
                )
                self.kind = gr.Radio(
                    [(kind.upper().replace("WEBP", "WebP"), kind) for kind in animations.KINDS],
                    value="webp",
                    label="File",
                    elem_id="kind",
                    min_width=224,
                )
            with gr.Row(elem_classes="line"):
                self.make = gr.Button("▶ Make the loop", elem_id="make-walk", min_width=160)
                self.save = gr.DownloadButton(
                    "Save the loop", elem_id="save-walk", interactive=False, min_width=160
                )

    def wire(self, explore: Explore) -> None:
        studio, picture = explore.studio, explore.picture

        @told
        def walk(value: Any, seconds: Any, kind: str) -> list[Any]:
            recipes, start = chosen(value), time.perf_counter()
            length = number(seconds, "The length in seconds", 0.5, MOST_SECONDS)
            frames = studio.walk(recipes, round(length * animations.FPS))
            name = f"{recipes[0].model}-walk"
            shown = pictures.file(picture, animations.encode(frames, "webp"), f"{name}.webp")
            saved = shown
            if kind != "webp":
                saved = pictures.file(picture, animations.encode(frames, kind), f"{name}.{kind}")
            said = explore.actions.said(recipes[0], time.perf_counter() - start)
            return [shown, said, gr.DownloadButton(value=saved, interactive=True)]

        self.make.click(
            walk,
            [self.keyframes, self.seconds, self.kind],
            [*explore.drawn, self.save],
            show_progress="minimal",
            **HEAVY,
            **PRIVATE,
        )
