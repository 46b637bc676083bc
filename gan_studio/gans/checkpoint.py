"""Models and training states on disk: JSON and safetensors, written whole, read with suspicion."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import torch as safetensors
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from gan_studio.core.fields import type_hints
from gan_studio.core.files import (
    MODEL,
    contiguous,
    load_tensors,
    open_tensors,
    read_tensors,
    save_tensors,
    write_atomic,
)
from gan_studio.core.log import warn_once
from gan_studio.core.validation import abbreviate
from gan_studio.gans import base
from gan_studio.gans.config import GANConfig, matches_type
from gan_studio.gans.families import any_family

CONFIG, STATE, HISTORY, SAMPLES, CARD, BEST, SLIDERS, DIRECTIONS, DISTANCE, NEAREST = (
    "config.json",
    "state.safetensors",
    "history.csv",
    "samples.png",
    "README.md",
    "best",
    "sliders.json",
    "sliders.safetensors",
    "distance.png",
    "nearest.png",
)
CARD_PICTURES = (SAMPLES, DISTANCE, NEAREST)
"""the pictures that a card shows, where they exist"""
FORMAT = 1
OLD_NAMES = {
    "r1_share": "r1_fraction",
    "skip_below": "skip_d_below",
    "real_target": "real_label",
    "advice": "vision_aided",
}
"""fields of configurations that earlier versions called otherwise: in files, flags and requests"""
OLD_VALUES = {"discriminator_norm": False}
"""fields that older files lack, with what earlier versions did, where the default is another"""
C = TypeVar("C")
SHARES = "precision", "recall", "confident_share", "label_accuracy"
NUMBERS = frozenset({"fid", "kid", *SHARES, "count", "seconds"})
"""the entries of Manifest.metrics, and of its `real_vs_real`, that are numbers"""
OLD_METRICS = {"floor": "real_vs_real", "readable": "confident_share", "obeyed": "label_accuracy"}
"""what metrics are called in older files -> here"""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The content of config.json."""

    family: str
    config: GANConfig
    channels: int
    dataset: str
    classes: int = 0
    """labels that a conditional family tells apart; 0 for the others"""
    training: Mapping[str, Any] = field(default_factory=dict)
    """the training: its configuration, steps and seconds"""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """what was measured, with what it was measured on"""
    source: Mapping[str, Any] = field(default_factory=dict)
    """of a generator that was imported: the file, its SHA-256, its format, its terms"""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """what a newer version said beyond that, `config` being what it said there: saved as it was"""

    def build(self) -> base.GAN:
        """The networks, with fresh weights."""
        gan = any_family(self.family).gan(self.config, self.channels, self.classes)
        if self.source:
            gan.discriminator = base.NoDiscriminator()
        return gan


def save_model(directory: Path, model: base.GAN, generator: nn.Module, manifest: Manifest) -> None:
    """Write config.json and model.safetensors; `generator` is the one to sample from."""
    tensors = model.state_dict()
    tensors |= {f"generator.{k}": v for k, v in generator.state_dict().items()}
    save_tensors(directory / MODEL, tensors)
    save_manifest(directory, manifest)


def save_manifest(directory: Path, manifest: Manifest) -> None:
    """Write config.json alone."""
    fields = dataclasses.asdict(manifest)
    unknown = fields.pop("unknown")
    if not manifest.source:
        del fields["source"]
    fields["config"] |= unknown.pop("config", {})
    plain = {"format": FORMAT, **fields, **unknown}
    write_atomic(directory / CONFIG, (json.dumps(plain, indent=2) + "\n").encode())


def load_manifest(directory: Path) -> Manifest:
    """Read config.json; ValueError with one sentence when it is missing or makes no sense."""
    path = directory / CONFIG
    try:
        plain = json.loads(path.read_text("utf-8"))
        version = plain.pop("format")
    except FileNotFoundError:
        raise ValueError(f"{directory} holds no model: {CONFIG} is missing.") from None
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        raise ValueError(f"{path} is damaged: it is not the JSON that GAN Studio writes.") from None
    if version != FORMAT:
        raise ValueError(
            f"{path} has format {version!r}; this version of GAN Studio reads {FORMAT}."
        )
    try:
        manifest = _manifest(plain)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is damaged: {error}.") from None
    _check(path, manifest)
    if names := [*manifest.unknown.get("config", {}), *(manifest.unknown.keys() - {"config"})]:
        warn_once(
            f"{path} is of a newer version; ignored here: {', '.join(map(abbreviate, names))}."
        )
    return manifest


def _manifest(plain: dict[str, Any]) -> Manifest:
    kind, fields = any_family(plain["family"]).config, with_current_names(plain.pop("config"))
    names = {f.name for f in dataclasses.fields(kind)}
    fields = {name: value for name, value in OLD_VALUES.items() if name in names} | fields
    if "metrics" in plain:
        plain["metrics"] = current_metric_names(plain["metrics"])
    config = read_config(kind, fields)
    unknown = {name: plain.pop(name) for name in unknown_entries(Manifest, plain, "unknown")}
    if settings := {name: fields[name] for name in unknown_entries(kind, fields)}:
        unknown["config"] = settings
    if changes := plain.get("training", {}).get("changes"):
        plain["training"]["changes"] = [with_current_names(change) for change in changes]
    return Manifest(config=config, **plain, unknown=unknown)


def _check(path: Path, manifest: Manifest) -> None:
    """ValueError where what was read makes no sense together."""
    if type(manifest.channels) is not int or manifest.channels not in (1, 3):
        raise ValueError(f"{path} is damaged: {manifest.channels!r} channels, where 1 or 3 can be.")
    conditional = any_family(manifest.family).gan.conditional(manifest.config)
    if (
        type(manifest.classes) is not int
        or not conditional <= manifest.classes <= 1000 * conditional
    ):
        raise ValueError(
            f"{path} is damaged: {manifest.family} cannot have {manifest.classes!r} classes."
        )
    plain_words = isinstance(manifest.dataset, str) and isinstance(manifest.training, dict)
    plain_words = plain_words and isinstance(manifest.source, dict)
    if not (plain_words and _are_numbers(manifest.metrics)):
        raise ValueError(f"{path} is damaged: dataset, training, metrics or source make no sense.")


def inspect(directory: Path) -> Manifest:
    """The manifest of a model; of its weights only the header is read.

    ValueError with one sentence where either is missing or damaged.
    """
    manifest = load_manifest(directory)
    with open_tensors(directory / MODEL):
        return manifest


def unknown_entries(kind: type, plain: Mapping[str, Any], *others: str) -> list[str]:
    """Entries of some JSON that are no fields of a dataclass, or one of these others."""
    field_names = {f.name for f in dataclasses.fields(kind)}.difference(others)
    return [name for name in plain if name not in field_names]


def with_current_names(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Values by field, old names replaced by those of today."""
    return {OLD_NAMES.get(name, name): value for name, value in plain.items()}


def read_config(kind: type[C], plain: Mapping[str, Any]) -> C:
    """A configuration out of JSON; TypeError where a value is not of its field's own type.

    Fields that it does not have are passed over: a newer version may know them.
    """
    hints, plain = type_hints(kind), with_current_names(plain)
    values = {name: plain[name] for name in plain.keys() - unknown_entries(kind, plain)}
    for name, value in values.items():
        if not matches_type(value, hints[name]):
            raise TypeError(f"{name} cannot be {value!r}")
    return kind(**values)


def current_metric_names(metrics: Any) -> Any:
    """Metrics out of JSON by the names that they have here."""
    if not isinstance(metrics, dict):
        return metrics
    return {
        OLD_METRICS.get(name, name): current_metric_names(value) for name, value in metrics.items()
    }


def _are_numbers(metrics: Any) -> bool:
    """Whether there are numbers wherever the faces show some."""
    real = metrics.get("real_vs_real", {}) if isinstance(metrics, dict) else None
    if not isinstance(real, dict):
        return False
    pairs = [*metrics.items(), *real.items()]
    return all(type(value) in (int, float) for name, value in pairs if name in NUMBERS)


def load_model(directory: Path) -> tuple[base.GAN, Manifest]:
    """A model on the CPU, ready to sample; ValueError with one sentence when it is not intact."""
    manifest = load_manifest(directory)
    tensors = load_tensors(directory / MODEL)
    model = _without_memory(manifest)
    shapes = {k: (v.shape, v.dtype) for k, v in model.state_dict().items()}
    if shapes != {k: (v.shape, v.dtype) for k, v in tensors.items()}:
        raise ValueError(f"{directory / MODEL} does not fit its {CONFIG}: other layers or shapes.")
    if not all(bool(v.isfinite().all()) for v in tensors.values()):
        raise ValueError(f"{directory / MODEL} is damaged: a weight is not a number.")
    model.load_state_dict(tensors, assign=True)
    return model.eval().requires_grad_(False), manifest


def expected_tensors(manifest: Manifest) -> dict[str, Tensor]:
    """Names and shapes of a model's weights, as tensors that take no memory."""
    return _without_memory(manifest).state_dict()


def _without_memory(manifest: Manifest) -> base.GAN:
    """The networks without weights: no memory is taken before shapes are known to fit."""
    with torch.device("meta"), _SkipInit():
        return manifest.build()


def save_state(directory: Path, parts: Mapping[str, Any], numbers: Mapping[str, Any]) -> None:
    """Write what a resume needs: modules and optimisers by name, and what fits into JSON."""
    tensors: dict[str, Tensor] = {"rng.cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["rng.cuda"] = torch.cuda.get_rng_state()
    for name, part in parts.items():
        tensors |= {f"{name}.{k}": v for k, v in _flatten(part).items()}
    metadata = {"numbers": json.dumps(dict(numbers))}
    write_atomic(directory / STATE, safetensors.save(contiguous(tensors), metadata))


def load_state(directory: Path, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Bring `parts` and the random numbers back to where they were saved; returns the numbers."""
    tensors, metadata = read_tensors(directory / STATE)
    try:
        for name, part in parts.items():
            prefix = f"{name}."
            _restore(
                part,
                {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)},
            )
        torch.set_rng_state(tensors["rng.cpu"])
        if torch.cuda.is_available() and "rng.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["rng.cuda"])
        return json.loads(metadata["numbers"])
    except (KeyError, RuntimeError, ValueError):
        raise ValueError(
            f"{directory / STATE} does not belong to this model and configuration."
        ) from None


def save_card(directory: Path, text: str) -> None:
    """Write README.md, the model card."""
    write_atomic(directory / CARD, text.encode())


def save_history(directory: Path, rows: Sequence[Mapping[str, float]]) -> None:
    """Write history.csv; its first column is `step`, and what a row does not say is empty."""
    text = io.StringIO(newline="")
    columns = dict.fromkeys(["step", *(name for row in rows for name in row)])
    table = csv.DictWriter(text, list(columns), lineterminator="\n")
    table.writeheader()
    table.writerows({k: f"{v:.6g}" if k != "step" else v for k, v in row.items()} for row in rows)
    write_atomic(directory / HISTORY, text.getvalue().encode())


def load_history(directory: Path) -> list[dict[str, float]]:
    """The rows of history.csv, each without what it leaves blank; none without such a file."""
    try:
        with (directory / HISTORY).open(newline="") as file:
            texts = [{k: v for k, v in row.items() if v != ""} for row in csv.DictReader(file)]
            rows = [{k: float(v) for k, v in row.items()} for row in texts]
            return [{**row, "step": int(row["step"])} for row in rows]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError, OSError, csv.Error):
        raise ValueError(f"{directory / HISTORY} is damaged.") from None


def _same(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
    return tensor


SHAPE_ONLY: dict[str, Callable[..., Tensor]] = {
    **dict.fromkeys(("normal_", "uniform_", "kaiming_uniform_"), _same),
    **dict.fromkeys(("normalize", "div", "__truediv__"), _same),
    "randn": torch.empty,
    "mv": lambda matrix, _: matrix[:, 0],
    "vdot": lambda vector, _: vector[0],
}
"""what draws starting weights, and what spectral normalisation does with them: shapes alone"""


class _SkipInit(TorchFunctionMode):
    """Leaves out starting weights.

    On the meta device computing them imports torch's compiler: seconds, and 170 MB that stay.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return (SHAPE_ONLY.get(func.__name__) or func)(*args, **(kwargs or {}))


def _flatten(part: Any) -> dict[str, Tensor]:
    """State of a module, or of an optimiser as `<parameter>.<name>`."""
    if isinstance(part, nn.Module):
        return part.state_dict()
    return {
        f"{i}.{k}": v for i, slots in part.state_dict()["state"].items() for k, v in slots.items()
    }


def _restore(part: Any, tensors: Mapping[str, Tensor]) -> None:
    if isinstance(part, nn.Module):
        part.load_state_dict(tensors)
        return
    slots: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, _, name = key.partition(".")
        slots.setdefault(int(index), {})[name] = value
    part.load_state_dict({"state": slots, "param_groups": part.state_dict()["param_groups"]})
    for p, moments in part.state.items():  # fused optimisers need moments laid out as p is
        like_p = {k: torch.empty_like(p).copy_(v) for k, v in moments.items() if v.dim()}
        moments.update(like_p)
