"""The command `gan-studio translate`: a picture into another picture."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from gan_studio.cli.arguments import check_ending
from gan_studio.core.files import require_writable
from gan_studio.images import files as image_files
from gan_studio.studio import Studio


def translate(
    model: Positional[str],
    picture: Positional[Path],
    /,
    *,
    output: Path,
    strength: float = 1.0,
    direction: Literal["forward", "backward"] = "forward",
    size: int = 0,
    input: Literal["auto", "photo", "drawing"] = "auto",  # noqa: A002  # the flag's name
    round_trip: Path | None = None,
) -> None:
    """Turn a picture into another one with a model of pix2pix, CycleGAN or CUT.

    Args:
        model: name or directory of a model that translates pictures, or user/repo on the Hub
        picture: PNG, JPEG or WebP
        output: .png, which contains the recipe, or .jpg, .jpeg, .jpe, .jfif, .webp
        strength: blend between the picture (0) and its translation (1)
        direction: backward only with models that know both ways, those of cyclegan
        size: pixels of the shorter side at which the network looks; 0 takes the model's own
        input: for a model that draws from lines, whether the picture is a photo or a drawing
        round_trip: file for the translation translated back, with models that know both ways
    """
    for path, field in ((output, "--output"), (round_trip, "--round-trip")):
        if path is not None:
            check_ending(path, *image_files.ENDINGS)
            require_writable(path, field=field)
    studio, source = Studio(), image_files.load(picture, keep_alpha=output.suffix.lower() == ".png")
    model = studio.register(model)
    if round_trip is not None and not studio.translator_info(model).cyclic:
        raise ValueError(f"--round-trip needs a model that knows both ways; {model} knows one.")
    notes = image_files.remarks(picture)
    image_files.require_fit(output, max(source.size))
    translation = studio.translate(
        model, source, strength=strength, direction=direction, size=size, input=input
    )
    translation.save(output)
    if round_trip is not None and translation.round_trip is not None:
        image_files.save(translation.round_trip, round_trip)
    print("\n".join([*notes, *translation.notes, f"{output} holds the translation."]))
