"""Curves: smoothed by a known formula, thinned with both ends, blanks left out."""

from __future__ import annotations

import numpy as np
import pytest
from mentions import mentions

from gan_studio.gans import checkpoint
from gan_studio.training import curves as history


def test_the_average_of_two_values_is_known():
    a, b, w = 3.0, 7.0, 0.9
    wanted = [a, (w * a + b) / (w + 1)]
    np.testing.assert_allclose(history.smooth([a, b], w), wanted)


def test_smoothing_is_the_bias_corrected_recursion():
    values = np.random.default_rng(0).normal(size=1000)
    average, wanted = 0.0, []
    for n, value in enumerate(values, 1):
        average = 0.97 * average + 0.03 * value
        wanted.append(average / (1 - 0.97**n))
    np.testing.assert_allclose(history.smooth(values, 0.97), wanted, rtol=1e-9)


def test_without_smoothing_values_stay_and_a_constant_always_does():
    np.testing.assert_array_equal(history.smooth([1.0, -2.0, 5.0], 0), [1.0, -2.0, 5.0])
    np.testing.assert_allclose(history.smooth([2.5] * 50, 0.99), 2.5)


def test_thinning_keeps_both_ends_and_no_more_than_asked():
    assert history.thin(3) == [0, 1, 2]
    kept = history.thin(8001, 400)
    assert (len(kept), kept[0], kept[-1]) == (400, 0, 8000)
    assert kept == sorted(set(kept))


def test_a_number_that_some_rows_lack_has_a_curve_of_the_others():
    rows = [
        {"step": 1, "d": 1.0},
        {"step": 2, "d": 2.0, "fid": 9.0},
        {"step": 3, "d": float("inf")},
    ]
    curves = {curve.name: curve for curve in history.read_curves(rows)}
    assert curves["d"].steps == (1, 2)
    assert (curves["fid"].steps, curves["fid"].values) == ((2,), (9.0,))


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, float("nan"), "much"])
def test_a_smoothing_out_of_range_is_refused(smoothing):
    curve = history.Curve(name="a", steps=(1,), values=(1.0,))
    with pytest.raises(ValueError, match=mentions("smoothing 0.99")):
        history.smooth_and_thin(curve, smoothing)


def test_blanks_in_the_file_are_left_out(tmp_path):
    (tmp_path / checkpoint.HISTORY).write_text("step,generator,fid\n10,0.5,\n20,0.4,7.5\n")
    rows = checkpoint.load_history(tmp_path)
    assert rows == [{"step": 10, "generator": 0.5}, {"step": 20, "generator": 0.4, "fid": 7.5}]
