"""Style transfer as the tutorials do it: what the project's own is compared with.

One size, VGG-19 in float32, Gram matrices divided by C H W, mean squared errors, L-BFGS on the
pixels with its own twenty evaluations a step, values clamped to the picture's range. The layers are
those of Gatys et al. (2016), not the tutorial's first five convolutions. Without a line search, and
with the tutorial's clamp inside the closure, the loop blew up or stood still on the pair looked at;
it gets the one and is spared the other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from gan_studio.style_transfer.config import STYLE_LAYERS
from gan_studio.vision.network import MEAN, STD, FeatureNetwork

CONTENT_LAYER = "relu4_2"


class Tapped(nn.Module):
    """VGG-19 as torchvision builds it, read at named layers."""

    def __init__(self, vgg: FeatureNetwork) -> None:
        super().__init__()
        self.names = vgg.layers
        self.convolutions = nn.ModuleList(
            nn.Conv2d(c.in_channels, c.out_channels, 3, padding=1)
            for c in vgg.convolutions.values()
            if isinstance(c, nn.Conv2d)
        )
        states = vgg.convolutions.values()
        for mine, theirs in zip(self.convolutions, states, strict=True):
            mine.load_state_dict({k: v.contiguous() for k, v in theirs.state_dict().items()})
        self.requires_grad_(False)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(N, 3, H, W) in [0, 1] -> every layer."""
        x = (image - image.new_tensor(MEAN).view(3, 1, 1)) / image.new_tensor(STD).view(3, 1, 1)
        layers = {}
        for name, convolution in zip(self.names, self.convolutions, strict=True):
            if name.endswith("_1") and name != "relu1_1":
                x = torch.max_pool2d(x, 2)
            layers[name] = x = torch.relu(convolution(x))
        return layers


def gram(x: Tensor) -> Tensor:
    """G / (C H W), as in the tutorials; (1, C, H, W) -> (C, C)."""
    f = x.flatten(2)[0]
    return f @ f.T / x.numel()


def paint(
    content: Tensor, style: Tensor, vgg: Tapped, style_weight: float, marks: Sequence[float]
) -> Iterator[Tensor]:
    """The painting after each of the marks, in seconds; pictures (1, 3, H, W) in [0, 1]."""
    start = time.perf_counter()
    with torch.no_grad():
        target = vgg(content)[CONTENT_LAYER]
        grams = {name: gram(x) for name, x in vgg(style).items() if name in STYLE_LAYERS}
    painting, due = content.clone().requires_grad_(), list(marks)
    paintings: list[Tensor] = []
    optimizer = torch.optim.LBFGS([painting], line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        while due and time.perf_counter() - start > due[0]:
            paintings.append(painting.detach().clamp(0, 1).clone())
            due.pop(0)
        optimizer.zero_grad()
        layers = vgg(painting)
        style_loss = sum(mse_loss(gram(layers[n]), g) for n, g in grams.items())
        loss = mse_loss(layers[CONTENT_LAYER], target) + style_weight * style_loss
        loss.backward()
        return loss

    while due:
        optimizer.step(closure)
        yield from paintings
        paintings.clear()
