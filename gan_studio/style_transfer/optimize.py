"""Image Style Transfer Using Convolutional Neural Networks (Gatys et al., CVPR 2016).

The painting's own pixels descend a weighted sum of content, style and variation. We paint at small
sizes first, as Gatys et al. (2017, Sect. 6) do, and begin each size from the one before it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence

import torch
from PIL.Image import Image
from torch import Tensor

from gan_studio.core.events import Frame
from gan_studio.images import convert
from gan_studio.style_transfer import colours, memory
from gan_studio.style_transfer.config import StyleConfig
from gan_studio.style_transfer.objective import (
    MIN_SIDE,
    StyleObjective,
    pyramid,
    resize,
    style_size,
)
from gan_studio.style_transfer.optimizers import optimizer
from gan_studio.vision.network import FeatureNetwork

CONTENT_NOISE = 0.3
"""deviation of the noise that a painting starts from"""


def stylize(
    content: Tensor,
    style: Tensor | Sequence[Tensor],
    features: FeatureNetwork,
    config: StyleConfig | None = None,
    *,
    style_weights: Sequence[float] | None = None,
    mask: Tensor | None = None,
) -> Generator[Frame]:
    """Paint the content (1, 3, H, W) in [-1, 1] in one style or several, of any sizes.

    Closing the iterator stops within one step. The last frame holds the finished painting. With a
    mask (1, 1, H, W) the painting covers what is 1 in it and the content stays where it is 0.
    Raises ValueError with one sentence for pictures or weights that make no sense.
    """
    config = config or StyleConfig()
    styles = [style] if isinstance(style, Tensor) else list(style)
    weights = _weights(styles, style_weights)
    for picture, what in ((content, "content"), *((s, "style") for s in styles)):
        _check(picture, what)
    if mask is not None:
        _check_mask(mask)
    sizes = pyramid(content.shape[2], content.shape[3], config)
    memory.check(features, sizes[-1], config, [(s.shape[2], s.shape[3]) for s in styles])
    return _Painting(content, list(zip(styles, weights, strict=True)), features, config, mask).run(
        sizes
    )


class _Painting:
    def __init__(
        self,
        content: Tensor,
        styles: list[tuple[Tensor, float]],
        network: FeatureNetwork,
        config: StyleConfig,
        mask: Tensor | None,
    ) -> None:
        self.content, self.network, self.config, self.mask = content, network, config, mask
        self.styles = [(self.recolour(style), weight) for style, weight in styles]
        self.content_input = self.to_luminance(content)  # what the network compares with
        self.every = config.every or (1 if content.device.type == "cpu" else 10)

    def to_luminance(self, image: Tensor) -> Tensor:
        if self.config.colours != "luminance":
            return image
        return colours.luminance(image).expand(-1, 3, -1, -1)

    def recolour(self, style: Tensor) -> Tensor:
        """The style in the colours in which it is wanted."""
        if self.config.colours == "matched":
            return colours.match_palette(style, self.content)
        if self.config.colours == "luminance":
            y = colours.match_luminance(colours.luminance(style), colours.luminance(self.content))
            return y.clamp(-1, 1).expand(-1, 3, -1, -1)
        return style

    def run(self, sizes: list[tuple[int, int]]) -> Generator[Frame]:
        total, clock = self.config.steps * len(sizes), _Clock(sizes, self.config.steps)
        x, paint = self.start(sizes[0]), None
        for level, size in enumerate(sizes):
            x = resize(x, size)
            paint = optimizer(self.config.optimizer, x, paint)
            objective = self.objective(size)
            for step in range(1, self.config.steps + 1):
                losses = paint.step(objective.losses)
                clock.tick(level)
                steps_done = level * self.config.steps + step
                if step == self.config.steps or steps_done % self.every == 0:
                    yield Frame(
                        step=steps_done,
                        total=total,
                        image=self.to_picture(paint.result()),
                        losses=_to_floats(losses),
                        seconds_left=clock.seconds_left(level, step),
                    )
            x = paint.result()

    def start(self, size: tuple[int, int]) -> Tensor:
        """The first painting, at the coarsest size."""
        picture = resize(self.content_input, size)
        share = {"content": 0.0, "noise": 1.0, "blend": self.config.blend}[self.config.init]
        generator = torch.Generator().manual_seed(self.config.seed)
        noise = CONTENT_NOISE * torch.randn(picture.shape, generator=generator)
        return torch.lerp(picture, noise.to(picture), share)

    def objective(self, size: tuple[int, int]) -> StyleObjective:
        """The targets at a size."""
        styles = [
            (resize(style, style_size((style.shape[2], style.shape[3]), size, self.config)), weight)
            for style, weight in self.styles
        ]
        mask = None if self.mask is None else resize(self.mask, size).clamp(0, 1)
        return StyleObjective(
            resize(self.content_input, size), styles, mask, self.network, self.config
        )

    def to_picture(self, x: Tensor) -> Image:
        """The painting as a picture: its colours, and the content where the mask is dark."""
        size = (x.shape[2], x.shape[3])
        content = resize(self.content, size)
        if self.config.colours == "luminance":
            x = colours.with_luminance(content, colours.luminance(x))
        if self.mask is not None:
            x = torch.lerp(content, x, resize(self.mask, size).clamp(0, 1))
        return convert.to_pil(convert.to_uint8(x)[0])


class _Clock:
    """Time left, from the time that steps have taken; a step costs as its pixels."""

    def __init__(self, sizes: list[tuple[int, int]], steps: int) -> None:
        self.pixels, self.steps = [h * w for h, w in sizes], steps
        self.start, self.pixels_done = time.perf_counter(), 0

    def tick(self, level: int) -> None:
        self.pixels_done += self.pixels[level]

    def seconds_left(self, level: int, step: int) -> float:
        later = self.steps * sum(self.pixels[level:]) - step * self.pixels[level]
        return later * (time.perf_counter() - self.start) / self.pixels_done


def _weights(styles: list[Tensor], weights: Sequence[float] | None) -> list[float]:
    values = [1.0] * len(styles) if weights is None else [float(w) for w in weights]
    if not styles:
        raise ValueError("A painting needs at least one style.")
    if len(values) != len(styles):
        raise ValueError(f"{len(styles)} styles came with {len(values)} weights.")
    if not all(math.isfinite(w) and w >= 0 for w in values) or not sum(values):
        raise ValueError("The weights of the styles must be numbers from 0, not all of them 0.")
    return values


def _check(picture: Tensor, what: str) -> None:
    """ValueError for a picture in which the network could see nothing."""
    if picture.ndim != 4 or picture.shape[:2] != (1, 3):
        raise ValueError(f"The {what} must be (1, 3, H, W), not {tuple(picture.shape)}.")
    height, width = picture.shape[2:]
    if min(height, width) < MIN_SIDE:
        raise ValueError(
            f"The {what} has {width} x {height} pixels; no side may be below {MIN_SIDE}."
        )


def _check_mask(mask: Tensor) -> None:
    """ValueError for one that leaves nothing to paint, or is none."""
    if mask.ndim != 4 or mask.shape[:2] != (1, 1):
        raise ValueError(f"The mask must be (1, 1, H, W), not {tuple(mask.shape)}.")
    if not mask.max() > 0:
        raise ValueError("The mask is empty: nothing would be painted.")


def _to_floats(losses: dict[str, Tensor]) -> dict[str, float]:
    """The only place that waits for an accelerator."""
    return dict(zip(losses, torch.stack(list(losses.values())).tolist(), strict=True))
