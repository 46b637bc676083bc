"""The command `gan-studio stylize`: paints a picture in the style of others."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Literal

from PIL import Image
from tyro.conf import OmitArgPrefixes, Positional

from gan_studio import images, painting, terminal
from gan_studio.arguments import ending
from gan_studio.painting import EMBEDDED, Config, Painter, PaintingRecipe
from gan_studio.recipe import number

ALIASES = {"--tv-weight": "--smoothness"}
"""what others call a flag"""
QUALITY = 95
"""of a JPEG or WebP"""


def stylize(
    content: Positional[Path],
    styles: Positional[tuple[Path, ...]],
    /,
    *,
    output: Path,
    config: OmitArgPrefixes[Config] = Config(),  # noqa: B008  # frozen
    features: Literal["embedded", "vgg19"] = EMBEDDED,  # pyright: ignore[reportArgumentType]
    style_weights: str = "",
    mask: Path | None = None,
    strength: float = 1.0,
) -> None:
    """Paint a picture in the style of others; Ctrl-C stops and keeps what is painted.

    Args:
        content: what is painted: PNG, JPEG or WebP
        styles: pictures in whose style it is painted
        output: .png, which carries the recipe, .jpg or .webp
        features: the network that looks: the small one that ships, or VGG-19, slower and finer
        style_weights: shares of the styles, separated by commas; by default the same for all
        mask: a picture that is white where the content is painted and black where it stays
        strength: 0 is the content, 1 the painting
    """
    ending(output, ".png", ".jpg", ".jpeg", ".webp")
    strength = number(strength, "The strength", 0, 1)
    shares = painting.weights(style_weights, len(styles))
    picture, painter = images.load(content), Painter()
    terminal.download(painter.fetch(features))
    frames = painter.paint(
        picture,
        [images.load(style) for style in styles],
        config,
        style_weights=shares,
        mask=None if mask is None else images.load(mask),
        features=features,
    )
    with closing(frames):  # pyright: ignore[reportArgumentType]  # a generator
        last = terminal.watch(frames)
    recipe = PaintingRecipe(
        content=painting.fingerprint(content),
        styles=tuple(painting.fingerprint(style) for style in styles),
        style_weights=tuple(shares),
        mask=None if mask is None else painting.fingerprint(mask),
        features=features,
        config=config,
        steps_done=last.step,
        strength=strength,
    )
    save(painting.signed(painting.strength(picture, last.image, strength), recipe), output)
    terminal.conclude(last, output)


def save(picture: Image.Image, output: Path) -> None:
    """As the name ends; only a PNG carries the recipe."""
    output.parent.mkdir(parents=True, exist_ok=True)
    if output.suffix.lower() == ".png":
        images.save_png(picture, output)
    else:
        picture.save(output, quality=QUALITY)
