"""The report on pictures before a training."""

import math
import re

import numpy as np
import pytest
from mentions import mentions
from PIL import Image

from gan_studio.datasets.folders import import_images
from gan_studio.datasets.report import (
    RESOLUTIONS,
    DatasetReport,
    advise,
    count_near_duplicates,
    difference_hash,
    suggest_resolution,
)


def test_a_difference_hash_shows_where_it_grows_brighter():
    ramp = Image.fromarray(np.tile(np.arange(0, 180, 10, dtype=np.uint8), (16, 1)))
    assert (difference_hash(ramp) == 1).all()
    assert (difference_hash(ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == -1).all()


def test_alike_counts_pictures_with_a_neighbour_within_so_many_bits():
    signs = np.ones((4, 64), np.float32)
    signs[1, :3] = -1  # three bits from the first
    signs[2, 10:20] = -1
    signs[3, 30:40] = -1
    assert count_near_duplicates(list(signs)) == 2
    assert count_near_duplicates(list(signs), bits=2) == 0
    assert count_near_duplicates(list(np.repeat(signs, 300, axis=0))) == 1200  # more than one block


@pytest.mark.parametrize(
    ("side", "count", "size"),
    [
        (20, 50_000, 32),
        (28, 10, 32),
        (90, 600, 64),
        (90, 499, 32),
        (500, 5000, 128),
        (500, 4999, 64),
    ],
)
def test_a_size_is_suitable_if_the_pictures_have_it_and_are_enough(side, count, size):
    assert suggest_resolution(np.full(count, side)) == size
    assert all(math.log2(size).is_integer() for size in RESOLUTIONS)


def test_a_few_small_pictures_do_not_lower_the_size():
    assert suggest_resolution(np.array([20] * 100 + [200] * 900)) == 64
    assert suggest_resolution(np.array([20] * 400 + [200] * 600)) == 32


@pytest.mark.parametrize(
    ("count", "sentences"),
    [
        (3, 3),
        (99, 2),
        (1999, 1),
        (2000, 0),
    ],
)
def test_the_fewer_the_pictures_the_more_advice(count, sentences):
    assert len(list(advise(count, 0))) == sentences


def test_a_survey_is_a_value():
    survey = DatasetReport(
        count=2,
        grey=True,
        sizes=((8, 8), (8, 8)),
        skipped=(),
        duplicates=(),
        advice=(),
        resolution=32,
    )
    first, size = survey.lines()
    assert re.match(mentions("2 grey 8 × 8"), first)
    assert re.match(mentions("32"), size)


@pytest.mark.parametrize(
    ("sides", "resolution", "smaller"),
    [([48] * 24, 32, 0), ([40] * 20 + [20] * 4, 32, 4), ([16] * 24, 32, 24), ([31], 32, 1)],
)
def test_only_what_is_smaller_than_the_size_that_suits_counts_as_enlarged(
    tmp_path, sides, resolution, smaller
):
    rng = np.random.default_rng(0)
    for i, side in enumerate([*sides, 200]):
        pixels = rng.integers(0, 256, (side, side, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{i}.png")
    survey = import_images([tmp_path], tmp_path / "target", 256)  # stored larger than all of them
    assert (survey.resolution, survey.smaller) == (resolution, smaller)
    told = [line for line in survey.lines() if "pixel" in line]
    assert not any("256" in line for line in told)
    assert len(told) == 2  # how large they are, and the one size that is spoken of
