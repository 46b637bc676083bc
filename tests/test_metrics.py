"""Metrics of feature sets against closed forms."""

import numpy as np
import pytest

from gan_studio.metrics import frechet_distance


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
