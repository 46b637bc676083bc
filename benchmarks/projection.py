"""Held-out faces approached, against the best of many random pictures of the same model.

python -m benchmarks.projection runs/stylegan2-celeba
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import fmean

import torch
import tyro
from PIL import Image
from torch import Tensor

from benchmarks import report
from gan_studio import vision
from gan_studio.datasets import registry
from gan_studio.gans.latents import paths
from gan_studio.images import convert
from gan_studio.models.library import Library
from gan_studio.models.model import Model
from gan_studio.studio import projection
from gan_studio.studio.projection import ProjectionConfig, distances, features, target

JUDGES = "embedded", "vgg19"
"""the network that the descent looks through, and one that it never sees"""


def random_pictures(model: Model, count: int) -> Tensor:
    """Of a seed that no projection draws from."""
    return model.draw(model.sample(paths.PROBE + 1, count))


@torch.inference_mode()
def nearest(judge: str, pictures: Tensor, goal: Tensor) -> float:
    """The smallest perceptual distance from `wanted` (1, C, H, W)."""
    network = vision.load(judge)
    goal_features = features(network, goal)
    minima = [
        distances(features(network, part), goal_features).min().item()
        for part in pictures.split(50)
    ]
    return min(minima)


def main(
    model: tyro.conf.Positional[str],
    /,
    *,
    dataset: str = "celeba",
    faces: int = 20,
    random: int = 1000,
    threads: int = 2,
    config: tyro.conf.OmitArgPrefixes[ProjectionConfig] = ProjectionConfig(),  # noqa: B008  # frozen
    output: Path | None = None,
) -> None:
    """Approach faces of the test set one by one; print seconds and distances.

    Args:
        model: name or directory
        dataset: whose test set is approached
        faces: how many, evenly from the whole set
        random: pictures among which the nearest is what must be beaten
        threads: of torch
        output: where a contact sheet goes: each face, the nearest random picture's rival, ours
    """
    torch.set_num_threads(threads)
    entry, network = Library().load(model), vision.load("embedded")
    size = entry.manifest.config.image_size
    test = registry.load(dataset, size, train=False, channels=entry.manifest.channels)
    rivals, rows = random_pictures(entry, random), dict[str, tuple[str, ...]]()
    judges = [judge for judge in JUDGES if vision.is_available(judge)]
    ratios: dict[str, list[float]] = {judge: [] for judge in judges}
    seconds, pairs = list[float](), list[Image.Image]()
    for i in range(0, len(test), max(1, len(test) // faces)):
        face = convert.to_pil(test.images[i].permute(1, 2, 0).numpy())
        start = time.perf_counter()
        *_, last = projection.project(entry, face, network, config)
        seconds.append(time.perf_counter() - start)
        true, ours = target(entry, face), target(entry, last.image)
        for judge in judges:
            ratios[judge].append(nearest(judge, ours, true) / nearest(judge, rivals, true))
        latest = tuple(f"{ratios[judge][-1]:.2f}" for judge in judges)
        rows[str(i)] = f"{seconds[-1]:.1f}", *latest
        pairs += [face, last.image]
        print(i, *rows[str(i)], flush=True)
    means = tuple(f"{fmean(ratios[judge]):.3f}" for judge in judges)
    rows["mean"] = f"{fmean(seconds):.1f}", *means
    report.table(
        "face", "seconds", *(f"of the nearest of {random}, {j}" for j in judges), rows=rows
    )
    if output:
        stack = torch.stack([torch.tensor(list(p.tobytes())) for p in pairs])
        convert.grid(stack.view(len(pairs), size, size, -1).byte().numpy(), columns=8).save(output)


if __name__ == "__main__":
    tyro.cli(main)
