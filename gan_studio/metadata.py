"""What the Hub reads of a model card: its front matter, YAML with tags, data, licence, results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gan_studio.checkpoints import Manifest

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

TASK = "unconditional-image-generation"
HUB = {
    "mnist": "ylecun/mnist",
    "fashion-mnist": "zalando-datasets/fashion_mnist",
    "celeba": "flwrlabs/celeba",
}
"""data sets that the Hub knows, by the names they have there"""
LICENCES: dict[str, dict[str, str]] = {
    "digits": {"license": "mit"},
    "mnist": {"license": "mit"},
    "fashion-mnist": {"license": "mit"},
    "celeba": {
        "license": "other",
        "license_name": "non-commercial-research",
        "license_link": "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    },
}
"""of the weights, by what they learned from; of somebody's own pictures it is his to say"""
BINDING = "celeba"
"""the data whose licence also binds what learned on, whatever from"""
METRICS = {"fid": "FID", "kid": "KID", "precision": "Precision", "recall": "Recall"}


def ancestry(manifest: Manifest) -> list[str]:
    """Data sets from which the model's first weights had learned, the eldest first."""
    told = manifest.training.get("ancestry")
    return [str(name) for name in told] if isinstance(told, list) else []


def licence(manifest: Manifest) -> dict[str, str]:
    """What the front matter says of the licence; nothing where that is somebody's to say."""
    learned = BINDING if BINDING in ancestry(manifest) else manifest.dataset
    return LICENCES.get(learned, {})


def front(manifest: Manifest, repo: str = "") -> str:
    """The front matter, without the lines around it."""
    from huggingface_hub import ModelCardData

    datasets = HUB.get(manifest.dataset)
    results = list(measured(manifest))
    said: dict[str, Any] = {
        **licence(manifest),
        "library_name": "gan-studio",
        "pipeline_tag": TASK,
        "tags": ["gan", manifest.family],
        "datasets": [datasets] if datasets else None,
        "metrics": [result.metric_type for result in results] or None,
        "model_name": repo.rpartition("/")[2] or f"{manifest.family}-{manifest.dataset}",
        "eval_results": results or None,
    }
    if not results:
        del said["model_name"]  # it is only a title of results
    return ModelCardData(**said).to_yaml(line_break="\n") + "\n"


def measured(manifest: Manifest) -> Iterator[EvalResult]:
    """What was measured, as the Hub lists results; nothing of a model that was not."""
    from huggingface_hub import EvalResult

    said = manifest.metrics
    seen_by, count = said.get("features", "unnamed"), said.get("count", "?")
    dataset = str(said.get("dataset", manifest.dataset))
    for name, title in METRICS.items():
        if name in said:
            yield EvalResult(
                task_type=TASK,
                dataset_type=HUB.get(dataset, dataset),
                dataset_name=dataset,
                dataset_split=str(said.get("against", "test")),
                metric_type=name,
                metric_value=said[name],
                metric_name=f"{title} in {seen_by} features, {count} samples",
            )
