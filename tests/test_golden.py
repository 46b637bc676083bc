"""Ten steps' losses of every family, as they were when last looked at.

Written anew by `PYTHONPATH=. python tests/test_golden.py`; a change that moves them says why in the
CHANGELOG.
"""

import json
from pathlib import Path

import pytest
import toys

from gan_studio.families import FAMILIES

GOLDEN = Path(__file__).parent / "golden"


def ten_steps(family: str) -> list[dict[str, float]]:
    gan, batches = toys.model(family), toys.digits()
    optimizers = gan.optimizers()
    said = [gan.step(batches, optimizers) for _ in range(10)]
    return [{name: round(loss.item(), 6) for name, loss in each.items()} for each in said]


def test_the_losses_are_those_of_old(family):
    expected = json.loads((GOLDEN / f"{family}.json").read_text())
    for now, then in zip(ten_steps(family), expected, strict=True):
        assert now == pytest.approx(then, rel=1e-3, abs=1e-5)


if __name__ == "__main__":
    for name in FAMILIES:
        (GOLDEN / f"{name}.json").write_text(json.dumps(ten_steps(name), indent=1) + "\n")
