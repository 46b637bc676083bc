"""Metrics of inpainting, beside two fillings that need no training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_studio.datasets import masks
from gan_studio.datasets.pairs import PairDataset
from gan_studio.datasets.terms import SUBJECTS
from gan_studio.evaluation import metrics
from gan_studio.evaluation.report import round_digits
from gan_studio.evaluation.translation import MAX_COUNT, translate
from gan_studio.gans.families.inpainting import Inpainting
from gan_studio.images import convert
from gan_studio.images.holes import harmonic_fill
from gan_studio.vision import faces

SHARES = 0.1, 0.4
"""of a picture that is hidden"""
SEED = 0
"""of the masks"""
Filling = Callable[[Tensor, np.ndarray], Tensor]
"""pictures (N, 3, H, W) uint8 and what is hidden, (N, H, W) bool -> whole ones"""


def random_masks(count: int, size: int) -> np.ndarray:
    """Masks that hide SHARES of their pictures, (N, size, size) bool, the same in each call."""
    return np.stack(
        [
            masks.random_mask(np.random.default_rng([SEED, i]), size, size, SHARES)
            for i in range(count)
        ]
    )


def measure(
    gan: Inpainting, held_out: PairDataset, pictures: PairDataset, count: int
) -> dict[str, Any]:
    """The figures of a network on held-out pictures, beside `harmonic` and `mean` fillings.

    `mean` takes the mean of the training's `pictures`, whose distribution the repaired ones shall
    have.
    """
    true = held_out.images[:count]
    hidden = random_masks(len(true), true.shape[-1])
    mean = pictures.images.float().mean(0).round().to(torch.uint8)
    fillings: dict[str, Filling] = {
        "": lambda x, m: fill(gan, x, m),
        "harmonic_": harmonic,
        "mean_": lambda x, m: torch.where(torch.as_tensor(m)[:, None], mean, x),
    }
    figures: dict[str, Any] = {"hidden": round_digits(float(hidden.mean()))}
    real = None
    if SUBJECTS.get(held_out.name) == "faces":
        real = faces.load().features(convert.from_uint8(pictures.images[: 4 * MAX_COUNT]))
    for name, filling in fillings.items():
        output = filling(true, hidden)
        figures[f"{name}hole_psnr"] = round_digits(hole_psnr(output, true, hidden))
        figures[f"{name}known_changed"] = count_changed_pixels(output, true, hidden)
        if real is not None:
            fake = faces.load().features(convert.from_uint8(output))
            figures[f"{name}face_distance"] = round_digits(metrics.frechet_distance(fake, real))
    return {"dataset": held_out.name, "count": len(true), **figures}


def fill(gan: Inpainting, x: Tensor, hidden: np.ndarray) -> Tensor:
    """Pictures (N, 3, H, W) uint8 with the network's fillings."""
    source = convert.from_uint8(masks.hide(x, hidden))
    return torch.from_numpy(convert.to_uint8(translate(gan, source))).permute(0, 3, 1, 2)


def harmonic(x: Tensor, hidden: np.ndarray) -> Tensor:
    """Pictures (N, 3, H, W) uint8 with the smoothest fillings."""
    arrays = x.permute(0, 2, 3, 1).numpy()
    fills = [harmonic_fill(one, mask) for one, mask in zip(arrays, hidden, strict=True)]
    levels = np.stack(fills).round().clip(0, 255).astype(np.uint8)
    return torch.from_numpy(levels).permute(0, 3, 1, 2)


def hole_psnr(output: Tensor, true: Tensor, hidden: np.ndarray) -> float:
    """Mean over pictures (N, 3, H, W) uint8 of the PSNR within the hole, in dB."""
    m = torch.as_tensor(hidden)[:, None].float()
    errors = (output.float() - true.float()).square() * m
    mse = errors.sum((1, 2, 3)) / (3 * m.sum((1, 2, 3)))
    return (20 * np.log10(255) - 10 * mse.clamp_min(1e-2).log10()).mean().item()


def count_changed_pixels(output: Tensor, true: Tensor, hidden: np.ndarray) -> int:
    """Number of values outside the holes that differ from the true pictures."""
    outside = ~torch.as_tensor(hidden)[:, None].expand_as(true)
    return int((output != true)[outside].sum())
