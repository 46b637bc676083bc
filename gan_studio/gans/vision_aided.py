"""Vision-aided GAN training: a second discriminator on features of a pretrained network (Kumari et al., 2022), https://arxiv.org/abs/2112.09130.

Its heads score each position of several layers, under spectral normalisation, as in Projected GANs
(Sauer et al., 2021), https://arxiv.org/abs/2111.01007, Section 3. The network is our small perceptual
one, so distances in its features flatter models trained this way. docs/families/stylegan2.md says more.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.nn.utils.parametrizations import spectral_norm

from gan_studio import vision
from gan_studio.gans.layers import batch_std
from gan_studio.gans.losses import hinge
from gan_studio.vision.network import FeatureNetwork

LAYERS = {"relu2_1": 64, "relu3_1": 128, "relu4_2": 192}
"""layers whose features are used, and their channels"""
DEEPEST = {"relu5_1": 192}
"""the layer whose features cover the whole picture, used on request"""
WIDTH = 32
"""channels within a head"""


class Head(nn.Module):
    """Features of one layer (N, C, h, w) -> scores (N, 1, h/2, w/2), rounded up.

    In float32, since the power iterations of spectral normalisation (Miyato et al., 2018) need it.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = spectral_norm(nn.Conv2d(channels, WIDTH, 1))
        self.second = spectral_norm(nn.Conv2d(WIDTH, WIDTH, 3, stride=2, padding=1))
        self.score = spectral_norm(nn.Conv2d(WIDTH, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            x = leaky_relu(self.first(x.float()), 0.2)
            return self.score(leaky_relu(self.second(x), 0.2))


class DiversityHead(Head):
    """A head that is also given the deviation of each feature over the batch.

    So it notices when generated pictures vary less than real ones: minibatch standard deviation
    (Karras et al., 2018, Section 3) in the features of a pretrained network.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(2 * channels)

    def forward(self, x: Tensor) -> Tensor:
        x = x.float()
        return super().forward(torch.cat([x, batch_std(x).expand_as(x)], 1))


class VisionAidedDiscriminator(nn.Module):
    """A head for each layer; the network itself is frozen and no part of the weights.

    With `whole`, the whole picture and its variety are judged as well, in the deepest layer.
    """

    def __init__(self, *, whole: bool = False) -> None:
        super().__init__()
        self.heads = nn.ModuleDict({name: Head(channels) for name, channels in LAYERS.items()})
        if whole:
            self.heads.update({name: DiversityHead(n) for name, n in DEEPEST.items()})

    def forward(self, features: dict[str, Tensor]) -> list[Tensor]:
        """Features from `extract_features` -> scores, one map for each layer."""
        return [head(features[name]) for name, head in self.heads.items()]


class VisionAidedLoss:
    """Both losses of one training step, from real and fake pictures, (N, 1 or 3, H, W) each.

    The fakes' features are extracted once, for both players' updates.
    """

    def __init__(self, D: VisionAidedDiscriminator, real: Tensor, fake: Tensor) -> None:
        self.D = D
        with torch.no_grad():
            self.real = extract_features(real, D.heads)
        self.fake = extract_features(fake, D.heads)

    def discriminator(self) -> Tensor:
        """Hinge loss of the second discriminator (), the mean of its layers (Lim & Ye, 2017)."""
        fake = {name: features.detach() for name, features in self.fake.items()}
        pairs = zip(self.D(self.real), self.D(fake), strict=True)
        return torch.stack([hinge.discriminator(*scores) for scores in pairs]).mean()

    def generator(self) -> Tensor:
        """Loss of G (): minus the mean score of its pictures, by the heads as they are now."""
        return torch.stack([hinge.generator(scores) for scores in self.D(self.fake)]).mean()


def extract_features(x: Tensor, layers: Iterable[str] = LAYERS) -> dict[str, Tensor]:
    """Pictures (N, 1 or 3, H, W) in [-1, 1] -> activations by layer."""
    x = x.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
    return network(x.device)(x, list(layers))


@cache
def network(device: torch.device, name: str = "embedded") -> FeatureNetwork:
    """A perceptual network, frozen; that which ships, if none is named.

    ValueError when its file is not intact, or cannot be downloaded.
    """
    return vision.load(name, device)
