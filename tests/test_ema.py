"""The averaged generator against its recursion by hand."""

import contextlib

import pytest
import torch
import toys
from torch import nn
from torch.testing import assert_close

from gan_studio.gans.ema import EMA


def constant(value: float) -> nn.BatchNorm1d:
    """A layer with weights, a floating buffer and a whole number."""
    layer = nn.BatchNorm1d(2)
    for name, part in layer.state_dict().items():
        part.fill_(7 if name == "num_batches_tracked" else value)
    return layer


def test_constant_weights_stay():
    average = EMA(constant(3.0))
    for step in range(1, 100):
        average.update(constant(3.0), step)
    assert_close(
        average.module.weight, torch.full((2,), 3.0), check_stride=False, atol=0, rtol=1e-6
    )


def test_the_recursion_is_known():
    average, expected = EMA(constant(0.0), decay=0.5), 0.0
    for step, value in enumerate([1.0, 4.0, -2.0] * 10, 1):
        average.update(constant(value), step)
        decay = min(0.5, (1 + step) / (20 + step))
        expected = decay * expected + (1 - decay) * value
    assert average.module.state_dict()["bias"][0].item() == pytest.approx(expected, rel=1e-5)


def test_running_statistics_are_averaged_and_counts_copied():
    average = EMA(constant(0.0))
    other = constant(1.0)
    other.state_dict()["num_batches_tracked"].fill_(9)
    average.update(other, 1)
    buffers = dict(average.module.named_buffers())
    assert buffers["running_mean"][0].item() == pytest.approx(1 - 2 / 21)
    assert buffers["num_batches_tracked"] == 9


def test_the_average_is_a_copy_that_needs_no_gradient():
    layer = constant(1.0)
    average = EMA(layer)
    layer.weight.data.fill_(5)
    weight = average.module.get_parameter("weight")
    assert weight[0] == 1
    assert not weight.requires_grad
    assert not average.module.training


def test_in_place_of_puts_the_live_generator_back_after_an_exception():
    gan = toys.model("gan")
    live, average = gan.generator, EMA(gan.generator)
    with contextlib.suppress(KeyError), average.in_place_of(gan):
        assert gan.generator is average.module
        raise KeyError
    assert gan.generator is live
    assert list(dict(gan.named_children()))[:2] == ["generator", "discriminator"]
