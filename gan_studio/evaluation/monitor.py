"""What is seen of two players besides their losses: D's opinions, and how the pictures look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from gan_studio import vision
from gan_studio.datasets.batches import Batch
from gan_studio.datasets.dataset import Dataset
from gan_studio.evaluation import metrics
from gan_studio.gans.base import LatentGAN
from gan_studio.images import convert
from gan_studio.vision import digits, features

T = TypeVar("T")
Observe = Callable[[LatentGAN], dict[str, float]]
"""What is seen of a GAN now, by name; draws no global random numbers, leaves the GAN as it was."""

COUNT = 128
"""pictures of each kind; of ten equal classes one is missing once in 70,000 times"""
SEED = 2
"""of the latents and of the choice of real pictures; not those of the grid, nor of evaluations"""
LEAST, MOST = 32, 64
"""pixels at which the perceptual network looks: smaller pictures are enlarged, larger shrunk"""
LAYER = "relu3_1"
ALIKE = 1e-3
"""spread of pictures that are all the same, but for rounding; that of digits is about ten"""
REPEATED = 0.05
"""distance to the nearest other, in parts of the real ones', below which pictures are the same over
again; healthy toys have 0.10 and more, most of them near 1"""
NORMS = nn.BatchNorm1d, nn.BatchNorm2d


class Monitor:
    """Watches a training on `pictures`; `held_out` are real ones that are not trained on."""

    def __init__(self, pictures: Dataset, held_out: Dataset | None, device: torch.device) -> None:
        self.device = device
        self.train = fixed_batch(pictures, device)
        self.held_out = (
            fixed_batch(held_out, device) if held_out is not None and len(held_out) else None
        )
        shape = pictures.images.shape[-1], pictures.channels
        self.reads = pictures.name in features.READ and shape == (digits.SIZE, 1)

    def __call__(self, gan: LatentGAN) -> dict[str, float]:
        with eval_mode(gan), torch.inference_mode():
            z = gan.latents(COUNT, torch.Generator().manual_seed(SEED))
            fake: Batch = {"image": gan.generator(gan.labelled(z)).float()}
            if gan.classes:
                fake["label"] = torch.arange(COUNT, device=self.device) % gan.classes
            return {**self.opinions(gan, fake), **self.looks(fake["image"])}

    def opinions(self, gan: LatentGAN, fake: Batch) -> dict[str, float]:
        """What D makes of each kind by itself, and how well it tells them apart."""
        real, made = gan.discriminate(self.train), gan.discriminate(fake).values
        said = {
            "real": real.values.mean(),
            "fake": made.mean(),
            "accuracy": accuracy(real.values, made, real.output),
        }
        if self.held_out is not None:
            said["held_out"] = gan.discriminate(self.held_out).values.mean()
        return dict(zip(said, torch.stack(list(said.values())).tolist(), strict=True))

    def looks(self, fake: Tensor) -> dict[str, float]:
        """How generated pictures (COUNT, C, size, size) compare with the real ones."""
        if not bool(fake.isfinite().all()):
            return {}  # a training that diverges is found out by what else is no number
        real, ours = self.real, self.features(fake)
        said: dict[str, float] = {}
        if len(real) > 1:
            said["distance"] = metrics.frechet_distance(ours, real)
        if spread(real) > ALIKE:
            said["diversity"] = diversity(ours, real)
        if self.reader:
            seen = self.reader(torch.from_numpy(convert.to_uint8(fake)).permute(0, 3, 1, 2)).digits
            assert seen
            said["missing"] = float(10 - len(np.unique(seen.read)))
        return said

    @cached_property
    def real(self) -> np.ndarray:
        """Features of the real pictures, (N, D); counted once."""
        return self.features(self.train["image"])

    @cached_property
    def reader(self) -> digits.DigitClassifier | None:
        return unseeded(lambda: digits.load(device=self.device)) if self.reads else None

    @cached_property
    def network(self) -> nn.Module:
        return unseeded(lambda: vision.load("embedded", self.device))

    def features(self, x: Tensor) -> np.ndarray:
        """Pictures (N, C, size, size) in [-1, 1] -> mean activations, (N, D)."""
        size = min(max(x.shape[-1], LEAST), MOST)
        if x.shape[-1] != size:
            x = interpolate(x, (size, size), mode="bilinear", antialias=True)
        x = x.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        return self.network(x, [LAYER])[LAYER].mean((2, 3)).cpu().numpy()


def unseeded(build: Callable[[], T]) -> T:
    """A network whose first weights, drawn and at once overwritten, cost no random numbers."""
    with torch.random.fork_rng(devices=[]):  # built on the CPU
        return build()


@contextmanager
def eval_mode(gan: LatentGAN) -> Iterator[None]:
    """Within the block both players only look; after it the GAN is as it was.

    A normalised critic learns each kind in a batch of its own and judges by that batch's statistics
    here too: the running ones, of real and generated pictures in turn, suit neither.
    """
    modes = {module: module.training for module in gan.modules()}
    norms = [m for m in gan.discriminator.modules() if isinstance(m, NORMS)]
    running = [(m.running_mean, m.running_var) for m in norms]
    gan.eval()
    for m in norms:
        m.running_mean = m.running_var = None  # torch then takes the batch's
    try:
        yield
    finally:
        for m, (mean, var) in zip(norms, running, strict=True):
            m.running_mean, m.running_var = mean, var
        for module, mode in modes.items():
            module.training = mode


def fixed_batch(pictures: Dataset, device: torch.device) -> Batch:
    """The same COUNT of the pictures at every call, or all where there are fewer."""
    rng = torch.Generator().manual_seed(SEED)
    which = torch.randperm(len(pictures), generator=rng)[:COUNT]
    batch: Batch = {"image": convert.from_uint8(pictures.images[which].to(device))}
    if pictures.labels is not None:
        batch["label"] = pictures.labels[which].to(device)
    return batch


def accuracy(real: Tensor, fake: Tensor, measure: str) -> Tensor:
    """Share of real (N,) and fake (M,) opinions on their own side of the threshold, ()."""
    middle = (real.mean() + fake.mean()) / 2
    threshold = 0.5 if measure == "probability" else middle
    sides = real > threshold, fake <= threshold
    if measure == "energy":
        sides = real < threshold, fake >= threshold
    shares: list[Tensor] = [side.float().mean() for side in sides]
    return torch.stack(shares).mean()


def diversity(ours: np.ndarray, real: np.ndarray) -> float:
    """Spread of features (N, D) in parts of the real ones' (M, D), towards 0 where they repeat.

    A dozen pictures, far apart and each drawn again and again, spread as far as all. The distance
    to the nearest other tells; it is compared only among as many of the one as of the other.
    """
    ratio = spread(ours) / spread(real)
    if len(ours) == len(real):
        apart = nearest(ours) / max(nearest(real), ALIKE)  # real ones may all have a double
        ratio *= min(1.0, apart / REPEATED)
    return ratio


def spread(x: np.ndarray) -> float:
    """Root of the total variance of features (N, D)."""
    return float(np.sqrt(x.var(0, dtype=np.float64).sum()))


def nearest(x: np.ndarray) -> float:
    """How far it is from features (N, D) to their nearest other, on average."""
    t = torch.from_numpy(x).double()
    return float(torch.cdist(t, t).fill_diagonal_(torch.inf).min(1).values.mean())
