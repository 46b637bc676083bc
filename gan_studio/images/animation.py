"""Looping animations: WebP, GIF and MP4."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image

from gan_studio.core import files

FPS = 24
MIN_SIDE = 256
"""width to which smaller frames are enlarged: players do it each in their own way"""
LOSSLESS = {"lossless": True, "quality": 0, "method": 0}
LOSSY = {"quality": 90, "method": 0}
"""WebP of frames that were enlarged smoothly, which lossless takes many times the bytes"""


def encode(
    frames: Sequence[Image.Image], kind: str, fps: int = FPS, *, smooth: bool = False
) -> bytes:
    """Encode frames as an endless loop in a format of KINDS.

    Small ones are enlarged: with sharp pixels, or smoothly, as photographs should be.
    """
    require_kind(kind)
    return KINDS[kind](frames, fps, smooth)


def require_kind(kind: str) -> None:
    """ValueError unless an animation can be written in that format."""
    if kind not in KINDS:
        endings = ", ".join(f".{name}" for name in KINDS)
        raise ValueError(
            f"A loop is written as {endings}, not {f'.{kind}' if kind else 'nothing'}."
        )
    if kind == "mp4" and not find_spec("av"):
        raise ValueError("MP4 needs the package av (`pip install av`).")


def save(
    frames: Sequence[Image.Image], path: Path, fps: int = FPS, *, smooth: bool = False
) -> None:
    """Write an animation in the format that the ending of the path names."""
    kind = path.suffix.lower().lstrip(".")
    files.write_atomic(path, encode(frames, kind, fps, smooth=smooth))


def enlarge(frame: Image.Image, *, smooth: bool) -> Image.Image:
    """The frame enlarged to MIN_SIDE; height and width are even, as MP4 requires."""
    scale = max(1, MIN_SIDE // frame.width)
    width, height = frame.width * scale, frame.height * scale
    how = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
    return frame.resize((width + width % 2, height + height % 2), how)


def webp(frames: Sequence[Image.Image], fps: int, smooth: bool) -> bytes:
    """WebP; lossless unless the frames are enlarged smoothly."""
    large = [enlarge(frame, smooth=smooth) for frame in frames]
    return _encode_frames(large, "WEBP", fps, **(LOSSY if smooth else LOSSLESS))


def gif(frames: Sequence[Image.Image], fps: int, smooth: bool) -> bytes:
    """GIF with 256 greys, or a palette of 256 colours for each frame."""
    if smooth:
        how = Image.Quantize.MEDIANCUT  # slower, with finer steps
        large = [_with_palette(enlarge(frame, smooth=True), how) for frame in frames]
    else:  # before enlarging: finding a palette takes longer for large pictures
        large = [enlarge(_with_palette(frame), smooth=False) for frame in frames]
    return _encode_frames(large, "GIF", fps, optimize=False)


def _with_palette(
    frame: Image.Image, method: Image.Quantize = Image.Quantize.FASTOCTREE
) -> Image.Image:
    return frame if frame.mode == "L" else frame.quantize(method=method)


def mp4(frames: Sequence[Image.Image], fps: int, smooth: bool) -> bytes:
    """MP4 with H.264, which every browser plays."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16"})
        large = [enlarge(frame, smooth=smooth) for frame in frames]
        stream.width, stream.height, stream.pix_fmt = *large[0].size, "yuv420p"
        for frame in large:
            picture = av.VideoFrame.from_image(frame.convert("RGB"))
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return buffer.getvalue()


def _encode_frames(frames: Sequence[Image.Image], form: str, fps: int, **options: Any) -> bytes:
    buffer, (first, *rest) = io.BytesIO(), frames
    timing = {"duration": round(1000 / fps), "loop": 0}
    first.save(buffer, form, save_all=True, append_images=rest, **timing, **options)
    return buffer.getvalue()


KINDS: dict[str, Callable[[Sequence[Image.Image], int, bool], bytes]] = {
    "webp": webp,
    "gif": gif,
    "mp4": mp4,
}
