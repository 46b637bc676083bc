"""Shared blocks compute what torch's own layers compute."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_studio.gans.layers import FromPixelConvTranspose2d, FullConv2d, UpsampleConv2d


def test_a_kernel_that_covers_the_map_is_a_convolution():
    ours, theirs = FullConv2d(6, 3, 4), nn.Conv2d(6, 3, 4)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(5, 6, 4, 4).contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("bias", [True, False])
def test_a_kernel_spread_from_one_pixel_is_a_transposed_convolution(bias):
    ours = FromPixelConvTranspose2d(6, 3, 4, bias=bias)
    theirs = nn.ConvTranspose2d(6, 3, 4, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(5, 6, 1, 1)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("edges", ["zeros", "reflect"])
def test_an_enlargement_and_its_convolution_are_one(edges):
    ours = UpsampleConv2d(4, 3, edges)
    theirs = nn.Conv2d(4, 3, 3, padding=1, padding_mode=edges)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 4, 5, 7)
    torch.testing.assert_close(ours(x), theirs(nn.Upsample(scale_factor=2)(x)))
