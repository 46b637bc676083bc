"""The Style tab's pictures to press, its lines of text and its curves as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PIL import Image, ImageOps

from gan_studio.core.events import Download, Frame
from gan_studio.studio import Curve, Painting
from gan_studio.ui import curves, image_cache
from gan_studio.ui.style.sources import THUMB, Source, thumb

LOSSES = {
    "content": "Content loss: how far the painting is from the content",
    "style": "Style loss: how far its textures are from those of the styles",
    "variation": "Total variation loss: how much neighbouring pixels differ",
    "total": "Total loss: the weighted sum of the losses, which is minimised",
}


def picture_buttons(sources: Sequence[Source], selected_indices: Sequence[int]) -> str:
    """Pictures to choose from, the selected ones outlined."""
    return "".join(
        picture_button(
            thumb(source), i, source.name, current=i in selected_indices, painting=source.painting
        )
        for i, source in enumerate(sources)
    )


def picture_button(
    address: str, index: int, name: str, *, current: bool, painting: Painting | None = None
) -> str:
    """A picture to press; below a painting stands whose it is."""
    kind, caption = ' class="current"' if current else "", ""
    if painting:
        name = painting.caption
        artist, title = escape(painting.artist), escape(painting.title)
        # The alternative text says the same to those who hear the page.
        caption = f'<small aria-hidden="true">{artist}<cite>{title}</cite>{painting.year}</small>'
    name = escape(name)
    return (
        f'<button type="button"{kind} aria-pressed="{str(current).lower()}" data-key="{index}"'
        f' title="{name}"><img alt="{name}" src="{address}">{caption}</button>'
    )


def thumbnail(painting: Image.Image) -> str:
    """The address of a finished painting's thumbnail."""
    picture = ImageOps.fit(painting, (THUMB, THUMB))
    return image_cache.jpeg_url(picture)


def invitation(content: str, styles: Sequence[str]) -> str:
    """The line of text before anything is painted."""
    names = " and ".join(f"“{escape(name)}”" for name in styles)
    return f"Press <b>Paint</b> to see “{escape(content)}” in the style of {names}."


def download_progress(download: Download) -> str:
    megabytes, total = download.done / 1e6, download.total / 1e6
    return f"Downloading the network, only once: {megabytes:.0f} of {total:.0f} MB"


def progress(frame: Frame) -> str:
    time_left = f"{duration(frame.seconds_left)} left" if frame.step < frame.total else "finished"
    return f"Step {frame.step} of {frame.total} · {time_left}"


def summary(frame: Frame, seconds: float, device: str) -> str:
    outcome = "Painted" if frame.step == frame.total else f"Stopped at step {frame.step} and kept"
    size = f"{frame.image.width} × {frame.image.height} pixels"
    return f"{outcome} · {duration(seconds)} · {size} · {escape(device)}"


def duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60}:{whole % 60:02} min"


class LossHistory:
    """The losses of a painting so far."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.losses: dict[str, list[float]] = {name: [] for name in LOSSES}

    def add(self, frame: Frame) -> None:
        self.steps.append(frame.step)
        for name, values in self.losses.items():
            values.append(frame.losses[name])

    def html(self) -> str:
        """A small plot of each, on a logarithmic axis."""
        plots = "".join(self._plot(name, values) for name, values in self.losses.items())
        return f"<section><div>{plots}</div></section>"

    def _plot(self, name: str, values: list[float]) -> str:
        curve = Curve(name=name, steps=tuple(self.steps), values=tuple(values))
        plot = curves.figure(name, "Loss", [curve], {name: ""}, logarithmic=True)
        return f'<div title="{LOSSES[name]}">{plot}</div>'
