"""From a moved slider to the new picture's bytes, against an event that returns a constant picture.

python -m benchmarks.slider_latency [--model stylegan2-celeba]
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import gradio as gr
import tyro
from PIL import Image

from benchmarks import report
from benchmarks.server import Visitor, free_port
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.studio.studio import DIRECTIONS, Studio
from gan_studio.ui import build, launch

SIGMAS = itertools.cycle(round(0.1 * i, 1) for i in range(-30, 31))
"""where the slider goes: each place gives another picture"""
BASE = "constant picture over HTTP"


def constant(size: tuple[int, int]) -> gr.Blocks:
    """A page whose sliders, one or as many as ours, give the same picture everywhere."""
    picture = Image.new("L", size, 128)
    with gr.Blocks(analytics_enabled=False) as page:
        output = gr.Image(format="png")
        for name, count in {"one": 1, "many": 3 + DIRECTIONS}.items():
            sliders = [gr.Slider(-3, 3, 0) for _ in range(count)]
            gr.on(
                [slider.input for slider in sliders],
                lambda *_: picture,
                sliders,
                output,
                api_name=name,
                queue=False,
            )
    return page


def in_process(studio: Studio, model: str) -> Callable[[], object]:
    """Recipe -> the bytes of a PNG."""

    def draw() -> bytes:
        recipe = Recipe(model=model, seed=42, directions={1: next(SIGMAS)})
        return image_files.encode_png(*studio.generate(recipe))

    return draw


def constant_event(visitor: Visitor, event: str, count: int) -> Callable[[], object]:
    """One move of a slider of Gradio's, and the picture that its event gives."""
    return lambda: visitor.event_picture(event, [next(SIGMAS), *[0.0] * (count - 1)])


def slider_move(visitor: Visitor, model: str) -> Callable[[], object]:
    """One move of the Explore tab's first slider, and its picture."""
    return lambda: visitor.picture(model=model, seed=42, directions={"1": next(SIGMAS)})


def main(*, model: str = "dcgan-mnist", repetitions: int = 200) -> None:
    """Time all in turn.

    Args:
        model: whose slider is moved
        repetitions: turns
    """
    studio = Studio()
    size = studio.generate(Recipe(model=model)).image.size
    pages = build(studio), constant(size)
    options = {"server_name": "127.0.0.1", "prevent_thread_lock": True, "quiet": True}
    ours = launch(pages[0], server_port=free_port(), **options)[1]
    theirs = pages[1].launch(server_port=free_port(), **options)[1]
    contenders = {
        BASE: constant_event(Visitor(theirs), "one", 1),
        "constant picture, an input for each slider": constant_event(
            Visitor(theirs), "many", 3 + DIRECTIONS
        ),
        "studio over HTTP": slider_move(Visitor(ours), model),
        "studio, model to PNG": in_process(studio, model),
    }
    report.alternate(contenders, 5)  # warms up
    times = report.medians(report.alternate(contenders, repetitions))
    base = times[BASE]
    rows = {name: (f"{1000 * s:.1f}", f"{s / base:.2f}") for name, s in times.items()}
    report.table("median of one move", "ms", "ratio", rows=rows)
    for page in pages:
        page.close()


if __name__ == "__main__":
    tyro.cli(main)
