"""Losses of style transfer against values known by hand."""

import pytest
import torch
from torch.testing import assert_close

from gan_studio.style_transfer.losses import (
    guided_gram_matrix,
    range_penalty,
    relative_error,
    total_variation,
)
from gan_studio.vision.network import gram_matrix


@pytest.fixture
def features():
    return torch.randn(1, 5, 6, 8, generator=torch.Generator().manual_seed(0))


def test_the_gram_matrix_of_two_channels_is_known_by_hand():
    features = torch.tensor([[1.0, 2.0], [3.0, -1.0]]).view(1, 2, 1, 2)  # two channels, two places
    expected = torch.tensor([[5.0, 1.0], [1.0, 10.0]]) / 2  # 1 + 4, 3 - 2, 9 + 1
    assert_close(gram_matrix(features), expected[None])


def test_a_gram_matrix_is_symmetric_and_positive_semi_definite(features):
    gram = gram_matrix(features[:, :, :1, :3])  # three places for five channels: of rank three
    assert torch.equal(gram, gram.mT)
    values = torch.linalg.eigvalsh(gram[0])
    assert values.min() > -1e-6
    assert (values > 1e-6).sum() == 3


def test_a_gram_matrix_does_not_know_where_things_are(features):
    elsewhere = features.flatten(2)[:, :, torch.randperm(48)].view_as(features)
    assert_close(gram_matrix(elsewhere), gram_matrix(features))


def test_a_gram_matrix_does_not_know_how_large_the_picture_is(features):
    assert_close(gram_matrix(features.tile(1, 1, 2, 3)), gram_matrix(features))


def test_a_gram_matrix_is_summed_in_float32():
    features = torch.full((1, 2, 10, 10), 300.0, dtype=torch.float16)
    assert_close(gram_matrix(features), torch.full((1, 2, 2), 90_000.0))  # above float16's largest


def test_a_bright_guide_gives_the_ordinary_gram_matrix(features):
    assert_close(guided_gram_matrix(features, torch.ones(1, 1, 96, 128)), gram_matrix(features))


def test_a_guide_of_one_half_gives_the_gram_matrix_of_that_half(features):
    mask = torch.zeros(1, 1, 96, 128)
    mask[..., :64] = 1
    assert_close(guided_gram_matrix(features, mask), gram_matrix(features[..., :4]))


def test_the_variation_of_a_constant_is_0_and_of_a_ramp_the_squared_slopes():
    assert total_variation(torch.full((1, 3, 5, 7), 0.3)) == 0
    down, across = torch.arange(5.0).view(5, 1), torch.arange(7.0).view(1, 7)
    ramp = (0.5 * down + 0.25 * across).expand(1, 3, 5, 7)
    assert_close(total_variation(ramp), torch.tensor(0.5**2 + 0.25**2))


def test_the_variation_of_a_picture_does_not_depend_on_its_size():
    stripes = torch.tensor([1.0, -1.0]).tile(8).view(1, 1, 1, 16)
    assert total_variation(stripes.expand(1, 3, 4, 16)) == 4
    assert total_variation(stripes.tile(1, 1, 1, 5).expand(1, 3, 64, 80)) == 4


def test_a_share_is_0_where_all_is_found_1_where_nothing_and_has_no_unit(features):
    found = torch.randn_like(features)
    assert relative_error(features, features) == 0
    assert_close(relative_error(torch.zeros_like(features), features), torch.tensor(1.0))
    assert_close(relative_error(7 * found, 7 * features), relative_error(found, features))
    assert relative_error(torch.zeros(3), torch.zeros(3)) == 0  # and a picture of nothing is no NaN


def test_excess_is_what_lies_outside():
    inside = torch.tensor([-1.0, -0.2, 0.0, 1.0])
    assert range_penalty(inside) == 0
    assert_close(range_penalty(torch.tensor([-1.5, 0.0, 3.0, 1.0])), torch.tensor((0.25 + 4) / 4))


@pytest.mark.parametrize(
    ("loss", "step"),
    [
        (total_variation, 1e-6),
        (range_penalty, 1e-6),
        (lambda x: relative_error(gram_matrix(x), WANTED), 1e-2),
    ],
    ids=["total variation", "range_penalty", "share of a Gram matrix, which is in float32"],
)
def test_slopes_are_those_of_finite_differences(loss, step):
    x = 1.5 * torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(1)).double()
    assert torch.autograd.gradcheck(loss, x.requires_grad_(), eps=step, atol=10 * step**2 + 1e-5)


WANTED = torch.tensor([[[2.0, 0.5, -0.3], [0.5, 1.0, 0.2], [-0.3, 0.2, 3.0]]])
