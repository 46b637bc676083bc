"""Inpainting (Yu et al., 2019): its masks, gates and losses, and that what is known stays."""

from typing import Any

import numpy as np
import pytest
import torch
import toys
from torch.nn.functional import leaky_relu, softplus
from torch.testing import assert_close

from gan_studio.datasets import masks
from gan_studio.datasets.pairs import PairBatches
from gan_studio.gans.families.inpainting import (
    GatedConv2d,
    Inpainting,
    composite,
    label_map_loss,
    split_mask,
)


def inpainting(**changes: Any) -> Inpainting:
    gan = toys.translation("inpainting", **changes)
    assert isinstance(gan, Inpainting)
    return gan


def batches() -> PairBatches:
    return PairBatches(toys.pairs("holes"), 4)


def test_masks_cover_the_shares_that_are_asked_for():
    rng = np.random.default_rng(0)
    shares = [masks.random_mask(rng, 64, 64, (0.1, 0.4)).mean() for _ in range(200)]
    assert min(shares) >= 0.1
    assert max(shares) <= 0.4
    assert max(shares) - min(shares) > 0.25


def test_one_mask_in_ten_covers_a_half_and_boxes_and_strokes_are_equally_many():
    rng = np.random.default_rng(1)
    drawn = [masks.random_mask(rng, 64, 64) for _ in range(600)]
    halves = np.mean([mask.mean() == 0.5 for mask in drawn])
    straight = np.mean([_is_union_of_two_boxes(mask) for mask in drawn])
    assert 0.06 < halves < 0.15
    assert 0.45 < straight < 0.65


def _is_union_of_two_boxes(mask: np.ndarray) -> bool:
    """At most three different rows, and so many columns, beside the empty ones and the union."""
    return all(len(np.unique(m, axis=0)) <= 5 for m in (mask, mask.T))


@pytest.mark.parametrize(("height", "width"), [(16, 16), (128, 96), (7, 50)])
def test_masks_of_any_size_depend_on_the_random_numbers_alone(height, width):
    one, two, other = (
        masks.random_mask(np.random.default_rng(seed), height, width) for seed in (1, 1, 2)
    )
    assert one.shape == (height, width)
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_what_is_hidden_does_not_reach_the_network():
    pictures = toys.pairs(count=2).images
    mask = np.zeros((2, 16, 16), bool)
    mask[:, 4:9, 2:11] = True
    source = masks.hide(pictures, mask)
    assert source.shape == (2, 4, 16, 16)
    assert (source[:, 3] == 255).numpy().tolist() == mask.tolist()
    gan, x = inpainting(), source.float() / 127.5 - 1
    other = x.clone()
    other[:, :3][torch.as_tensor(mask)[:, None].expand(-1, 3, -1, -1)] = 0.7
    with torch.no_grad():
        assert torch.equal(gan.translate(x), gan.translate(other))


def test_what_is_known_stays_to_the_last_bit():
    gan, batch = inpainting(), next(batches())
    x, m = split_mask(batch["source"])
    known = (m == 0).expand_as(x)
    with torch.no_grad():
        made = gan.translate(batch["source"])
    assert torch.equal(made[known], batch["image"][known])
    assert not torch.equal(made[~known], batch["image"][~known])


def test_a_gate_multiplies_all_channels_of_a_place():
    layer, x = GatedConv2d(2, 3), torch.randn(1, 2, 5, 5)
    h = layer.conv(x)
    expected = leaky_relu(h[:, :3], 0.2) / (1 + torch.exp(-h[:, 3:]))
    assert_close(layer(x), expected)


def test_patches_beside_the_hole_count_as_real():
    real, fake = torch.tensor([[0.5, 1.0], [0.0, 2.0]]), torch.tensor([[3.0, -1.0], [0.25, 1.5]])
    m = torch.zeros(1, 1, 8, 8)
    m[..., 3, 7] = 1  # in the patch on the right above
    expected = softplus(-real).mean()
    expected += (softplus(-fake[0, 0]) + softplus(fake[0, 1]) + softplus(-fake[1]).sum()) / 4
    assert_close(label_map_loss(real[None, None], fake[None, None], m), expected)


def test_the_game_begins_after_so_many_updates_and_a_resume_knows_them():
    gan = inpainting(adversarial_after=2)
    given, optimizers = batches(), gan.optimizers()
    said = [gan.step(given, optimizers)["discriminator"].item() for _ in range(3)]
    assert said[:2] == [0, 0]
    assert said[2] > 0
    later = inpainting(adversarial_after=2)
    later.resume(2)
    assert later.step(given, later.optimizers())["discriminator"] > 0


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_the_loss_is_the_weighted_sum_of_its_parts(weight):
    weights = {"lambda_hole": 3.0, "lambda_known": 2.0, "adversarial": 0.25}
    gan = inpainting(**weights, lambda_perceptual=weight)
    batch = next(batches())
    (x, m), y = split_mask(batch["source"]), batch["image"]
    with torch.no_grad():
        drawn = gan.fill(x, m)
    said = gan.step(iter([batch]), gan.optimizers())
    assert_close(said["hole"], ((drawn - y).abs() * m).mean())
    assert_close(said["known"], ((drawn - y).abs() * (1 - m)).mean())
    total = 3 * said["hole"] + 2 * said["known"] + 0.25 * said["adversarial"]
    assert_close(said["generator"], total + weight * said["perceptual"])
    assert (said["perceptual"] > 0) == (weight > 0)


def test_a_composite_takes_the_hole_from_the_drawing():
    x, drawn = torch.zeros(1, 3, 4, 4), torch.ones(1, 3, 4, 4)
    m = torch.eye(4)[None, None]
    assert torch.equal(composite(x, drawn, m), m.expand(1, 3, 4, 4))
