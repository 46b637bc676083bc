"""Metrics of super-resolution: pictures are reduced and enlarged again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import mse_loss

from gan_studio.datasets.tasks import SCALE
from gan_studio.evaluation.report import round_digits
from gan_studio.images import convert
from gan_studio.vision.network import FeatureNetwork

BORDER = 4
"""pixels along the edges that are left out, as in all published figures"""
LAYERS = ("relu2_2", "relu3_4", "relu4_4")
"""whose activations are compared"""
Enlarge = Callable[[Image.Image, float], Image.Image]
"""(small picture, sharpness) -> one that is SCALE times larger"""


def measure(
    enlarge: Enlarge, pictures: Iterable[Image.Image], network: FeatureNetwork
) -> dict[str, Any]:
    """PSNR of the luma in dB and the distance of features, of both halves and of bicubic.

    Pictures are cut to multiples of SCALE and made small by bicubic resampling. Distances are
    relative to bicubic's mean.
    """
    methods: dict[str, Enlarge] = {"bicubic": bicubic, "faithful": enlarge, "sharp": enlarge}
    psnrs: dict[str, list[float]] = {name: [] for name in methods}
    distances: dict[str, list[float]] = {name: [] for name in methods}
    count = 0
    for picture in pictures:
        true = cut(picture.convert("RGB"))
        small = true.resize((true.width // SCALE, true.height // SCALE), Image.Resampling.BICUBIC)
        for name, method in methods.items():
            output = method(small, float(name == "sharp"))
            psnrs[name].append(psnr(output, true))
            distances[name].append(feature_distance(output, true, network))
        count += 1
    if not count:
        raise ValueError("There is no picture to measure super-resolution on.")
    figures = {f"psnr_{name}": float(np.mean(values)) for name, values in psnrs.items()}
    worst = np.mean(distances["bicubic"])
    for name in ("faithful", "sharp"):
        figures[f"features_{name}"] = float(np.mean(distances[name]) / worst)
    return {"count": count, **{name: round_digits(value) for name, value in figures.items()}}


def bicubic(small: Image.Image, sharpness: float) -> Image.Image:
    """The plain enlargement that stands beside."""
    del sharpness
    return small.resize((SCALE * small.width, SCALE * small.height), Image.Resampling.BICUBIC)


def cut(picture: Image.Image) -> Image.Image:
    """The picture without what exceeds multiples of SCALE."""
    return picture.crop(
        (0, 0, picture.width - picture.width % SCALE, picture.height - picture.height % SCALE)
    )


def psnr(output: Image.Image, true: Image.Image) -> float:
    """Peak signal-to-noise ratio of the luma (ITU-R BT.601 with footroom, as MATLAB's), in dB."""
    ours, theirs = (_luma(picture)[BORDER:-BORDER, BORDER:-BORDER] for picture in (output, true))
    error = float(np.square(ours - theirs).mean())
    return 10 * math.log10(255**2 / error) if error else math.inf


def _luma(picture: Image.Image) -> np.ndarray:
    rgb = np.asarray(picture, np.float64) / 255
    return 16 + rgb @ np.array([65.481, 128.553, 24.966])


@torch.inference_mode()
def feature_distance(output: Image.Image, true: Image.Image, network: FeatureNetwork) -> float:
    """Mean squared distance of activations (Ledig et al., 2017, Eq. 5), mean over LAYERS.

    Each relative to the mean square of the true picture's.
    """
    ours, theirs = (network(_tensor(picture, network), LAYERS) for picture in (output, true))
    return float(
        torch.stack(
            [mse_loss(ours[n], theirs[n]) / theirs[n].square().mean() for n in LAYERS]
        ).mean()
    )


def _tensor(picture: Image.Image, network: FeatureNetwork) -> Tensor:
    array = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]
    return convert.from_uint8(array).to(network.mean.device)
