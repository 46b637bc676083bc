"""Styles of flowing colour: watercolour, marbled paper."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gan_studio.examples import canvas
from gan_studio.examples.canvas import WIDE, Array, Generator


def watercolour() -> Image.Image:
    """Translucent blooms: pigment gathers at their edges and in the hollows of the paper."""
    rng = np.random.default_rng(4)
    grain = canvas.paper(rng)
    warp = [canvas.clouds(rng, 170, 5) for _ in range(2)]
    x, y = (c + 26 * w for c, w in zip(canvas.plane(), warp, strict=True))
    density = np.zeros((WIDE, WIDE, 3), np.float32)  # of the pigments, which multiply
    for spacing, radius, strength in ((170, 150, 0.22), (150, 85, 0.3), (100, 30, 0.4)):
        for centre in canvas.scattered(rng, spacing, 60):
            _bloom(rng, density, x, y, centre, radius * rng.uniform(0.6, 1.4), strength)
    density *= (1 + 0.10 * grain + 0.12 * canvas.clouds(rng, 90, 3))[..., None]
    return canvas.finish(canvas.palette("f7f1e3") * np.exp(-density))


PIGMENTS = canvas.palette("2b59a8 2f93a8 4f9a78 a8b84a f0b83a ee8a5a d94f6a 8a4a9a 4a3f8a 7a5a48")


def _bloom(
    rng: Generator,
    density: Array,
    x: Array,
    y: Array,
    centre: Array,
    radius: float,
    strength: float,
) -> None:
    """One drop of wet colour that ran to a ragged rim and dried there."""
    reach = int(radius * 1.5) + 70
    (left, top), (right, bottom) = (
        np.clip(centre + s * reach, 0, WIDE).astype(int) for s in (-1, 1)
    )
    box = np.s_[top:bottom, left:right]
    if density[box].size == 0:
        return
    dx, dy = x[box] - centre[0], y[box] - centre[1]
    inside = radius - np.hypot(dx, dy * rng.uniform(0.75, 1.3))
    soft = rng.choice([3.0, 3.0, 30.0])  # dried, or run into wet paper
    body = canvas.step(-soft, soft, inside) * (0.5 + 0.3 * np.exp(-inside.clip(0) / (0.4 * radius)))
    rim = 0.55 * np.exp(-((inside - 3) ** 2) / 24) * (soft < 10)
    zone = (centre[0] + centre[1]) / (2 * WIDE) + rng.normal(0, 0.17)
    colour = canvas.ramp(np.concatenate([PIGMENTS, PIGMENTS[::-1]]), np.array([zone % 1]))
    thickness = strength * rng.uniform(0.5, 1.2) * (body + rim)
    density[box] += thickness[..., None] * -np.log(0.05 + 0.95 * colour)


def marbled_paper() -> Image.Image:
    """Floating inks in stripes and drops, drawn out by combs from above and from below."""
    rng = np.random.default_rng(9)
    x, y = canvas.plane()
    x, y = x + 9 * canvas.clouds(rng, 260), y + 9 * canvas.clouds(rng, 260)
    x = x + 34 * np.sin(y / 60 + 0.4)  # the last, waving comb
    y = y + _comb(x, pitch=70, pull=52)
    x = x + _comb(y, pitch=230, pull=120)
    y = y + _comb(x + 20, pitch=260, pull=150)
    inks = canvas.palette("14233f 8c1f2f f0e4c8 c98a2b 1f5f5c e8c98a 5a1424 d9d2bc 24406f b5482a")
    bands = y / 44 + 0.8 * canvas.clouds(rng, 120, 2)
    number = np.floor(bands).astype(int) % 100
    order = np.concatenate([rng.permutation(len(inks)) for _ in range(10)])
    shade = inks[order][number]
    dy, dx = np.gradient(bands)
    width = 0.09 / (np.hypot(dx, dy) + 1e-3)  # of the veins, in pixels
    vein = canvas.step(0.1, 0.0, np.minimum(bands % 1, 1 - bands % 1)) * np.clip(width - 0.7, 0, 1)
    colour = canvas.mix(shade, canvas.palette("f3ead2"), 0.7 * vein)
    return canvas.finish(colour * (1 + 0.03 * canvas.paper(rng))[..., None])


def _comb(across: Array, pitch: float, pull: float) -> Array:
    """How far the teeth of a comb drag the ink: most at each tooth, the other way between."""
    place = np.abs(across / pitch % 1 - 0.5) * 2
    return (pull * (np.exp(-3 * place) - np.exp(-3 * (1 - place)))).astype(np.float32)
