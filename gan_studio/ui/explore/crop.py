"""A dropped picture, and the square of it that is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr
from PIL import Image

from gan_studio.core.validation import check_float
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.ui import image_cache
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.event_options import PRIVATE, SILENT, UNQUEUED, on_completion

PREVIEW = 400
"""pixels of the longer side that is shown"""
MIN_SIDE = 0.2
"""smallest side of the square, as a share of the picture’s shorter side"""
EMPTY: dict[str, Any] = {"src": "", "width": 1, "height": 1}
CROP = """<div class="crop" ${value.src ? "" : "hidden"}>
<img alt="Your picture" src="${value.src}" draggable="false">
<i class="square" tabindex="0" role="application"
  aria-label="The square that is used: drag it, or move it with the arrow keys"></i></div>"""

WIRE = "ganStudio.resize = cropSquare(element, props, watch, (x, y) => framed(x, y));"
"""script of the square: its centre goes to a component, its size comes from another"""


class CropPanel:
    """The picture with a square to drag over it, and a slider for the size of the square."""

    def __init__(self) -> None:
        self.drop_area = gr.File(
            label="Drop a PNG, JPEG or WebP",
            file_types=["image", *image_files.ENDINGS],
            height=100,
            elem_id="given",
            elem_classes="drop",
        )
        self.frame = gr.HTML(
            EMPTY,
            html_template=CROP,
            js_on_load=WIRE,
            apply_default_css=False,
            elem_id="crop",
            padding=False,
        )
        self.path = gr.State("")  # so that another picture can be dropped after the first
        # Apart from the picture, which is large.
        self.centre = gr.HTML(
            {"x": 0.5, "y": 0.5},
            html_template="",
            js_on_load="framed = (x, y) => { props.value = {x, y}; };",
            elem_id="crop-centre",
            padding=False,
        )
        self.share = gr.Slider(
            MIN_SIDE,
            1.0,
            1.0,
            step=0.05,
            label="Square",
            info="Drag the square over the face. It fits best from the chin to above the hair.",
            buttons=["reset"],
            visible=False,
            elem_id="crop-share",
        )

    def wire(self) -> None:
        outputs = [self.path, self.frame, self.share]
        upload = self.drop_area.upload(self.show, self.drop_area, outputs, **SILENT)
        on_completion(upload, lambda: None, None, self.drop_area)
        resize = "(share) => { ganStudio.resize(share); return []; }"
        for event in (self.share.input, self.share.release):
            event(None, self.share, None, js=resize, **UNQUEUED, **PRIVATE)

    @reports_errors
    def show(self, path: str) -> list[Any]:
        """Show the picture that was dropped, with the square at full size."""
        picture = image_files.load(path).convert("RGB")
        picture.thumbnail((PREVIEW, PREVIEW), Image.Resampling.LANCZOS)
        source = {"src": image_cache.jpeg_url(picture)}
        size = dict(zip(("width", "height"), picture.size, strict=True))
        return [path, {**source, **size}, gr.Slider(value=1.0, visible=True)]

    @property
    def inputs(self) -> list[Any]:
        """The arguments of `crop`."""
        return [self.path, self.centre, self.share]

    @staticmethod
    def crop(path: str | None, centre: Any, share: Any) -> Image.Image:
        """The square; ValueError with one sentence where there is no picture."""
        if not path:
            raise ValueError("Drop a picture first.")
        at = centre if isinstance(centre, Mapping) else {}
        x, y = (check_float(at.get(name), "The square’s centre", 0, 1) for name in ("x", "y"))
        return convert.crop_square(
            image_files.load(path), x, y, check_float(share, "The square", MIN_SIDE, 1)
        )
