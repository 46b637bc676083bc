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
"""width to which smaller frames are enlarged, so that players do not blur them"""


def encode(frames: Sequence[Image.Image], kind: str, fps: int = FPS) -> bytes:
    """Encode frames as an endless loop in a format of KINDS."""
    require_kind(kind)
    return KINDS[kind](frames, fps)


def require_kind(kind: str) -> None:
    """ValueError unless an animation can be written in that format."""
    if kind not in KINDS:
        wanted = ", ".join(f".{name}" for name in KINDS)
        raise ValueError(f"A loop is written as {wanted}, not {f'.{kind}' if kind else 'nothing'}.")
    if kind == "mp4" and not find_spec("av"):
        raise ValueError("MP4 needs the package av (`pip install av`).")


def save(frames: Sequence[Image.Image], path: Path, fps: int = FPS) -> None:
    """Write an animation in the format that the ending of the path names."""
    files.write_atomic(path, encode(frames, path.suffix.lower().lstrip("."), fps))


def enlarge(frame: Image.Image) -> Image.Image:
    """The frame enlarged without blurring; height and width are even, as MP4 requires."""
    scale = max(1, MIN_SIDE // frame.width)
    width, height = frame.width * scale, frame.height * scale
    return frame.resize((width + width % 2, height + height % 2), Image.Resampling.NEAREST)


def webp(frames: Sequence[Image.Image], fps: int) -> bytes:
    """Lossless WebP."""
    return _encode_frames(
        [enlarge(frame) for frame in frames], "WEBP", fps, lossless=True, quality=0, method=0
    )


def gif(frames: Sequence[Image.Image], fps: int) -> bytes:
    """GIF with 256 greys, or a palette of 256 colours for each frame."""
    # Before enlarging: finding a palette takes seconds for large colour images.
    small = [f if f.mode == "L" else f.quantize(method=Image.Quantize.FASTOCTREE) for f in frames]
    return _encode_frames([enlarge(frame) for frame in small], "GIF", fps, optimize=False)


def mp4(frames: Sequence[Image.Image], fps: int) -> bytes:
    """MP4 with H.264, which every browser plays."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16"})
        first = enlarge(frames[0])
        stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
        for frame in frames:
            picture = av.VideoFrame.from_image(enlarge(frame).convert("RGB"))
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return buffer.getvalue()


def _encode_frames(frames: Sequence[Image.Image], form: str, fps: int, **options: Any) -> bytes:
    buffer, (first, *rest) = io.BytesIO(), frames
    timing = {"duration": round(1000 / fps), "loop": 0}
    first.save(buffer, form, save_all=True, append_images=rest, **timing, **options)
    return buffer.getvalue()


KINDS: dict[str, Callable[[Sequence[Image.Image], int], bytes]] = {
    "webp": webp,
    "gif": gif,
    "mp4": mp4,
}
