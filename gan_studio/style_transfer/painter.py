"""The public API of style transfer: PIL pictures and plain values in and out."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gan_studio import __version__, vision
from gan_studio.core import zerogpu
from gan_studio.core.devices import best_device, describe
from gan_studio.core.events import Download, Frame
from gan_studio.core.validation import check_float, check_int
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.style_transfer import StyleConfig, stylize
from gan_studio.style_transfer.config import MAX_STEPS
from gan_studio.style_transfer.objective import MIN_SIDE
from gan_studio.vision.network import FeatureNetwork

NETWORKS = tuple(vision.NETWORKS)
EMBEDDED, *_ = NETWORKS
Load = Callable[[str, torch.device], FeatureNetwork]
"""name and device -> a network"""
MAX_GPU_SECONDS, GPU_SECONDS_PER_PIXEL = 90, 1.5e-7
"""seconds of a lent GPU at most, and for a step over one pixel"""
DIGITS = 12
"""of a file's SHA-256 that stand in a recipe"""


@dataclass(frozen=True, kw_only=True)
class PaintingRecipe:
    """All that is needed to paint a picture again, but for the pictures themselves."""

    content: str
    """name of an example, or the beginning of the file's SHA-256"""
    styles: tuple[str, ...]
    """names of examples, or the beginnings of the files' SHA-256"""
    style_weights: tuple[float, ...]
    mask: str | None = None
    """the beginning of the file's SHA-256"""
    features: str = EMBEDDED
    """the network that looked"""
    config: StyleConfig
    steps_done: int
    """steps after which it ended, of all sizes; fewer than planned when it was stopped"""
    strength: float = 1.0
    """0 shows the content, 1 the painting"""
    version: str = __version__
    """of GAN Studio"""
    png_key = image_files.PAINTING_KEY  # not annotated, so not a field

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> PaintingRecipe:
        """Raises ValueError with one sentence when the text is no recipe of a painting."""
        try:
            content = json.loads(text)
            fields = {
                **{key: content[key] for key in cls.__dataclass_fields__},
                "styles": tuple(str(name) for name in content["styles"]),
                "style_weights": tuple(float(weight) for weight in content["style_weights"]),
                "config": _config(content["config"]),
                "steps_done": check_int(content["steps_done"], "steps_done", 0, 100 * MAX_STEPS),
                "strength": check_float(content["strength"], "The strength", 0, 1),
            }
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            raise ValueError("This is no recipe of a painting.") from None
        return cls(**fields)


class Painter:
    """Paints on one device; a network is loaded once."""

    def __init__(self, device: torch.device | str | None = None, load: Load = vision.load) -> None:
        self.device = torch.device(device) if device else best_device()
        self._load, self._lock = load, threading.Lock()
        self._networks: dict[str, FeatureNetwork] = {}

    @property
    def device_name(self) -> str:
        return describe(self.device)

    @property
    def has_accelerator(self) -> bool:
        return self.device.type != "cpu" or zerogpu.is_zerogpu()

    def network(self, name: str) -> FeatureNetwork:
        """A network by name; ValueError with one sentence when it cannot be had."""
        with self._lock:  # two visitors who ask at once shall not load it twice
            if name not in self._networks:
                self._networks[name] = self._load(name, self.device)
            return self._networks[name]

    def fetch(self, name: str) -> Iterator[Download]:
        """The downloads that the network needs first; mostly none."""
        if name in self._networks or self._load is not vision.load:
            return iter(())
        return vision.fetch(name)

    def paint(
        self,
        content: Image.Image,
        styles: Sequence[Image.Image],
        config: StyleConfig | None = None,
        *,
        style_weights: Sequence[float] | None = None,
        mask: Image.Image | None = None,
        features: str = EMBEDDED,
    ) -> Iterator[Frame]:
        """Paint the content in the styles; where the mask is white, if there is one.

        Pictures are taken as they look: in sRGB, on white where they are transparent. A mask that
        is transparent somewhere is not painted there.

        Everything is checked before the first frame. Closing the iterator stops within one step and
        frees what the painting took.
        """
        config = config or StyleConfig()
        arguments = content, styles, config, style_weights, mask, features
        if zerogpu.is_zerogpu() and self.device.type == "cpu" and self._load is vision.load:
            return paint_on_gpu(*arguments)
        return self.paint_locally(*arguments)

    def paint_locally(
        self,
        content: Image.Image,
        styles: Sequence[Image.Image],
        config: StyleConfig,
        style_weights: Sequence[float] | None,
        mask: Image.Image | None,
        features: str,
    ) -> Iterator[Frame]:
        """Paint with the GPU, or the CPU, that is at hand."""
        network = self.network(features)
        longest = config.size or max(content.size)
        strokes = longest * config.style_scale
        frames = stylize(
            self._tensor(downscale(_colour(content), longest)),
            [self._tensor(downscale(_colour(style), strokes)) for style in styles],
            network,
            config,
            style_weights=style_weights,
            mask=None if mask is None else self._tensor(downscale(_mask(mask), longest)),
        )
        return self._guard(frames)

    def _guard(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        try:
            with closing(frames):  # pyright: ignore[reportArgumentType]  # a generator
                yield from frames
        except (torch.OutOfMemoryError, MemoryError):
            raise ValueError(
                "There is not enough memory for that; choose a smaller size."
            ) from None
        finally:
            if self.device.type == "cuda":
                torch.cuda.empty_cache()

    def _tensor(self, image: Image.Image) -> Tensor:
        """A colour picture as (1, 3, H, W) in [-1, 1], a grey one as (1, 1, H, W) in [0, 1]."""
        pixels = torch.from_numpy(np.array(image)).to(self.device)
        if image.mode == "L":
            return convert.from_uint8(pixels)[None, None] / 2 + 0.5
        return convert.from_uint8(pixels).permute(2, 0, 1)[None].contiguous()


def gpu_seconds(content: Image.Image, _: Any, config: StyleConfig, *_more: Any) -> int:
    """Seconds for which such a painting borrows a GPU: what a small one takes, with a margin."""
    pixels = (config.size or max(content.size)) ** 2
    return min(MAX_GPU_SECONDS, 15 + round(config.steps * pixels * GPU_SECONDS_PER_PIXEL))


@zerogpu.gpu(gpu_seconds)
def paint_on_gpu(*arguments: Any) -> Iterator[Frame]:
    """`paint_locally` on a GPU that is lent for it."""
    yield from Painter(best_device(borrowed=True)).paint_locally(*arguments)


def downscale(image: Image.Image, longest: float) -> Image.Image:
    """No larger than `longest`, but never so small that nothing can be seen in it."""
    zoom = max(longest / max(image.size), MIN_SIDE / min(image.size))
    if zoom >= 1:
        return image
    size = (round(image.width * zoom), round(image.height * zoom))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def blend_with_content(content: Image.Image, painting: Image.Image, share: float) -> Image.Image:
    """Between the content (0) and its painting (1), without painting again."""
    share = check_float(share, "The strength", 0, 1)
    before = _colour(content).resize(painting.size, Image.Resampling.LANCZOS)
    return Image.blend(before, _colour(painting), share)


def _colour(image: Image.Image) -> Image.Image:
    return convert.pixels_only(image).convert("RGB")


def _mask(mask: Image.Image) -> Image.Image:
    return convert.pixels_only(mask, convert.BLACK).convert("L")


def parse_weights(text: str, count: int) -> list[float]:
    """`1, 2` as the weights of so many styles; nothing means that all weigh the same."""
    try:
        weights = [float(part) for part in text.replace(",", " ").split()] or [1.0] * count
    except ValueError:
        raise ValueError(f"Weights are numbers separated by commas, not {text[:40]!r}.") from None
    if len(weights) != count:
        raise ValueError(f"{count} styles came with {len(weights)} weights.")
    return weights


def fingerprint(path: Path | str) -> str:
    """The beginning of a file's SHA-256: enough to know it again."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:DIGITS]


def recipe_of(path: Path | str) -> PaintingRecipe:
    """The recipe in a painting's PNG; ValueError with one sentence when there is none."""
    missing = "holds no recipe of a painting"
    return PaintingRecipe.from_json(image_files.read_text(path, image_files.PAINTING_KEY, missing))


def _config(values: dict[str, Any]) -> StyleConfig:
    """The configuration without fields that this version does not know."""
    fields = {key: values[key] for key in StyleConfig.__dataclass_fields__ if key in values}
    if "layer_weights" in fields:
        fields["layer_weights"] = tuple(fields["layer_weights"])
    return StyleConfig(**fields)
