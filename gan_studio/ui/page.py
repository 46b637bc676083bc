"""The whole page: header, tabs, and how it is served."""

from __future__ import annotations

import os
from importlib.resources import files
from typing import Any

import gradio as gr

from gan_studio.house import house
from gan_studio.painting import Painter
from gan_studio.studio import Studio
from gan_studio.ui.compare import Compare
from gan_studio.ui.explore import Explore
from gan_studio.ui.style import Style
from gan_studio.ui.theme import theme
from gan_studio.ui.train import TAB, Train

ASSETS = files("gan_studio.ui")
SCRIPTS = ("page.js", "history.js", "choosing.js", "map.js")


def build(studio: Studio | None = None, painter: Painter | None = None) -> gr.Blocks:
    """The page over a studio; without one, over the models that ship and those trained here."""
    studio = studio or Studio()
    painter = painter or Painter(studio.device)
    with gr.Blocks(title="GAN Studio", analytics_enabled=False, delete_cache=(600, 3600)) as page:
        with gr.Row(elem_id="header"):
            gr.HTML("<h1>GAN Studio</h1>")
            gr.HTML(f"<span>{studio.device_name}</span>", elem_id="device")
        with gr.Tabs() as tabs:
            with gr.Tab("Explore") as explore_tab:
                explore = Explore(studio)
            with gr.Tab("Compare") as compare_tab:
                compare = Compare(studio)
            with gr.Tab("Train", id=TAB) as train_tab:
                train = Train(studio)
            with gr.Tab("Style") as style_tab:
                style = Style(painter, studio.jobs)
        explore.wire(page, explore_tab)
        compare.wire(compare_tab)
        train.wire(page, tabs, train_tab)
        style.wire(page, style_tab)
    return page.queue(max_size=64)


def launch(page: gr.Blocks | None = None, **options: Any) -> tuple[Any, str, str]:
    """Serve the page; `options` go to gradio's launch and win over ours."""
    page = page or build()
    ours: dict[str, Any] = {
        "theme": theme(),
        "css": (ASSETS / "page.css").read_text("utf-8"),
        "head": "".join(
            f"<script>{(ASSETS / name).read_text('utf-8')}</script>" for name in SCRIPTS
        ),
        "server_name": os.environ.get("GRADIO_SERVER_NAME"),
        "max_file_size": house().upload,
        "enable_monitoring": False,
        "run_history": False,
        "footer_links": ["api"],
        "ssr_mode": False,
    }
    return page.launch(**{**ours, **options})
