"""Findings: each fires on a training that is made to fail in its way, none on a healthy one."""

import dataclasses
import math
import re
from collections.abc import Callable
from inspect import isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import toys
from toy_histories import toy_history

from gan_studio.core.files import SHIPPED
from gan_studio.gans import checkpoint
from gan_studio.gans.families import FAMILIES
from gan_studio.gans.stabilizers import AugmentPipe, StabilizerConfig
from gan_studio.training.diagnostics import Finding, examine, family_remedies, remedies
from gan_studio.training.diagnostics import remedy as made
from gan_studio.training.diagnostics.remedy import RemedyRule, Setting

SHAPES = {
    "image_size", "latent_dim", "batch_size", "width", "energy_width", "code_dim", "embedding",
    "labelled", "eta", "relative",
}  # fmt: skip
"""settings that a running training cannot change"""


@pytest.fixture(params=list(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    return request.param


def public(module: ModuleType) -> list[RemedyRule]:
    """The rules that a module defines."""
    imported = vars(made).values()
    return [f for f in vars(module).values() if isfunction(f) and f not in imported]


GOOD = {"real": 0.6, "fake": 0.4, "held_out": 0.59, "accuracy": 0.75, "diversity": 0.95}


def course(n: int = 24, **columns: Any) -> list[dict[str, float]]:
    """`n` rows of a healthy training whose distance halves in half the time, with columns changed.

    A column is a number or a function of the part of the time that has passed, 0 to 1.
    """
    healthy: dict[str, Any] = {
        **GOOD,
        "distance": lambda t: 100 / (1 + 4 * t),
        "generator_gradient": 1.0,
    }
    healthy |= {"discriminator_gradient": 1.0, "generator": 0.8, "discriminator": 1.3}
    said = {**healthy, **columns}
    times = [i / n for i in range(n)]
    drawn = {k: [at(v, t) for t in times] for k, v in said.items()}
    return [{"step": 50 * (i + 1), **{k: drawn[k][i] for k in drawn}} for i in range(n)]


def at(value: float | Callable[[float], float], t: float) -> float:
    return value(t) if callable(value) else value


def names(findings: list[Finding]) -> list[str]:
    return [finding.name for finding in findings]


def found(rows: list[dict[str, float]], measure: str = "probability", failure: str = ""):
    return names(examine(rows, toys.config("dcgan"), measure, failure))


def test_a_training_that_comes_closer_is_left_alone():
    assert found(course()) == []
    assert found([]) == []


def test_a_critic_that_is_always_right_is_left_alone_while_the_distance_falls():
    assert found(course(accuracy=1.0, real=9.0, fake=-9.0, held_out=8.0), "score") == []


@pytest.mark.parametrize("rows", range(6))
def test_nothing_is_said_of_progress_before_the_sixth_observation(rows: int):
    hopeless = course(accuracy=1.0, distance=100.0, diversity=0.0, generator_gradient=0.0)
    assert found(hopeless[:rows]) == []


def test_a_perfect_discriminator_without_progress_has_won():
    assert found(course(accuracy=1.0, distance=100.0)) == ["the discriminator has won"]


def test_a_perfect_discriminator_with_a_faded_gradient_is_named_by_that():
    rows = course(accuracy=1.0, distance=100.0, generator_gradient=lambda t: math.exp(-9 * t))
    assert found(rows) == ["vanishing gradients"]


def test_a_gradient_that_fades_as_the_game_is_balanced_is_left_alone():
    assert found(course(generator_gradient=lambda t: math.exp(-9 * t))) == []


def test_a_coin_for_a_judge_of_bad_pictures_means_that_the_generator_has_won():
    assert found(course(accuracy=0.5, distance=100.0)) == ["the generator has won"]


def test_a_coin_for_a_judge_of_good_pictures_is_the_equilibrium():
    assert found(course(accuracy=0.5, distance=lambda t: max(10.0, 100 - 400 * t))) == []


def test_diversity_that_stays_low_is_a_collapse_and_one_that_rises_is_none():
    assert found(course(diversity=0.3)) == ["mode collapse"]
    assert found(course(diversity=lambda t: 0.3 * t)) == []


def test_diversity_that_falls_is_a_collapse():
    assert found(course(diversity=lambda t: 0.9 - 0.8 * t)) == ["mode collapse"]


def test_digits_that_stay_missing_are_a_collapse_and_one_alone_is_bad_luck():
    assert found(course(missing=4.0)) == ["mode collapse"]
    assert found(course(missing=1.0)) == []
    assert found(course(missing=lambda t: 9 - 8 * t)) == []


def swinging(t: float) -> float:
    return 3 + 2.5 * math.sin(40 * t)


def test_losses_that_swing_without_progress_are_an_oscillation():
    assert found(course(generator=swinging, distance=50.0)) == ["oscillation without progress"]
    assert found(course(generator=swinging)) == []
    assert found(course(distance=50.0)) == []


def test_held_out_pictures_that_are_taken_for_fakes_mean_over_fitting():
    assert found(course(real=0.9, held_out=0.3, fake=0.2, accuracy=0.95)) == [
        "over-fitting discriminator"
    ]
    assert found(course(real=0.9, held_out=0.8, fake=0.2, accuracy=0.95)) == []


def test_over_fitting_of_energies_is_seen_the_other_way_round():
    assert found(course(real=0.1, held_out=0.5, fake=0.6, accuracy=0.95), "energy") == [
        "over-fitting discriminator"
    ]


def test_r_v_is_noise_while_nobody_tells_the_pictures_apart():
    assert found(course(real=0.51, held_out=0.5, fake=0.5, accuracy=0.9)) == []
    assert found(course(real=0.6, held_out=0.4, fake=0.4, accuracy=0.6)) == []


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e9])
def test_numbers_out_of_bounds_are_divergence_and_nothing_else(value: float):
    rows = course(accuracy=1.0, distance=100.0)
    rows[-3:] = [{**row, "generator": value} for row in rows[-3:]]
    assert found(rows) == ["divergence"]


def test_a_training_that_gave_up_has_diverged_and_says_so():
    failure = "Training stopped after step 7 because a loss became nan; all is kept in /home/me."
    (finding,) = examine([], toys.config("gan"), "probability", failure)
    assert finding.name == "divergence"
    assert finding.evidence == "Training stopped after step 7 because a loss became nan"


def test_rows_of_losses_and_rows_of_observations_may_stand_apart():
    rows = []
    for row in course(accuracy=1.0, distance=100.0):
        seen = {k: row[k] for k in ("step", "accuracy", "distance", "real", "fake")}
        rows += [{k: v for k, v in row.items() if k not in seen or k == "step"}, seen]
    assert found(rows) == ["the discriminator has won"]


FAILURES: dict[str, dict[str, Any]] = {
    "divergence": {"generator": lambda t: 1.0 + 1e7 * (t > 0.5)},
    "vanishing gradients": {
        "accuracy": 1.0, "distance": 100.0, "generator_gradient": lambda t: math.exp(-9 * t),
    },
    "the discriminator has won": {"accuracy": 1.0, "distance": 100.0},
    "the generator has won": {"accuracy": 0.5, "distance": 100.0},
    "mode collapse": {"diversity": 0.2},
    "oscillation without progress": {"generator": swinging, "distance": 50.0},
    "over-fitting discriminator": {"real": 0.9, "held_out": 0.3, "fake": 0.2, "accuracy": 0.95},
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_every_remedy_is_a_new_value_that_the_family_accepts(name: str, family: str):
    for config in (FAMILIES[family].config(), classic(family)):
        (finding,) = (
            f for f in examine(course(**FAILURES[name]), config, measure(family)) if f.name == name
        )
        assert finding.remedies
        for remedy in finding.remedies:
            assert remedy.changes
            assert not SHAPES & remedy.changes.keys()
            assert all(getattr(config, k) != v for k, v in remedy.changes.items())
            dataclasses.replace(config, **remedy.changes)


@pytest.mark.parametrize("cure", [*public(remedies), *public(family_remedies)])
def test_every_cure_ends_where_more_of_it_is_none(cure: RemedyRule, family: str):
    config, taken = FAMILIES[family].config(), 0
    while (remedy := cure(Setting(config=config, step=500))) is not None:
        config = dataclasses.replace(config, **remedy.changes)
        taken += 1
        assert taken < 30


@pytest.mark.parametrize("name", FAILURES)
def test_every_finding_explains_itself_in_two_sentences(name: str):
    rows = course(**FAILURES[name])
    (finding,) = (f for f in examine(rows, toys.config("gan"), "probability") if f.name == name)
    assert len(re.findall(r"\.(?= |$)", finding.explanation)) == 2
    assert re.search(r"\d", finding.evidence)
    assert all(remedy.why.endswith(".") for remedy in finding.remedies)


def test_late_noise_is_as_strong_as_promised_and_ends():
    config, step = toys.config("dcgan"), 6000
    remedy = remedies.add_noise(Setting(config=config, step=step))
    assert remedy is not None
    noise, steps = remedy.changes["instance_noise"], remedy.changes["noise_steps"]
    T = AugmentPipe(StabilizerConfig(instance_noise=noise, noise_steps=steps))
    T.updates = step
    assert T.deviation == pytest.approx(0.1, rel=0.01)
    T.updates = 2 * step
    assert T.deviation == 0


def test_a_discriminator_that_runs_is_first_brought_to_the_generators_pace():
    config = toys.config("dcgan", discriminator_rate=0.05, learning_rate=1e-3)
    (finding,) = examine(course(**FAILURES["the discriminator has won"]), config, "probability")
    assert finding.remedies[0].changes == {"discriminator_rate": 0.0}


STRONG = {"r1_gamma": 0.0, "discriminator_rate": 0.01, "learning_rate": 2e-4}
"""a discriminator that learns fifty times as fast and is held by nothing"""
FAILING: dict[str, dict[str, Any]] = {
    "divergence": {"family": "dcgan", "steps": 60, "learning_rate": 1.0, "r1_gamma": 0.0},
    "vanishing gradients": {"family": "gan", "steps": 240, "objective": "minimax", **STRONG},
    "the discriminator has won": {"family": "gan", "steps": 240, **STRONG},
    "the generator has won": {"family": "dcgan", "steps": 240, "discriminator_rate": 1e-7},
    "mode collapse": {
        "family": "gan", "steps": 300, "r1_gamma": 0.0, "beta1": 0.5,
        "learning_rate": 1e-2, "discriminator_rate": 1e-4,
    },
    "oscillation without progress": {"family": "wgan-gp", "steps": 300, "lambda_gp": 0.0},
    "over-fitting discriminator": {"family": "dcgan", "steps": 420, "pictures": 12},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", FAILING)
def test_a_training_that_is_made_to_fail_is_found_out(name: str, tmp_path: Path):
    assert name in toy_history(tmp_path, **FAILING[name]).first_findings


@pytest.mark.slow
@pytest.mark.parametrize("family", ["dcgan", "cgan", "stylegan2"])
def test_a_healthy_training_is_left_alone_all_the_way(family: str, tmp_path: Path):
    assert toy_history(tmp_path, family, 240).first_findings == {}


@pytest.mark.parametrize("model", [d.name for d in SHIPPED.glob("*-*mnist")])
def test_the_losses_of_shipped_trainings_are_within_bounds(model: str):
    directory = SHIPPED / model
    manifest, rows = checkpoint.load_manifest(directory), checkpoint.load_history(directory)
    assert rows
    for n in range(1, len(rows), max(1, len(rows) // 50)):
        assert examine(rows[:n], manifest.config, measure(manifest.family)) == []


def test_against_a_collapse_a_blind_discriminator_is_sped_up_and_another_is_held():
    for accuracy, field in ((0.5, "discriminator_rate"), (0.9, "r1_gamma")):
        (finding,) = examine(
            course(diversity=0.2, accuracy=accuracy), toys.config("gan"), "probability"
        )
        changed = {name for remedy in finding.remedies for name in remedy.changes}
        assert changed == {field, "learning_rate"}


def measure(family: str) -> str:
    return FAMILIES[family].gan.output


def classic(family: str) -> Any:
    kind = FAMILIES[family].config
    fields = {field.name for field in dataclasses.fields(kind)}
    return kind(**{k: v for k, v in kind.paper_values.items() if k in fields})
