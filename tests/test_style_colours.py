"""Colours that are kept, against Pillow's and against their moments."""

from itertools import product

import numpy as np
import pytest
import torch
from PIL import Image
from torch.testing import assert_close

from gan_studio.images import convert
from gan_studio.style_transfer import colours


def picture(seed=0, low=-1.0, high=1.0, size=(24, 32)):
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(1, 3, *size, generator=generator)


def chrominance(image):
    """Cb and Cr as Pillow has them, (H, W, 2)."""
    return np.array(convert.to_pil(convert.to_uint8(image)[0]).convert("YCbCr"), np.int32)[..., 1:]


def moments(image):
    pixels = image[0].flatten(1)
    return pixels.mean(1), torch.cov(pixels)


def test_the_luminance_of_grey_is_the_grey_and_that_of_colours_is_pillows():
    grey = torch.linspace(-1, 1, 32).expand(1, 3, 4, 32)
    assert_close(colours.luminance(grey), grey[:, :1])
    image = convert.from_uint8(torch.from_numpy(convert.to_uint8(picture()))).permute(0, 3, 1, 2)
    seen = np.array(convert.to_pil(convert.to_uint8(image)[0]).convert("L"), np.int32)
    ours = convert.to_uint8(colours.luminance(image))[0, ..., 0]
    assert np.abs(seen - ours).max() <= 1


def test_another_luminance_leaves_cb_and_cr_as_they_were():
    image, y = picture(low=-0.3, high=0.3), picture(1, -0.4, 0.4)[:, :1]
    changed = colours.with_luminance(image, y)
    assert_close(colours.luminance(changed), y)
    assert np.abs(chrominance(changed) - chrominance(image)).max() <= 1


@pytest.mark.parametrize("y", [-1.0, 0.3, 1.0])
def test_a_luminance_that_no_such_colour_has_is_kept_to_the_nearest_that_one_has(y):
    image = picture()
    changed = colours.with_luminance(image, torch.full((1, 1, 24, 32), y))
    assert changed.abs().max() <= 1 + 1e-6
    assert np.abs(chrominance(changed) - chrominance(image)).max() <= 1
    reached = colours.luminance(changed)
    short = (reached - y).abs() > 1e-5
    assert short.any()
    touching = (changed.abs().amax(1, keepdim=True) - 1).abs() < 1e-5  # as far as there is a colour
    assert touching[short].all()


def test_a_picture_with_its_own_luminance_is_itself():
    image = picture()
    assert_close(colours.with_luminance(image, colours.luminance(image)), image)


def test_a_matched_style_has_the_contents_mean_and_covariance():
    mixing = torch.tensor([[0.3, 0.1, 0.0], [0.0, 0.2, 0.1], [0.1, 0.0, 0.25]])
    content = (mixing @ picture(1).flatten(2)).view(1, 3, 24, 32) + 0.1
    style = picture(2, -0.5, 0.9, size=(40, 20))
    matched = colours.match_palette(style, content)
    assert matched.shape == style.shape
    assert matched.abs().max() < 1  # nothing was cut off
    for found, wanted in zip(moments(matched), moments(content), strict=True):
        assert_close(found, wanted, atol=1e-4, rtol=1e-3)


def test_a_style_that_has_the_palette_already_stays_as_it_is():
    style = picture(3)
    shuffled = style.flatten(2)[:, :, torch.randperm(24 * 32)].view_as(style)
    assert_close(colours.match_palette(style, shuffled), style, atol=1e-4, rtol=0)


def test_grey_pictures_and_those_of_one_colour_are_matched_without_nan():
    grey, one, colourful = (
        picture()[:, :1].expand(1, 3, 24, 32),
        torch.zeros(1, 3, 24, 32),
        picture(1),
    )
    for style, content in product((grey, one, colourful), repeat=2):
        matched = colours.match_palette(style, content)
        assert matched.isfinite().all()
        assert matched.abs().max() <= 1
    assert colours.match_palette(colourful, grey).std(1).max() < 0.1  # as grey as the content


def test_like_has_the_mean_and_deviation_of_the_other():
    y, wanted = picture(low=-1, high=0)[:, :1], picture(1, 0.2, 0.4)[:, :1]
    found = colours.match_luminance(y, wanted)
    assert_close(found.mean(), wanted.mean())
    assert_close(found.std(), wanted.std())
    assert_close(
        colours.match_luminance(torch.ones(1, 1, 4, 4), wanted), wanted.mean().expand(1, 1, 4, 4)
    )


def test_pillow_is_asked_in_the_same_colour_space():
    red = torch.tensor([1.0, -1.0, -1.0]).view(1, 3, 1, 1)
    y, _, _ = np.array(Image.new("RGB", (1, 1), "red").convert("YCbCr"))[0, 0]
    assert convert.to_uint8(colours.luminance(red)).item() == pytest.approx(y, abs=1)
