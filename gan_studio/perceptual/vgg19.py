"""VGG-19 (Simonyan & Zisserman, 2015), as far as style transfer reads it."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file

from gan_studio.features.inception import models_dir
from gan_studio.perceptual.network import VGG19, FeatureNetwork

FILE = "vgg19_features_fp16.safetensors"

CONVOLUTIONS = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28)
"""where torchvision's `features` hold them"""


def read(path: Path, pooling: str = "max") -> FeatureNetwork:
    """The network in a safetensors file with torchvision's names; ValueError when it is another."""
    network = FeatureNetwork(VGG19, pooling)
    try:
        tensors = load_file(path)
        renamed = {
            f"convolutions.{layer}.{part}": tensors[f"features.{i}.{part}"]
            for layer, i in zip(network.layers, CONVOLUTIONS, strict=True)
            for part in ("weight", "bias")
        }
        network.load_state_dict(renamed)
    except (SafetensorError, KeyError, RuntimeError):
        raise ValueError(f"{path} does not hold the convolutions of VGG-19.") from None
    return network.eval().requires_grad_(False)


def load() -> FeatureNetwork:
    """The network from where models lie."""
    return read(models_dir() / FILE)
