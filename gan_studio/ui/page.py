"""The whole page: header and tabs."""

from __future__ import annotations

from typing import Any

import gradio as gr
from starlette.routing import Route

from gan_studio.studio import Painter, Studio
from gan_studio.ui import languages
from gan_studio.ui.api_docs import WithApiDocs
from gan_studio.ui.cache import WithFileCache
from gan_studio.ui.compare import Compare
from gan_studio.ui.explore import Explore
from gan_studio.ui.languages import WithTranslations
from gan_studio.ui.learn import Learn
from gan_studio.ui.serving import serve
from gan_studio.ui.speech import Endpoints as Speech
from gan_studio.ui.style import Style
from gan_studio.ui.train import TAB, Train
from gan_studio.ui.transform import Transform
from gan_studio.ui.words import Words


class Page(WithTranslations, WithApiDocs, WithFileCache):
    """In the browser's language to people, in English sentences to programs; keeps its files."""

    routes: list[Route]
    """the routes of the page's scripts, beside Gradio's own"""


def build(studio: Studio | None = None, painter: Painter | None = None) -> Page:
    """The page over a studio; without one, over the models that ship and those trained here."""
    studio = studio or Studio()
    with Page(title="GAN Studio", analytics_enabled=False, delete_cache=(600, 3600)) as page:
        with gr.Row(elem_id="header"):
            gr.HTML("<h1>GAN Studio</h1>")
            gr.HTML(f"<span>{studio.device_name}</span>", elem_id="device")
        with gr.Tabs(overflow_behavior="wrap") as tabs:
            with gr.Tab("Explore", elem_id="explore-tab"):
                explore = Explore(studio)
            with gr.Tab("Compare", elem_id="compare-tab") as compare_tab:
                compare = Compare(studio)
            with gr.Tab("Train", id=TAB, elem_id="train-tab") as train_tab:
                train = Train(studio)
            with gr.Tab("Transform", elem_id="transform-tab"):
                transform = Transform(studio)
            with gr.Tab("Style", elem_id="style-tab") as style_tab:
                style = Style(painter or studio.painter, studio.jobs)
            with gr.Tab("Words", elem_id="words-tab"):
                words = Words(studio)
            with gr.Tab("Learn", elem_id="learn-tab"):
                learn = Learn(studio)
        explore.wire()
        compare.wire(compare_tab)
        train.wire(page, tabs, train_tab)
        transform.wire()
        Speech(studio).wire()
        style.wire(page, style_tab)
        words.wire()
        learn.wire(compare, train)
    route_owners = (explore, transform.live, words, learn, languages)
    page.routes = [route for one in route_owners for route in one.routes()]
    return page


def launch(page: Page | None = None, **options: Any) -> tuple[Any, str, str]:
    """Serve the page, as `serving.serve` does; without one, that of the models at hand."""
    return serve(page or build(), **options)
