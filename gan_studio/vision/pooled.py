"""Spatially averaged activations of a perceptual network: VGG-19 or its distilled student."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan_studio import vision
from gan_studio.core.devices import fast_bfloat16
from gan_studio.images import convert
from gan_studio.vision.extractor import FeatureBatch
from gan_studio.vision.network import FeatureNetwork

SIZE = 64
"""pixels to which images are resized"""
LAYER = "relu5_1"
CHUNK = 100
"""images per forward pass, in which activations of VGG-19 take 100 MB"""


class PooledFeatures:
    """Spatial means of relu5_1 (4 x 4): 512 features of VGG-19, 192 of the embedded network.

    Images are resized to 64 x 64 pixels, bilinear with antialiasing; grey ones are repeated to
    three channels. The network runs in bfloat16 where that is fast, the means in float32.
    """

    def __init__(
        self, network: FeatureNetwork, name: str, device: torch.device | str = "cpu"
    ) -> None:
        self.name, self.device = name, torch.device(device)
        self.network = network.to(self.device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs

    def check(self, size: int, channels: int) -> None:
        """Accepts any size; grey images are repeated to three channels."""

    def __call__(self, pictures: Tensor) -> FeatureBatch:
        """Pictures (N, 1 or 3, H, W) uint8 -> features (N, D)."""
        parts = (
            activations(self.network, part, LAYER, self.device) for part in pictures.split(CHUNK)
        )
        return FeatureBatch(torch.cat([x.mean((2, 3)).cpu() for x in parts]).numpy())


@torch.inference_mode()
def activations(
    network: FeatureNetwork, pictures: Tensor, layer: str, device: torch.device
) -> Tensor:
    """Pictures (N, 1 or 3, H, W) uint8 -> activations (N, C, h, w), float32, on the device."""
    x = convert.from_uint8(pictures.to(device))
    if x.shape[-2:] != (SIZE, SIZE):
        x = interpolate(x, (SIZE, SIZE), mode="bilinear", antialias=True)
    x = x.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
    with torch.autocast(device.type, torch.bfloat16, enabled=fast_bfloat16(device)):
        return network(x, [layer])[layer].float()


def load_embedded(device: torch.device | str = "cpu") -> PooledFeatures:
    """Features of the network that ships."""
    return PooledFeatures(vision.load("embedded"), f"embedded-{LAYER}", device)


def vgg19(device: torch.device | str = "cpu") -> PooledFeatures:
    """Features of VGG-19, downloaded if necessary; ValueError if that fails.

    Different weights are in use and give different numbers, so the name ends in their fingerprint.
    """
    network = vision.load("vgg19")
    return PooledFeatures(network, f"vgg19-{LAYER}-{fingerprint(network)}", device)


def fingerprint(network: FeatureNetwork) -> str:
    """First four digits of the SHA-256 of the weights in half precision."""
    digest = hashlib.sha256()
    for weight in network.parameters():
        digest.update(weight.half().contiguous().numpy().tobytes())
    return digest.hexdigest()[:4]
