"""Handlers of the Style tab's events."""

from __future__ import annotations

import functools
import html
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from PIL import Image

from gan_studio.core.events import Frame
from gan_studio.images import files as image_files
from gan_studio.studio import Painter, PaintingRecipe
from gan_studio.studio import painter as painting
from gan_studio.ui import image_cache
from gan_studio.ui.errors import pressed_index, reports_errors, user_errors
from gan_studio.ui.style import restore as restoring
from gan_studio.ui.style import settings, views
from gan_studio.ui.style.layout import Layout
from gan_studio.ui.style.request import StyleRequest, preview, throttle
from gan_studio.ui.style.sources import Selection, describe
from gan_studio.ui.style.stop_tokens import StopTokens

MAX_RESULTS = 8
"""finished paintings that a visit can go back to"""
SKIP = gr.skip()


@dataclass(frozen=True)
class Result:
    """A finished painting: files, and how it came about."""

    content: str
    painted: str
    recipe: str
    thumb: str
    summary: str

    def at(self, strength: float) -> tuple[Image.Image, Image.Image, PaintingRecipe]:
        """The content, and the painting at a strength and its recipe."""
        content, painted = image_files.load(self.content), image_files.load(self.painted)
        recipe = replace(PaintingRecipe.from_json(self.recipe), strength=strength)
        return content, painting.blend_with_content(content, painted, strength), recipe


def errors_in_readout(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler whose user_errors stand in the line under the picture, and change nothing else.

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

    def __init__(self, painter: Painter, stops: StopTokens, layout: Layout) -> None:
        self.painter, self.stops, self.layout = painter, stops, layout

    @reports_errors
    def open(self, opened: bool, selection: Selection) -> list[Any]:
        """The pictures to choose from, when the tab is opened first."""
        if opened:
            return [SKIP] * 8
        contents = views.picture_buttons(selection.contents, [selection.content])
        styles = views.picture_buttons(selection.styles, selection.chosen_styles)
        return [
            True,
            contents,
            styles,
            *self.show_ingredients(selection),
            self.describe_weights(1, 1, 1),
        ]

    @errors_in_readout
    def press_content(self, selection: Selection, event: gr.EventData) -> list[Any]:
        chosen = selection.with_content(pressed_index(event, len(selection.contents)))
        return self.update_content(chosen)

    @errors_in_readout
    def upload_content(self, selection: Selection, path: str) -> list[Any]:
        """A visitor's content."""
        return self.update_content(selection.with_upload(path))

    @errors_in_readout
    def press_style(self, selection: Selection, mixed: bool, event: gr.EventData) -> list[Any]:
        index = pressed_index(event, len(selection.styles))
        return self.update_styles(selection.with_style(index, mixed=mixed))

    @errors_in_readout
    def upload_styles(self, selection: Selection, paths: list[str]) -> list[Any]:
        """A visitor's styles; several are mixed."""
        chosen = selection.with_uploads(paths)
        return [len(chosen.chosen_styles) > 1, *self.update_styles(chosen)]

    @errors_in_readout
    def restore(self, selection: Selection, mask: str | None, path: str) -> dict[Any, Any]:
        """The settings of a painting that was saved, and its pictures where they are at hand."""
        recipe, it = painting.recipe_of(path), self.layout
        selection, missing = selection.restore(recipe.content, recipe.styles)
        if recipe.mask and not (mask and painting.fingerprint(mask) == recipe.mask):
            missing = [*missing, f"the mask, {describe(recipe.mask)}"]
        same = selection.style_marks == recipe.styles
        shares = (
            restoring.shares(recipe.style_weights, len(selection.chosen_styles)) if same else ()
        )
        outputs = [it.selection, it.styles, *it.shares, *it.preview_outputs]
        config = restoring.nearest(recipe.config)
        return {
            **dict(zip(outputs, self.update_styles(selection, shares), strict=True)),
            **dict(zip(it.controls, settings.positions(config), strict=True)),
            it.contents: views.picture_buttons(selection.contents, [selection.content]),
            it.mix: len(selection.chosen_styles) > 1,
            it.features: recipe.features if recipe.features in painting.NETWORKS else SKIP,
            it.mask: mask if recipe.mask else None,
            it.strength: gr.Slider(value=recipe.strength, visible=False),
            it.weights: self.describe_weights(*settings.positions(config)[:3]),
            it.readout: restoring.report(recipe, missing),
        }

    def update_content(self, selection: Selection) -> list[Any]:
        return [
            selection,
            views.picture_buttons(selection.contents, [selection.content]),
            *self.show_ingredients(selection),
        ]

    def update_styles(self, selection: Selection, shares: Sequence[float] = ()) -> list[Any]:
        _, chosen = selection.sources
        buttons = views.picture_buttons(selection.styles, selection.chosen_styles)
        names = [f"Share of {source.name}" for source in chosen] if len(chosen) > 1 else []
        spare = [f"Share of style {i}" for i in range(1, len(self.layout.shares) + 1)]
        labels = [*names, *spare[len(names) :]]
        sliders = [gr.update(label=label, visible=label in names) for label in labels]
        for slider, share in zip(sliders, shares, strict=False):
            slider["value"] = share
        return [selection, buttons, *sliders, *self.show_ingredients(selection)]

    def show_ingredients(self, selection: Selection) -> list[Any]:
        """The ingredients instead of a painting."""
        contents = image_cache.jpeg(selection.ingredients())
        path = image_cache.write(contents, "ingredients.jpg")
        content, styles = selection.sources
        readout = views.invitation(content.name, [style.name for style in styles])
        hidden = gr.ImageSlider(visible=False), gr.Slider(visible=False)
        return [gr.Image(path, visible=True), *hidden, readout]

    @reports_errors
    def describe_weights(self, content: Any, style: Any, smoothness: Any) -> str:
        """The weights that the positions of the sliders stand for."""
        named = {"content": content, "style": style, "smoothness": smoothness}
        weights = (f"{name} {settings.weight(at, name):.3g}" for name, at in named.items())
        return f"Weights: {' · '.join(weights)}. A slider at 2 weighs eight times as much as at 1."

    def create_token(self, request: gr.Request) -> list[Any]:
        """A token, so that a painting can be stopped while it waits."""
        token = self.stops.create(request.session_hash)
        return [token, gr.Button(interactive=False), gr.Button(interactive=True)]

    def reset_buttons(self, token: str) -> list[Any]:
        """The painting is over, or never began."""
        self.stops.forget(token)
        return [gr.Button(interactive=True), gr.Button(interactive=False)]

    def stop_painting(self, token: str, request: gr.Request) -> list[Any]:
        """Stop; the painting answers after its next step. Where none is, there is one to begin."""
        if self.stops.stop(request.session_hash, token):
            return ["Stopping …", SKIP, SKIP]
        return [SKIP, *self.reset_buttons(token)]

    def end_session(self, request: gr.Request) -> None:
        """The page was closed."""
        self.stops.end_session(request.session_hash)

    @reports_errors
    def paint(
        self, token: str, selection: Selection, results: list[Result], strength: float,
        mask: str | None, features: str, *controls: Any,
    ) -> Iterator[list[Any]]:  # fmt: skip
        """Paint while the page watches; the last frame becomes a result."""
        start, trace, frame = time.perf_counter(), views.LossHistory(), None
        with self.stops.running(token) as stop:
            if stop.is_set():
                yield [SKIP, SKIP, SKIP, "The painting was stopped before it began.", *[SKIP] * 6]
                return
            style_request = self.style_request(selection, features, mask, controls).within_limits(
                self.painter
            )
            for download in self.painter.fetch(features):
                yield [SKIP, SKIP, SKIP, views.download_progress(download), *[SKIP] * 6]
            for frame in throttle(style_request.frames(self.painter), stop):
                trace.add(frame)
                yield [*self.preview(frame), trace.html(), SKIP, SKIP, SKIP]
        if frame is None:
            return
        summary = views.summary(frame, time.perf_counter() - start, self.painter.device_name)
        result = self.result(style_request, frame, summary)
        kept = [result, *results][:MAX_RESULTS]
        past = gr.Markdown(visible=True)
        yield [*self.show_result(result, strength), trace.html(), kept, self.thumbnails(kept), past]

    def style_request(
        self, selection: Selection, features: str, mask: str | None, controls: Sequence[Any]
    ) -> StyleRequest:
        """The painting that the page asks for."""
        content, styles = selection.sources
        most = len(self.layout.shares)
        shares = controls[: len(styles)] if len(styles) > 1 else (1.0,)
        return StyleRequest(
            content=content,
            styles=styles,
            weights=tuple(float(share) for share in shares),
            mask=mask,
            config=settings.config_of(*controls[most:]),
            features=features,
        )

    def preview(self, frame: Frame) -> list[Any]:
        """The painting under way."""
        path = image_cache.write(*preview(frame.image))
        hidden = gr.ImageSlider(visible=False), gr.Slider(visible=False)
        shown = gr.Image(path, visible=True)
        return [shown, *hidden, views.progress(frame), SKIP, SKIP]

    def result(self, style_request: StyleRequest, frame: Frame, summary: str) -> Result:
        """Keep what was painted."""
        full = painting.blend_with_content(style_request.before, frame.image, 0)
        return Result(
            content=image_cache.write(image_files.encode_png(full), "content.png"),
            painted=image_cache.write(image_files.encode_png(frame.image), "painted.png"),
            recipe=style_request.recipe(frame.step, 1.0).to_json(),
            thumb=views.thumbnail(frame.image),
            summary=summary,
        )

    def thumbnails(self, results: Sequence[Result]) -> str:
        return "".join(
            views.picture_button(result.thumb, i, f"Painting {len(results) - i}", current=False)
            for i, result in enumerate(results)
        )

    def show_result(self, result: Result, strength: float) -> list[Any]:
        """A finished painting beside what it was made of."""
        sides, png = self.before_and_after(result, strength)
        slider = gr.ImageSlider(sides, visible=True)
        download = gr.DownloadButton(value=png, interactive=True)
        shown = [gr.Image(visible=False), slider, gr.Slider(visible=True), result.summary]
        return [*shown, download, result]

    def before_and_after(self, result: Result, strength: float) -> tuple[tuple[str, str], str]:
        """Files of before and after, and of the PNG with its recipe."""
        before, after, recipe = result.at(strength)
        shown = (
            image_cache.write(image_cache.jpeg(before), "before.jpg"),
            image_cache.write(image_cache.jpeg(after), "after.jpg"),
        )
        return shown, image_cache.write(image_files.encode_png(after, recipe), "painting.png")

    @reports_errors
    def blend(self, strength: Any, result: Result | None) -> list[Any]:
        """Another strength of what is shown; nothing is painted again."""
        if result is None:
            return [SKIP, SKIP]
        return list(self.before_and_after(result, strength))

    @errors_in_readout
    def show_earlier(
        self, results: list[Result], strength: float, event: gr.EventData
    ) -> list[Any]:
        """A painting of before."""
        return self.show_result(results[pressed_index(event, len(results))], strength)
