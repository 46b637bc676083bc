"""The objective of a painting at one size: its targets and its losses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan_studio.core.devices import fast_bfloat16
from gan_studio.style_transfer.config import STYLE_LAYERS, StyleConfig
from gan_studio.style_transfer.losses import (
    guided_gram_matrix,
    range_penalty,
    relative_error,
    total_variation,
)
from gan_studio.vision.network import FeatureNetwork, gram_matrix

CONTENT_LAYER = "relu4_2"
STYLE, SMOOTHNESS, RANGE_WEIGHT = 8.0, 3.0, 100.0
"""what makes a weight of 1 a good one, by eye: docs/style_transfer.md"""
MIN_SIDE = 32
"""shortest side that the network's four poolings leave something of"""


class StyleObjective:
    """The targets of Gatys et al. (2016) at one size, and the losses of a painting against them.

    `content` and `styles` are pictures (1, 3, H, W) in [-1, 1]; the styles may have other sizes.
    """

    def __init__(
        self,
        content: Tensor,
        styles: Sequence[tuple[Tensor, float]],
        mask: Tensor | None,
        network: FeatureNetwork,
        config: StyleConfig,
    ) -> None:
        self.network, self.config, self.mask = network, config, mask
        self.bfloat16 = fast_bfloat16(content.device)
        self.shares = layer_shares(config)
        self.layers = layers_in_use(network, config)
        with torch.no_grad():
            layers = [CONTENT_LAYER] if config.content_weight else []
            self.content = next((x.float() for x in self.features(content, layers).values()), None)
            self.grams = self.mix_grams(styles)

    def features(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Some layers, in bfloat16 where that is fast."""
        image = image.contiguous(memory_format=torch.channels_last)
        with torch.autocast(image.device.type, torch.bfloat16, enabled=self.bfloat16):
            return self.network(image, layers)

    def mix_grams(self, styles: Sequence[tuple[Tensor, float]]) -> dict[str, Tensor]:
        """Gram matrices of all styles, averaged by weight: second moments of their mixture."""
        whole = sum(weight for _, weight in styles)
        grams = [self.style_grams(style) for style, _ in styles]
        return {
            name: torch.stack(
                [g[name] * w / whole for g, (_, w) in zip(grams, styles, strict=True)]
            ).sum(0)
            for name in self.shares
        }

    def style_grams(self, style: Tensor) -> dict[str, Tensor]:
        """The Gram matrices of one style, whose features are then forgotten."""
        return {name: gram_matrix(x) for name, x in self.features(style, list(self.shares)).items()}

    def gram(self, features: Tensor) -> Tensor:
        if self.mask is None:
            return gram_matrix(features)
        return guided_gram_matrix(features, self.mask)

    def losses(self, painting: Tensor) -> dict[str, Tensor]:
        """Content, style and variation as they are, and the weighted total that falls."""
        features, config = self.features(painting, self.layers), self.config
        zero = painting.new_zeros(())
        content = (
            zero if self.content is None else relative_error(features[CONTENT_LAYER], self.content)
        )
        style = [
            w * relative_error(self.gram(features[n]), self.grams[n])
            for n, w in self.shares.items()
        ]
        losses = {
            "content": content,
            "style": torch.stack([zero, *style]).sum(),
            "variation": total_variation(painting),
        }
        total = (
            config.content_weight * losses["content"]
            + config.style_weight * STYLE * losses["style"]
            + config.smoothness * SMOOTHNESS * losses["variation"]
            + RANGE_WEIGHT * range_penalty(painting)
        )
        return {**losses, "total": total}


def layer_shares(config: StyleConfig) -> dict[str, float]:
    """The weight of each layer in the style; they add up to 1."""
    weights = zip(STYLE_LAYERS, config.layer_weights, strict=True)
    whole = sum(config.layer_weights)
    return {name: w / whole for name, w in weights if w and config.style_weight}


def layers_in_use(network: FeatureNetwork, config: StyleConfig) -> list[str]:
    """The layers that have a weight, from the picture inwards."""
    names = [*layer_shares(config), *([CONTENT_LAYER] if config.content_weight else [])]
    return [name for name in network.layers if name in names]


def style_size(
    style: tuple[int, int], size: tuple[int, int], config: StyleConfig
) -> tuple[int, int]:
    """The size of a style beside a painting; it is never enlarged, which would teach blur."""
    longest = min(max(style), round(max(size) * config.style_scale))
    height, width = scaled_size(*style, longest)
    fit = max(
        1.0, MIN_SIDE / min(height, width)
    )  # but for one in which nothing would be left to see
    return round(height * fit), round(width * fit)


def scaled_size(height: int, width: int, longest: int) -> tuple[int, int]:
    """Height and width of the same shape with that longest side."""
    zoom = longest / max(height, width)
    return max(1, round(height * zoom)), max(1, round(width * zoom))


def resize(image: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, C, H, W) at another size."""
    if image.shape[2:] == size:
        return image
    return interpolate(image, size, mode="bicubic", antialias=True).clamp(-1, 1)


def pyramid(height: int, width: int, config: StyleConfig) -> list[tuple[int, int]]:
    """Sizes (height, width) from the coarsest to that of the painting, each twice the last.

    Raises ValueError when a side of the painting would be too short to be seen.
    """
    longest = config.size or max(height, width)
    full = scaled_size(height, width, longest)
    if min(full) < MIN_SIDE:
        raise ValueError(
            f"The painting would have {full[1]} x {full[0]} pixels; "
            f"no side may be below {MIN_SIDE}."
        )
    sizes = [full]
    while config.multi_scale and min(sizes[0]) >= 2 * MIN_SIDE:
        longest = round(longest / 2)
        sizes.insert(0, scaled_size(height, width, longest))
    return [size for size in sizes if min(size) >= MIN_SIDE]
