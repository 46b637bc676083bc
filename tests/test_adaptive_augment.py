"""Adaptive discriminator augmentation (Karras et al., 2020)."""

from pathlib import Path

import pytest
import torch
import toys
from mentions import mentions
from torch.testing import assert_close

from gan_studio.gans import adaptive_augment, checkpoint
from gan_studio.gans.adaptive_augment import (
    PICTURES,
    AdaptiveAugmentPipe,
    colour_transform,
    geometric_transform,
    transforms,
)
from gan_studio.gans.config import apply_changes
from gan_studio.gans.stabilizers import StabilizerConfig

NEVER, ALWAYS = torch.tensor(0.0), torch.tensor(1.0)


def pipe() -> AdaptiveAugmentPipe:
    return AdaptiveAugmentPipe(StabilizerConfig())


def test_p_rises_by_the_share_of_pictures_seen_while_d_overfits():
    ada, surely_real = pipe(), torch.full((50,), 3.0)
    for _ in range(8):
        ada.adapt(surely_real, 0.6)
    # The running r_t is 1 - (3/4)^n: above 0.6 from the fourth batch on.
    assert_close(ada.r_t, torch.tensor(1 - 0.75**8))
    assert_close(ada.p, torch.tensor(5 * 50 / PICTURES))  # below its target p stays at 0


def test_p_falls_and_stops_at_zero_where_d_does_not_overfit():
    ada = pipe()
    ada.p.fill_(1.5 * 64 / PICTURES)
    undecided = torch.tensor([1.0, -1.0]).repeat(32)
    ada.adapt(undecided, 0.6)
    assert_close(ada.p, torch.tensor(0.5 * 64 / PICTURES))
    ada.adapt(undecided, 0.6)
    assert ada.p == 0


def test_p_is_no_more_than_one():
    ada = pipe()
    ada.p.fill_(1.0)
    ada.r_t.fill_(1.0)
    ada.adapt(torch.ones(4), 0.6)
    assert ada.p == 1


def test_r_t_is_the_mean_sign_and_not_the_mean_score():
    ada = pipe()
    ada.adapt(torch.tensor([100.0, -0.1, -0.1, -0.1]), 0.6)
    assert_close(ada.r_t, torch.tensor(-0.5 * adaptive_augment.SMOOTHING))


def test_with_p_zero_pictures_stay_as_they_are():
    x = torch.rand(4, 3, 16, 16) * 2 - 1
    assert_close(pipe()(x), x, atol=1e-5, rtol=0)


def test_with_p_one_every_picture_changes_and_each_in_its_own_way():
    torch.manual_seed(0)
    x = (torch.rand(1, 3, 16, 16) * 2 - 1).repeat(16, 1, 1, 1)
    for changed in (geometric_transform(x, ALWAYS), colour_transform(x, ALWAYS)):
        flat = changed.flatten(1)
        assert (torch.cdist(flat, flat) + torch.eye(16)).min() > 0.1
        assert ((flat - x.flatten(1)).norm(dim=1) > 0.1).all()


def test_a_share_p_of_the_pictures_changes_colours():
    torch.manual_seed(0)
    x = torch.rand(4000, 1, 2, 2)
    # Of a grey picture, brightness, contrast (p each) and a luma flip (p / 2) can be seen.
    changed = (colour_transform(x, torch.tensor(0.3)) - x).abs().flatten(1).amax(1) > 1e-5
    assert changed.float().mean().item() == pytest.approx(1 - 0.7 * 0.7 * 0.85, abs=0.03)


def test_transformations_have_the_determinant_of_their_scales():
    torch.manual_seed(0)
    theta = transforms(torch.zeros(20_000, 1, 32, 32), ALWAYS)
    areas = torch.linalg.det(theta).abs().log() / 2
    # Flips, turns, stretches and shifts keep areas: what remains is the scale, lognormal(0.2 ln 2).
    assert areas.std().item() == pytest.approx(0.2 * 0.6931, rel=0.03)
    assert areas.mean().item() == pytest.approx(0, abs=0.003)


def test_hue_and_saturation_leave_the_mean_of_the_channels_alone():
    torch.manual_seed(0)
    x = torch.rand(64, 3, 4, 4)
    y = colour_transform(x, ALWAYS)
    grey = colour_transform(x.mean(1, keepdim=True).expand(-1, 3, -1, -1), NEVER)
    assert_close(grey[:, 0], x.mean(1))
    mean_x, mean_y = x.mean(1).flatten(1), y.mean(1).flatten(1)
    centred = [m - m.mean(1, keepdim=True) for m in (mean_x, mean_y)]
    cosine = torch.cosine_similarity(centred[0], centred[1]).abs()
    assert_close(cosine, torch.ones(64), atol=1e-4, rtol=0)  # up to contrast, shift and luma flip


def test_gradients_reach_the_generator_through_it():
    x = torch.rand(2, 3, 8, 8, requires_grad=True)
    ada = pipe()
    ada.p.fill_(0.8)
    (gradient,) = torch.autograd.grad(ada(x).square().sum(), x)
    assert gradient.abs().sum() > 0


def trained(output: Path, steps: int, *, resume: bool = False) -> dict[str, torch.Tensor]:
    """Weights and buffers after so many steps, of a training whose D soon overfits."""
    toy = {"ada_target": 0.01, "learning_rate": 0.02}
    list(toys.train(output, "stylegan2", toy=toy, steps=steps, decay_steps=100, resume=resume))
    return checkpoint.load_model(output)[0].state_dict()


def test_a_resumed_training_augments_as_one_that_never_stopped(tmp_path):
    whole = trained(tmp_path / "whole", 12)
    trained(tmp_path / "parts", 6)
    parts = trained(tmp_path / "parts", 12, resume=True)
    assert whole["augment_pipe.p"] > 0
    assert all(torch.equal(parts[name], value) for name, value in whole.items())


def test_ada_can_be_set_but_neither_begin_nor_end_on_the_way():
    config = toys.config("stylegan2", ada_target=0.6)
    assert getattr(apply_changes(config, {"ada_target": 0.5}), "ada_target") == 0.5  # noqa: B009
    with pytest.raises(ValueError, match=mentions("ada_target 0.6 0")):
        apply_changes(config, {"ada_target": 0.0})
