"""Problems of a training: pure functions from its recent rows to findings and remedies.

docs/diagnostics.md describes each finding. What a healthy training does at first (nothing is
drawn yet, all is told apart) looks like failure, so most findings also ask that the training has
come no further since half its time; that works after a hundred updates as after a million.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gan_studio.training.diagnostics.detectors import DETECTORS, Finding, divergence, oscillation
from gan_studio.training.diagnostics.history import History
from gan_studio.training.diagnostics.remedy import Remedy

__all__ = ["Finding", "Remedy", "examine"]


def examine(
    rows: Sequence[Mapping[str, float]], config: Any, measure: str, failure: str = ""
) -> list[Finding]:
    """The problems of a training, the gravest first; none where all is well.

    `rows` are the history's, oldest first; `config` is the family's; `measure` says what its
    discriminator gives (probability, score or energy); `failure` is the sentence of a training that
    ended in Diverged.
    """
    history = History(rows, config, measure, failure)
    if (gravest := divergence(history)) is not None:
        return [gravest]  # whatever else is seen then comes of it
    findings = [finding for detect in DETECTORS if (finding := detect(history)) is not None]
    if not findings and (fallback := oscillation(history)) is not None:
        return [fallback]
    return sorted(findings, key=lambda finding: not finding.severe)
