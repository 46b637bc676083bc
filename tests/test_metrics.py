"""Metrics of feature sets against closed forms."""

import numpy as np
import pytest
from mentions import mentions

from gan_studio.evaluation.metrics import (
    frechet_distance,
    kernel_distance,
    precision_recall,
    squared_mmd,
)


def gaussian(mean: list[float], covariance: np.ndarray, seed: int = 0) -> np.ndarray:
    """200 points with exactly this mean and covariance."""
    x = np.random.default_rng(seed).normal(size=(200, len(mean)))
    x -= x.mean(0)
    white = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    return white @ np.linalg.cholesky(covariance).T + mean


def test_frechet_distance_of_a_set_to_itself_is_zero():
    a = gaussian([1, 2, 3], np.eye(3))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_two_balls_is_that_of_their_centres_and_radii():
    a = gaussian([0, 0], np.eye(2))
    b = gaussian([3, 4], 4 * np.eye(2), seed=1)
    assert frechet_distance(a, b) == pytest.approx(25 + 2 * (2 - 1) ** 2)


def test_frechet_distance_of_two_plane_gaussians_that_do_not_commute():
    A, B = np.array([[4, 1], [1, 2]]), np.array([[1, -0.5], [-0.5, 3]])
    product = A @ B
    # of a 2 x 2 matrix: (Tr M^(1/2))^2 = Tr M + 2 (det M)^(1/2)
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    measured = frechet_distance(gaussian([0, 1], A), gaussian([0, 0], B, seed=1))
    assert measured == pytest.approx(1 + np.trace(A) + np.trace(B) - 2 * root)


def test_frechet_distance_bears_fewer_points_than_dimensions():
    a, b = np.random.default_rng(0).normal(size=(2, 5, 32))
    assert frechet_distance(a, b) > 0


def test_squared_mmd_of_two_pairs_of_numbers_is_that_by_hand():
    x, y = np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]])
    # k(s, t) = (s t + 1)^3: k(0, 1) = 1, k(1, 2) = 27; across 1, 1, 8, 27
    assert squared_mmd(x, y) == pytest.approx(1 + 27 - 2 * (1 + 1 + 8 + 27) / 4)


def test_the_kernel_divides_by_the_number_of_features():
    x, y = np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]])
    assert squared_mmd(x.repeat(5, 1), y.repeat(5, 1)) == pytest.approx(squared_mmd(x, y))


def test_squared_mmd_has_no_bias():
    draws = np.random.default_rng(0).normal(size=(400, 2, 20, 4))
    each = np.array([squared_mmd(x, y) for x, y in draws])
    assert (each < 0).any()
    assert abs(each.mean()) < 3 * each.std() / 20


def test_kernel_distance_of_whole_sets_is_their_squared_mmd():
    x, y = np.random.default_rng(0).normal(size=(2, 30, 4))
    assert kernel_distance(x, y, subsets=3, size=30) == pytest.approx(squared_mmd(x, y))


def test_kernel_distance_by_subsets_is_near_that_of_the_whole_and_depends_on_its_seed():
    x, y = np.random.default_rng(0).normal(size=(2, 300, 4)) + np.array([[[0]], [[1]]])
    whole = squared_mmd(x, y)
    assert kernel_distance(x, y, subsets=50, size=100) == pytest.approx(whole, rel=0.1)
    first, again, other = (kernel_distance(x, y, 5, 100, seed=s) for s in (0, 0, 1))
    assert first == again != other


def test_of_a_set_and_itself_precision_and_recall_are_full():
    x = np.random.default_rng(0).normal(size=(50, 8))
    assert precision_recall(x, x) == (1, 1)


def test_of_disjoint_clusters_precision_and_recall_are_nothing():
    x = np.random.default_rng(0).normal(size=(50, 8))
    assert precision_recall(x, x + 100) == (0, 0)


def test_half_the_samples_from_one_of_two_modes_are_precise_and_half_recall():
    one, two = np.random.default_rng(0).normal(size=(2, 40, 8)) + np.array([[[0]], [[100]]])
    real = np.concatenate([one, two])
    assert precision_recall(real, one) == (1, 0.5)
    assert precision_recall(one, real) == (0.5, 1)


def test_a_manifold_reaches_to_the_kth_neighbour_and_includes_it():
    real = np.array([[0.0], [1.0], [3.0]])  # with k = 1: balls of radius 1, 1 and 2
    fake = np.array([[-1.0], [-1.5], [5.0], [5.5]])
    assert precision_recall(real, fake, neighbours=1).precision == 0.5
    # around fake: radii 0.5, 0.5, 0.5, 0.5
    assert precision_recall(real, fake, neighbours=1).recall == 0
    assert precision_recall(real, fake, neighbours=2).precision == 1  # radii 3, 2 and 3


def test_sets_larger_than_a_part_are_taken_whole(monkeypatch):
    real, fake = np.random.default_rng(0).normal(size=(2, 25, 3))
    whole = precision_recall(real, fake)
    monkeypatch.setattr("gan_studio.evaluation.metrics.CHUNK_ROWS", 7)
    assert precision_recall(real, fake) == whole


def test_too_few_samples_are_refused_with_a_sentence():
    few, many = np.zeros((3, 2)), np.zeros((2000, 2))
    for metric, wanted in (
        (lambda: frechet_distance(few[:1], many), 2),
        (lambda: kernel_distance(many, few), 1000),
        (lambda: squared_mmd(few, few[:1]), 2),
        (lambda: precision_recall(few, many), 4),
    ):
        with pytest.raises(ValueError, match=mentions(wanted)):
            metric()
