"""Blocks and starting weights that several papers share."""

from __future__ import annotations

from torch import Tensor, nn


class Scores(nn.Module):
    """(N, 1, ...) -> (N,): one number for each picture."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten()


def normal_init(module: nn.Module, std: float = 0.02) -> None:
    """Weights from N(0, std), biases 0, norm scales from N(1, std) (Radford et al., 2016)."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0.0, std)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, std)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
