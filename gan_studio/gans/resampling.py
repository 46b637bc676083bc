"""Resampling with FIR filters, as style-based generators do between their sizes: pure functions."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d, interpolate, leaky_relu, pad

BINOMIAL = (1.0, 3.0, 3.0, 1.0)
"""the low-pass filter of StyleGAN2 (Karras et al., 2020), along either axis"""


def magnify(x: Tensor) -> Tensor:
    """Twice the size, (N, C, H, W) -> (N, C, 2 H, 2 W): zeros between pixels, then BINOMIAL / 4.

    That is linear interpolation, with zeros around the picture.
    """
    larger = interpolate(pad(x, (1, 1, 1, 1)), scale_factor=2, mode="bilinear")
    return larger[..., 2:-2, 2:-2]


def binomial_blur(x: Tensor) -> Tensor:
    """BINOMIAL / 4 along either axis, (N, C, H, W) -> (N, C, H - 1, W - 1); zeros surround x.

    It completes a transposed convolution of stride 2, which leaves a quarter of the mean, and takes
    away the pixel that this has too many.
    """
    f = torch.tensor(BINOMIAL, device=x.device, dtype=x.dtype) / 4
    kernel = (f[:, None] * f).expand(x.shape[1], 1, 4, 4)
    return conv2d(x, kernel, padding=1, groups=x.shape[1])


def filtered_leaky_relu(
    x: Tensor,
    up_filter: Tensor,
    down_filter: Tensor,
    up: int,
    down: int,
    padding: tuple[int, int],
    clamp: float = math.inf,
) -> Tensor:
    """Leaky ReLU at a higher rate of samples (Karras et al., 2021), times √2.

    (N, C, H, W) -> (N, C, H', W'): `up` times the samples through `up_filter` (taps,), the
    nonlinearity, one of `down` samples through `down_filter` (taps,) or (taps, taps). `padding` are
    the samples added before and after, at the higher rate, with which H' ends up as it should.
    """
    y = upsample(x, up_filter, up, padding)
    y = leaky_relu(y, 0.2) * math.sqrt(2)
    if clamp < math.inf:
        y = y.clamp(-clamp, clamp)
    return downsample(y, down_filter, down)


def upsample(x: Tensor, f: Tensor, up: int, padding: tuple[int, int]) -> Tensor:
    """`up` - 1 zeros behind each sample, then f (taps,) along either axis at `up` times its sum.

    (N, C, H, W) -> (N, C, H', W') with H' = up H + before + after - taps + 1, where `padding` is
    (before, after).
    """
    taps, (before, after) = len(f), padding
    f = f.to(x.dtype) * up
    flat = x.flatten(0, 1)[:, None]
    for kernel, stride in ((f[:, None], (up, 1)), (f[None], (1, up))):
        flat = conv_transpose2d(flat, kernel[None, None], stride=stride)
    # The whole convolution has up (H - 1) + taps samples, of which those asked for begin here.
    start, sizes = taps - 1 - before, [up * n + before + after - taps + 1 for n in x.shape[2:]]
    ends = [start + size - whole for size, whole in zip(sizes, flat.shape[2:], strict=True)]
    flat = pad(flat, (-start, ends[1], -start, ends[0]))
    return flat.unflatten(0, x.shape[:2])[:, :, 0]


def downsample(x: Tensor, f: Tensor, down: int) -> Tensor:
    """f (taps,) along either axis, or (taps, taps), then one of `down` samples.

    (N, C, H, W) -> (N, C, H', W') with H' = ⌈(H - taps + 1) / down⌉.
    """
    f = f.to(x.dtype)
    flat = x.flatten(0, 1)[:, None]
    if f.dim() == 2:
        flat = conv2d(flat, f.flip(0, 1)[None, None], stride=down)
    else:
        f = f.flip(0)
        flat = conv2d(flat, f[None, None, :, None], stride=(down, 1))
        flat = conv2d(flat, f[None, None, None], stride=(1, down))
    return flat.unflatten(0, x.shape[:2])[:, :, 0]
