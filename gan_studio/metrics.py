"""How good generated pictures are: pure functions of features (N, D)."""

from __future__ import annotations

import numpy as np


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Distance of two feature sets (N, D) and (M, D), each seen as a Gaussian.

    Heusel et al., 2017, Eq. 6: |m_a - m_b|^2 + Tr(A + B - 2 (A B)^(1/2)), where A and B are the
    covariances. The trace of the root is that of (A^(1/2) B A^(1/2))^(1/2), which is symmetric.
    """
    m = a.mean(0, dtype=np.float64) - b.mean(0, dtype=np.float64)
    A, B = (np.cov(x, rowvar=False, dtype=np.float64) for x in (a, b))
    eigenvalues, V = np.linalg.eigh(A)
    root = V * np.sqrt(eigenvalues.clip(0)) @ V.T
    mixed = np.linalg.eigvalsh(root @ B @ root)
    return float(m @ m + np.trace(A) + np.trace(B) - 2 * np.sqrt(mixed.clip(0)).sum())
