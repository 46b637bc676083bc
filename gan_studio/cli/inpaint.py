"""The command `gan-studio inpaint`: holes in pictures filled."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from gan_studio.cli.arguments import check_ending
from gan_studio.cli.progress import print_about
from gan_studio.core.files import require_writable
from gan_studio.images import files as image_files
from gan_studio.studio import Studio


def inpaint(
    picture: Positional[Path],
    /,
    *,
    mask: Path,
    output: Path,
    model: str = "inpainting-celeba",
    seed: int = 0,
    grow: int = 0,
    feather: int = 0,
    invert: Literal["ask", "no", "yes"] = "ask",
) -> None:
    """Fill what a mask hides with what is likely there, not with what was there.

    Args:
        picture: PNG, JPEG or WebP; models of faces take the middle square of an aligned face
        mask: picture that is white where the other one is to be filled
        output: .png, which contains the recipe, or .jpg, .jpeg, .jpe, .jfif, .webp
        model: of the family inpainting, or one that draws faces, such as stylegan2-celeba
        seed: another one gives another filling, with models that draw faces
        grow: pixels, as the model sees them, by which the hole grows
        feather: pixels, as the model sees them, over which the filling fades into the picture
        invert: yes if black is what is to be filled; ask refuses a mask that hides over 70 %
    """
    check_ending(output, *image_files.ENDINGS)
    require_writable(output, field="--output")
    source, hidden = (
        image_files.load(picture, keep_alpha=output.suffix.lower() == ".png"),
        image_files.load_mask(mask),
    )
    studio = Studio()
    model = studio.register(model)
    print_about(studio, model)
    notes = image_files.remarks(picture)
    image_files.require_fit(output, max(source.size))
    [proposal] = studio.inpaint(
        model, source, hidden, seed=seed, grow=grow, feather=feather, invert=invert
    )
    proposal.save(output)
    print("\n".join([*notes, *proposal.notes, f"{output} holds the repaired picture."]))
