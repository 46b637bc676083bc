"""Metrics of generated images: pure functions of features (N, D)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

CHUNK_ROWS = 1000
"""rows of a distance matrix in memory at a time"""


class PrecisionRecall(NamedTuple):
    """Precision and recall, 0 to 1."""

    precision: float
    """share of generated images within the manifold of the real ones"""
    recall: float
    """share of real images within the manifold of the generated ones"""


class Neighbours(NamedTuple):
    """The k nearest neighbours of N points, nearest first."""

    distances: np.ndarray
    """(N, k), Euclidean"""
    indices: np.ndarray
    """(N, k) index of each neighbour"""


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance of two feature sets (N, D) and (M, D), each modelled as a Gaussian.

    Heusel et al., 2017, Eq. 6: |m_a - m_b|^2 + Tr(A + B - 2 (A B)^(1/2)), where A and B are the
    covariances. The trace of the root is that of (A^(1/2) B A^(1/2))^(1/2), which is symmetric.
    """
    _require_samples(2, "The Fréchet distance", a, b)
    m = a.mean(0, dtype=np.float64) - b.mean(0, dtype=np.float64)
    A, B = (np.cov(x, rowvar=False, dtype=np.float64) for x in (a, b))
    eigenvalues, V = np.linalg.eigh(A)
    root = V * np.sqrt(eigenvalues.clip(0)) @ V.T
    squares = np.linalg.eigvalsh(root @ B @ root)
    return float(m @ m + np.trace(A) + np.trace(B) - 2 * np.sqrt(squares.clip(0)).sum())


def kernel_distance(
    a: np.ndarray, b: np.ndarray, subsets: int = 100, size: int = 1000, seed: int = 0
) -> float:
    """Squared MMD of two feature sets (N, D) and (M, D), averaged over random subsets.

    Bińkowski et al., 2018, Section 4. Unlike the Fréchet distance it is unbiased: for two sets from
    one source it is 0 on average, and may be negative.
    """
    _require_samples(size, "The kernel distance", a, b)
    rng = np.random.default_rng(seed)
    return float(
        np.mean(
            [
                squared_mmd(*(x[rng.choice(len(x), size, replace=False)] for x in (a, b)))
                for _ in range(subsets)
            ]
        )
    )


def squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    """Unbiased estimate (Gretton et al., 2012, Eq. 3) with k(x, y) = (x.y / D + 1)^3."""
    _require_samples(2, "The kernel distance", x, y)
    x, y = x.astype(np.float64), y.astype(np.float64)
    k_xx, k_yy, k_xy = ((p @ q.T / p.shape[1] + 1) ** 3 for p, q in ((x, x), (y, y), (x, y)))
    m, n = len(x), len(y)
    within_x = (k_xx.sum() - k_xx.trace()) / (m * (m - 1))
    within_y = (k_yy.sum() - k_yy.trace()) / (n * (n - 1))
    return float(within_x + within_y - 2 * k_xy.mean())


def precision_recall(real: np.ndarray, fake: np.ndarray, neighbours: int = 3) -> PrecisionRecall:
    """Improved precision and recall of fake (M, D) against real (N, D).

    Kynkäänniemi et al., 2019, Eqs. 1 and 2. A set's manifold is a ball around each of its points
    that reaches its k-th neighbour.
    """
    _require_samples(
        neighbours + 1, f"Precision and recall with {neighbours} neighbours", real, fake
    )
    real, fake = real.astype(np.float64), fake.astype(np.float64)
    return PrecisionRecall(
        precision=_share_inside(fake, real, neighbours),
        recall=_share_inside(real, fake, neighbours),
    )


def nearest(points: np.ndarray, others: np.ndarray, k: int = 1) -> Neighbours:
    """The k nearest of the others (M, D) for each point (N, D)."""
    _require_samples(k, f"A search for {k} neighbours", others)
    points, n = points.astype(np.float64), len(points)
    squares, places = np.empty((n, 0)), np.empty((n, 0), int)
    for start in range(0, len(others), CHUNK_ROWS):
        block = _squared_distances(points, others[start : start + CHUNK_ROWS].astype(np.float64))
        squares = np.concatenate([squares, block], 1)
        here = np.arange(start, start + block.shape[1])
        places = np.concatenate([places, np.broadcast_to(here, block.shape)], 1)
        order = squares.argsort(1, kind="stable")[:, :k]
        squares, places = (np.take_along_axis(x, order, 1) for x in (squares, places))
    return Neighbours(np.sqrt(squares), places)


def confident_share(confidence: np.ndarray, least: float = 0.9) -> float:
    """Share of predictions with a probability (N,) of at least `least`."""
    return float((confidence >= least).mean())


def histogram(predictions: np.ndarray, classes: int = 10) -> tuple[float, ...]:
    """Share of each class among the predictions (N,); a missing class is mode collapse."""
    return tuple((np.bincount(predictions, minlength=classes) / len(predictions)).tolist())


def _share_inside(points: np.ndarray, others: np.ndarray, k: int) -> float:
    """Share of the points (M, D) within the manifold of the others (N, D)."""
    parts = (others[i : i + CHUNK_ROWS] for i in range(0, len(others), CHUNK_ROWS))
    # The nearest neighbour is the point itself, hence index k and not k - 1.
    radii = np.concatenate(
        [np.partition(_squared_distances(p, others), k, axis=1)[:, k] for p in parts]
    )
    parts = (points[i : i + CHUNK_ROWS] for i in range(0, len(points), CHUNK_ROWS))
    inside = [(_squared_distances(part, others) <= radii).any(1) for part in parts]
    return float(np.concatenate(inside).mean())


def _squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances, (N, D) and (M, D) -> (N, M)."""
    return ((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T).clip(0)


def _require_samples(minimum: int, what: str, *sets: np.ndarray) -> None:
    fewest = min(map(len, sets))
    if fewest < minimum:
        raise ValueError(f"{what} needs at least {minimum} samples of each kind, not {fewest}.")
