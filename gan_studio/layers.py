"""Blocks and starting weights that several papers share."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import linear


class Scores(nn.Module):
    """(N, 1, ...) -> (N,): one number for each picture."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten()


class WholeConv2d(nn.Conv2d):
    """A kernel that covers the whole map, (N, C, K, K) -> (N, O, 1, 1), as one matrix product."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name
        return linear(input.flatten(1), self.weight.flatten(1), self.bias)[..., None, None]


class SeedConvTranspose2d(nn.ConvTranspose2d):
    """A kernel spread from one pixel, (N, C, 1, 1) -> (N, O, K, K), as one matrix product."""

    def forward(self, input: Tensor, output_size: object = None) -> Tensor:  # noqa: A002, ARG002
        seed = input.flatten(1) @ self.weight.flatten(1)
        spread = seed.unflatten(1, self.weight.shape[1:])
        return spread if self.bias is None else spread + self.bias[:, None, None]


def normal_init(module: nn.Module, std: float = 0.02) -> None:
    """Weights from N(0, std), biases 0, norm scales from N(1, std) (Radford et al., 2016)."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0.0, std)
        elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, 1.0, std)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
