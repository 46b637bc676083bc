"""Draw avatars of a CC0 style with dark and with blond hair: `python -m tools.draw_avatars OUTPUT`.

The style is Open Peeps by Pablo Stanley (CC0 1.0) as DiceBear draws it; besides the project this
takes `pip install dicebear-core dicebear-styles resvg-py pillow`. OUTPUT is a folder, which gets
folders A (dark) and B (blond) of PNGs with equal names, or a .webp, a sheet of pairs such as
gan_studio/datasets/avatars.webp.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

STYLE = "open-peeps"
DARK, BLOND = "#2c1b18", "#f2c94c"
COLUMNS = 16
"""pairs in a row of the sheet"""
LEAST_HAIR = 0.03
"""share of pixels that must change with the colour of the hair, for a head to be taken"""


def draw(style: Any, seed: str, hair: str, size: int, **options: Any) -> Image.Image:
    """An avatar, size x size in RGB on white; all but the hair's colour depends on the seed."""
    import resvg_py  # pyright: ignore[reportMissingImports]
    from dicebear import Avatar  # pyright: ignore[reportMissingImports]

    common = {"seed": seed, "size": size, "headContrastColor": [hair], "maskProbability": 0}
    drawing = Avatar(style, {**common, **options}).to_string()
    png = resvg_py.svg_to_bytes(svg_string=drawing, width=size, height=size)
    avatar = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
    ground = Image.new("RGBA", avatar.size, "white")
    ground.alpha_composite(avatar)
    return ground.convert("RGB")


def coloured_heads(style: Any, heads: Iterable[str]) -> list[str]:
    """The heads whose hair takes the colour; hats and hair in black ink do not."""
    names = []
    for name in heads:
        options = {"headVariant": [name], "facialHairProbability": 0}
        both = (draw(style, "0", hair, 64, **options).convert("L") for hair in (DARK, BLOND))
        mask = ImageChops.difference(*both).point([level > 32 for level in range(256)])
        if mask.histogram()[1] >= LEAST_HAIR * 64**2:
            names.append(name)
    return names


def pairs(count: int, size: int) -> Iterator[tuple[Image.Image, Image.Image]]:
    """The same avatar with dark and with blond hair; `count` different ones, by seeds from 0 on."""
    from dicebear import Style  # pyright: ignore[reportMissingImports]

    definition = json.loads(files("dicebear_styles").joinpath(f"{STYLE}.json").read_text("utf-8"))
    style = Style(definition)  # once: it checks the whole definition
    heads = coloured_heads(style, definition["components"]["head"]["variants"])
    pixels = set[bytes]()
    for seed in itertools.count():
        if len(pixels) == count:
            return
        dark, blond = (
            draw(style, str(seed), hair, size, headVariant=heads) for hair in (DARK, BLOND)
        )
        if dark.tobytes() not in pixels:
            pixels.add(dark.tobytes())
            yield dark, blond


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--count", type=int, default=464, help="number of avatars")
    parser.add_argument("--size", type=int, default=64, help="pixels along a side")
    args = parser.parse_args()
    sheet, size = args.output.suffix == ".webp", args.size
    rows = -(-args.count // COLUMNS)
    whole = Image.new("RGB", (2 * size * COLUMNS, size * rows) if sheet else (1, 1), "white")
    for i, pair in enumerate(pairs(args.count, size)):
        for j, (side, picture) in enumerate(zip("AB", pair, strict=True)):
            if sheet:
                left, top = 2 * (i % COLUMNS) + j, i // COLUMNS
                whole.paste(picture, (size * left, size * top))
            else:
                (args.output / side).mkdir(parents=True, exist_ok=True)
                picture.save(args.output / side / f"{i:05}.png")
    if sheet:
        whole.save(args.output, lossless=True, quality=100, method=6)


if __name__ == "__main__":
    main()
