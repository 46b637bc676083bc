"""The metrics of a model as lines of its card."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.models.licence import is_shareable
from gan_studio.vision import features

METRIC_TITLES = {
    "fid": "FID",
    "kid": "KID",
    "precision": "precision",
    "recall": "recall",
    "confident_share": "confident share",
    "label_accuracy": "label accuracy",
}
"""metrics in the order of the card"""
TRANSLATION_TITLES = {
    "l1": "mean distance to the true picture {} levels of 255",
    "source_l1": "of the untranslated picture {} levels",
    "accuracy": "map classes right in {:.1%} of the pixels",
    "mean_map": "the mean map alone {:.1%}",
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
NEAREST = "nearest"
"""entry of Manifest.metrics: how far samples are from the training pictures"""


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
    count, dataset, extractor = (metrics.get(k, "?") for k in ("count", "dataset", "features"))
    against = metrics.get("against", "test")
    where = f"the test set of {dataset}" if against == "test" else f"all of {dataset}"
    text = f"{', '.join(numbers)}; {count} samples against {where} in {extractor}"
    if not real:
        return f"- **Measured**: {text}, during the training\n"
    flags = f"--dataset {dataset} --count {count} --seed {metrics.get('seed', 0)}"
    flags += f" --features {features.short_name(str(extractor))}"
    flags += "" if against == "test" else f" --against {against}"
    beside = "real training pictures" if against == "test" else "real pictures against the others"
    return f"""- **Measured**: {text} features, in brackets \
{real.get("count", "?")} {beside}, by

  `python -m gan_studio evaluate DIRECTORY {flags}`
"""


def translation_line(metrics: Mapping[str, Any]) -> str:
    """The metrics of a translation."""
    results = metrics.get("translation")
    if not isinstance(results, dict):
        return ""
    parts = [
        text.format(results[name]) for name, text in TRANSLATION_TITLES.items() if name in results
    ]
    where = f"{results.get('count', '?')} held-out pictures of {results.get('dataset', '?')}"
    return f"- **Measured** on {where}: {'; '.join(parts)}\n"


def text_line(metrics: Mapping[str, Any]) -> str:
    """The metrics of a model that draws pictures from text."""
    results = metrics.get("text")
    if not isinstance(results, dict):
        return ""
    parts = [form.format(results[name]) for name, form in TEXT_TITLES.items() if name in results]
    for name, title in (("unseen", "pairs of digit and ink never seen in training"),
                        ("real", "the same readers on the held-out pictures")):  # fmt: skip
        if isinstance(part := results.get(name), dict):
            parts.append(f"{title}: all three {part['all']:.1%}, the digit {part['digit']:.1%}")
    where = (
        f"{results.get('count', '?')} sentences about held-out pictures of {results.get('dataset')}"
    )
    return f"- **Measured** by {where}: {'; '.join(parts)}\n"


def sound_line(metrics: Mapping[str, Any]) -> str:
    """The metrics of a vocoder, beside the Griffin-Lim algorithm."""
    results = metrics.get("sound")
    if not isinstance(results, Mapping):
        return ""
    text = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in results.items())
    return f"- **Measured** (docs/speech.md): {text}\n"


def nearest_line(manifest: Manifest, pictures: Container[str]) -> str:
    """Distances of samples to the nearest training pictures, and those that may be shown."""
    nearest = manifest.metrics.get(NEAREST)
    if not isinstance(nearest, dict):
        return ""
    *most, last = (f"{distance:.1f}" for distance in nearest["distances"])
    away = f"{', '.join(most)} and {last} away from random samples"
    text = f"- **Nearest training pictures**, of {nearest['count']:,}: {away}; "
    text += f"{nearest['typical']:.1f} is usual for a real picture that no training saw"
    if checkpoint.NEAREST in pictures and is_shareable(manifest):
        caption = "Samples on the left, and the training pictures nearest to each"
        return f"{text}:\n\n  ![{caption}]({checkpoint.NEAREST})\n"
    reason = "None is shown here, since they may not be passed on"
    return f"{text}. {reason}; the Compare tab shows them to whoever has them.\n"
