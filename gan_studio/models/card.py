"""Model cards, Markdown with Hub metadata: training, metrics, licence, limitations."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from gan_studio.core import files
from gan_studio.datasets.terms import HUB_NAMES, SHAREABLE, TERMS
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import TrainingConfig
from gan_studio.gans.families import any_family, gan_cls, is_translation, is_vocoder
from gan_studio.images.files import encode_png
from gan_studio.images.plot import curve
from gan_studio.vision import features

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

DEFAULT_LIMITATION = "it draws what its data show; some pictures are unreadable."
LIMITATIONS = {
    "celeba": "its faces are not of real people but echo the data's biases: celebrities, most of "
    "them young and light-skinned, with attributes that strangers judged by eye; some are warped.",
    "speech": "it knows a synthesiser’s voices and six people’s digits; of music and of several "
    "voices at once it makes noise.",
    "spoken-digits": "it mixes six speakers, who gave their voices for it; some are slurred.",
}
"""data set -> limitations of its models; DEFAULT_LIMITATION for the others"""
METRIC_TITLES = {
    "fid": "FID",
    "kid": "KID",
    "precision": "precision",
    "recall": "recall",
    "confident_share": "confident share",
    "label_accuracy": "label accuracy",
}
"""metrics in the order of the card"""


NEAREST = "nearest"
"""entry of Manifest.metrics: how far samples are from the training pictures"""
DISTANCE = "distance"
"""column of history.csv: the Fréchet distance of the samples during the training"""


def write(directory: Path) -> None:
    """Write the README.md of a model directory, and the curve that it shows."""
    if drawn := distance_curve(directory):
        files.write_atomic(directory / checkpoint.DISTANCE, encode_png(drawn))
    checkpoint.save_card(directory, read(directory))


def read(directory: Path, repo: str = "") -> str:
    """The card of a model directory with the pictures that lie there."""
    manifest = checkpoint.load_manifest(directory)
    held = held_back(manifest) if repo else ()
    known = (name for name in checkpoint.CARD_PICTURES if name not in held)
    pictures = [name for name in known if (directory / name).is_file()]
    return render(manifest, repo, pictures)


def held_back(manifest: Manifest) -> tuple[str, ...]:
    """The pictures that are not published: samples of a translation show what it learnt from."""
    shows = is_translation(manifest.family) and not is_shareable(manifest)
    return (checkpoint.SAMPLES,) if shows else ()


def distance_curve(directory: Path) -> Image.Image | None:
    """The distance over the steps of the training; None where it was measured less than twice."""
    try:
        rows = [row for row in checkpoint.load_history(directory) if DISTANCE in row]
    except ValueError:  # a card can do without
        return None
    known = {row["step"]: row[DISTANCE] for row in rows if math.isfinite(row[DISTANCE])}
    return curve(list(known), list(known.values()), "step") if len(known) > 1 else None


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
    owned = f"somebody's own pictures, {manifest.dataset}; their terms are their owner's."
    data = " ".join([TERMS.get(manifest.dataset, owned), *inherited_terms(manifest)])
    known = [name for name in (manifest.dataset, *ancestry(manifest)) if name in LIMITATIONS]
    limits = LIMITATIONS[known[0]] if known else DEFAULT_LIMITATION
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


def sound_line(metrics: Mapping[str, Any]) -> str:
    """What was measured of sound, beside Griffin and Lim's method."""
    measured = metrics.get("sound")
    if not isinstance(measured, Mapping):
        return ""
    text = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in measured.items())
    return f"- **Measured** (docs/speech.md): {text}\n"


def samples_line(pictures: Container[str], family: str) -> str:
    """The sheet of samples."""
    rows = "Rows of sources, of their translations, and of the true pictures or the way back"
    title = rows if is_translation(family) else "Pictures of the averaged generator"
    if is_vocoder(family):
        title = "Rows of true spectrograms, and of those of the sound that was made of them"
    shown = f"![{title}]({checkpoint.SAMPLES})\n"
    return shown if checkpoint.SAMPLES in pictures else ""


def curve_line(pictures: Container[str]) -> str:
    """The curve of the distance during the training."""
    if checkpoint.DISTANCE not in pictures:
        return ""
    return f"""- **Fréchet distance in this training**, of few samples, comparable only within it:

  ![The distance over the steps]({checkpoint.DISTANCE})
"""


def nearest_line(manifest: Manifest, pictures: Container[str]) -> str:
    """How far samples are from the training pictures, and those that may be shown."""
    found = manifest.metrics.get(NEAREST)
    if not isinstance(found, dict):
        return ""
    *most, last = (f"{distance:.1f}" for distance in found["distances"])
    away = f"{', '.join(most)} and {last} away from random samples"
    text = f"- **Nearest training pictures**, of {found['count']:,}: {away}; "
    text += f"{found['typical']:.1f} is usual for a real picture that no training saw"
    if checkpoint.NEAREST in pictures and is_shareable(manifest):
        shown = "Samples on the left, and the training pictures nearest to each"
        return f"{text}:\n\n  ![{shown}]({checkpoint.NEAREST})\n"
    reason = "None is shown here, since they may not be passed on"
    return f"{text}. {reason}; the Compare tab shows them to whoever has them.\n"


def is_shareable(manifest: Manifest) -> bool:
    """Whether training pictures of a model, and of those that it began as, may be passed on."""
    return all(name in SHAREABLE for name in (manifest.dataset, *ancestry(manifest)))


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


def inherited_terms(manifest: Manifest) -> Iterator[str]:
    """Terms that a fine-tuned model inherits from the data of its ancestors."""
    for name in ancestry(manifest):
        if name == BINDING_DATASET != manifest.dataset:
            yield f"It learned on from a model of {TERMS[name]}"


def usage(repo: str, family: str) -> str:
    """The lines that load a published model."""
    if not repo:
        return ""
    images = "gan.generator(gan.labelled(gan.latents(16)))  # (16, C, H, W) in [-1, 1]"
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


def command(manifest: Manifest) -> str:
    """The command that trains this model, with every value that is not a default."""
    training = manifest.training
    if isinstance(manifest.config, gan_cls.Config) and manifest.config.frozen_base:
        return "python -m tools.train_text_faces OUTPUT"
    settings = {f.name: training.get(f.name, f.default) for f in dataclasses.fields(TrainingConfig)}
    flags = {"dataset": manifest.dataset, "output": f"runs/{manifest.family}-{manifest.dataset}"}
    flags |= {"steps": settings.pop("steps")}
    flags |= non_defaults(manifest.config, dataclasses.asdict(manifest.config))
    flags |= non_defaults(TrainingConfig(), settings)
    text = " ".join(format_flag(name.replace("_", "-"), value) for name, value in flags.items())
    return f"python -m gan_studio train {manifest.family} {text}"


def format_flag(name: str, value: Any) -> str:
    """A value as a command-line flag."""
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    return f"--{name} {value}"


def non_defaults(config: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from the defaults of the configuration's fields."""
    return {
        f.name: values[f.name]
        for f in dataclasses.fields(config)
        if values.get(f.name, f.default) != f.default
    }


def metrics_line(metrics: Mapping[str, Any]) -> str:
    """The metrics and how they were measured."""
    real = metrics.get("real_vs_real", {})
    numbers = [
        f"{title} {metrics[name]}" + (f" ({real[name]})" if name in real else "")
        for name, title in METRIC_TITLES.items()
        if name in metrics
    ]
    if not numbers:
        return ""
    count, dataset, seen_by = (metrics.get(k, "?") for k in ("count", "dataset", "features"))
    against = metrics.get("against", "test")
    where = f"the test set of {dataset}" if against == "test" else f"all of {dataset}"
    text = f"{', '.join(numbers)}; {count} samples against {where} in {seen_by}"
    if not real:
        return f"- **Measured**: {text}, during the training\n"
    flags = f"--dataset {dataset} --count {count} --seed {metrics.get('seed', 0)}"
    flags += f" --features {features.short_name(str(seen_by))}"
    flags += "" if against == "test" else f" --against {against}"
    beside = "real training pictures" if against == "test" else "real pictures against the others"
    return f"""- **Measured**: {text} features, in brackets \
{real.get("count", "?")} {beside}, by

  `python -m gan_studio evaluate DIRECTORY {flags}`
"""


TRANSLATION_TITLES = {
    "l1": "mean distance to the true picture {} levels of 255",
    "source_l1": "of the untranslated picture {} levels",
    "accuracy": "map classes right in {:.1%} of the pixels",
    "road": "streets right in {:.1%}",
    "saturation": "chroma {:.2f} times that of the true pictures",
    "chroma_error": "error of the chroma {} levels of 255",
    "grey_error": "left grey it would be {}",
    "agreement": "attributes read as the table of the true face has them {:.1%}",
    "reader": "on the true faces {:.1%}",
    "commoner": "the commoner answer alone {:.1%}",
    "psnr_faithful": "PSNR of the luma, faithful {} dB",
    "psnr_sharp": "sharp {} dB",
    "psnr_bicubic": "bicubic {} dB",
    "features_faithful": "squared distance in features relative to bicubic’s, faithful {}",
    "features_sharp": "sharp {}",
    "hole_psnr": "PSNR in the hole {} dB",
    "harmonic_hole_psnr": "of the smoothest filling {} dB",
    "mean_hole_psnr": "of the mean picture {} dB",
    "wanted": "the wanted hair in {:.1%}",
    "others_kept": "other attributes kept in {:.1%}",
    "face_distance": "Fréchet distance in the face classifier’s features {}",
    "harmonic_face_distance": "of the smoothest filling {}",
    "mean_face_distance": "of the mean face {}",
    "untranslated_distance": "of the untranslated pictures {}",
    "round_trip": "a round trip moves pictures by {} levels",
    "round_trip_noisy": "with noise of 4 levels added half-way by {}",
}
"""figure of a translation -> how a card says it"""


def translation_line(metrics: Mapping[str, Any]) -> str:
    """What was measured of a translation."""
    found = metrics.get("translation")
    if not isinstance(found, dict):
        return ""
    said = [text.format(found[name]) for name, text in TRANSLATION_TITLES.items() if name in found]
    where = f"{found.get('count', '?')} held-out pictures of {found.get('dataset', '?')}"
    return f"- **Measured** on {where}: {'; '.join(said)}\n"


TEXT_TITLES = {
    "all": "digit, ink and slant as asked in {:.1%} of the sentences",
    "digit": "the digit in {:.1%} of those that name it",
    "colour": "the ink in {:.1%}",
    "slant": "the slant in {:.1%}",
    "background": "the background in {:.1%}",
    "asked": "named traits read as asked in {:.1%}, in the mean over the traits",
    "present": "{:.1%} of those asked for",
    "absent": "{:.1%} of those denied",
    "reader": "on real faces the classifier agrees with the table in {:.1%}",
    "commoner": "the commoner answer alone with {:.1%}",
    "kept": "other traits stay in {:.1%} when one is turned round",
    "face_distance": "Fréchet distance in the face classifier’s features {}",
    "plain_face_distance": "of pictures without a sentence {}",
    "text": "sentences understood without a mistake {:.1%}",
}
"""figure of a model that reads sentences -> how a card says it"""


def text_line(metrics: Mapping[str, Any]) -> str:
    """What was measured of a model that reads sentences."""
    found = metrics.get("text")
    if not isinstance(found, dict):
        return ""
    said = [form.format(found[name]) for name, form in TEXT_TITLES.items() if name in found]
    for name, title in (("unseen", "pairs of digit and ink never seen in training"),
                        ("real", "the same readers on the held-out pictures")):  # fmt: skip
        if isinstance(part := found.get(name), dict):
            said.append(f"{title}: all three {part['all']:.1%}, the digit {part['digit']:.1%}")
    where = f"{found.get('count', '?')} sentences about held-out pictures of {found.get('dataset')}"
    return f"- **Measured** by {where}: {'; '.join(said)}\n"


TASK, TRANSLATION_TASK = "unconditional-image-generation", "image-to-image"
LICENCES: dict[str, dict[str, str]] = {
    "digits": {"license": "mit"},
    "mnist": {"license": "mit"},
    "coloured-digits": {"license": "mit"},
    "coloured-mnist": {"license": "mit"},
    "avatars": {"license": "cc0-1.0"},
    "fashion-mnist": {"license": "mit"},
    "spoken-digits": {"license": "cc-by-sa-4.0"},
    "speech": {"license": "cc-by-sa-4.0"},
    "celeba": {
        "license": "other",
        "license_name": "non-commercial-research",
        "license_link": "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    },
    "maps": {"license": "other", "license_name": "research"},
    "photos-flowers": {"license": "other", "license_name": "research"},
    "photos-sr": {"license": "other", "license_name": "research"},
}
"""data set -> licence of the weights; own data sets have none"""
LICENCES["celeba-hair"] = LICENCES["celeba"]
BINDING_DATASET = "celeba"
"""data set whose licence also holds for fine-tuned models"""
METRICS = {"fid": "FID", "kid": "KID", "precision": "Precision", "recall": "Recall"}


def ancestry(manifest: Manifest) -> list[str]:
    """Data sets of the models that this one was fine-tuned from, the first one first."""
    names = manifest.training.get("ancestry")
    return [str(name) for name in names] if isinstance(names, list) else []


def licence(manifest: Manifest) -> dict[str, str]:
    """The licence for the front matter; empty for own data sets."""
    if terms := manifest.source.get("terms"):
        return {"license": "other", "license_name": str(terms)}
    learned = BINDING_DATASET if BINDING_DATASET in ancestry(manifest) else manifest.dataset
    return LICENCES.get(learned, {})


def pipeline_tag(family: str) -> str:
    """The Hub's word for what a family does."""
    if is_vocoder(family):
        return "text-to-speech"
    return TRANSLATION_TASK if is_translation(family) else TASK


def front_matter(manifest: Manifest, repo: str = "") -> str:
    """The YAML front matter, without its delimiters."""
    from huggingface_hub import ModelCardData

    datasets = HUB_NAMES.get(manifest.dataset)
    results = list(eval_results(manifest))
    fields: dict[str, Any] = {
        **licence(manifest),
        "library_name": "gan-studio",
        "pipeline_tag": pipeline_tag(manifest.family),
        "tags": ["gan", manifest.family],
        "datasets": [datasets] if datasets else None,
        "metrics": [result.metric_type for result in results] or None,
        "model_name": repo.rpartition("/")[2] or f"{manifest.family}-{manifest.dataset}",
        "eval_results": results or None,
    }
    if not results:
        del fields["model_name"]  # it is only a title of results
    return ModelCardData(**fields).to_yaml(line_break="\n") + "\n"


def eval_results(manifest: Manifest) -> Iterator[EvalResult]:
    """The metrics as the Hub lists evaluation results."""
    from huggingface_hub import EvalResult

    metrics = manifest.metrics
    seen_by, count = metrics.get("features", "unnamed"), metrics.get("count", "?")
    dataset = str(metrics.get("dataset", manifest.dataset))
    for name, title in METRICS.items():
        if name in metrics:
            yield EvalResult(
                task_type=TASK,
                dataset_type=HUB_NAMES.get(dataset, dataset),
                dataset_name=dataset,
                dataset_split=str(metrics.get("against", "test")),
                metric_type=name,
                metric_value=metrics[name],
                metric_name=f"{title} in {seen_by} features, {count} samples",
            )
