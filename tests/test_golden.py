"""Ten steps' losses of every family, as they were when last looked at.

In float64, in which they are the same on every processor. Written anew by
`PYTHONPATH=. python tests/test_golden.py`; a change that moves them says why in the CHANGELOG.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import toys

from gan_studio.datasets.pairs import PairBatches
from gan_studio.gans.families import FAMILIES, TRANSLATIONS, VOCODERS

GOLDEN = Path(__file__).parent / "golden"
EXACT: dict[str, Any] = {"rel": 1e-7, "abs": 1e-8}
"""a hundred thousand times what processors differ by: roundings grow to 1e-13 in ten steps"""
COUNTED: dict[str, dict[str, Any]] = {"clipped": {"abs": 3 / 2456}}
"""of numbers of weights: RMSprop moves one whose slope is zero but for rounding either way"""
TUNED = [
    *((name, "learning_rate") for name in [*FAMILIES, *TRANSLATIONS, *VOCODERS]),
    *(("wgan-gp", "lambda_gp"), ("progan", "lambda_gp"), ("progan", "drift"), ("wgan", "clip")),
    *(("gan", "r1_gamma"), ("stylegan2", "r1_gamma"), ("r3gan", "r1_gamma")),
    ("msg-gan", "r1_gamma"),
    *(("gan-cls", "r1_gamma"), ("gan-cls", "wrong_weight")),
    *(("pix2pix", "lambda_l1"), ("pix2pix", "adversarial")),
    *(("cyclegan", "lambda_cycle"), ("cyclegan", "lambda_identity")),
    *(("srgan", "lambda_l1"), ("srgan", "adversarial")),
    *(("inpainting", "lambda_hole"), ("inpainting", "adversarial")),
    *(("hifi-gan", f"lambda_{name}") for name in ("mel", "stft", "features")),
    ("hifi-gan", "adversarial"),
    *(("cut", field) for field in ("lambda_nce", "lambda_identity", "temperature")),
]
"""a family and what of its algorithm is changed by a hundredth"""
Losses = list[dict[str, float]]


TRAINED = [*FAMILIES, *TRANSLATIONS, *VOCODERS]


@pytest.fixture(params=TRAINED)
def family(request: pytest.FixtureRequest) -> str:
    return request.param


def ten_steps(family: str, ulps: float = 0.0, **changes: Any) -> Losses:
    """Of a toy whose first weights lie up to so many units in the last place beside their own."""
    with toys.float64():
        if family in TRANSLATIONS:
            gan = toys.translation(family, **changes)
            batches = PairBatches(toys.pairs(gan.config.source_task), 4)
        elif family in VOCODERS:
            gan, batches = toys.vocoder(family, **changes), toys.sound_batches()
        else:
            gan, batches = toys.model(family, **changes), toys.digits()
        rng = torch.Generator().manual_seed(1)
        for p in gan.parameters():
            off = torch.rand(p.shape, generator=rng).mul(2).sub(1)
            p.data.mul_(1 + ulps * torch.finfo(torch.float64).eps * off)
        optimizers = gan.optimizers()
        said = [gan.step(batches, optimizers) for _ in range(10)]
    assert {loss.dtype for losses in said for loss in losses.values()} == {torch.float64}
    return [{name: v.item() for name, v in losses.items()} for losses in said]


def of_old(family: str) -> list[dict[str, Any]]:
    """The expected losses, each with its tolerance."""
    return [
        {name: pytest.approx(v, **COUNTED.get(name, EXACT)) for name, v in losses.items()}
        for losses in json.loads((GOLDEN / f"{family}.json").read_text())
    ]


def test_the_losses_are_those_of_old(family):
    assert ten_steps(family) == of_old(family)


def test_a_thousand_roundings_do_not_show(family):
    off = ten_steps(family, 1000)
    assert off != ten_steps(family)
    assert off == of_old(family)


@pytest.mark.parametrize(("family", "field"), TUNED)
def test_a_hundredth_of_a_setting_shows(family, field):
    config = toys.translation_config if family in TRANSLATIONS else toys.config
    config = toys.vocoder_config if family in VOCODERS else config
    value = getattr(config(family), field)
    assert value
    assert ten_steps(family, **{field: 1.01 * value}) != of_old(family)


if __name__ == "__main__":
    for name in TRAINED:
        rounded = [{k: round(v, 9) for k, v in losses.items()} for losses in ten_steps(name)]
        (GOLDEN / f"{name}.json").write_text(json.dumps(rounded, indent=1) + "\n")
