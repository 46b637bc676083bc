"""Teaching a small feature network what a large one sees: features and their Gram matrices.

The student's layers are compared with the teacher's through linear heads H. They are thrown away
but for what they say about distances: the Gram matrix of H s differs from another by as much as
that of (HᵀH)^½ s, so this square matrix becomes the student's view of the layer, and a distance
between Gram matrices means in the student what it means in the teacher.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.nn.utils import fuse_conv_bn_eval

from gan_studio import images
from gan_studio.devices import fast_bfloat16
from gan_studio.events import Step
from gan_studio.perceptual.gram import gram_matrix
from gan_studio.perceptual.network import FeatureNetwork

STUDENT = ((32, 32), (64, 64), (128, 128), (192, 192), (192,))
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")
"""what style transfer reads"""
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
CROP = 96
BATCH = 16
RATE, WARM_UP = 4e-3, 50
LOG_EVERY = 10
SNAPSHOT_EVERY = 250
NOISY = 0.25
"""share of crops to which noise is added: a painting may start from noise"""


class Heads(nn.ModuleDict):
    """A linear map from the student's channels to the teacher's, for each layer."""

    def __init__(self, student: FeatureNetwork, teacher: FeatureNetwork) -> None:
        narrow, wide = student.channels, teacher.channels
        super().__init__({n: nn.Conv2d(narrow[n], wide[n], 1, bias=False) for n in LAYERS})

    def forward(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: self[name](x) for name, x in features.items()}


def distill(
    teacher: FeatureNetwork, pictures: Sequence[Sequence[Tensor]], steps: int, seed: int = 0
) -> Generator[Step | FeatureNetwork]:
    """Train a student on crops of the pictures; every set of them is drawn from equally often.

    Pictures are (3, H, W) uint8 with H and W at least CROP. The student comes as it is at every
    SNAPSHOT_EVERY steps and at the end, each of its layers scaled to a mean activation of 1.
    """
    torch.manual_seed(seed)
    batches = crops(pictures, seed)
    student = normalised(FeatureNetwork(STUDENT))
    heads = Heads(student, teacher)
    scale(teacher, next(batches))  # the student's layers begin in the same units
    players = nn.ModuleList([student, heads]).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs
    optimizer = torch.optim.Adam(players.parameters(), RATE, betas=(0.9, 0.99))

    def pace(step: int) -> float:
        return min(1.0, (step + 1) / WARM_UP) * (1 + math.cos(math.pi * step / steps)) / 2

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, pace)
    bfloat16, start = fast_bfloat16(torch.device("cpu")), time.perf_counter()
    for step in range(1, steps + 1):
        x = next(batches)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            with torch.no_grad():
                wanted = teacher(x, LAYERS)
            features, grams = errors(heads(student(x, LAYERS)), wanted)
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
            yield with_views(student, heads, x)


def pictures(folder: Path) -> list[Tensor]:
    """The pictures of a folder and those below it, (3, H, W) uint8, none smaller than a crop."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES):
        image = images.load(path).convert("RGB")
        zoom = CROP / min(image.size)
        if zoom > 1:
            image = image.resize([math.ceil(zoom * side) for side in image.size])
        found.append(torch.from_numpy(np.array(image)).permute(2, 0, 1))
    if not found:
        raise ValueError(f"{folder} holds no pictures.")
    return found


def errors(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Squared errors of features and of Gram matrices as shares of what was wanted, by layer."""
    pairs = [(found[name], wanted[name]) for name in LAYERS]
    features = torch.stack([share(f, w) for f, w in pairs]).mean()
    grams = torch.stack([share(gram_matrix(f), gram_matrix(w)) for f, w in pairs]).mean()
    return features, grams


def share(found: Tensor, wanted: Tensor) -> Tensor:
    """||found - wanted||² / ||wanted||² of each picture, on average."""
    error = (found - wanted).flatten(1).float().square().sum(1)
    return (error / wanted.flatten(1).float().square().sum(1).clamp_min(1e-8)).mean()


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
        part = images.from_uint8(picture[None, :, top : top + side, left : left + side])
        part = interpolate(part, (CROP, CROP), mode="bilinear", antialias=True)
        return part.flip(3) if below(2) else part

    while True:
        batch = torch.cat([crop() for _ in range(BATCH)])
        noise = torch.randn(batch.shape, generator=generator)
        strength = torch.rand(BATCH, 1, 1, 1, generator=generator)
        chosen = torch.rand(BATCH, 1, 1, 1, generator=generator) < NOISY
        noisy = (batch + 0.5 * strength * chosen * noise).clamp(-1, 1)
        yield noisy.contiguous(memory_format=torch.channels_last)


def normalised(network: FeatureNetwork) -> FeatureNetwork:
    """Batch normalisation after each convolution (Ioffe & Szegedy, 2015), to learn faster."""
    for name, layer in network.convolutions.items():
        assert isinstance(layer, nn.Conv2d)
        network.convolutions[name] = nn.Sequential(layer, nn.BatchNorm2d(layer.out_channels))
    return network


def folded(student: FeatureNetwork) -> FeatureNetwork:
    """The plain network that a normalised one is once its statistics are fixed."""
    network = FeatureNetwork(STUDENT)
    for name, (layer, norm) in student.convolutions.items():
        network.convolutions[name] = fuse_conv_bn_eval(
            copy.deepcopy(layer).eval(), copy.deepcopy(norm).eval()
        )
    return network


@torch.no_grad()
def with_views(student: FeatureNetwork, heads: Heads, x: Tensor) -> FeatureNetwork:
    """The student with its heads as views, every layer scaled to a mean activation of 1 on x."""
    network = folded(student)
    scale(network, x)
    scaled, network = network.state_dict(), FeatureNetwork(STUDENT, views=LAYERS)
    network.load_state_dict(scaled, strict=False)
    for name, view in network.views.items():
        view.weight.copy_(root(heads[name].weight.flatten(1))[:, :, None, None])
        view.weight /= network(x, [name])[name].abs().mean()
    return network.eval()


@torch.no_grad()
def scale(network: FeatureNetwork, x: Tensor) -> None:
    """Bring each layer to a mean activation of 1 on x; all that changes is each layer's unit."""
    before = torch.tensor(1.0)
    for name, layer in network.convolutions.items():
        layer.weight *= before
        before = network(x, [name])[name].mean()
        layer.weight /= before
        layer.bias /= before


def root(head: Tensor) -> Tensor:
    """(HᵀH)^½ of H (teacher's channels, student's): the same distances in fewer channels."""
    values, vectors = torch.linalg.eigh((head.T @ head).double())
    return (vectors * values.clamp_min(0).sqrt() @ vectors.T).float()
