"""The panel that projects an uploaded picture into the latent space."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from gan_studio.core.events import Frame
from gan_studio.images import convert
from gan_studio.images.recipe import Recipe
from gan_studio.studio import Studio
from gan_studio.ui import image_cache
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.event_options import EXCLUSIVE, PRIVATE, SILENT
from gan_studio.ui.explore.crop import CropPanel

SIDE = 256
"""pixels at which both pictures are shown"""
ENLARGE = {"L": Image.Resampling.NEAREST, "RGB": Image.Resampling.BICUBIC}
"""photographs are enlarged smoothly, digits with sharp pixels"""
PAUSE = 0.3
"""seconds between two frames that are shown"""


class ProjectionPanel:
    """The panel into which a picture is dropped."""

    def __init__(self) -> None:
        gr.Markdown(
            "Projection (GAN inversion): the model searches its latent space for your picture. "
            "All sliders then work on the result.",
            elem_classes="hint",
        )
        self.cropping = CropPanel()
        with gr.Row():
            self.find = gr.Button("Project", elem_id="find", min_width=80)
            self.stop = gr.Button("Stop and use", elem_id="take", min_width=80)
        self.both = gr.ImageSlider(
            label="Your picture and the model’s",
            type="filepath", interactive=False, elem_id="both", visible=False,
        )  # fmt: skip
        self.status = gr.HTML("", elem_id="approach")
        # Its value is the recipe of the result; as an input, that of the picture on the page.
        self.recipe = gr.HTML("", html_template="", elem_id="found", padding=False)

    def wire(self, studio: Studio) -> None:
        self.cropping.wire()

        @reports_errors
        def project(path: str | None, centre: Any, share: Any, query: Any) -> Iterator[list[Any]]:
            picture, recipe = self.cropping.crop(path, centre, share), Recipe.read(query)
            frames = studio.project(recipe.model, picture, label=recipe.label)
            last_preview = 0.0
            for frame in frames:
                if frame.step < frame.total and time.perf_counter() - last_preview < PAUSE:
                    continue
                last_preview = time.perf_counter()
                before = convert.center_crop(picture, SIDE)
                after = frame.image.resize((SIDE, SIDE), ENLARGE[frame.image.mode])
                photo, projection = (
                    image_cache.write(image_cache.jpeg(p.convert("RGB")), "side.jpg")
                    for p in (before, after)
                )
                both = gr.ImageSlider((photo, projection), visible=True)
                yield [both, sentence(frame), frame.recipe.to_query()]

        outputs = [self.both, self.status, self.recipe]
        search = self.find.click(
            project,
            [*self.cropping.inputs, self.recipe],
            outputs,
            js="(picture, centre, share) => [picture, centre, share, explorer.query]",
            show_progress="hidden",
            **EXCLUSIVE,
            **PRIVATE,
        )
        take = "(found) => { if (found) explorer.open(found); return []; }"
        search.success(None, self.recipe, None, js=take, **SILENT)
        self.stop.click(None, self.recipe, None, js=take, cancels=[search])


def sentence(frame: Frame) -> str:
    distance = frame.losses["distance"]
    if frame.step == frame.total:
        return f"Done. The perceptual distance to your picture is {distance:.2f}."
    return f"Perceptual distance {distance:.2f}; about {frame.seconds_left:.0f} s left."
