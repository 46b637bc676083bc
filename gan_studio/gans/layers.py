"""Blocks and starting weights that several papers share."""

from __future__ import annotations

import math
from itertools import takewhile
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, linear, pad

from gan_studio.core import distributed

FLAT = 1e-9
"""variance below which a map has one value, but for rounding"""


class FullConv2d(nn.Conv2d):
    """A kernel that covers the whole map, (N, C, K, K) -> (N, O, 1, 1), as one matrix product."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name
        return linear(input.flatten(1), self.weight.flatten(1), self.bias)[..., None, None]


class InstanceNorm2d(nn.InstanceNorm2d):
    """Instance normalisation (Ulyanov et al., 2016) without a gradient through flat maps.

    The maps of a picture of one colour have no variance. Each layer would multiply their gradient
    by 1 / sqrt(eps), and the generators of CycleGAN, of which two follow each other, overflowed.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, affine=True)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name
        N, C = input.shape[:2]
        maps = input.contiguous().flatten(0, 1)[None]  # what torch does inside, without its results
        weight, bias = self.weight.repeat(N), self.bias.repeat(N)
        y, _, inverse_std = torch.native_batch_norm(
            maps, weight, bias, None, None, True, 0.0, self.eps
        )
        y = y.view_as(input)
        if not y.requires_grad:
            return y
        flat = inverse_std.view(N, C, 1, 1) > (FLAT + self.eps) ** -0.5
        if flat.device.type == "cpu" and not flat.any():  # elsewhere looking costs more
            return y
        return torch.where(flat, y.detach(), y)


class FromPixelConvTranspose2d(nn.ConvTranspose2d):
    """A kernel spread from one pixel, (N, C, 1, 1) -> (N, O, K, K), as one matrix product."""

    def forward(self, input: Tensor, output_size: object = None) -> Tensor:  # noqa: A002, ARG002
        seed = input.flatten(1) @ self.weight.flatten(1)
        spread = seed.unflatten(1, self.weight.shape[1:])
        return spread if self.bias is None else spread + self.bias[:, None, None]


class UpsampleConv2d(nn.Conv2d):
    """Twice the size by repeating pixels, then a 3x3 convolution, (N, C, H, W) -> (N, O, 2 H, 2 W).

    Of the nine pixels under the kernel some are equal: their weights are added first, and the sum
    is one transposed convolution of stride 2 with four products for each pixel instead of nine.
    """

    def __init__(
        self, inputs: int, outputs: int, padding_mode: Literal["zeros", "reflect"] = "zeros"
    ) -> None:
        super().__init__(inputs, outputs, 3, padding=1, padding_mode=padding_mode)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name
        w = self.weight
        shifted = [pad(w, (i, 1 - i, j, 1 - j)) for i in (0, 1) for j in (0, 1)]
        kernel = torch.stack(shifted).sum(0).flip(2, 3).transpose(0, 1)
        if self.padding_mode == "zeros":
            return conv_transpose2d(input, kernel, self.bias, stride=2, padding=1)
        # Beside the enlarged picture its reflection is its first pixel, which was there twice.
        padded = pad(input, (1, 1, 1, 1), mode="replicate")
        return conv_transpose2d(padded, kernel, self.bias, stride=2, padding=3)


class BatchNorm1d(nn.BatchNorm1d):
    """(N, C), normalised over the batch of all processes while training."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name
        return batch_norm(self, input) if _is_synchronized(self) else super().forward(input)


class BatchNorm2d(nn.BatchNorm2d):
    """(N, C, H, W), normalised over the batch of all processes while training."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name
        return batch_norm(self, input) if _is_synchronized(self) else super().forward(input)


def batch_norm(layer: BatchNorm1d | BatchNorm2d, x: Tensor) -> Tensor:
    """x (N, C, ...) as the layer gives it when it sees the rows of all processes at once.

    Torch's SyncBatchNorm refuses CPUs and penalties, which differentiate twice. Processes have
    equally many rows.
    """
    over = [d for d in range(x.dim()) if d != 1]
    exact = torch.promote_types(x.dtype, torch.float32)
    variances, means = torch.var_mean(x.to(exact), over, correction=0)
    # Not mean(x^2) - mean(x)^2, a small difference of large numbers.
    variances, means = distributed.all_gather(torch.stack([variances, means])[None]).unbind(1)
    mean = means.mean(0)
    variance = variances.mean(0) + (means - mean).square().mean(0)
    _update_running(layer, mean.detach(), variance.detach(), x.numel() // len(mean) * len(means))
    scale = (variance + layer.eps).rsqrt() * (1 if layer.weight is None else layer.weight)
    shift = (0 if layer.bias is None else layer.bias) - mean * scale
    shape = [1, -1] + [1] * (x.dim() - 2)
    return torch.addcmul(shift.view(shape), x, scale.view(shape)).to(x.dtype)


@torch.no_grad()
def _update_running(
    layer: BatchNorm1d | BatchNorm2d, mean: Tensor, variance: Tensor, n: int
) -> None:
    """Running statistics, the variance being that of `n` samples without bias."""
    assert layer.running_mean is not None
    assert layer.running_var is not None
    assert layer.num_batches_tracked is not None
    assert layer.momentum is not None
    layer.num_batches_tracked.add_(1)
    layer.running_mean.lerp_(mean, layer.momentum)
    layer.running_var.lerp_(variance * (n / (n - 1)), layer.momentum)


def _is_synchronized(layer: nn.Module) -> bool:
    return layer.training and distributed.world_size() > 1


class EqualLinear(nn.Module):
    """(N, I) -> (N, O), at an equalised learning rate (Karras et al., 2018, Section 4.1).

    Weights are drawn from N(0, 1) and scaled, whenever they are used, as He's initialiser would
    have drawn them.
    """

    def __init__(self, inputs: int, outputs: int, gain: float = math.sqrt(2), bias: float = 0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.full((outputs,), bias))
        self.scale = gain / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight * self.scale, self.bias)


class EqualConv2d(nn.Module):
    """(N, I, H, W) -> (N, O, H, W), at an equalised learning rate.

    The last `appended` of its inputs are no channels of the layer before.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 3,
        gain: float = math.sqrt(2),
        appended: int = 0,
    ) -> None:
        super().__init__()
        self.appended = appended
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale, self.padding = gain / math.sqrt(inputs * kernel**2), kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        return conv2d(x, self.weight * self.scale, self.bias, padding=self.padding)


def pixel_norm(x: Tensor) -> Tensor:
    """Each pixel's features at a mean square of 1, (N, C, ...) (Karras et al., 2018, 4.2)."""
    return x * (x.float().square().mean(1, keepdim=True) + 1e-8).rsqrt().to(x.dtype)


def batch_std(x: Tensor) -> Tensor:
    """Standard deviation over the pictures of all processes, (N, ...) -> (...)."""
    mean = distributed.mean(x.mean(0))
    variance = distributed.mean((x - mean).square().mean(0))
    return (variance + 1e-8).sqrt()


class MinibatchStdDev(nn.Module):
    """Minibatch standard deviation: its mean over all features as one more map.

    (N, C, H, W) -> (N, C + 1, H, W), in float32; Karras et al., 2018, Section 3. In evaluation mode
    it is a running mean, so that a picture's score does not depend on the others of the batch.
    """

    usual: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("usual", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        x = x.float()
        deviation = self.batch_deviation(x) if self.training else self.usual
        return torch.cat([x, deviation.expand(len(x), 1, *x.shape[2:])], 1)

    def batch_deviation(self, x: Tensor) -> Tensor:
        """Over the pictures of all processes, ()."""
        deviation = batch_std(x).mean()
        self.usual.lerp_(deviation.detach(), 0.01)
        return deviation


def before_relu(generator: nn.Module) -> nn.Sequential:
    """The affine layers of a sequential generator up to its first ReLU."""
    return nn.Sequential(
        *takewhile(lambda layer: not isinstance(layer, nn.ReLU), generator.children())
    )


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
