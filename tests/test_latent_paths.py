"""Seeds and ways through latent space."""

import math

import pytest
import torch
from mentions import mentions
from torch.testing import assert_close

from gan_studio.gans.latents.paths import from_seed, loop, slerp, truncate


def test_the_first_latents_of_a_seed_do_not_depend_on_how_many_are_drawn():
    assert torch.equal(from_seed(5, 7, 12)[:3], from_seed(5, 3, 12))


def test_a_seed_gives_the_same_latents_whatever_was_drawn_before():
    first = from_seed(5, 2, 12)
    torch.randn(100)
    assert torch.equal(from_seed(5, 2, 12), first)
    assert not torch.equal(from_seed(6, 2, 12), first)


def test_latents_are_standard_normal():
    z = from_seed(0, 2000, 16)
    assert abs(z.mean()) < 0.02
    assert abs(z.std() - 1) < 0.02


def test_truncation_scales_towards_the_mean():
    z = from_seed(0, 4, 8)
    assert torch.equal(truncate(z, 1.0), z)
    assert torch.equal(truncate(z, 0.0), torch.zeros(4, 8))
    assert_close(truncate(z, 0.5), z / 2)


def test_slerp_begins_at_a_and_ends_at_b():
    a, b = from_seed(1, 2, 16)
    assert_close(slerp(a, b, 0.0), a)
    assert_close(slerp(a, b, 1.0), b)


def test_slerp_of_unit_vectors_follows_the_circle():
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    third = slerp(a, b, 1 / 3)
    assert_close(third, torch.tensor([math.cos(math.pi / 6), math.sin(math.pi / 6)]))


def test_slerp_interpolates_lengths():
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 6.0])
    assert_close(slerp(a, b, 0.5).norm().item(), 4.0)


@pytest.mark.parametrize("scale", [1.0, -1.0, 0.0])
def test_slerp_between_parallel_opposite_or_vanishing_vectors_is_finite(scale):
    a = from_seed(1, 1, 16)
    assert slerp(a, scale * a, 0.5).isfinite().all()


def test_a_loop_passes_its_keyframes_at_even_steps():
    keyframes = from_seed(2, 4, 16)
    frames = loop(keyframes, 12)
    assert_close(frames[::3], keyframes)
    assert len(frames) == 12


def test_the_last_frame_of_a_loop_meets_the_first():
    frames = loop(from_seed(2, 3, 16), 60)
    steps = (frames - frames.roll(1, 0)).norm(dim=1)
    assert steps[0] < 1.5 * steps.median()


@pytest.mark.parametrize(("keyframes", "frames"), [(1, 10), (5, 4)])
def test_a_loop_needs_two_keyframes_and_a_frame_for_each(keyframes, frames):
    with pytest.raises(ValueError, match=mentions("loop")):
        loop(from_seed(0, keyframes, 8), frames)
