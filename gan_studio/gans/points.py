"""Every family of latents on points in the plane: its own losses and its own step.

The networks are small and fully connected, in place of each paper's for pictures. What a family
changes outside its convolutions stays: an auto-encoder in place of the discriminator, labels,
styles, equalised learning rates, the deviation of a minibatch. Points have one
size only, so nothing grows, and a pyramid has one level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, leaky_relu

from gan_studio.gans.base import LatentGAN
from gan_studio.gans.config import LatentConfig
from gan_studio.gans.families import (
    FAMILIES,
    cgan,
    ebgan,
    gan_cls,
    msg_gan,
    progan,
    stylegan2,
)
from gan_studio.gans.layers import EqualLinear, MinibatchStdDev, pixel_norm

SPAN = 2.0
"""points lie between -SPAN and SPAN along either axis"""
LATENT_DIM, WIDTH, BATCH = 8, 64, 128
SHARED: Mapping[str, Any] = {
    "image_size": 8,  # which nothing here looks at
    "latent_dim": LATENT_DIM,
    "batch_size": BATCH,
    "width": WIDTH,
    "augment": "none",
}
OWN: Mapping[str, Mapping[str, Any]] = {
    "gan": {"r1_gamma": 0.0, "beta1": 0.5, "beta2": 0.999},
    "dcgan": {"r1_gamma": 0.5, "r1_fraction": 0.5, "beta1": 0.5},
    "cgan": {"r1_gamma": 0.2, "r1_fraction": 0.5, "beta1": 0.5, "embedding": 8},
    "ebgan": {"code_dim": 3, "energy_width": 8, "r1_gamma": 0.02, "pulling_away": 1.0},
    "unrolled": {"r1_gamma": 0.0, "unrolled_steps": 3, "pace": 1.0, "beta1": 0.5, "beta2": 0.999},
    "wgan": {"critic_steps": 3, "clip": 0.15},
    "began": {"code_dim": 3, "energy_width": 8, "r1_gamma": 0.02, "pulling_away": 1.0},
    "wgan-gp": {
        "critic_steps": 3, "lambda_gp": 0.1, "r1_fraction": 1.0, "learning_rate": 2e-3,
        "beta1": 0.5, "beta2": 0.9,
    },
    "progan": {"lambda_gp": 0.1, "r1_fraction": 1.0, "grow_steps": 0, "learning_rate": 2e-3},
    "msg-gan": {"r1_gamma": 0.2, "r1_fraction": 0.5},
    "stylegan2": {
        "r1_gamma": 0.2, "r1_fraction": 0.5, "grow_steps": 0, "style_dim": 32, "mixing": 0.2,
    },
    "gan-cls": {
        "r1_gamma": 0.2, "r1_fraction": 0.5, "style_dim": 32, "text_dim": 4, "word_dim": 4,
        "text_steps": 1, "learning_rate": 4e-3, "discriminator_rate": 0.0, "lambda_match": 1.0,
    },
    "r3gan": {"r1_gamma": 0.1, "r1_fraction": 0.5, "embedding": 8},
}  # fmt: skip
"""family -> settings that suit points; the others are those that the family has for pictures"""


def mlp(inputs: int, width: int, *last: nn.Module) -> list[nn.Module]:
    """Two hidden layers, (N, inputs) -> (N, width), and what follows them."""
    hidden = [nn.Linear(inputs, width), nn.LeakyReLU(0.2), nn.Linear(width, width)]
    return [*hidden, nn.LeakyReLU(0.2), *last]


class Generator(nn.Sequential):
    """Latents (N, latent_dim) -> points (N, 2)."""

    def __init__(self, config: Any, channels: int) -> None:
        super().__init__(*mlp(config.latent_dim, config.width, nn.Linear(config.width, channels)))


class Discriminator(nn.Sequential):
    """Points (N, 2) -> scores (N,)."""

    def __init__(self, config: Any, channels: int) -> None:
        super().__init__(*mlp(channels, config.width, nn.Linear(config.width, 1), nn.Flatten(0)))


class PairCritic(Discriminator):
    """Points (N, 2) -> scores (N,); R3GAN gives it a label, here none."""

    def forward(self, input: Tensor, y: Tensor | None = None) -> Tensor:  # noqa: A002
        del y
        return super().forward(input)


class LabelledGenerator(nn.Sequential):
    """z and a one-hot label (N, latent_dim + classes) -> points (N, 2)."""

    def __init__(self, config: cgan.Config, channels: int, classes: int) -> None:
        inputs, w = config.latent_dim + config.embedding, config.width
        last = nn.Linear(w, channels)
        super().__init__(cgan.ConcatLabel(config, classes), *mlp(inputs, w, last))


class LabelledDiscriminator(nn.Module):
    """Points (N, 2) and labels (N,) -> scores (N,), with the label projected on the features."""

    def __init__(self, config: cgan.Config, channels: int, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(*mlp(channels, config.width))
        self.score = nn.Sequential(nn.Linear(config.width, 1), nn.Flatten(0))
        self.V = nn.Embedding(classes, config.width)
        nn.init.normal_(self.V.weight, 0.0, 0.02)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        phi = self.features(x)
        return self.score(phi) + (self.V(y) * phi).sum(1)


class Encoder(nn.Sequential):
    """Points (N, 2) -> codes (N, code_dim) of mean 0 and deviation 1, as for pictures."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name
        codes = super().forward(input)
        return layer_norm(codes, codes.shape[1:])


class AutoEncoder(ebgan.AutoEncoder):
    """Points (N, 2) -> their energies (N,)."""

    def __init__(self, config: ebgan.AutoEncoderConfig, channels: int) -> None:
        nn.Module.__init__(self)
        w, h = config.width, config.code_dim
        self.eta = config.eta
        self.encoder = Encoder(*mlp(channels, w, nn.Linear(w, h)))  # pyright: ignore[reportAttributeAccessIssue]
        self.decoder = nn.Sequential(*mlp(h, w, nn.Linear(w, channels)))  # pyright: ignore[reportAttributeAccessIssue]


class EqualGenerator(progan.Growing):
    """Latents (N, latent_dim) -> points (N, 2), by pixel norms and equalised learning rates."""

    def __init__(self, config: progan.GrowingConfig, channels: int) -> None:
        super().__init__(config)
        w = config.width
        self.hidden = nn.ModuleList([EqualLinear(config.latent_dim, w), EqualLinear(w, w)])
        self.point = EqualLinear(w, channels, gain=1.0)

    def forward(self, z: Tensor) -> Tensor:
        x = pixel_norm(z)
        for layer in self.hidden:
            x = pixel_norm(leaky_relu(layer(x), 0.2))
        return self.point(x)


class VaryingScore(nn.Module):
    """Points (N, 2) -> scores (N,); it sees how much the points of a batch vary."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.first, self.second = EqualLinear(channels, width), EqualLinear(width, width)
        self.deviation = MinibatchStdDev()
        self.last = EqualLinear(width + 1, 1, gain=1.0)

    def forward(self, x: Tensor) -> Tensor:
        h = leaky_relu(self.second(leaky_relu(self.first(x), 0.2)), 0.2)
        return self.last(self.deviation(h)).flatten()


class EqualCritic(progan.Growing):
    """Points (N, 2) -> scores (N,)."""

    def __init__(self, config: progan.GrowingConfig, channels: int) -> None:
        super().__init__(config)
        self.score = VaryingScore(config.width, channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.score(x)


class PyramidGenerator(msg_gan.Generator):
    """Latents (N, latent_dim) -> points (N, 2): a pyramid of one level."""

    def __init__(self, config: msg_gan.Config, channels: int) -> None:
        nn.Module.__init__(self)
        w = config.width
        self.hidden = nn.ModuleList([EqualLinear(config.latent_dim, w), EqualLinear(w, w)])
        self.point = EqualLinear(w, channels, gain=1.0)

    def pyramid(self, z: Tensor) -> msg_gan.Pyramid:
        x = pixel_norm(z)
        for layer in self.hidden:
            x = pixel_norm(leaky_relu(layer(x), 0.2))
        return [self.point(x)]


class PyramidDiscriminator(msg_gan.Discriminator):
    """A pyramid of one level, points (N, 2) -> scores (N,)."""

    def __init__(self, config: msg_gan.Config, channels: int) -> None:
        nn.Module.__init__(self)
        self.sizes = [channels]
        self.score = VaryingScore(config.width, channels)

    def forward(self, *o: Tensor) -> Tensor:
        return self.score(o[-1])


class StyleGenerator(stylegan2.Generator):
    """Latents (N, latent_dim) -> styles (N, layers, style_dim) -> points (N, 2).

    The layers are modulated convolutions of one pixel, after a learned constant.
    """

    LAYERS = 3

    def __init__(self, config: stylegan2.Config, channels: int) -> None:
        progan.Growing.__init__(self, config)
        w, d = config.width, config.style_dim
        self.first = EqualLinear(config.latent_dim, d)
        self.more = nn.ModuleList(EqualLinear(d, d) for _ in range(config.mapping_layers - 1))
        self.constant = nn.Parameter(torch.randn(1, w, 1, 1))
        self.layers = nn.ModuleList(
            stylegan2.ModulatedConv2d(w, w, d, 1) for _ in range(self.LAYERS)
        )
        self.biases = nn.Parameter(torch.zeros(self.LAYERS, w, 1, 1))
        self.point = stylegan2.ModulatedConv2d(w, channels, d, 1, demodulate=False)
        self.register_buffer("average", torch.zeros(d))

    def synthesis(self, w: Tensor) -> Tensor:
        """Styles (N, num_ws, style_dim) -> points (N, 2)."""
        x = self.constant.expand(len(w), -1, -1, -1)
        for i, layer in enumerate(self.layers):
            x = leaky_relu(layer(x, w[:, i]) + self.biases[i], 0.2)
        return self.point(x, w[:, -1]).flatten(1)


class ConditionalStyleGenerator(StyleGenerator):
    """z and the condition (N, latent_dim + traits) -> styles -> points (N, 2)."""

    def __init__(self, config: gan_cls.Config, channels: int, classes: int) -> None:
        super().__init__(config, channels)
        self.parts = [config.latent_dim, classes]
        self.first = gan_cls.Stem(config, classes)

    def mapping(self, z: Tensor) -> Tensor:
        z, condition = z.split(self.parts, 1)
        return self.mapping_layers(torch.cat([pixel_norm(z), condition], 1))


class ConditionalDiscriminator(gan_cls.Discriminator):
    """Points (N, 2) and conditions (N, traits) -> scores (N,)."""

    def __init__(self, config: gan_cls.Config, channels: int, classes: int) -> None:
        progan.Growing.__init__(self, config)
        self.describe = nn.Sequential(*mlp(channels, config.width))
        self.score = nn.Sequential(nn.Linear(config.width, 1), nn.Flatten(0))
        self.V = EqualLinear(classes, config.width, gain=1.0)
        self.classifier = EqualLinear(config.width, classes, gain=1.0)

    def features(self, x: Tensor) -> Tensor:
        return self.describe(x)


PLAIN = Generator, Discriminator
NETWORKS: Mapping[str, tuple[type[nn.Module], type[nn.Module]]] = {
    "gan": PLAIN,
    "cgan": (LabelledGenerator, LabelledDiscriminator),
    "dcgan": PLAIN,
    "ebgan": (Generator, AutoEncoder),
    "unrolled": PLAIN,
    "wgan": PLAIN,
    "began": (Generator, AutoEncoder),
    "wgan-gp": PLAIN,
    "progan": (EqualGenerator, EqualCritic),
    "msg-gan": (PyramidGenerator, PyramidDiscriminator),
    "stylegan2": (StyleGenerator, EqualCritic),
    "gan-cls": (ConditionalStyleGenerator, ConditionalDiscriminator),
    "r3gan": (Generator, PairCritic),
}
"""family -> its networks for points, of the same kinds as those for pictures"""


def config_for_points(name: str, **changes: Any) -> LatentConfig:
    """A family's settings for points; `changes` win."""
    config_type = FAMILIES[name].config
    return config_type(**{**SHARED, **OWN[name], **changes})


def gan_for_points(name: str, config: LatentConfig | None = None, classes: int = 1) -> LatentGAN:
    """A family's GAN with networks for points; a conditional one tells so many classes apart."""
    family, config = FAMILIES[name], config or config_for_points(name)
    # The family's own class, so that its step, optimisers and losses are those for pictures.
    kind: Callable[..., LatentGAN] = type(
        f"{family.gan.__name__}OfPoints", (family.gan,), {"networks": NETWORKS[name]}
    )
    return kind(config, 2, classes if family.gan.conditional(config) else 0)
