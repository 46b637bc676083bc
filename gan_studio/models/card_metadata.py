"""The YAML front matter of a model card, by which the Hub lists and compares models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gan_studio.datasets.terms import HUB_NAMES
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import is_translation, is_vocoder
from gan_studio.models.licence import licence

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

TASK, TRANSLATION_TASK = "unconditional-image-generation", "image-to-image"
METRICS = {"fid": "FID", "kid": "KID", "precision": "Precision", "recall": "Recall"}


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
    extractor, count = metrics.get("features", "unnamed"), metrics.get("count", "?")
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
                metric_name=f"{title} in {extractor} features, {count} samples",
            )
