"""Model cards, Markdown with Hub metadata: how a model came about and what was measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import TrainingConfig
from gan_studio.gans.families import family
from gan_studio.vision import features

if TYPE_CHECKING:
    from huggingface_hub import EvalResult
from gan_studio.datasets.terms import HUB_NAMES, TERMS

DEFAULT_LIMITATION = "it draws what its data show; some pictures are unreadable."
LIMITATIONS = {
    "celeba": "its faces are not of real people but echo the data's biases: celebrities, most of "
    "them young and light-skinned, with attributes that strangers judged by eye; some are warped."
}
"""what whoever uses a model must know, by its data; READABLE for the others"""
METRIC_TITLES = {
    "fid": "FID",
    "kid": "KID",
    "precision": "precision",
    "recall": "recall",
    "confident_share": "confident share",
    "label_accuracy": "label accuracy",
}
"""what a card says of what was measured, in this order"""


def render(manifest: Manifest, repo: str = "") -> str:
    """The README.md of a model directory; with `repo`, of the repository that it has on the Hub."""
    size = manifest.config.image_size
    said = manifest.training
    owned = f"somebody's own pictures, {manifest.dataset}; their terms are their owner's."
    data = " ".join([TERMS.get(manifest.dataset, owned), *inherited_terms(manifest)])
    known = [name for name in (manifest.dataset, *ancestry(manifest)) if name in LIMITATIONS]
    limits = LIMITATIONS[known[0]] if known else DEFAULT_LIMITATION
    return f"""---
{front_matter(manifest, repo)}---
# {manifest.family} on {manifest.dataset}, {size} × {size}

{family(manifest.family).paper}

![Pictures of the averaged generator](samples.png)
{usage(repo)}
- **Data**: {data}
- **Training**: {said.get("steps", 0):,} steps of {manifest.config.batch_size} pictures in \
{said.get("seconds", 0) / 60:.0f} minutes on {said.get("device", "an unnamed device")}, by

  `{command(manifest)}`
{changes_line(said.get("changes", ()))}{metrics_line(manifest.metrics)}- **Limits**: {limits}
"""


def changes_line(changes: Sequence[Mapping[str, Any]]) -> str:
    """What became different on the way: the command above has the last values."""
    if not changes:
        return ""
    told = []
    for change in changes:
        values = [f"{k} {v}" for k, v in change.items() if k != "step"]
        told.append(f"{', '.join(values)} from step {change['step']:,} on")
    return f"- **Changed on the way**: {'; '.join(told)}.\n"


def inherited_terms(manifest: Manifest) -> Iterator[str]:
    """What binds a model because it learned on from another one's weights."""
    for name in ancestry(manifest):
        if name == BINDING_DATASET != manifest.dataset:
            yield f"It learned on from a model of {TERMS[name]}"


def usage(repo: str) -> str:
    """How anyone loads what is published."""
    if not repo:
        return ""
    return f"""
With GAN Studio:

```python
from gan_studio import hub

gan = hub.from_pretrained("{repo}")
images = gan.generator(gan.labelled(gan.latents(16)))  # (16, C, H, W) in [-1, 1]
```
"""


def command(manifest: Manifest) -> str:
    """The command that trains this model: every value that is not a default."""
    said = manifest.training
    settings = {f.name: said.get(f.name, f.default) for f in dataclasses.fields(TrainingConfig)}
    flags = {"dataset": manifest.dataset, "output": f"runs/{manifest.family}-{manifest.dataset}"}
    flags |= {"steps": settings.pop("steps")}
    flags |= non_defaults(manifest.config, dataclasses.asdict(manifest.config))
    flags |= non_defaults(TrainingConfig(), settings)
    text = " ".join(format_flag(name.replace("_", "-"), value) for name, value in flags.items())
    return f"python -m gan_studio train {manifest.family} {text}"


def format_flag(name: str, value: Any) -> str:
    """How a value is said on the command line."""
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
    """What was measured, and on what."""
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


TASK = "unconditional-image-generation"
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
BINDING_DATASET = "celeba"
"""the data whose licence also binds what learned on, whatever from"""
METRICS = {"fid": "FID", "kid": "KID", "precision": "Precision", "recall": "Recall"}


def ancestry(manifest: Manifest) -> list[str]:
    """Data sets from which the model's first weights had learned, the eldest first."""
    told = manifest.training.get("ancestry")
    return [str(name) for name in told] if isinstance(told, list) else []


def licence(manifest: Manifest) -> dict[str, str]:
    """What the front matter says of the licence; nothing where that is somebody's to say."""
    learned = BINDING_DATASET if BINDING_DATASET in ancestry(manifest) else manifest.dataset
    return LICENCES.get(learned, {})


def front_matter(manifest: Manifest, repo: str = "") -> str:
    """The front matter, without the lines around it."""
    from huggingface_hub import ModelCardData

    datasets = HUB_NAMES.get(manifest.dataset)
    results = list(eval_results(manifest))
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


def eval_results(manifest: Manifest) -> Iterator[EvalResult]:
    """What was measured, as the Hub lists results; nothing of a model that was not."""
    from huggingface_hub import EvalResult

    said = manifest.metrics
    seen_by, count = said.get("features", "unnamed"), said.get("count", "?")
    dataset = str(said.get("dataset", manifest.dataset))
    for name, title in METRICS.items():
        if name in said:
            yield EvalResult(
                task_type=TASK,
                dataset_type=HUB_NAMES.get(dataset, dataset),
                dataset_name=dataset,
                dataset_split=str(said.get("against", "test")),
                metric_type=name,
                metric_value=said[name],
                metric_name=f"{title} in {seen_by} features, {count} samples",
            )
