"""Handlers of the Style tab's events."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from gan_studio.core.events import Frame
from gan_studio.images import files as image_files
from gan_studio.studio import Painter, PaintingRecipe
from gan_studio.studio import painter as painting
from gan_studio.ui import image_cache
from gan_studio.ui.errors import errors_in, pressed_index, reports_errors
from gan_studio.ui.style import restore as restoring
from gan_studio.ui.style import settings, views
from gan_studio.ui.style.layout import Layout
from gan_studio.ui.style.request import StyleRequest, preview, throttle
from gan_studio.ui.style.sources import Selection, describe
from gan_studio.ui.style.stop_tokens import StopTokens

MAX_RESULTS = 8
"""finished paintings that a visit can go back to"""
Updates = dict[Any, Any]
"""component -> its new value or properties"""
errors_in_readout = errors_in(lambda actions: actions.layout.readout)


@dataclass(frozen=True)
class Result:
    """A finished painting: files, and how it came about."""

    content: str
    painted: str
    recipe: str
    thumb: str
    summary: str


class Actions:
    """Handlers over a painter, for the components of one layout."""

    def __init__(self, painter: Painter, stops: StopTokens, layout: Layout) -> None:
        self.painter, self.stops, self.layout = painter, stops, layout

    @reports_errors
    def open(self, opened: bool, selection: Selection) -> Updates:
        """The pictures to choose from, when the tab is opened first."""
        if opened:
            return gr.skip()
        it = self.layout
        return {it.opened: True, it.weights: self.describe_weights(1, 1, 1), **self.show(selection)}

    @errors_in_readout
    def press_content(self, selection: Selection, event: gr.EventData) -> Updates:
        return self.show(selection.with_content(pressed_index(event, len(selection.contents))))

    @errors_in_readout
    def upload_content(self, selection: Selection, path: str) -> Updates:
        """A visitor's content."""
        return self.show(selection.with_upload(path))

    @errors_in_readout
    def press_style(self, selection: Selection, mixed: bool, event: gr.EventData) -> Updates:
        index = pressed_index(event, len(selection.styles))
        return self.show(selection.with_style(index, mixed=mixed))

    @errors_in_readout
    def upload_styles(self, selection: Selection, paths: list[str]) -> Updates:
        """A visitor's styles; several are mixed."""
        selection = selection.with_uploads(paths)
        return {self.layout.mix: len(selection.chosen_styles) > 1, **self.show(selection)}

    @errors_in_readout
    def restore(self, selection: Selection, mask: str | None, path: str) -> Updates:
        """The settings of a painting that was saved, and its pictures where they are at hand."""
        recipe, it = painting.recipe_of(path), self.layout
        selection, missing = selection.restore(recipe.content, recipe.styles)
        if recipe.mask and not (mask and painting.fingerprint(mask) == recipe.mask):
            missing = [*missing, f"the mask, {describe(recipe.mask)}"]
        updates, count = self.show(selection), len(selection.chosen_styles)
        if selection.style_marks == recipe.styles:
            shares = restoring.shares(recipe.style_weights, count)
            for slider, share in zip(it.shares, shares, strict=False):
                updates[slider]["value"] = share
        positions = settings.positions(restoring.nearest(recipe.config))
        if recipe.features in painting.NETWORKS:
            updates[it.features] = recipe.features
        return {
            **updates,
            **{it.controls[name]: value for name, value in positions.items()},
            it.mix: count > 1,
            it.mask: mask if recipe.mask else None,
            it.strength: gr.Slider(value=recipe.strength, visible=False),
            it.weights: self.describe_weights(*(positions[name] for name in settings.WEIGHTS)),
            it.readout: restoring.report(recipe, missing),
        }

    def show(self, selection: Selection) -> Updates:
        """Show the selection, in place of a painting."""
        it, (content, styles) = self.layout, selection.sources
        names = [f"Share of {style.name}" for style in styles] if len(styles) > 1 else []
        spare = [f"Share of style {i}" for i in range(1, len(it.shares) + 1)]
        labels = [*names, *spare[len(names) :]]
        sliders = [gr.update(label=label, visible=label in names) for label in labels]
        path = image_cache.write(image_cache.jpeg(selection.ingredients()), "ingredients.jpg")
        invitation = views.invitation(content.name, [style.name for style in styles])
        return {
            it.selection: selection,
            it.contents: views.picture_buttons(selection.contents, [selection.content]),
            it.styles: views.picture_buttons(selection.styles, selection.chosen_styles),
            **dict(zip(it.shares, sliders, strict=True)),
            **self.show_picture(path, invitation),
        }

    def show_picture(self, path: str, readout: str) -> Updates:
        """One picture, and nothing to compare it with."""
        it = self.layout
        return {
            it.painting: gr.Image(path, visible=True),
            it.slider: gr.ImageSlider(visible=False),
            it.strength: gr.Slider(visible=False),
            it.readout: readout,
        }

    @reports_errors
    def describe_weights(self, content: Any, style: Any, smoothness: Any) -> str:
        """The weights that the positions of the sliders stand for."""
        positions = {"content": content, "style": style, "smoothness": smoothness}
        weights = (f"{name} {settings.weight(at, name):.3g}" for name, at in positions.items())
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
        """Stop the painting after its next step; without a painting, only reset the buttons."""
        if self.stops.stop(request.session_hash, token):
            return ["Stopping …", gr.skip(), gr.skip()]
        return [gr.skip(), *self.reset_buttons(token)]

    def end_session(self, request: gr.Request) -> None:
        """The page was closed."""
        self.stops.end_session(request.session_hash)

    @reports_errors
    def paint(
        self, token: str, selection: Selection, results: list[Result], strength: float,
        mask: str | None, features: str, *controls: Any,
    ) -> Iterator[Updates]:  # fmt: skip
        """Paint while the page watches; the last frame becomes a result."""
        start, trace, frame, it = time.perf_counter(), views.LossHistory(), None, self.layout
        with self.stops.running(token) as stop:
            if stop.is_set():
                yield {it.readout: "The painting was stopped before it began."}
                return
            style_request = self.style_request(selection, features, mask, controls).within_limits(
                self.painter
            )
            for download in self.painter.fetch(features):
                yield {it.readout: views.download_progress(download)}
            for frame in throttle(style_request.frames(self.painter), stop):
                trace.add(frame)
                path = image_cache.write(*preview(frame.image))
                yield {**self.show_picture(path, views.progress(frame)), it.losses: trace.html()}
        if frame is None:
            return
        summary = views.summary(frame, time.perf_counter() - start, self.painter.device_name)
        result = self.result(style_request, frame, summary)
        recent_results = [result, *results][:MAX_RESULTS]
        yield {
            **self.show_result(result, strength),
            it.losses: trace.html(),
            it.results: recent_results,
            it.gallery: self.thumbnails(recent_results),
            it.past: gr.Markdown(visible=True),
        }

    def style_request(
        self, selection: Selection, features: str, mask: str | None, controls: Sequence[Any]
    ) -> StyleRequest:
        """The painting that the page asks for."""
        content, styles = selection.sources
        share_count = len(self.layout.shares)
        shares = controls[: len(styles)] if len(styles) > 1 else (1.0,)
        values = dict(zip(self.layout.controls, controls[share_count:], strict=True))
        return StyleRequest(
            content=content,
            styles=styles,
            weights=tuple(float(share) for share in shares),
            mask=mask,
            config=settings.config_of(values),
            features=features,
        )

    def result(self, style_request: StyleRequest, frame: Frame, summary: str) -> Result:
        """A finished painting, written to files."""
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

    def show_result(self, result: Result, strength: float) -> Updates:
        """A finished painting beside what it was made of."""
        it, (sides, png) = self.layout, self.before_and_after(result, strength)
        return {
            it.painting: gr.Image(visible=False),
            it.slider: gr.ImageSlider(sides, visible=True),
            it.strength: gr.Slider(visible=True),
            it.readout: result.summary,
            it.png: gr.DownloadButton(value=png, interactive=True),
            it.current: result,
        }

    def before_and_after(self, result: Result, strength: float) -> tuple[tuple[str, str], str]:
        """Files of before and after at a strength, and of the PNG with its recipe."""
        before = image_files.load(result.content)
        painting_image = image_files.load(result.painted)
        recipe = replace(PaintingRecipe.from_json(result.recipe), strength=strength)
        after = painting.blend_with_content(before, painting_image, strength)
        sides = (
            image_cache.write(image_cache.jpeg(before), "before.jpg"),
            image_cache.write(image_cache.jpeg(after), "after.jpg"),
        )
        return sides, image_cache.write(image_files.encode_png(after, recipe), "painting.png")

    @reports_errors
    def blend(self, strength: Any, result: Result | None) -> Any:
        """Another strength of what is shown; nothing is painted again."""
        return gr.skip() if result is None else list(self.before_and_after(result, strength))

    @errors_in_readout
    def show_earlier(self, results: list[Result], strength: float, event: gr.EventData) -> Updates:
        """Show an earlier painting of this visit."""
        return self.show_result(results[pressed_index(event, len(results))], strength)
