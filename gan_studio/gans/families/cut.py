"""Contrastive Learning for Unpaired Image-to-Image Translation (Park et al., 2020), https://arxiv.org/abs/2007.15651."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, normalize

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.families import cyclegan
from gan_studio.gans.families.cyclegan import HALVINGS, ResidualBlock, ResNet
from gan_studio.gans.families.pix2pix import PatchDiscriminator
from gan_studio.gans.layers import normal_init
from gan_studio.gans.losses import least_squares
from gan_studio.gans.translation import Direction, TranslationGAN, outputs

TRANSLATOR, HEADS = "translator", "heads"
"""names of the networks that learn as the generator: G, and H of each layer"""
EMBEDDING = 256
"""dimension of the embeddings of patches, and of the hidden layer before them (Section 3)"""


@dataclass(frozen=True, kw_only=True)
class Config(cyclegan.UnpairedConfig):
    """Settings that train in an hour; docs/families/cut.md has the paper's values."""

    lambda_nce: float = 0.5
    """Weight λ_X of the contrastive loss between source and translation, Eq. 5."""
    lambda_identity: float = 0.5
    """Weight λ_Y of the contrastive loss between a picture of the target and its own translation,
    Eq. 5; 0 leaves it out."""
    temperature: float = 0.07
    """Temperature τ by which the similarity of patches is divided, Eq. 3."""
    patches: int = 256
    """Places of each layer at which patches are compared; the others are the negatives."""

    fixed_fields: ClassVar = cyclegan.UnpairedConfig.fixed_fields | {"patches"}
    paper_values: ClassVar = cyclegan.Config.paper_values

    def __post_init__(self) -> None:
        super().__post_init__()
        check_float(self.lambda_nce, "lambda_nce", 0, 1e6)
        check_float(self.lambda_identity, "lambda_identity", 0, 1e6)
        check_float(self.temperature, "temperature", 0.001, 100)
        check_int(self.patches, "patches", 2, 65_536)


def info_nce(queries: Tensor, keys: Tensor, temperature: float) -> Tensor:
    """InfoNCE of S patches against those at the same places, Eq. 3: (N, S, C) twice -> (N,).

    The other S - 1 places of the same picture are the negatives.
    """
    similarity = queries @ keys.mT / temperature
    return -log_softmax(similarity, 2).diagonal(dim1=1, dim2=2).mean(1)


SHORTEST = 1e-4
"""length below which an embedding is not scaled to length 1"""


class Head(nn.Sequential):
    """H of a layer: features (..., channels) -> embeddings of length 1 (..., EMBEDDING)."""

    def __init__(self, channels: int) -> None:
        super().__init__(nn.Linear(channels, EMBEDDING), nn.ReLU(), nn.Linear(EMBEDDING, EMBEDDING))
        normal_init(self)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # as nn.Sequential calls it
        # Embeddings of a picture of one colour may be 0, where the gradient would be 1 / eps.
        return normalize(super().forward(input).float(), dim=-1, eps=SHORTEST)


class CUT(TranslationGAN):
    """A translation whose patches must resemble the patches at the same places of the source."""

    config: Config
    output = "score"
    memory_format = torch.contiguous_format  # instance normalisation would copy each map twice

    def __init__(self, config: Config, channels: int = 3, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        G = ResNet(config, channels)
        halving = [
            i for i, one in enumerate(G) if isinstance(one, nn.Conv2d) and one.stride[0] == 2
        ]
        first = next(i for i, one in enumerate(G) if isinstance(one, ResidualBlock))
        self.layers = sorted({*halving, first, first + (config.blocks - 1) // 2})
        """of the generator, whose features are compared beside the pixels, by index"""
        w = config.width
        widths = [channels, 2 * w, 4 * w, *(4 * w for _ in self.layers[HALVINGS:])]
        heads = nn.ModuleList(Head(width) for width in widths)
        self.generator = nn.ModuleDict({TRANSLATOR: G, HEADS: heads})
        self.discriminator = PatchDiscriminator(config, channels, config.discriminator_norm)

    @property
    def translator(self) -> ResNet:
        """G alone."""
        G = self.generator.get_submodule(TRANSLATOR)
        assert isinstance(G, ResNet)
        return G

    @property
    def multiple(self) -> int:
        return 2**HALVINGS

    def generate(self, source: Tensor, direction: Direction = "forward") -> Tensor:
        assert direction == "forward"
        return self.translator(source)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return outputs(self.discriminator(batch["image"]))

    def encode(self, x: Tensor) -> list[Tensor]:
        """Pictures (N, C, H, W) -> their pixels and the features of `layers`, (N, c, h, w) each."""
        features = [x]
        for i, layer in enumerate([*self.translator][: self.layers[-1] + 1]):
            x = layer(x)
            if i in self.layers:
                features.append(x)
        return features

    def decode(self, features: list[Tensor]) -> Tensor:
        """The features of pictures -> their translations."""
        x = features[-1]
        for layer in [*self.translator][self.layers[-1] + 1 :]:
            x = layer(x)
        return x

    def contrastive(self, translations: list[Tensor], sources: list[Tensor]) -> Tensor:
        """Eq. 4: the mean of InfoNCE over layers, at random places of theirs, (N,)."""
        losses = []
        heads = self.generator.get_submodule(HEADS).children()
        for H, *both in zip(heads, translations, sources, strict=True):
            query, key = (x.flatten(2).mT for x in both)
            patches = torch.randperm(query.shape[1], device=query.device)[: self.config.patches]
            with torch.no_grad():
                keys = H(key[:, patches])
            losses.append(info_nce(H(query[:, patches]), keys, self.config.temperature))
        return torch.stack(losses).mean(0)

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:
        c, batch = self.config, next(batches)
        self.generator.train()
        D = self.discriminator
        x, y = batch["source"], batch["image"]
        features = self.encode(torch.cat([x, y]) if c.lambda_identity else x)
        translations = self.decode(features)
        fake = translations[: len(x)]
        d_loss = least_squares.discriminator(D(y), D(fake.detach())) / 2
        penalty = self.r1_penalty(D, y)
        descend(optimizers.discriminator, d_loss + penalty)
        adversarial_loss = least_squares.generator(D(fake))
        nce = self.contrastive(self.encode(translations), features)
        contrast, identity = nce[: len(x)].mean(), nce.new_zeros(())
        if c.lambda_identity:
            identity = nce[len(x) :].mean()
        g_loss = adversarial_loss + c.lambda_nce * contrast + c.lambda_identity * identity  # Eq. 5
        descend(optimizers.generator, g_loss)
        losses = {"generator": g_loss, "discriminator": d_loss + penalty, "penalty": penalty}
        losses |= {"nce": contrast, "identity": identity, "adversarial": adversarial_loss}
        return {name: loss.detach() for name, loss in losses.items()}
