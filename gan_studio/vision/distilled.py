"""The perceptual network that ships with the project: a student distilled from VGG-19."""

from __future__ import annotations

from pathlib import Path

from gan_studio.core import files
from gan_studio.vision.network import STUDENT, FeatureNetwork

WEIGHTS = files.SHIPPED / "perceptual" / files.MODEL


def load(path: Path = WEIGHTS) -> FeatureNetwork:
    """Load the trained network to the CPU; ValueError if its file is damaged."""
    network = FeatureNetwork(STUDENT)
    files.load_weights(network, path, "perceptual network")
    return network.eval().requires_grad_(False)
