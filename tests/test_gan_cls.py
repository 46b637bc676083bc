"""What a discriminator of text conditioning is taught beside the game."""

import math
from typing import cast

import pytest
import torch
from toys import config

from gan_studio.gans.families import gan_cls


@pytest.fixture
def gan() -> gan_cls.GANCLS:
    torch.manual_seed(0)
    return gan_cls.GANCLS(cast(gan_cls.Config, config("gan-cls")), 3, 4)


def test_traits_are_named_by_the_cross_entropy_of_each_that_is_known():
    logits = torch.tensor([[2.0, -1, 5, 0], [0.5, 3, -1, 1]])
    traits = torch.tensor([[1.0, -1, 0, 1], [0, 0, -1, 1]])
    first = math.log1p(math.exp(-2)) + math.log1p(math.exp(-1)) + math.log(2)
    second = 2 * math.log1p(math.exp(-1))
    assert gan_cls.naming_loss(logits, traits).item() == pytest.approx((first + second) / 2)


def test_nothing_known_teaches_nothing():
    logits = torch.randn(3, 4, requires_grad=True)
    loss = gan_cls.naming_loss(logits, torch.zeros(3, 4))
    loss.backward()
    assert loss == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_of_labels_every_class_is_known(gan):
    batch = {"image": torch.zeros(2, 3, 8, 8), "label": torch.tensor([1, 3])}
    assert gan.traits(batch).tolist() == [[-1, 1, -1, -1], [-1, -1, -1, 1]]
