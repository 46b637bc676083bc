"""Resampling filters against their closed forms."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import conv_transpose2d, leaky_relu
from torch.testing import assert_close

from gan_studio.gans.resampling import (
    BINOMIAL,
    binomial_blur,
    downsample,
    filtered_leaky_relu,
    magnify,
    upsample,
)


def with_zeros(x: np.ndarray, up: int) -> np.ndarray:
    """`up` - 1 zeros behind each sample."""
    wide = np.zeros((len(x), up))
    wide[:, 0] = x
    return wide.ravel()


def test_magnifying_puts_zeros_between_pixels_and_blurs():
    x = torch.randn(5)
    f = np.array(BINOMIAL) / 4
    wanted = np.convolve(with_zeros(x.numpy(), 2), f)[1:11]  # as long as twice the picture
    both = np.outer(wanted, wanted)
    found = magnify((x[:, None] * x)[None, None])
    assert_close(found[0, 0], torch.tensor(both, dtype=torch.float32))


def test_magnifying_keeps_what_is_constant_within():
    found = magnify(torch.full((1, 2, 4, 4), 3.0))
    assert_close(found[..., 1:-1, 1:-1], torch.full((1, 2, 6, 6), 3.0))


def test_a_transposed_convolution_with_a_blur_filters_before_it_convolves():
    """Zeros between pixels, the blur and then the kernel give the same as the two in turn."""
    x, w = torch.randn(6), torch.randn(3)
    f = np.array(BINOMIAL) / 4
    whole = np.convolve(np.convolve(with_zeros(x.numpy(), 2), f), w.numpy())
    stripes = x[None, None, :, None].expand(-1, -1, -1, 6)
    kernel = w[None, None, :, None]
    y = conv_transpose2d(stripes, kernel.expand(-1, -1, -1, 1), stride=2)
    y = y[..., :1].expand(-1, -1, -1, 6)
    found = binomial_blur(y)[0, 0, :, 2]
    mean = sum(BINOMIAL) / 4
    assert_close(found, torch.tensor(whole[2:14] * mean, dtype=torch.float32))


@pytest.mark.parametrize("up", [1, 2, 4])
@pytest.mark.parametrize("padding", [(3, 5), (0, 0), (-2, 1), (20, 20)])
def test_upsampling_is_a_convolution_of_samples_among_zeros(up, padding):
    f = torch.randn(6)
    x = torch.randn(7)
    padded = np.pad(
        with_zeros(x.numpy(), up),
        [(max(0, n),) for n in padding] and ((max(0, padding[0]), max(0, padding[1])),),
    )
    padded = padded[max(0, -padding[0]) : len(padded) - max(0, -padding[1])]
    line = np.convolve(padded, f.numpy(), "valid") * up
    found = upsample((x[:, None] * x)[None, None], f, up, padding)
    assert_close(found[0, 0], torch.tensor(np.outer(line, line), dtype=torch.float32))


@pytest.mark.parametrize("down", [1, 2, 4])
def test_downsampling_takes_one_of_the_filtered_samples(down):
    f, x = torch.randn(5), torch.randn(19)
    line = np.convolve(x.numpy(), f.numpy(), "valid")[::down]
    found = downsample((x[:, None] * x)[None, None], f, down)
    assert_close(found[0, 0], torch.tensor(np.outer(line, line), dtype=torch.float32))


def test_a_filter_of_two_dimensions_is_the_product_of_its_own_axes():
    f, x = torch.randn(4), torch.randn(2, 3, 12, 12)
    assert_close(downsample(x, f[:, None] * f, 2), downsample(x, f, 2))


def test_without_filters_a_filtered_leaky_relu_is_one_times_the_root_of_two():
    x, one = torch.randn(2, 3, 5, 5), torch.ones(1)
    found = filtered_leaky_relu(x, one, one, 1, 1, (0, 0))
    assert_close(found, leaky_relu(x, 0.2) * math.sqrt(2))
    clamped = filtered_leaky_relu(100 * x, one, one, 1, 1, (0, 0), 2.5)
    assert clamped.abs().max() == 2.5


def test_a_filtered_leaky_relu_of_a_slow_positive_wave_is_that_wave():
    """What stays positive passes the nonlinearity as it is, so that only the filters act."""
    from scipy.signal import firwin

    up = torch.tensor(firwin(24, 2.0, width=4.0, fs=16.0), dtype=torch.float32)
    down = torch.tensor(firwin(24, 2.0, width=4.0, fs=16.0), dtype=torch.float32)
    n, factor = 32, 2
    x = 2 + torch.sin(2 * math.pi * torch.arange(n) / n)
    x = x[None, None, None].expand(1, 1, n, n)
    total = (n - 1) * factor + 1 - n * factor + 46
    padding = (total + factor) // 2, total - (total + factor) // 2
    found = filtered_leaky_relu(x, up, down, factor, factor, padding)
    assert found.shape == x.shape
    inner = slice(8, -8)
    assert_close(found[..., inner, inner] / math.sqrt(2), x[..., inner, inner], atol=0.02, rtol=0)


def test_gradients_pass_through():
    x = torch.randn(1, 2, 6, 6, requires_grad=True)
    f = torch.randn(12)
    filtered_leaky_relu(x, f, f, 2, 2, (11, 11)).sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0
