"""The best averaged generator is kept beside the last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch
import toys
from mentions import mentions
from test_training import assert_same_run, history

from gan_studio import training
from gan_studio.core.events import Checkpoint, Evaluation, Sample, Step
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import TrainingConfig

FIDS = {10: 5.0, 20: 3.0, 30: 4.0, 40: 2.0, 50: 2.0, 60: 6.0}
BEST = {10: 10, 20: 20, 30: 20, 40: 40, 50: 40, 60: 40}


def train(run: Path, **changes: Any) -> Iterator[Any]:
    """A training whose generator is worth what FIDS says, asked for in order from the start on."""
    torch.manual_seed(0)
    gan = toys.model("gan")
    manifest = Manifest(family="gan", config=gan.config, channels=1, dataset="digits")
    done = checkpoint.load_manifest(run).training["steps"] if run.exists() else 0
    worth = iter([fid for step, fid in FIDS.items() if step > done])
    settings = toys.settings(**{"evaluate_every": 10, **changes})
    measured = training.train(
        gan, toys.digits(), settings, run, manifest, lambda _: {"fid": next(worth), "count": 9}
    )
    return toys.told(measured)


def evaluations(events: Iterator[Any]) -> dict[int, Evaluation]:
    return {e.step: e for e in events if isinstance(e, Evaluation)}


def test_each_evaluation_says_which_step_is_the_best_so_far(tmp_path):
    said = evaluations(train(tmp_path / "run"))
    assert {step: e.fid for step, e in said.items()} == FIDS
    assert {step: e.best_step for step, e in said.items()} == BEST
    assert said[30].best_fid == 3.0
    assert said[60].path == tmp_path / "run/best"


def test_the_best_generator_is_a_model_with_its_grid_and_its_measure(tmp_path):
    weights = {}
    for event in train(tmp_path / "run", save_every=10):
        if isinstance(event, Checkpoint):
            weights[event.step] = checkpoint.load_model(event.path)[0].state_dict()
    best, manifest = checkpoint.load_model(tmp_path / "run/best")
    assert manifest.training["steps"] == 40
    assert manifest.metrics == {"fid": 2.0, "count": 9}
    assert all(torch.equal(v, weights[40][k]) for k, v in best.state_dict().items())
    assert (tmp_path / "run/best/samples.png").read_bytes()[:4] == b"\x89PNG"
    assert checkpoint.load_manifest(tmp_path / "run").metrics == {}


def test_the_order_of_events_and_a_last_step_that_is_measured(tmp_path):
    events = [(type(e), e.step) for e in train(tmp_path / "run", steps=13)]
    end = [(Step, 13), (Sample, 13), (Evaluation, 13), (Checkpoint, 13)]
    assert events == [(Checkpoint, 0), (Step, 10), (Evaluation, 10), *end]


@pytest.mark.parametrize("changes", [{"steps": 9}, {"evaluate_every": 0}, {"evaluate_every": None}])
def test_a_short_run_and_one_that_is_not_to_be_measured_are_not(tmp_path, changes):
    assert not evaluations(train(tmp_path / "run", **changes))
    assert not (tmp_path / "run/best").exists()


def test_the_history_has_a_column_that_is_empty_where_nothing_was_measured(tmp_path):
    list(train(tmp_path / "run", steps=30, log_every=5, evaluate_every=10))
    rows = history(tmp_path / "run")
    assert next(iter(rows[0])) == "step"
    assert [row["fid"] for row in rows] == ["", "5", "", "3", "", "4"]
    assert "fid" not in checkpoint.load_history(tmp_path / "run")[0]
    assert checkpoint.load_history(tmp_path / "run")[1]["fid"] == 5.0


def test_a_measurement_between_two_logs_has_a_row_of_its_own(tmp_path):
    list(train(tmp_path / "run", steps=30, log_every=30, evaluate_every=20))
    rows = history(tmp_path / "run")
    assert [(row["step"], row["fid"], bool(row.get("generator"))) for row in rows] == [
        ("20", "5", False),
        ("30", "3", True),
    ]


def test_a_resumed_run_is_the_same_and_remembers_its_best(tmp_path):
    list(train(tmp_path / "straight"))
    with closing(train(tmp_path / "run")) as events:  # pyright: ignore[reportArgumentType]
        for event in events:
            if isinstance(event, Evaluation) and event.step == 30:
                break
    said = evaluations(train(tmp_path / "run"))
    assert {step: e.best_step for step, e in said.items()} == {40: 40, 50: 40, 60: 40}
    assert_same_run(tmp_path / "run", tmp_path / "straight")
    ours, theirs = (tmp_path / name / "best/model.safetensors" for name in ("run", "straight"))
    assert ours.read_bytes() == theirs.read_bytes()


def test_a_resumed_run_keeps_a_best_that_is_not_beaten(tmp_path):
    list(train(tmp_path / "run", steps=40))
    before = (tmp_path / "run/best/model.safetensors").read_bytes()
    said = evaluations(train(tmp_path / "run", steps=60))
    assert {step: e.best_step for step, e in said.items()} == {50: 40, 60: 40}
    assert (tmp_path / "run/best/model.safetensors").read_bytes() == before


def test_measuring_leaves_the_training_as_it_is(tmp_path):
    list(train(tmp_path / "one"))
    list(train(tmp_path / "other", evaluate_every=0))
    ours, theirs = (checkpoint.load_model(tmp_path / n)[0] for n in ("one", "other"))
    assert all(torch.equal(v, theirs.state_dict()[k]) for k, v in ours.state_dict().items())


@pytest.mark.parametrize("every", [-1, 0.5])
def test_a_pace_that_makes_no_sense_is_refused(every):
    with pytest.raises(ValueError, match=mentions("evaluate_every")):
        TrainingConfig(evaluate_every=every)
