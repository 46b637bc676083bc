"""Pictures to try models on: those that the project ships, draws by its own models or by rule."""

from __future__ import annotations

import cmath
import math
from functools import lru_cache

from PIL import Image, ImageDraw

from gan_studio.images.recipe import Recipe
from gan_studio.studio import Studio, TranslatorCard
from gan_studio.studio import examples as shipped

FACES = "stylegan2-celeba"
"""the model whose faces are examples, where it is at hand"""
SEEDS = (31, 5, 7, 9, 12, 16)
PSI = 0.7
COLOUR = (*shipped.CONTENTS, "The Great Wave off Kanagawa", "Wheat Field with Cypresses")
"""names of pictures to be coloured, of which the grey values are shown"""
SMALL, SMALL_SIDE = "small ", 128
"""what names of small photographs begin with, to be enlarged, and pixels of their longer side"""
MAPS = ("Crossroads", "Riverside")
AERIAL = "pix2pix-map-aerial"
"""the model that draws aerial photographs of these maps, where it is at hand"""
MAP_SIDE = 256
LAND, ROAD, MAIN, PARK, WATER, HOUSE = (
    *("#e8e4dd", "#ffffff", "#faa02d", "#cbdeae", "#b4d2fe", "#dcdbd4"),
)
"""colours of street maps"""


def names(studio: Studio, card: TranslatorCard) -> list[str]:
    """The examples for a model; none where nothing fits."""
    if card.square or card.dataset == "celeba":
        return [f"face {seed}" for seed in SEEDS] if FACES in studio.models() else []
    if card.task == "colour":
        return [*COLOUR]
    if card.task in ("enlarge", "repair"):
        return [f"{SMALL}{name}" for name in shipped.CONTENTS]
    aerial = [f"aerial {name}" for name in MAPS] if AERIAL in studio.translators() else []
    if card.name.endswith("aerial-map"):
        return aerial
    if card.name.endswith("map-aerial"):
        return [*MAPS, *aerial] if card.cyclic else [*MAPS]
    return []


@lru_cache(maxsize=32)
def picture(studio: Studio, name: str) -> Image.Image:
    """An example, shared with others who use it; ValueError for a name that none has."""
    kind, _, which = name.partition(" ")
    if kind == "face" and which in map(str, SEEDS):
        return studio.generate(Recipe(model=FACES, seed=int(which), psi=PSI)).image
    if kind == "aerial" and which in MAPS:
        return studio.translate(AERIAL, street_map(which)).image
    if name.removeprefix(SMALL) in shipped.CONTENTS and name.startswith(SMALL):
        small = shipped.content(name.removeprefix(SMALL)).copy()
        small.thumbnail((SMALL_SIDE, SMALL_SIDE))
        return small
    if name in shipped.CONTENTS:
        return shipped.content(name).convert("L")
    if name in shipped.STYLES:
        return shipped.style(name).convert("L")
    if name in MAPS:
        return street_map(name)
    raise ValueError(f"There is no example {name[:40]!r}.")


def street_map(name: str) -> Image.Image:
    """A street map of no place in particular."""
    large = Image.new("RGB", (4 * MAP_SIDE, 4 * MAP_SIDE), ROAD)
    draw = ImageDraw.Draw(large)
    (_crossroads if name == MAPS[0] else _riverside)(draw)
    return large.resize((MAP_SIDE, MAP_SIDE), Image.Resampling.LANCZOS)


def _blocks(draw: ImageDraw.ImageDraw, degrees: float, length: int, depth: int) -> None:
    """Blocks of two rows of houses with streets between them, turned about the middle."""
    turn = cmath.rect(1, math.radians(degrees))
    middle = 2 * MAP_SIDE

    def box(x: float, y: float, width: float, height: float, colour: str) -> None:
        corners = [complex(u, v) * turn for u in (x, x + width) for v in (y, y + height)]
        around = [corners[i] for i in (0, 1, 3, 2)]
        draw.polygon([(middle + z.real, middle + z.imag) for z in around], colour)

    for x in range(-1000, 1000, length + 26):
        for y in range(-1000, 1000, depth + 22):
            box(x, y, length, depth, LAND)
            for house in range(x + 8, x + length - 24, 32):
                for row in (y + 8, y + depth - 34):
                    box(house, row, 24, 26, HOUSE)


def _crossroads(draw: ImageDraw.ImageDraw) -> None:
    _blocks(draw, 27, 250, 92)
    draw.polygon([(600, 0), (1024, 0), (1024, 330), (760, 380)], PARK)
    draw.line((0, 700, 420, 560, 1024, 400), ROAD, 44, joint="curve")
    draw.line((520, 0, 640, 1024), MAIN, 36)


def _riverside(draw: ImageDraw.ImageDraw) -> None:
    _blocks(draw, -12, 210, 96)
    draw.polygon([(0, 520), (360, 470), (640, 590), (1024, 500), (1024, 1024), (0, 1024)], PARK)
    upper = [(0, 660), (300, 600), (640, 740), (1024, 640)]
    lower = [(1024, 900), (620, 980), (280, 840), (0, 920)]
    draw.polygon(upper + lower, WATER)
    draw.line((0, 470, 360, 420, 640, 540, 1024, 450), MAIN, 36, joint="curve")
    draw.line((690, 0, 660, 1024), ROAD, 36)
