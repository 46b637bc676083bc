"""Model cards, Markdown with Hub metadata: training, metrics, licence, limitations."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from gan_studio.core import files
from gan_studio.datasets.terms import TERMS
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import any_family, is_translation, is_vocoder
from gan_studio.images.files import encode_png
from gan_studio.images.plot import curve
from gan_studio.models.card_command import command
from gan_studio.models.card_metadata import front_matter
from gan_studio.models.card_metrics import (
    metrics_line,
    nearest_line,
    sound_line,
    text_line,
    translation_line,
)
from gan_studio.models.licence import ancestry, excluded_pictures, inherited_terms

DEFAULT_LIMITATION = "it draws what its data show; some pictures are unreadable."
LIMITATIONS = {
    "celeba": "its faces are not of real people but echo the data's biases: celebrities, most of "
    "them young and light-skinned, with attributes that strangers judged by eye; some are warped.",
    "speech": "it knows a synthesiser’s voices and six people’s digits; of music and of several "
    "voices at once it makes noise.",
    "spoken-digits": "it mixes six speakers, who gave their voices for it; some are slurred.",
}
"""data set -> limitations of its models; DEFAULT_LIMITATION for the others"""
DISTANCE = "distance"
"""column of history.csv: the Fréchet distance of the samples during the training"""


def write(directory: Path) -> None:
    """Write the README.md of a model directory, and the curve that it shows."""
    if plot := distance_curve(directory):
        files.write_atomic(directory / checkpoint.DISTANCE, encode_png(plot))
    checkpoint.save_card(directory, read(directory))


def read(directory: Path, repo: str = "") -> str:
    """The card of a model directory with the pictures that lie there."""
    manifest = checkpoint.load_manifest(directory)
    excluded_names = excluded_pictures(manifest) if repo else ()
    names = (name for name in checkpoint.CARD_PICTURES if name not in excluded_names)
    pictures = [name for name in names if (directory / name).is_file()]
    return render(manifest, repo, pictures)


def distance_curve(directory: Path) -> Image.Image | None:
    """The distance over the steps of the training; None where it was measured less than twice."""
    try:
        rows = [row for row in checkpoint.load_history(directory) if DISTANCE in row]
    except ValueError:  # a card can do without
        return None
    distances = {row["step"]: row[DISTANCE] for row in rows if math.isfinite(row[DISTANCE])}
    return curve(list(distances), list(distances.values()), "step") if len(distances) > 1 else None


def render(
    manifest: Manifest, repo: str = "", pictures: Container[str] = (checkpoint.SAMPLES,)
) -> str:
    """The README.md of a model, or of its repository `repo` on the Hub, with these pictures."""
    if manifest.source:
        return render_imported(manifest, repo)
    size = manifest.config.image_size
    sound = is_vocoder(manifest.family)
    shape, things = ("16 kHz", "segments") if sound else (f"{size} × {size}", "pictures")
    training = manifest.training
    kind = "recordings" if sound else "pictures"
    own_terms = f"somebody's own {kind}, {manifest.dataset}; their terms are their owner's."
    data = " ".join([TERMS.get(manifest.dataset, own_terms), *inherited_terms(manifest)])
    limited_datasets = [
        name for name in (manifest.dataset, *ancestry(manifest)) if name in LIMITATIONS
    ]
    limits = LIMITATIONS[limited_datasets[0]] if limited_datasets else DEFAULT_LIMITATION
    if is_translation(manifest.family):
        limits += " It adds what is likely, not what was there."
    return f"""---
{front_matter(manifest, repo)}---
# {manifest.family} on {manifest.dataset}, {shape}

{any_family(manifest.family).paper}

{samples_line(pictures, manifest.family)}{usage(repo, manifest.family)}
- **Data**: {data}
- **Training**: {training.get("steps", 0):,} steps of {manifest.config.batch_size} {things} in \
{training.get("seconds", 0) / 60:.0f} minutes on {training.get("device", "an unnamed device")}, by

  `{command(manifest)}`
{changes_line(training.get("changes", ()))}{metrics_line(manifest.metrics)}\
{translation_line(manifest.metrics)}{text_line(manifest.metrics)}{sound_line(manifest.metrics)}\
{curve_line(pictures)}\
{nearest_line(manifest, pictures)}- **Limits**: {limits}
"""


def samples_line(pictures: Container[str], family: str) -> str:
    """The sheet of samples."""
    rows = "Rows of sources, of their translations, and of the true pictures or the way back"
    title = rows if is_translation(family) else "Pictures of the averaged generator"
    if is_vocoder(family):
        title = "Rows of true spectrograms, and of those of the sound that was made of them"
    line = f"![{title}]({checkpoint.SAMPLES})\n"
    return line if checkpoint.SAMPLES in pictures else ""


def curve_line(pictures: Container[str]) -> str:
    """The curve of the distance during the training."""
    if checkpoint.DISTANCE not in pictures:
        return ""
    return f"""- **Fréchet distance in this training**, of few samples, comparable only within it:

  ![The distance over the steps]({checkpoint.DISTANCE})
"""


def render_imported(manifest: Manifest, repo: str = "") -> str:
    """The README.md of a generator that was imported: where it came from, and its terms."""
    size, source = manifest.config.image_size, manifest.source
    title = source.get("title", f"{manifest.family} on {manifest.dataset}")
    terms = source.get("terms", "those of its publisher, which the file does not hold.")
    origin = f"`{source.get('file', '?')}`"
    if address := source.get("address"):
        origin += f" from {address}"
    return f"""---
{front_matter(manifest, repo)}---
# {title}, {size} × {size}

{any_family(manifest.family).paper}
{usage(repo, manifest.family)}
- **Terms**: {terms}
- **Imported** from {origin}, {source.get("format", "")}, SHA-256 `{source.get("sha256", "?")}`
- **Discriminator**: none; only the averaged generator was imported
{metrics_line(manifest.metrics)}- **Limits**: {DEFAULT_LIMITATION}
"""


def changes_line(changes: Sequence[Mapping[str, Any]]) -> str:
    """The changes during the training: the command has the last values."""
    if not changes:
        return ""
    parts = []
    for change in changes:
        values = [f"{k} {v}" for k, v in change.items() if k != "step"]
        parts.append(f"{', '.join(values)} from step {change['step']:,} on")
    return f"- **Changed on the way**: {'; '.join(parts)}.\n"


def usage(repo: str, family: str) -> str:
    """The lines that load a published model."""
    if not repo:
        return ""
    images = "gan.generator(gan.append_labels(gan.latents(16)))  # (16, C, H, W) in [-1, 1]"
    if is_translation(family):
        images = "gan.translate(source)  # (N, C, H, W) in [-1, 1] to (N, 3, H, W)"
    if is_vocoder(family):
        images = "gan.vocode(log_mel)  # (N, 64, frames) to waves (N, samples)"
    return f"""
With GAN Studio:

```python
from gan_studio import hub

gan = hub.from_pretrained("{repo}")
images = {images}
```
"""
