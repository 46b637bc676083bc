"""Masks of holes: run-lengths, growth, feathers, harmonic filling."""

import re

import numpy as np
import pytest
from mentions import mentions
from PIL import Image

from gan_studio.images import holes


def hole(height: int = 12, width: int = 9) -> np.ndarray:
    mask = np.zeros((height, width), bool)
    mask[3:8, 2:6] = True
    return mask


@pytest.mark.parametrize("seed", range(4))
def test_run_lengths_give_the_mask_back(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((rng.integers(1, 30), rng.integers(1, 30))) < 0.4
    assert np.array_equal(holes.decode_runs(holes.encode_runs(mask)), mask)


def test_run_lengths_of_a_small_mask():
    mask = np.array([[0, 0, 0, 1], [1, 0, 0, 0]], bool)
    assert holes.encode_runs(mask) == "4x2:3,2,3"
    assert holes.encode_runs(~mask) == "4x2:0,3,2,3"


@pytest.mark.parametrize(
    "text", ["", "4x2", "4x2:3,2,2", "4x2:-3,11", "0x0:0", "4x2:3,2,3,", "4×2:8", "99999x99999:1"]
)
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match=mentions("mask 4x2:3,2,3")):
        holes.decode_runs(text)


def test_a_mask_of_too_many_pieces_is_refused():
    with pytest.raises(ValueError, match=mentions("mask")):
        holes.encode_runs(np.indices((700, 700)).sum(0) % 2 == 0)


def test_a_grown_hole_has_all_pixels_within_the_radius():
    mask = np.zeros((9, 9), bool)
    mask[4, 4] = True
    y, x = np.indices(mask.shape) - 4
    assert np.array_equal(holes.grow_mask(mask, 2), x**2 + y**2 <= 4)


def test_a_feather_is_whole_in_the_hole_and_ends_where_it_says():
    opacity = holes.feather_mask(hole(), 2)
    assert (opacity[hole()] == 1).all()
    assert opacity[5, 6] == 0.5
    assert (opacity[~holes.grow_mask(hole(), 1.9)] == 0).all()
    assert np.array_equal(holes.feather_mask(hole(), 0), hole())


def test_a_harmonic_filling_continues_a_plane_and_keeps_what_is_known():
    y, x = np.indices((12, 9))
    plane = np.stack([2.0 * x + 3 * y, x - y], 2)
    holed = np.where(hole()[..., None], 999, plane)
    np.testing.assert_allclose(holes.harmonic_fill(holed, hole()), plane, atol=1e-9)


def test_a_hole_at_the_edge_takes_the_mean_of_the_neighbours_there_are():
    mask = np.zeros((1, 3), bool)
    mask[0, 0] = True
    filled = holes.harmonic_fill(np.array([[[9.0], [4.0], [6.0]]]), mask)
    assert filled.ravel().tolist() == [4, 4, 6]


def test_blended_gradients_are_the_drawings_and_edges_the_pictures():
    rng = np.random.default_rng(0)
    picture = rng.random((12, 9, 3))
    drawn = picture + 7  # the same but for its brightness
    np.testing.assert_allclose(holes.blend_gradients(picture, drawn, hole()), picture, atol=1e-9)


def test_a_hole_without_anything_known_is_refused():
    with pytest.raises(ValueError, match=mentions("mask")):
        holes.harmonic_fill(np.zeros((2, 2, 1)), np.ones((2, 2), bool))


def test_masks_are_white_where_they_hide_and_shrink_to_whatever_they_touch():
    picture = Image.fromarray(np.where(hole(64, 64), 255, 20).astype(np.uint8))
    assert np.array_equal(holes.to_mask(picture), hole(64, 64))
    small = holes.shrink_mask(hole(64, 64), 16, 16)
    assert np.array_equal(small, np.pad(np.ones((2, 2), bool), ((0, 14), (0, 14))))
    assert holes.shrink_mask(hole(), 24, 18).sum() == 4 * hole().sum()
    assert re.fullmatch(r"64x64:[\d,]+", holes.encode_runs(hole(64, 64)))
