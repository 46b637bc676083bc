"""Inception-v3 as in FID (Heusel et al., 2017), by torch-fidelity."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import torch
from torch import Tensor

from gan_studio.vision.download import models_dir
from gan_studio.vision.extractor import FeatureBatch

FILE = "weights-inception-2015-12-05-6726825d.pth"
"""TensorFlow's weights of 2015-12-05, converted; the name ends with the start of their SHA-256"""
URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{FILE}"
SHA256 = "6726825d"


class Inception:
    """2,048 features of the last pooling layer; resizes images to 299 pixels itself.

    ValueError if its weights cannot be downloaded.
    """

    name = "inception-v3"

    def __init__(self, device: torch.device | str = "cpu") -> None:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

        self.device = torch.device(device)
        network = FeatureExtractorInceptionV3(self.name, ["2048"], str(weights()))
        self.network = network.to(self.device)

    def check(self, size: int, channels: int) -> None:
        """Accepts any size; grey images are repeated to three channels."""

    @torch.inference_mode()
    def __call__(self, pictures: Tensor) -> FeatureBatch:
        """Pictures (N, 1 or 3, H, W) uint8 -> features (N, 2048)."""
        colour = (part.to(self.device).expand(-1, 3, -1, -1) for part in pictures.split(50))
        return FeatureBatch(torch.cat([self.network(part)[0] for part in colour]).cpu().numpy())


def local_weights() -> Path | None:
    """The weights file if it is on this machine: in models_dir() or in torch's download folder."""
    places = (models_dir(), Path(torch.hub.get_dir()) / "checkpoints")
    return next((place / FILE for place in places if (place / FILE).is_file()), None)


def weights() -> Path:
    """The weights file, downloaded if necessary; ValueError unless it has the right hash."""
    path = local_weights() or download()
    try:
        # torch-fidelity would execute a pickle; weights_only refuses all but tensors beforehand.
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
