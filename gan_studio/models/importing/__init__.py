"""Other people's generators become models of ours; nothing in their files is run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from gan_studio.core.files import MODEL, require_writable
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.models import card
from gan_studio.models.importing.files import read_generator
from gan_studio.models.importing.known import KNOWN, KnownGenerator

__all__ = ["KNOWN", "KnownGenerator", "import_model"]


def import_model(file: Path, output: Path, *, address: str = "") -> Path:
    """Write the generator in `file` as a model into the directory `output`, which must be new.

    Safetensors, config.json and a card. `address` is where the file came from. ValueError with one
    sentence for a file that is damaged, of another kind, or more than data: nothing is written.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ValueError(f"--output {output} exists already; name a new folder.")
    require_writable(output / MODEL, field="--output")
    generator, digest = read_generator(file)
    known_generator = next((entry for entry in KNOWN if entry.address == address), None)
    source = {"file": file.name, "sha256": digest, "format": generator.format}
    if address:
        source["address"] = address
    if known_generator:
        source |= {"title": known_generator.title, "terms": known_generator.terms}
    manifest = Manifest(
        family=generator.family,
        config=generator.config,
        channels=generator.channels,
        classes=generator.classes,
        dataset=known_generator.dataset if known_generator else file.stem[:80],
        source=source,
    )
    _check_shapes(file, manifest, generator.weights)
    gan = manifest.build().requires_grad_(False)
    gan.generator.load_state_dict(dict(generator.weights), assign=True)
    checkpoint.save_model(output, gan, gan.generator, manifest)
    checkpoint.save_card(output, card.render(manifest))
    return output


def _check_shapes(file: Path, manifest: Manifest, weights: Mapping[str, Tensor]) -> None:
    """ValueError where the weights are not those of the configuration, before memory is taken."""
    tensors = checkpoint.expected_tensors(manifest)
    prefix = "generator."
    expected_tensors = {
        k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)
    }
    for name in sorted(expected_tensors.keys() | weights.keys()):
        shapes = [
            tuple(t[name].shape) if name in t else "no weights" for t in (weights, expected_tensors)
        ]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"{file.name} cannot be imported: its layer {name} has {shapes[0]}, where the "
                f"{manifest.family} that it describes has {shapes[1]}."
            )
