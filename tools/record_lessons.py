"""What the figures of the Learn tab show: `python -m tools.record_lessons [names]`.

Trainings are recorded by the project's own loop, with what its monitor saw and its detectors found;
style transfer by its own networks and losses. MNIST must be in GAN_STUDIO_DATA for the real digits.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image

from gan_studio import vision
from gan_studio.core.events import Observation, Sample, Step
from gan_studio.datasets import registry
from gan_studio.gans.base import Diverged
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.lessons import RECORDED
from gan_studio.studio import Studio, TrainingConfig, TrainingRequest, diagnostics, family
from gan_studio.style_transfer import StyleConfig, examples
from gan_studio.style_transfer.losses import relative_error
from gan_studio.vision.network import gram_matrix

FRAMES = 20
"""observations of a training"""
SIZE = 16
"""pixels of the digits that are learnt"""
COLUMNS, ROWS = 6, 4
"""pictures of a frame"""
KEPT = (
    *("generator", "discriminator", "d_real", "d_fake", "accuracy", "distance", "diversity"),
    *("generator_gradient", "discriminator_gradient"),
)
"""columns of a training that are shown"""
MAX_BYTES = 300_000
"""of a training"""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A training: its family, and what of its configuration is not the default."""

    family: str
    steps: int
    changes: Mapping[str, Any] = field(default_factory=dict)
    expected: str = ""
    """what the detectors must find, or nothing"""


SMALL = {"image_size": SIZE, "latent_dim": 12, "batch_size": 16, "augment": "none"}
STRONG = {**SMALL, "width": 8, "r1_gamma": 0.0, "discriminator_rate": 0.01, "learning_rate": 2e-4}
"""a discriminator that learns fifty times as fast and is held by nothing"""
TRAININGS = {
    "balance": Recording(
        family="dcgan", steps=1000, changes={**SMALL, "batch_size": 32, "width": 16}
    ),
    "vanishing": Recording(
        family="gan", steps=300, expected="vanishing gradients",
        changes={**STRONG, "objective": "minimax"},
    ),
    "vanishing-remedy": Recording(
        family="gan", steps=1500,
        changes={**SMALL, "width": 64, "objective": "non-saturating", "r1_gamma": 5.0},
    ),
    "collapse": Recording(
        family="gan", steps=300, expected="mode collapse",
        changes={**SMALL, "width": 8, "r1_gamma": 0.0, "beta1": 0.5, "learning_rate": 1e-2,
                 "discriminator_rate": 1e-4},
    ),
    "collapse-remedy": Recording(
        family="gan", steps=1500,
        changes={**SMALL, "width": 64, "r1_gamma": 5.0, "beta1": 0.0, "learning_rate": 1e-3,
                 "discriminator_rate": 1e-3},
    ),
    "oscillation": Recording(
        family="wgan-gp", steps=300, expected="oscillation without progress",
        changes={**SMALL, "width": 8, "lambda_gp": 0.0, "beta1": 0.9},
    ),
    "oscillation-remedy": Recording(
        family="wgan-gp", steps=1000,
        changes={**SMALL, "batch_size": 32, "width": 16, "lambda_gp": 10.0},
    ),
}  # fmt: skip


def record(name: str) -> None:
    """Train, and write what was seen: numbers as JSON, samples side by side as a JPEG."""
    one = TRAININGS[name]
    config = family(one.family).config(**one.changes)
    every = max(1, one.steps // FRAMES)
    settings = TrainingConfig(
        steps=one.steps,
        log_every=min(10, every),
        sample_every=every,
        save_every=one.steps,
        evaluate_every=0,
        precision="float32",
    )
    rows: dict[int, dict[str, float]] = {}
    samples: list[tuple[int, Image.Image]] = []
    failure = ""
    with tempfile.TemporaryDirectory() as folder:
        request = TrainingRequest(
            family=one.family, dataset="digits", config=config, settings=settings,
            output=Path(folder) / "run",
        )  # fmt: skip
        try:
            for event in Studio(device="cpu").train(request):
                match event:
                    case Step(step=step, losses=values) | Observation(step=step, values=values):
                        rows.setdefault(step, {"step": step}).update(values)
                    case Sample(step=step, grid=grid):
                        samples.append((step, _frame(grid)))
                    case _:
                        pass
        except Diverged as error:
            failure = str(error)
    history = [rows[step] for step in sorted(rows)]
    output = family(one.family).gan.output
    findings = dict[str, tuple[int, diagnostics.Finding]]()
    for n in range(1, len(history) + 1):
        for finding in diagnostics.examine(history[:n], config, output, failure * (n == len(rows))):
            findings.setdefault(finding.name, (int(history[n - 1]["step"]), finding))
    state = name, list(findings), history[-1], failure
    assert not one.expected or one.expected in findings, state
    _save_training(name, one, history, samples, [findings[one.expected]] if one.expected else [])


def _frame(grid: Image.Image) -> Image.Image:
    """The first pictures of a sample grid, which stand apart by two pixels."""
    step = SIZE + 2
    return grid.crop((0, 0, COLUMNS * step - 2, ROWS * step - 2))


def _save_training(
    name: str, one: Recording, history: Sequence[Mapping[str, float]],
    samples: Sequence[tuple[int, Image.Image]],
    findings: Sequence[tuple[int, diagnostics.Finding]],
) -> None:  # fmt: skip
    columns = {
        key: [[int(row["step"]), _short(row[key])] for row in history if _finite(row, key)]
        for key in KEPT
    }
    content = {
        "family": one.family,
        "changes": dict(one.changes),
        "columns": {key: values for key, values in columns.items() if values},
        "frames": [step for step, _ in samples],
        "findings": [
            {"step": step, "name": f.name, "evidence": f.evidence, "explanation": f.explanation,
             "remedies": [remedy.title for remedy in f.remedies]}
            for step, f in findings
        ],
    }  # fmt: skip
    sheet = _row([grid for _, grid in samples])
    size = _write_json(f"{name}.json", content) + _write_jpeg(f"{name}.jpg", sheet)
    assert size <= MAX_BYTES, size
    print(name, size, [(step, f.name) for step, f in findings], history[-1])


def _finite(row: Mapping[str, float], key: str) -> bool:
    return key in row and math.isfinite(row[key])


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _row(pictures: Sequence[Image.Image]) -> Image.Image:
    width, height = pictures[0].size
    sheet = Image.new(pictures[0].mode, (width * len(pictures), height))
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i * width, 0))
    return sheet


def _write_json(name: str, content: Any) -> int:
    text = json.dumps(content, separators=(",", ":"))
    return (RECORDED / name).write_text(text + "\n", "utf-8")


def _write_jpeg(name: str, picture: Image.Image, quality: int = 85) -> int:
    return (RECORDED / name).write_bytes(image_files.encode(picture, "JPEG", quality=quality))


def digits() -> None:
    """Two of scikit-learn's digits in the plane of their principal components."""
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression

    pictures, labels = load_digits(return_X_y=True)
    pictures = np.asarray(pictures) * 255 / 16
    pair = (3, 4)
    mask = np.isin(labels, pair)
    pca = PCA(2, random_state=0).fit(pictures[mask])
    plane, labels = pca.transform(pictures[mask]), labels[mask]
    line = LogisticRegression().fit(plane, labels == pair[1])
    classes = [_class(plane[labels == digit], digit) for digit in pair]
    low, high = plane.min(0) - 100, plane.max(0) + 100
    content = {
        "classes": classes,
        "mean": np.asarray(pca.mean_, float).round(1).tolist(),
        "components": np.asarray(pca.components_, float).round(4).tolist(),
        "limits": [round(float(v)) for v in (low[0], high[0], low[1], high[1])],
        "boundary": {
            "weights": [round(float(w), 6) for w in line.coef_[0]],
            "bias": round(float(line.intercept_[0]), 4),
            "accuracy": round(float(line.score(plane, labels == pair[1])), 4),
        },
    }
    print("digits", _write_json("digits.json", content), content["boundary"])


def _class(points: np.ndarray, digit: int) -> dict[str, Any]:
    """A digit's points, and the normal distribution that fits them best."""
    covariance = np.cov(points.T)
    return {
        "digit": digit,
        "points": points.round(1).tolist(),
        "mean": points.mean(0).round(2).tolist(),
        "axes": np.linalg.cholesky(covariance).round(3).tolist(),
        "inverse": np.linalg.inv(covariance).tolist(),
        "norm": float(1 / (2 * math.pi * math.sqrt(np.linalg.det(covariance)))),
    }


def real(model: str = "dcgan-mnist", count: int = 8) -> None:
    """Real digits, and what a shipped discriminator says of them."""
    entry = Studio(device="cpu").library.get(model)
    pictures = registry.load("mnist", entry.gan.config.image_size, train=False).images[:count]
    values = entry.discriminate(convert.from_uint8(pictures), torch.zeros(count)).values
    sheet = convert.grid(pictures.permute(0, 2, 3, 1).numpy(), columns=count, gap=0)
    content = {"model": model, "values": [_short(v) for v in values.tolist()]}
    print("real", _write_json("real.json", content) + _write_jpeg("real.jpg", sheet, 92), content)


SIDE = 128
"""pixels of the pictures of style transfer"""
CONTENT, STYLE = "astronaut", "The Starry Night"
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")
PAINTING_FRAMES = 12


def style() -> None:
    """Content rebuilt from one layer, Gram matrices, and paintings with their three losses."""
    network = vision.load("embedded", torch.device("cpu"))
    content, painting = (_square(p) for p in (examples.content(CONTENT), examples.style(STYLE)))
    layers = [name for name in LAYERS if name in network.layers]
    rebuilt = [_picture(_rebuild(network, _tensor(content), layer)) for layer in layers]
    originals = {"content": content, "painting": painting}
    grams = {
        name: [_gram_picture(network, p, layer) for layer in layers]
        for name, p in originals.items()
    }
    starts: tuple[Literal["noise", "content"], ...] = ("noise", "content")
    paintings = {start: _paint(content, painting, start) for start in starts}
    summary = {
        "layers": layers,
        "content": CONTENT,
        "style": STYLE,
        "channels": [network.channels[name] for name in layers],
        "paintings": {start: losses for start, (_, losses) in paintings.items()},
    }
    size = _write_json("style.json", summary)
    size += _write_jpeg("style-rebuilt.jpg", _row([content, *rebuilt]), 72)
    for name, pictures in grams.items():
        size += _write_jpeg(f"style-gram-{name}.jpg", _row([originals[name], *pictures]), 72)
    for start, (frames, _) in paintings.items():
        size += _write_jpeg(f"style-from-{start}.jpg", _row(frames), 72)
    print("style", size)


def _square(picture: Image.Image) -> Image.Image:
    return convert.center_crop(picture.convert("RGB"), SIDE)


def _tensor(picture: Image.Image) -> torch.Tensor:
    return convert.from_uint8(torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None])


def _picture(image: torch.Tensor) -> Image.Image:
    return convert.to_pil(convert.to_uint8(image)[0])


def _rebuild(network: Any, target: torch.Tensor, layer: str, steps: int = 60) -> torch.Tensor:
    """A picture from noise whose features at one layer are those of the target (Gatys, 2016)."""
    torch.manual_seed(0)
    with torch.no_grad():
        features = network(target, [layer])[layer]
    image = (0.1 * torch.randn_like(target)).requires_grad_()
    optimizer = torch.optim.Adam([image], 0.08)
    for _ in range(steps):
        optimizer.zero_grad()
        relative_error(network(image, [layer])[layer], features).backward()
        optimizer.step()
    return image.detach().clamp(-1, 1)


def _gram_picture(network: Any, picture: Image.Image, layer: str) -> Image.Image:
    """The Gram matrix as a picture: correlations of the first channels, the largest white."""
    with torch.no_grad():
        gram = gram_matrix(network(_tensor(picture), [layer])[layer])[0]
    scale = gram.diagonal().clamp_min(1e-12).rsqrt()
    correlations = (gram * scale[:, None] * scale)[:32, :32].clamp(0, 1)
    grey = Image.fromarray((correlations.numpy() * 255).astype(np.uint8))
    return grey.resize((SIDE, SIDE), Image.Resampling.NEAREST).convert("RGB")


def _paint(content: Image.Image, painting: Image.Image, start: Literal["noise", "content"]) -> Any:
    """Frames of a painting, and its losses."""
    config = StyleConfig(size=SIDE, steps=48, init=start, multi_scale=False, every=1)
    frames: list[Image.Image] = []
    losses: list[dict[str, float]] = []
    for frame in Studio(device="cpu").stylize(content, [painting], config):
        frames.append(frame.image.convert("RGB"))
        losses.append({"step": frame.step, **{k: _short(v) for k, v in frame.losses.items()}})
    places = [round(i * (len(frames) - 1) / (PAINTING_FRAMES - 1)) for i in range(PAINTING_FRAMES)]
    return [frames[i] for i in places], [losses[i] for i in places]


OTHERS: Mapping[str, Callable[[], None]] = {"digits": digits, "real": real, "style": style}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join([*TRAININGS, *OTHERS]))
    torch.set_num_threads(1)
    RECORDED.mkdir(exist_ok=True)
    for name in parser.parse_args().names or [*OTHERS, *TRAININGS]:
        OTHERS[name]() if name in OTHERS else record(name)


if __name__ == "__main__":
    main()
