"""Trainings on the command line: budgets, changes on a resume, a model to start from, findings."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from mentions import mentions
from PIL import Image
from test_cli import refused, train

from gan_studio.cli.main import main
from gan_studio.core import validation
from gan_studio.gans import checkpoint


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained by the command line."""
    output = tmp_path_factory.mktemp("cli") / "run"
    main(train(output, "--steps", "20"))
    return output


def test_a_budget_of_time_ends_a_training_and_says_that_it_can_go_on(tmp_path, capsys):
    main(train(tmp_path / "a", "--budget", "2s"))
    steps = checkpoint.load_manifest(tmp_path / "a").training["steps"]
    assert steps > 1
    assert re.match(mentions(f"{steps} --resume {tmp_path / 'a'}"), capsys.readouterr().out)


@pytest.mark.parametrize("budget", ["10", "ten minutes", "0s", "-1m", "1e9d", "nan"])
def test_a_budget_that_is_no_time_is_refused(tmp_path, capsys, budget):
    said = refused(capsys, *train(tmp_path / "a", f"--budget={budget}"))
    assert repr(budget) in said


LENGTHS = {"90s": 90, "1.5m": 90, "2h": 7200, "1d": 86_400}


@pytest.mark.parametrize("text", LENGTHS)
def test_a_budget_in_seconds(text):
    assert validation.parse_duration(text) == LENGTHS[text]


def test_a_resumed_training_may_learn_at_another_rate(run, tmp_path):
    shutil.copytree(run, tmp_path / "a")
    main(train(tmp_path / "a", "--resume", "--steps", "30", "--learning-rate", "5e-4"))
    told = checkpoint.load_manifest(tmp_path / "a")
    assert getattr(told.config, "learning_rate") == 5e-4  # noqa: B009
    assert told.training["changes"] == [{"step": 20, "learning_rate": 5e-4}]


def test_a_training_starts_from_a_model_and_takes_its_shape(run, tmp_path):
    flags = ["--dataset", "digits", "--output", str(tmp_path / "a"), "--batch-size", "16"]
    main(["train", "gan", *flags, "--start-from", str(run), "--steps", "1", "--learning-rate", "0"])
    model, manifest = checkpoint.load_model(tmp_path / "a")
    start, _ = checkpoint.load_model(run)
    assert vars(manifest.config)["latent_dim"] == 12
    assert manifest.training["start_from"] == str(run)
    assert manifest.training["ancestry"] == ["digits"]
    for name, weight in start.named_parameters():
        assert np.allclose(weight, model.get_parameter(name), atol=1e-6)


def test_a_resumed_training_remembers_what_it_learned_on_from(run, tmp_path):
    flags = ["--dataset", "digits", "--batch-size", "16", "--output", str(tmp_path / "a")]
    main(["train", "gan", *flags, "--start-from", str(run), "--steps", "1"])
    main(["train", "gan", *flags, "--steps", "2", "--resume"])
    assert checkpoint.load_manifest(tmp_path / "a").training["ancestry"] == ["digits"]


FOREIGN = [
    (["gan", "--latent-dim", "9"], "latent_dim 12 9"),
    (["dcgan"], "dcgan gan"),
]


@pytest.mark.parametrize(("words", "named"), FOREIGN, ids=str)
def test_a_start_from_a_model_that_does_not_fit_is_refused(run, tmp_path, capsys, words, named):
    output = ["--dataset", "digits", "--output", tmp_path / "a"]
    said = refused(capsys, "train", *words, *output, "--start-from", run)
    assert re.match(mentions(named), said)


def test_findings_are_told_with_flags_that_mend_them(tmp_path, capsys):
    # A generator that stands still cannot win, however the processor rounds.
    players = ["--learning-rate", "1e-9", "--discriminator-rate", "0.01", "--r1-gamma", "0"]
    main(train(tmp_path / "a", *players, "--steps", "60", "--sample-every", "5"))
    told = [line for line in capsys.readouterr().out.splitlines() if "--resume" in line]
    assert any(line.startswith("  ") and "--discriminator-rate" in line for line in told), told


def test_the_numbers_go_to_tensorboard_too(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    main(train(tmp_path / "a", "--steps", "20", "--sample-every", "10", "--tensorboard"))
    events = accumulator.EventAccumulator(str(tmp_path / "a/tensorboard")).Reload()
    assert [scalar.step for scalar in events.Scalars("generator")] == [10, 20]
    assert [scalar.step for scalar in events.Scalars("diversity")] == [10, 20]


def test_a_grey_model_learns_on_from_colour_pictures_and_is_resumed(run, tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "colour").mkdir()
    for i in range(20):
        pixels = rng.integers(0, 255, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"colour/{i}.png")
    flags = ["--dataset", str(tmp_path / "colour"), "--output", str(tmp_path / "a")]
    words = ["train", "gan", *flags, "--batch-size", "16"]
    main([*words, "--start-from", str(run), "--steps", "2"])
    main([*words, "--resume", "--steps", "4"])
    manifest = checkpoint.load_manifest(tmp_path / "a")
    assert (manifest.channels, manifest.training["steps"]) == (1, 4)


@pytest.mark.parametrize(
    ("name", "dataset"), [("pix2pix", "avatars"), ("cyclegan", "avatars"), ("dcgan", "digits")]
)
def test_a_resumed_training_knows_its_data_set_by_name(tmp_path, name, dataset):
    sizes = ["--image-size", "16", "--width", "2", "--batch-size", "2", "--evaluate-every", "0"]
    flags = ["train", name, "--output", str(tmp_path / "a")]
    main([*flags, "--dataset", dataset, *sizes, "--steps", "1"])
    main([*flags, "--resume", "--steps", "2"])
    assert checkpoint.load_manifest(tmp_path / "a").training["steps"] == 2
