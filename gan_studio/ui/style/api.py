"""The endpoints `/stylize` and `/stop`."""

# Gradio reads the annotations of results as they are, so they are not postponed here.
from collections.abc import Iterator
from typing import Any, Literal

import gradio as gr
from gradio.events import api

from gan_studio.core.events import Frame
from gan_studio.core.validation import check_float
from gan_studio.images import files as image_files
from gan_studio.studio import Painter, StyleConfig
from gan_studio.studio import painter as painting
from gan_studio.studio.jobs import JobQueue
from gan_studio.ui import image_cache
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.event_options import EXCLUSIVE
from gan_studio.ui.style.request import StyleRequest, preview, throttle
from gan_studio.ui.style.settings import LAYERS
from gan_studio.ui.style.sources import Selection, Source
from gan_studio.ui.style.stop_tokens import StopTokens

Network = Literal["embedded", "vgg19"]
Start = Literal["content", "noise", "blend"]
Colours = Literal["style", "luminance", "matched"]
Optimizer = Literal["lbfgs", "adam"]
Update = tuple[gr.FileData | None, dict[str, Any]]


class Endpoints:
    """Handlers over a painter, for programs."""

    def __init__(self, painter: Painter, stops: StopTokens, jobs: JobQueue) -> None:
        self.painter, self.stops, self.jobs = painter, stops, jobs

    def wire(self) -> None:
        api(self.stylize, api_name="stylize", **EXCLUSIVE)
        api(self.stop, api_name="stop", queue=False)

    @reports_errors
    def stylize(
        self, content: gr.FileData | None = None, styles: list[gr.FileData] | None = None,
        size: int = 256, steps: int = 60,
        content_weight: float = 1.0, style_weight: float = 1.0, smoothness: float = 1.0,
        style_weights: str = "", features: Network = "embedded", init: Start = "content",
        colours: Colours = "style", strength: float = 1.0, seed: int = 0, blend: float = 0.5,
        style_scale: float = 1.0, layer_weights: str = "1, 1, 1, 1, 1",
        optimizer: Optimizer = "lbfgs", multi_scale: bool = True,
        mask: gr.FileData | None = None, request: gr.Request | None = None,
    ) -> Iterator[Update]:  # fmt: skip
        """Paint a picture in the style of others: previews while it is painted, then a PNG with
        its recipe. With each comes a status; the first says, without a picture, which run it is.

        Args:
            content: file of what is painted; without one an example is
            styles: files of 1 to 4 styles; without any it is an example's
            size: longest side in pixels, at most 1024; 0 for the content's own
            steps: updates at each size from coarse to fine, at most 300
            content_weight: how much it must look like the content, 0 to 1000
            style_weight: how much its textures must be the styles', 0 to 1000
            smoothness: how much neighbouring pixels must agree, 0 to 1000
            style_weights: shares of several styles, such as "1, 2"
            features: the network that looks: embedded or vgg19
            init: what it starts from: content, noise or blend
            colours: style, luminance (the content's) or matched (the content's palette)
            strength: 0 is the content, 1 the painting
            seed: start of the noise, a whole number from 0
            blend: share of noise in a blend
            style_scale: size of the strokes, 0.1 to 4
            layer_weights: shares of relu1_1 (finest strokes) to relu5_1 (largest shapes)
            optimizer: what takes the steps: lbfgs or adam
            multi_scale: paint at small sizes first
            mask: file that is white where the content is painted

        Returns:
            painting: a picture so far; at the end a PNG that carries its recipe
            status: "run", "step", "total", "losses", whether it is "done", and then the "recipe"
        """
        config = StyleConfig(
            size=size, steps=steps, content_weight=content_weight, style_weight=style_weight,
            smoothness=smoothness, init=init, colours=colours, seed=seed, blend=blend,
            style_scale=style_scale, optimizer=optimizer, multi_scale=bool(multi_scale),
            layer_weights=tuple(painting.parse_weights(str(layer_weights), len(LAYERS))),  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
        style_request = self.style_request(
            content, styles, mask, str(style_weights), features, config
        )
        session = request.session_hash if request else None
        yield from self.paint(style_request, check_float(strength, "strength", 0, 1), session)

    def style_request(
        self,
        content: gr.FileData | None,
        styles: list[gr.FileData] | None,
        mask: gr.FileData | None,
        weights: str,
        features: str,
        config: StyleConfig,
    ) -> StyleRequest:
        """The request for these files, and for an example in the place of each that is missing."""
        example, examples = Selection().sources
        uploads = tuple(
            Source.of("style", path) for path in image_cache.uploaded_paths(styles or [])
        )
        style_sources = uploads or examples
        [path] = image_cache.uploaded_paths([content]) if content else [""]
        [area] = image_cache.uploaded_paths([mask]) if mask else [None]
        return StyleRequest(
            content=Source.of("content", path) if path else example,
            styles=style_sources,
            weights=tuple(painting.parse_weights(weights, len(style_sources))),
            mask=area,
            config=config,
            features=str(features),
        ).within_limits(self.painter)

    def paint(
        self, style_request: StyleRequest, strength: float, session: str | None
    ) -> Iterator[Update]:
        """The previews of a painting, then its PNG."""
        before = style_request.before  # raises at once if the content is no picture
        token, frame = self.stops.create(session), None
        with self.stops.running(token) as stop:
            yield None, {"run": token, "step": 0, "done": False}
            for frame in throttle(style_request.frames(self.painter), stop):
                preview_path = image_cache.write(*preview(frame.image))
                yield gr.FileData(path=preview_path), {**status(frame), "run": token, "done": False}
        if frame is None:
            return
        recipe = style_request.recipe(frame.step, strength)
        image = painting.blend_with_content(before, frame.image, strength)
        path = image_cache.write(image_files.encode_png(image, recipe), "painting.png")
        final_status = {"run": token, "done": True, "stopped": frame.step < frame.total}
        yield gr.FileData(path=path), {**status(frame), **final_status, "recipe": recipe.to_json()}

    @reports_errors
    def stop(
        self, run: str = "", owner: str = "", request: gr.Request | None = None
    ) -> dict[str, Any]:
        """Stop a painting or a training after its next step; what is there by then is kept.

        Args:
            run: the run of a painting's status, or the id of a training; without one all paintings
                that this visit began
            owner: of a training, the token that /train gave to who started it

        Returns:
            stopped: the runs that were told to stop
        """
        if run in [snapshot.id for snapshot in self.jobs.all()]:
            self.jobs.stop(run, str(owner))
            return {"stopped": [run]}
        session = getattr(request, "session_hash", None)  # tools come without one
        return {"stopped": self.stops.stop(session, run)}


def status(frame: Frame) -> dict[str, Any]:
    return {
        "step": frame.step,
        "total": frame.total,
        "seconds_left": round(frame.seconds_left, 1),
        "losses": {name: round(value, 6) for name, value in frame.losses.items()},
    }
