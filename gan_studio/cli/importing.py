"""The command `import`: other people's generators become models."""

from __future__ import annotations

from pathlib import Path

from tyro.conf import Positional

from gan_studio.cli import progress
from gan_studio.studio import Studio


def import_model(source: Positional[str], /, *, output: Path | None = None) -> None:
    """Import a StyleGAN2, StyleGAN2-ADA, StyleGAN3 or DCGAN generator; nothing in it is run.

    A network of Real-ESRGAN's or LaMa's kind that spandrel knows is put into the folder of models
    as it is, where upscale and inpaint take it by its file's name.

    Args:
        source: a .pkl, .pt, .pth or .safetensors file, user/repo/file on the Hub, or an https
            address
        output: new directory of the model; by default one in runs/ that is named after the file; of
            a network the folder for its file, by default runs/
    """
    studio = Studio()
    events = studio.import_model(source, output)
    name = progress.download_with_result(events)
    card = next((one for one in studio.translator_cards() if one.name == name), None)
    if card and card.megabytes:
        verb = "inpaint" if card.task == "repair" else "upscale"
        print(f"{verb} --model {name} uses it now. {card.about()}")
        return
    entry = studio.model_info(name) if studio.library.has(name) else None
    what = f": {entry.family}, {entry.image_size} px" if entry else ""
    print(f"The model is {name}{what}.")
    if entry and (terms := entry.source.get("terms")):
        print(f"Terms: {terms}.")
