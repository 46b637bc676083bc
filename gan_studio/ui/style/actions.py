"""What the events of the Style tab do."""

from __future__ import annotations

import functools
import html
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from PIL import Image

from gan_studio import images, painting
from gan_studio.events import Frame
from gan_studio.painting import Painter, PaintingRecipe
from gan_studio.ui import pictures
from gan_studio.ui.controls import pressed_index, reports_errors, reports_errors_stream, user_errors
from gan_studio.ui.style import restoring, settings, views
from gan_studio.ui.style.layout import Layout
from gan_studio.ui.style.orders import Order, glimpses, preview
from gan_studio.ui.style.runs import Runs
from gan_studio.ui.style.sources import Choice, meant

KEPT = 8
"""finished paintings that a visit can go back to"""
SKIP = gr.skip()


@dataclass(frozen=True)
class Result:
    """A finished painting: files, and how it came about."""

    content: str
    painted: str
    recipe: str
    thumb: str
    said: str

    def at(self, strength: float) -> tuple[Image.Image, Image.Image]:
        """The content, and the painting at a strength with its recipe."""
        content, painted = images.load(self.content), images.load(self.painted)
        recipe = replace(PaintingRecipe.from_json(self.recipe), strength=strength)
        return content, painting.signed(painting.strength(content, painted, strength), recipe)


def answered(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler whose mistakes stand in the line under the picture, and change nothing else.

    An error of an event outside of the queue would lie over every picture that it could change.
    """

    @functools.wraps(handler)
    def wrapped(self: Actions, *args: Any, **kwargs: Any) -> Any:
        try:
            with user_errors():
                return handler(self, *args, **kwargs)
        except gr.Error as error:
            return {self.layout.readout: f"<b>{html.escape(str(error.message))}</b>"}

    return wrapped


class Actions:
    """Handlers over a painter, for the components of one layout."""

    def __init__(self, painter: Painter, runs: Runs, layout: Layout) -> None:
        self.painter, self.runs, self.layout = painter, runs, layout

    @reports_errors_stream
    def open(self, opened: bool, choice: Choice) -> Iterator[list[Any]]:
        """What can be chosen, when the tab is opened first; each picture as soon as it is drawn."""
        if opened:
            yield [SKIP] * 8
            return
        weights = self.tell(1, 1, 1)
        contents = views.shelf(choice.contents, [choice.content])
        yield [True, contents, SKIP, *self.staged(choice), weights]
        for known in range(1, len(choice.styles) + 1):
            shown = views.shelf(choice.styles, choice.chosen, known)
            yield [SKIP, SKIP, shown, *[SKIP] * 5]

    @answered
    def press_content(self, choice: Choice, event: gr.EventData) -> list[Any]:
        chosen = choice.with_content(pressed_index(event, len(choice.contents)))
        return self.content(chosen)

    @answered
    def bring_content(self, choice: Choice, path: str) -> list[Any]:
        """A visitor's content."""
        return self.content(choice.with_upload(path))

    @answered
    def press_style(self, choice: Choice, mixed: bool, event: gr.EventData) -> list[Any]:
        index = pressed_index(event, len(choice.styles))
        return self.style(choice.with_style(index, mixed=mixed))

    @answered
    def bring_styles(self, choice: Choice, paths: list[str]) -> list[Any]:
        """A visitor's styles; several are mixed."""
        chosen = choice.with_uploads(paths)
        return [len(chosen.chosen) > 1, *self.style(chosen)]

    @answered
    def restore(self, choice: Choice, mask: str | None, path: str) -> dict[Any, Any]:
        """The settings of a painting that was saved, and its pictures where they are at hand."""
        recipe, it = painting.recipe_of(path), self.layout
        choice, missing = choice.recalled(recipe.content, recipe.styles)
        if recipe.mask and not (mask and painting.fingerprint(mask) == recipe.mask):
            missing = [*missing, f"the mask, {meant(recipe.mask)}"]
        same = choice.styled == recipe.styles
        shares = restoring.shares(recipe.style_weights, len(choice.chosen)) if same else ()
        styled = [it.choice, it.styles, *it.shares, *it.stage]
        config = restoring.shown(recipe.config)
        return {
            **dict(zip(styled, self.style(choice, shares), strict=True)),
            **dict(zip(it.controls, settings.positions(config), strict=True)),
            it.contents: views.shelf(choice.contents, [choice.content]),
            it.mix: len(choice.chosen) > 1,
            it.features: recipe.features if recipe.features in painting.NETWORKS else SKIP,
            it.mask: mask if recipe.mask else None,
            it.strength: gr.Slider(value=recipe.strength, visible=False),
            it.weights: self.tell(*settings.positions(config)[:3]),
            it.readout: restoring.sentences(recipe, missing),
        }

    def content(self, choice: Choice) -> list[Any]:
        return [choice, views.shelf(choice.contents, [choice.content]), *self.staged(choice)]

    def style(self, choice: Choice, shares: Sequence[float] = ()) -> list[Any]:
        _, picked = choice.picked
        shelf = views.shelf(choice.styles, choice.chosen)
        names = [f"Share of {source.name}" for source in picked] if len(picked) > 1 else []
        spare = [f"Share of style {i}" for i in range(1, len(self.layout.shares) + 1)]
        labels = [*names, *spare[len(names) :]]
        sliders = [gr.update(label=label, visible=label in names) for label in labels]
        for slider, share in zip(sliders, shares, strict=False):
            slider["value"] = share
        return [choice, shelf, *sliders, *self.staged(choice)]

    def staged(self, choice: Choice) -> list[Any]:
        """The ingredients instead of a painting."""
        contents = pictures.jpeg(choice.ingredients())
        path = pictures.file(self.layout.painting, contents, "ingredients.jpg")
        content, styles = choice.picked
        said = views.invitation(content.name, [style.name for style in styles])
        hidden = gr.ImageSlider(visible=False), gr.Slider(visible=False)
        return [gr.Image(path, visible=True), *hidden, said]

    @reports_errors
    def tell(self, content: Any, style: Any, smoothness: Any) -> str:
        """What the positions of the sliders mean."""
        named = {"content": content, "style": style, "smoothness": smoothness}
        weights = (f"{name} {settings.weight(at, name):.3g}" for name, at in named.items())
        return f"Weights: {' · '.join(weights)}. At 2 a slider pulls eight times as hard as at 1."

    def enlist(self, request: gr.Request) -> list[Any]:
        """A token, so that a painting can be stopped while it waits."""
        token = self.runs.enlist(request.session_hash)
        return [token, gr.Button(interactive=False), gr.Button(interactive=True)]

    def rest(self, token: str) -> list[Any]:
        """The painting is over, or never began."""
        self.runs.forget(token)
        return [gr.Button(interactive=True), gr.Button(interactive=False)]

    def halt(self, token: str, request: gr.Request) -> list[Any]:
        """Stop; the painting answers after its next step. Where none is, there is one to begin."""
        if self.runs.stop(request.session_hash, token):
            return ["Stopping …", SKIP, SKIP]
        return [SKIP, *self.rest(token)]

    def leave(self, request: gr.Request) -> None:
        """The page was closed."""
        self.runs.leave(request.session_hash)

    @reports_errors_stream
    def paint(
        self, token: str, choice: Choice, results: list[Result], strength: float,
        mask: str | None, features: str, *controls: Any,
    ) -> Iterator[list[Any]]:  # fmt: skip
        """Paint while the page watches; the last frame becomes a result."""
        start, trace, frame = time.perf_counter(), views.Trace(), None
        with self.runs.running(token) as stop:
            if stop.is_set():
                yield [SKIP, SKIP, SKIP, "Stopped before it began.", *[SKIP] * 6]
                return
            order = self.order(choice, features, mask, controls).allowed(self.painter)
            for download in self.painter.fetch(features):
                yield [SKIP, SKIP, SKIP, views.coming(download), *[SKIP] * 6]
            for frame in glimpses(order.frames(self.painter), stop):
                trace.add(frame)
                yield [*self.glimpse(frame), trace.html(), SKIP, SKIP, SKIP]
        if frame is None:
            return
        said = views.ended(frame, time.perf_counter() - start, self.painter.device_name)
        result = self.result(order, frame, said)
        kept = [result, *results][:KEPT]
        past = gr.Markdown(visible=True)
        yield [*self.shown(result, strength), trace.html(), kept, self.shelf(kept), past]

    def order(
        self, choice: Choice, features: str, mask: str | None, controls: Sequence[Any]
    ) -> Order:
        """What the page asks for."""
        content, styles = choice.picked
        most = len(self.layout.shares)
        shares = controls[: len(styles)] if len(styles) > 1 else (1.0,)
        return Order(
            content=content,
            styles=styles,
            weights=tuple(float(share) for share in shares),
            mask=mask,
            config=settings.config_of(*controls[most:]),
            features=features,
        )

    def glimpse(self, frame: Frame) -> list[Any]:
        """The painting under way."""
        path = pictures.file(self.layout.painting, *preview(frame.image))
        hidden = gr.ImageSlider(visible=False), gr.Slider(visible=False)
        shown = gr.Image(path, visible=True)
        return [shown, *hidden, views.progress(frame), SKIP, SKIP]

    def result(self, order: Order, frame: Frame, said: str) -> Result:
        """Keep what was painted."""
        full = painting.strength(order.before, frame.image, 0)
        save = self.layout.painting
        return Result(
            content=pictures.file(save, images.png(full), "content.png"),
            painted=pictures.file(save, images.png(frame.image), "painted.png"),
            recipe=order.recipe(frame.step, 1.0).to_json(),
            thumb=views.small(frame.image),
            said=said,
        )

    def shelf(self, results: Sequence[Result]) -> str:
        return "".join(
            views.press(result.thumb, i, f"Painting {len(results) - i}", current=False)
            for i, result in enumerate(results)
        )

    def shown(self, result: Result, strength: float) -> list[Any]:
        """A finished painting beside what it was made of."""
        sides, png = self.sides(result, strength)
        slider = gr.ImageSlider(sides, visible=True)
        download = gr.DownloadButton(value=png, interactive=True)
        shown = [gr.Image(visible=False), slider, gr.Slider(visible=True), result.said]
        return [*shown, download, result]

    def sides(self, result: Result, strength: float) -> tuple[tuple[str, str], str]:
        """Files of before and after, and of the PNG with its recipe."""
        before, after = result.at(strength)
        slider, png = self.layout.slider, self.layout.png
        shown = (
            pictures.file(slider, pictures.jpeg(before), "before.jpg"),
            pictures.file(slider, pictures.jpeg(after), "after.jpg"),
        )
        return shown, pictures.file(png, images.png(after), "painting.png")

    @reports_errors
    def blend(self, strength: Any, result: Result | None) -> list[Any]:
        """Another strength of what is shown; nothing is painted again."""
        if result is None:
            return [SKIP, SKIP]
        return list(self.sides(result, strength))

    @answered
    def recall(self, results: list[Result], strength: float, event: gr.EventData) -> list[Any]:
        """A painting of before."""
        return self.shown(results[pressed_index(event, len(results))], strength)
