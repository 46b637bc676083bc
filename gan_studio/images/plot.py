"""A curve as a picture, for files that can show pictures alone."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

SIZE = (640, 200)
"""pixels of a plot"""
SCALE = 3
"""times that it is drawn larger, so that its lines are smooth"""
LINE, TEXT, AXIS = "#4f46e5", "#334155", "#cbd5e1"
LEFT, TOP, RIGHT, BOTTOM = 64, 16, 16, 32
"""margins in pixels"""


def curve(xs: Sequence[float], ys: Sequence[float], x_name: str) -> Image.Image:
    """Points (x, y), joined, with the extremes of both at the axes and the lowest point marked.

    x must grow.
    """
    width, height = (SCALE * side for side in SIZE)
    left, top, right, bottom = (SCALE * margin for margin in (LEFT, TOP, RIGHT, BOTTOM))
    picture = Image.new("RGB", (width, height), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(14 * SCALE)
    floor, end, low, high = height - bottom, width - right, min(ys), max(ys)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - xs[0]) / ((xs[-1] - xs[0]) or 1)
        return left + across * (end - left), floor - (y - low) / ((high - low) or 1) * (floor - top)

    for y in (low, high):
        pen.line([place(xs[0], y), place(xs[-1], y)], AXIS, SCALE)
        pen.text((left - 8 * SCALE, place(xs[0], y)[1]), f"{y:.3g}", TEXT, font, "rm")
    pen.text((left, floor + 8 * SCALE), f"{x_name} {xs[0]:,.0f}", TEXT, font, "lt")
    pen.text((end, floor + 8 * SCALE), f"{xs[-1]:,.0f}", TEXT, font, "rt")
    pen.line([place(x, y) for x, y in zip(xs, ys, strict=True)], LINE, 2 * SCALE, "curve")
    pen.circle(place(xs[ys.index(low)], low), 4 * SCALE, LINE)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)
