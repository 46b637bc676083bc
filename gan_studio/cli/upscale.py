"""The command `gan-studio upscale`: a picture two or four times larger."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from gan_studio.cli.arguments import check_ending
from gan_studio.cli.progress import print_about, watch_parts
from gan_studio.core.files import require_writable
from gan_studio.images import files as image_files
from gan_studio.studio import Studio, TranslationRecipe


def upscale(
    picture: Positional[Path],
    /,
    *,
    output: Path,
    model: str = "srgan-photos",
    scale: Literal[2, 4] = 4,
    sharpness: float = 0.5,
    noise: float = 0.0,
    keep_colours: bool = True,
) -> None:
    """Enlarge a picture with a model of super-resolution.

    Args:
        picture: PNG, JPEG or WebP
        output: .png, which contains the recipe, or .jpg, .jpeg, .jpe, .jfif, .webp
        model: name of a model that enlarges pictures
        scale: 2 or 4 times the sides
        sharpness: from 0, faithful, to 1, sharp
        noise: from 0, for clean pictures, to 1, for those with noise and traces of JPEG
        keep_colours: whether the result, made small again, shall give the picture back
    """
    check_ending(output, *image_files.ENDINGS)
    require_writable(output, field="--output")
    studio = Studio()
    recipe = TranslationRecipe(
        model=studio.register(model),
        scale=scale,
        sharpness=sharpness,
        noise=noise,
        keep_colours=keep_colours,
    )
    source = image_files.load(picture, keep_alpha=output.suffix.lower() == ".png")
    print_about(studio, recipe.model)
    notes = image_files.remarks(picture)
    image_files.require_fit(output, scale * max(source.size))
    result = watch_parts(studio.upscaling(source, recipe))
    result.save(output)
    width, height = result.image.size
    print(
        "\n".join([*notes, *result.notes, f"{output} holds the picture, {width}×{height} pixels."])
    )
