"""The command `gan-studio stylize`: neural style transfer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from tyro.conf import OmitArgPrefixes, Positional

from gan_studio.cli import progress
from gan_studio.cli.arguments import check_ending
from gan_studio.core.files import require_writable
from gan_studio.core.validation import check_float
from gan_studio.images import files as image_files
from gan_studio.studio import EMBEDDED, PaintingRecipe, Studio, StyleConfig
from gan_studio.studio import painter as painting

ALIASES = {"--tv-weight": "--smoothness"}
"""alias -> flag"""


def stylize(
    content: Positional[Path],
    styles: Positional[tuple[Path, ...]],
    /,
    *,
    output: Path,
    config: OmitArgPrefixes[StyleConfig] = StyleConfig(),  # noqa: B008  # frozen
    features: Literal["embedded", "vgg19"] = EMBEDDED,  # pyright: ignore[reportArgumentType]
    style_weights: str = "",
    mask: Path | None = None,
    strength: float = 1.0,
) -> None:
    """Transfer the style of images to another; Ctrl-C stops and keeps the result so far.

    Args:
        content: content image: PNG, JPEG or WebP
        styles: style images
        output: .png, which contains the recipe, or .jpg, .jpeg, .jpe, .jfif, .webp
        features: perceptual network: the small one that ships, or VGG-19, slower and finer
        style_weights: weights of the styles, separated by commas; by default equal
        mask: image that is white where the content is painted; black and transparent parts keep
            the content
        strength: blend between the content (0) and the painting (1)
    """
    check_ending(output, *image_files.ENDINGS)
    require_writable(output, field="--output")
    strength = check_float(strength, "The strength", 0, 1)
    shares = painting.parse_weights(style_weights, len(styles))
    picture, studio = image_files.load(content), Studio()
    image_files.require_fit(output, config.size or max(picture.size))
    style_images = [image_files.load(style) for style in styles]
    mask_image = None if mask is None else image_files.load_mask(mask)
    files = [content, *styles, *([mask] if mask else [])]
    recipe = _recipe(files, len(styles), config, style_weights=tuple(shares), features=features)
    progress.download(studio.painter.fetch(features))
    options = {"style_weights": shares, "mask": mask_image, "features": features}
    frames = studio.stylize(picture, style_images, config, **options)
    with closing(frames):  # pyright: ignore[reportArgumentType]  # a generator
        last = progress.watch(frames)
    result = painting.blend_with_content(picture, last.image, strength)
    recipe = dataclasses.replace(recipe, steps_done=last.step, strength=strength)
    image_files.save(result, output, recipe)
    progress.print_result(last, output)


def _recipe(
    files: Sequence[Path], styles: int, config: StyleConfig, **others: Any
) -> PaintingRecipe:
    """The recipe of a painting that has not begun; `files` are content, styles and perhaps a mask.

    They are read now: hours later one may be gone.
    """
    content, *rest = (painting.fingerprint(file) for file in files)
    style_files, mask = tuple(rest[:styles]), rest[styles] if len(rest) > styles else None
    return PaintingRecipe(
        content=content,
        styles=style_files,
        mask=mask,
        config=config,
        steps_done=0,
        strength=1.0,
        **others,
    )
