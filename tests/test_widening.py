"""Trainings of a wider network that begin with the weights of a narrower one."""

import dataclasses
import math

import pytest
import torch
import toys
from mentions import mentions
from torch import nn

from gan_studio.gans.checkpoint import load_model
from gan_studio.gans.families.stylegan2 import StyleGAN2
from gan_studio.gans.layers import EqualConv2d
from gan_studio.gans.widening import load_narrower

SIZES = [{"width": 6}, {"most_channels": 12}, {"width": 8, "most_channels": 16}]


def stylegan2(**changes) -> StyleGAN2:
    gan = toys.model("stylegan2", 3, **{"width": 4, "most_channels": 8, **changes}).eval()
    assert isinstance(gan, StyleGAN2)
    return gan


def played(gan: StyleGAN2, steps: int) -> StyleGAN2:
    """After some updates, when no weight is special."""
    batches = iter([toys.batch(channels=3)] * 2 * steps)
    optimizers = gan.optimizers()
    for _ in range(steps):
        gan.step(batches, optimizers)
    return gan.eval()


def test_old_rows_are_rescaled_and_do_without_new_columns():
    narrow, wide = EqualConv2d(2, 3), EqualConv2d(8, 5)
    random = wide.weight[3:].clone()
    load_narrower(nn.Sequential(wide), nn.Sequential(narrow).state_dict())
    assert torch.equal(wide.weight[:3, :2], narrow.weight * math.sqrt(8 / 2))
    assert not wide.weight[:3, 2:].any()
    assert torch.equal(wide.weight[3:], random)  # new channels listen to all
    x = torch.randn(1, 8, 4, 4)
    assert torch.allclose(wide(x)[:, :3], narrow(x[:, :2]), atol=1e-5)


def test_an_input_that_stood_last_stays_last():
    narrow, wide = EqualConv2d(3, 2, appended=1), EqualConv2d(5, 2, appended=1)
    load_narrower(nn.Sequential(wide), nn.Sequential(narrow).state_dict())
    x = torch.randn(1, 5, 4, 4)
    assert torch.allclose(wide(x), narrow(x[:, [0, 1, 4]]), atol=1e-5)


@pytest.mark.parametrize("wider", SIZES, ids=str)
def test_a_wider_gan_draws_and_judges_as_before_and_then_uses_its_channels(wider):
    torch.manual_seed(0)
    narrow = played(stylegan2(vision_aided=0.5, ada_target=0.6), 2)
    wide = stylegan2(vision_aided=0.5, ada_target=0.6, **wider)
    load_narrower(wide, narrow.state_dict())
    wide.eval()
    count = [sum(p.numel() for p in gan.parameters()) for gan in (narrow, wide)]
    assert count[1] > count[0]
    z = narrow.latents(4)
    x = narrow.generator(z)
    assert torch.allclose(wide.generator(z), x, atol=1e-4)
    assert torch.allclose(wide.discriminator(x), narrow.discriminator(x), atol=1e-4)
    before = {k: v.clone() for k, v in wide.named_parameters()}
    played(wide, 2)
    beside = [
        (k, v[:, -1], before[k][:, -1])
        for k, v in wide.named_parameters()
        if v.dim() == 4 and v.shape != narrow.get_parameter(k).shape and "constant" not in k
    ]
    assert beside
    assert not [name for name, now, then in beside if torch.equal(now, then)]


def test_equal_networks_are_loaded_as_they_are():
    torch.manual_seed(0)
    one, other = (stylegan2(vision_aided=1.0) for _ in range(2))
    load_narrower(other, one.state_dict())
    for name, value in one.state_dict().items():
        assert torch.equal(other.state_dict()[name], value), name


def test_a_training_may_start_from_a_narrower_model_and_not_from_a_wider_one(tmp_path):
    base = {"width": 4, "most_channels": 8}
    list(toys.train(tmp_path / "narrow", "stylegan2", steps=1, toy=base))
    start = {"start_from": str(tmp_path / "narrow"), "steps": 1}
    list(toys.train(tmp_path / "wide", "stylegan2", toy={**base, "width": 8}, **start))
    wide, manifest = load_model(tmp_path / "wide")
    narrow, before = load_model(tmp_path / "narrow")
    assert manifest.config == dataclasses.replace(before.config, width=8)
    assert sizes(wide) > sizes(narrow)
    with pytest.raises(ValueError, match=mentions("width 4 2")):
        list(toys.train(tmp_path / "less", "stylegan2", toy={**base, "width": 2}, **start))
    assert not (tmp_path / "less").exists()


def sizes(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())
