"""Distillation of a wide feature network into a narrow one.

The student starts as the pruned teacher, so each of its channels corresponds to one of the
teacher's. It then learns the same features and Gram matrices, all layers together.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from gan_studio.core import walk
from gan_studio.core.devices import fast_bfloat16
from gan_studio.core.events import Step
from gan_studio.core.log import warn_once
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.vision.network import STUDENT, FeatureNetwork, gram_matrix
from tools.pruning import prune

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")
"""layers that style transfer uses"""
CROP = 96
BATCH = 16
LEARNING_RATE, WARM_UP = 3e-4, 20
PRUNING_BATCHES = 8
"""batches for choosing the channels"""
LOG_EVERY = 10
SNAPSHOT_EVERY = 250
NOISE_SHARE = 0.25
"""share of crops to which noise is added: style transfer may start from noise"""


def distill(
    teacher: FeatureNetwork, pictures: Sequence[Sequence[Tensor]], steps: int, seed: int = 0
) -> Generator[Step | FeatureNetwork]:
    """Train a student on crops of the pictures; every set of them is drawn from equally often.

    Pictures are (3, H, W) uint8 with H and W at least CROP. The student comes as it is at every
    SNAPSHOT_EVERY steps and at the end; each layer of the teacher, and so its own, is scaled to a
    mean activation of 1 before.
    """
    torch.manual_seed(seed)
    batches = crops(pictures, seed)
    first = [next(batches) for _ in range(PRUNING_BATCHES)]
    scale(teacher, first[0])
    student, channels = prune(teacher, STUDENT, first)
    student.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs
    optimizer = torch.optim.Adam(student.parameters(), LEARNING_RATE, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: lr_factor(step, steps))
    bfloat16, start = fast_bfloat16(torch.device("cpu")), time.perf_counter()
    for step in range(1, steps + 1):
        x = next(batches)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            with torch.no_grad():
                targets = {
                    name: seen[:, channels[name]] for name, seen in teacher(x, LAYERS).items()
                }
            features, grams = losses(student(x, LAYERS), targets)
        optimizer.zero_grad()
        (features + grams).backward()
        optimizer.step()
        schedule.step()
        if step == steps or step % LOG_EVERY == 0:
            rate = step / (time.perf_counter() - start)
            yield Step(
                step=step,
                total=steps,
                losses={"features": features.item(), "grams": grams.item()},
                images_per_second=rate * BATCH,
                seconds_left=(steps - step) / rate,
            )
        if step == steps or step % SNAPSHOT_EVERY == 0:
            yield student


def lr_factor(step: int, steps: int) -> float:
    """Learning rate relative to its peak: a short warm-up, then a cosine down to 0."""
    return min(1.0, (step + 1) / WARM_UP) * (1 + math.cos(math.pi * step / steps)) / 2


def load_pictures(folder: Path) -> list[Tensor]:
    """The pictures of a folder and those below it, (3, H, W) uint8, none smaller than a crop.

    A file that cannot be read is left out.
    """
    pictures = []
    paths = (path for path in walk.walk_files(folder, links=True) if isinstance(path, Path))
    for path in sorted(path for path in paths if path.suffix.lower() in image_files.ENDINGS):
        try:
            image = image_files.load(path).convert("RGB")
        except ValueError as error:
            warn_once(str(error))
            continue
        zoom = CROP / min(image.size)
        if zoom > 1:
            image = image.resize([math.ceil(zoom * side) for side in image.size])
        pictures.append(torch.from_numpy(np.array(image)).permute(2, 0, 1))
    if not pictures:
        raise ValueError(f"{folder} holds no pictures.")
    return pictures


def losses(outputs: dict[str, Tensor], targets: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Squared errors of features and of Gram matrices relative to the targets, mean over layers."""
    pairs = [(outputs[name], targets[name]) for name in LAYERS]
    features = torch.stack([relative_error(f, w) for f, w in pairs]).mean()
    grams = torch.stack([relative_error(gram_matrix(f), gram_matrix(w)) for f, w in pairs]).mean()
    return features, grams


def relative_error(x: Tensor, target: Tensor) -> Tensor:
    """||x - target||² / ||target||² of each picture, on average."""
    error = (x - target).flatten(1).float().square().sum(1)
    return (error / target.flatten(1).float().square().sum(1).clamp_min(1e-8)).mean()


def crops(pictures: Sequence[Sequence[Tensor]], seed: int) -> Iterator[Tensor]:
    """Endless batches (BATCH, 3, CROP, CROP) in [-1, 1]: zoomed, mirrored, some of them noisy."""
    generator = torch.Generator().manual_seed(seed)

    def below(n: int) -> int:
        return int(torch.randint(n, (), generator=generator))

    def crop() -> Tensor:
        among = pictures[below(len(pictures))]
        picture = among[below(len(among))]
        _, height, width = picture.shape
        side = CROP + below(min(height, width, 4 * CROP) - CROP + 1)
        top, left = below(height - side + 1), below(width - side + 1)
        part = convert.from_uint8(picture[None, :, top : top + side, left : left + side])
        part = interpolate(part, (CROP, CROP), mode="bilinear", antialias=True)
        return part.flip(3) if below(2) else part

    while True:
        batch = torch.cat([crop() for _ in range(BATCH)])
        noise = torch.randn(batch.shape, generator=generator)
        strength = torch.rand(BATCH, 1, 1, 1, generator=generator)
        is_noisy = torch.rand(BATCH, 1, 1, 1, generator=generator) < NOISE_SHARE
        noisy = (batch + 0.5 * strength * is_noisy * noise).clamp(-1, 1)
        yield noisy.contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def scale(network: FeatureNetwork, x: Tensor) -> None:
    """Bring each layer to a mean activation of 1 on x; all that changes is each layer's unit."""
    before = torch.tensor(1.0)
    for name, layer in network.convolutions.items():
        assert isinstance(layer, nn.Conv2d)
        assert layer.bias is not None
        layer.weight *= before
        before = network(x, [name])[name].mean()
        layer.weight /= before
        layer.bias /= before
