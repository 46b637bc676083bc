"""Mean activations over a picture of a perceptual network: VGG-19 or its distilled student."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan_studio import vision
from gan_studio.core.devices import fast_bfloat16
from gan_studio.images import convert
from gan_studio.vision.network import FeatureNetwork
from gan_studio.vision.readings import FeatureBatch

SIZE = 64
"""pixels at which every picture is looked at"""
LAYER = "relu5_1"
CHUNK = 100
"""pictures at once; activations of VGG-19 take 100 MB then"""


class PooledFeatures:
    """Means over the map of relu5_1: 512 features of VGG-19, 192 of the embedded network.

    Every picture is brought to 64 x 64 pixels, bilinear and, where it is shrunk, antialiased; one
    of 64 is seen as it is, and a grey one as three equal channels. The map has 4 x 4 places.
    bfloat16 where that is fast; the means are taken in float32.
    """

    def __init__(
        self, network: FeatureNetwork, name: str, device: torch.device | str = "cpu"
    ) -> None:
        self.name, self.device = name, torch.device(device)
        self.network = network.to(self.device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs

    def check(self, size: int, channels: int) -> None:
        """It takes pictures of any size, grey ones as three equal channels."""

    def __call__(self, pictures: Tensor) -> FeatureBatch:
        """Pictures (N, 1 or 3, H, W) uint8 -> features (N, D)."""
        seen = (
            activations(self.network, part, LAYER, self.device) for part in pictures.split(CHUNK)
        )
        return FeatureBatch(torch.cat([x.mean((2, 3)).cpu() for x in seen]).numpy())


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


def embedded(device: torch.device | str = "cpu") -> PooledFeatures:
    """The network that ships, always at hand."""
    return PooledFeatures(vision.load("embedded"), f"embedded-{LAYER}", device)


def vgg19(device: torch.device | str = "cpu") -> PooledFeatures:
    """VGG-19, fetched if it must be; ValueError with one sentence when it cannot be had.

    Several sets of its weights are in use, whose numbers differ, so the name ends in four digits of
    the weights' own.
    """
    network = vision.load("vgg19")
    return PooledFeatures(network, f"vgg19-{LAYER}-{fingerprint(network)}", device)


def fingerprint(network: FeatureNetwork) -> str:
    """Four digits of the SHA-256 of the weights in half precision, in which files of them come."""
    digest = hashlib.sha256()
    for weight in network.parameters():
        digest.update(weight.half().contiguous().numpy().tobytes())
    return digest.hexdigest()[:4]
