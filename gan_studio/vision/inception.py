"""Inception-v3 as in FID (Heusel et al., 2017): torch-fidelity's network, its weights at hand."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import torch
from torch import Tensor

from gan_studio.vision.download import models_dir
from gan_studio.vision.readings import FeatureBatch

FILE = "weights-inception-2015-12-05-6726825d.pth"
"""TensorFlow's weights of that day, converted; the last part of the name begins their SHA-256"""
URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{FILE}"
SHA256 = "6726825d"


class Inception:
    """2,048 features after the last pooling; resizes every picture to 299 pixels by itself.

    ValueError with one sentence when its weights cannot be had.
    """

    name = "inception-v3"

    def __init__(self, device: torch.device | str = "cpu") -> None:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

        self.device = torch.device(device)
        network = FeatureExtractorInceptionV3(self.name, ["2048"], str(weights()))
        self.network = network.to(self.device)

    def check(self, size: int, channels: int) -> None:
        """It takes pictures of any size, grey ones as three equal channels."""

    @torch.inference_mode()
    def __call__(self, pictures: Tensor) -> FeatureBatch:
        """Pictures (N, 1 or 3, H, W) uint8 -> features (N, 2048)."""
        colour = (part.to(self.device).expand(-1, 3, -1, -1) for part in pictures.split(50))
        return FeatureBatch(torch.cat([self.network(part)[0] for part in colour]).cpu().numpy())


def local_weights() -> Path | None:
    """The weights if they are on this machine: in models_dir(), or where torch keeps downloads."""
    places = (models_dir(), Path(torch.hub.get_dir()) / "checkpoints")
    return next((place / FILE for place in places if (place / FILE).is_file()), None)


def weights() -> Path:
    """A file that holds the one right set of tensors and no code; downloaded if it must be."""
    path = local_weights() or download()
    try:
        # torch-fidelity would run what a pickle says; this refuses all but tensors, beforehand.
        torch.load(path, map_location="cpu", weights_only=True)
        intact = hashlib.sha256(path.read_bytes()).hexdigest().startswith(SHA256)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError):
        intact = False
    if not intact:
        raise ValueError(f"{path} is damaged: it does not hold the Inception weights of {SHA256}.")
    return path


def download() -> Path:
    path = models_dir() / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(URL, str(path), SHA256, progress=False)
    except (OSError, RuntimeError) as error:
        raise ValueError(
            f"The Inception weights are not in {path.parent} and cannot be downloaded from {URL}: "
            f"{getattr(error, 'reason', error)}."
        ) from None
    return path
