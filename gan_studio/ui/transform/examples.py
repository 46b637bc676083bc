"""Pictures to try models on: those that the project ships, draws by its own models or by rule."""

from __future__ import annotations

from collections.abc import Callable
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
LAND, ROAD, EDGE, MAIN, PARK, WATER, HOUSE = (
    *("#eae6df", "#ffffff", "#d4d0c8", "#fbd58b", "#cbdfab", "#a5c8ea", "#ddd8cf"),
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
    if card.name.endswith("aerial-map"):
        return [f"aerial {name}" for name in MAPS] if AERIAL in studio.translators() else []
    return [*MAPS] if card.name.endswith("map-aerial") else []


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
    large = Image.new("RGB", (4 * MAP_SIDE, 4 * MAP_SIDE), LAND)
    draw = ImageDraw.Draw(large)
    (_crossroads if name == MAPS[0] else _riverside)(draw)
    return large.resize((MAP_SIDE, MAP_SIDE), Image.Resampling.LANCZOS)


def _streets(draw: ImageDraw.ImageDraw, *lines: tuple[int, ...], main: bool = False) -> None:
    for width, colour in ((48, EDGE), (40, MAIN if main else ROAD)):
        for line in lines:
            draw.line(line, colour, width, joint="curve")


def _houses(draw: ImageDraw.ImageDraw, keep: Callable[[int, int], bool]) -> None:
    for x in range(32, 1024, 96):
        for y in range(32, 1024, 96):
            if keep(x, y):
                draw.rectangle((x, y, x + 56, y + 48), HOUSE)


def _crossroads(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((600, 0, 1024, 360), PARK)
    _houses(draw, lambda x, y: not (x > 520 and y < 400))
    _streets(
        draw, (0, 210, 560, 210), (220, 0, 220, 1024), (0, 800, 1024, 800), (800, 400, 800, 1024)
    )
    _streets(draw, (0, 480, 1024, 400), (560, 0, 500, 1024), main=True)


def _riverside(draw: ImageDraw.ImageDraw) -> None:
    upper = [(0, 620), (300, 560), (640, 700), (1024, 600)]
    lower = [(1024, 860), (620, 940), (280, 800), (0, 880)]
    draw.polygon([(0, 480), (360, 430), (640, 560), (1024, 470), (1024, 1024), (0, 1024)], PARK)
    _houses(draw, lambda _, y: y < 330)
    draw.polygon(upper + lower, WATER)
    _streets(draw, (0, 170, 1024, 130), (160, 0, 200, 400), (480, 0, 500, 380), (840, 0, 800, 350))
    _streets(draw, (0, 400, 360, 360, 700, 450, 1024, 380), (690, 0, 660, 1024), main=True)
