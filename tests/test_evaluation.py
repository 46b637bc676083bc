"""Measuring models: numbers, what real pictures reach, what is refused, what is recorded."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import toys
from mentions import mentions
from PIL import Image
from test_cli import refused

from gan_studio.cli.main import main
from gan_studio.datasets import registry
from gan_studio.datasets.dataset import Dataset
from gan_studio.evaluation import references
from gan_studio.evaluation import report as evaluation
from gan_studio.evaluation.metrics import confident_share, histogram
from gan_studio.evaluation.report import Reference
from gan_studio.gans import checkpoint
from gan_studio.gans.base import LatentGAN
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import family
from gan_studio.models.model import Model
from gan_studio.studio.studio import Studio
from gan_studio.vision import digits
from gan_studio.vision.extractor import DigitPredictions, FeatureBatch

CPU = torch.device("cpu")


def untrained(root: Path, name: str, kind: str = "gan", channels: int = 1, **changes: object):
    """A model of 32 pixels on disk, with fresh weights."""
    torch.manual_seed(0)
    config = toys.config(kind, **{"image_size": 32, **changes})
    classes = 10 if family(kind).gan.conditional(config) else 0
    model = family(kind).gan(config, channels, classes)
    manifest = Manifest(
        family=kind, config=config, channels=channels, dataset="digits", classes=classes
    )
    checkpoint.save_model(root / name, model, model.generator, manifest)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("untrained")
    untrained(root, "small")
    untrained(root, "told", "cgan")
    untrained(root, "colour", channels=3)
    untrained(root, "large", image_size=64)
    untrained(root, "other")
    manifest = checkpoint.load_manifest(root / "other")
    checkpoint.save_manifest(root / "other", dataclasses.replace(manifest, dataset="mnist"))
    untrained(root, "mine")
    checkpoint.save_manifest(root / "mine", dataclasses.replace(manifest, dataset="cats"))
    return root


@pytest.fixture(autouse=True)
def at_root(root, monkeypatch):
    monkeypatch.setattr("gan_studio.cli.evaluate.Studio", functools.partial(Studio, root, "cpu"))


def test_one_json_object_a_model_and_nothing_else_is_printed(capsys):
    main(["evaluate", "small", "told", "--count", "120", "--seed", "4"])
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["model"], second["model"]) == ("small", "told")
    known = ["model", "dataset", "against", "features", "fid", "kid", "precision", "recall"]
    assert list(first) == [*known, "real_vs_real", "count", "seed", "seconds"]
    seen = {"dataset": "digits", "against": "test", "features": "digits-32"}
    assert first.items() >= seen.items()
    assert (first["count"], first["seed"]) == (120, 4)
    assert first["real_vs_real"] == second["real_vs_real"]
    assert list(first["real_vs_real"]) == ["fid", "kid", "precision", "recall", "count"]
    assert first["fid"] > 5 * first["real_vs_real"]["fid"]  # noise is no digit
    assert first["kid"] > abs(first["real_vs_real"]["kid"])
    assert first["precision"] < first["real_vs_real"]["precision"]


def test_the_same_seed_gives_the_same_numbers(root):
    studio = Studio(root, "cpu")
    one, again, other = (
        dataclasses.replace(next(studio.evaluate(["small"], count=100, seed=seed)), seconds=0)
        for seed in (1, 1, 2)
    )
    assert one == again
    assert one.fid != other.fid


def test_a_floor_is_of_all_training_pictures_where_there_are_fewer(root):
    report = next(Studio(root, "cpu").evaluate(["small"], count=1600))
    assert report.real_vs_real.count == 1498
    assert report.count == 1600


def test_against_all_pictures_the_floor_is_of_one_half_and_the_other(root, tmp_path, capsys):
    shutil.copytree(root / "small", tmp_path / "small")
    words = ["--against", "all", "--features", "digits", "--count", "120"]
    main(["evaluate", str(tmp_path / "small"), *words, "--record"])
    said = json.loads(capsys.readouterr().out)
    assert (said["against"], said["features"]) == ("all", "digits-32")
    assert said["real_vs_real"]["count"] == 120
    assert said["real_vs_real"]["fid"] < said["fid"] / 5
    card = (tmp_path / "small" / checkpoint.CARD).read_text("utf-8")
    assert "120 samples against all of digits in digits-32 features" in card
    assert "--count 120 --seed 0 --features digits --against all`" in card


class Places:
    """The features of a picture are its first pixel and nothing."""

    name = "places"

    def check(self, size: int, channels: int) -> None:
        """Takes all."""

    def __call__(self, pictures: torch.Tensor) -> FeatureBatch:
        pixel = pictures[:, 0, 0, 0].numpy().astype(float)
        return FeatureBatch(np.stack([pixel, 0 * pixel], 1))


def test_a_half_is_not_compared_with_itself():
    pictures = torch.arange(200).repeat_interleave(16).view(200, 1, 4, 4).byte()
    real = Dataset(name="mnist", images=pictures)
    reference = Reference(pictures=real, train=None, features=Places(), count=150)
    order = reference.real_features.features[:, 0]
    assert set(order) == set(range(200))
    assert reference.real_vs_real.count == 100
    # of one feature it is (m_x - m_y)² + (s_x - s_y)²
    x, y = order[:100], order[100:]
    wanted = (x.mean() - y.mean()) ** 2 + (x.std(ddof=1) - y.std(ddof=1)) ** 2
    assert reference.real_vs_real.fid == pytest.approx(wanted, rel=1e-3)
    assert reference.quality(reference.real_features, reference.real_features).fid == pytest.approx(
        0, abs=1e-9
    )


def test_all_pictures_are_those_of_both_parts():
    (both, none), (test, train) = (
        references.load("digits", 16, which) for which in ("all", "test")
    )
    assert none is None
    assert train
    assert len(both) == len(train) + len(test) == 1797
    with pytest.raises(ValueError, match=mentions("test all some")):
        references.load("digits", 16, "some")


REFUSED = [
    (["small", "--count", "99"], "The count must be a whole number from 100 to 100000, not 99."),
    (["small", "--seed", "-1"], "The seed must be a whole number from 0"),
    ([], "Say which models to evaluate."),
    (["small", "nobody"], "There is no model 'nobody'; the known ones are colour, "),
    (["small", "--dataset", "x"], "There is no data set, folder or zip 'x'; the known sets are"),
    (["small", "--features", "x"], "invalid choice 'x' for argument '--features'."),
    (
        ["small", "other"],
        "small was trained on digits and other on mnist, and numbers from different data sets",
    ),
    (
        ["small", "large"],
        "small draws 32 and large draws 64 pixels, which cannot be compared; evaluate them one",
    ),
    (["large"], "The digit classifier takes grey pictures of 32 pixels, not grey ones of 64."),
    (
        ["colour"],
        "colour draws colour pictures, which cannot be compared with the grey ones of digits.",
    ),
    (["mine"], "mine was trained on somebody's own pictures, cats; name them with --dataset."),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_cannot_be_compared_is_refused(capsys, words, said):
    assert refused(capsys, "evaluate", *words).startswith(said)


def test_a_folder_is_compared_by_halves_and_must_be_large_enough(root, tmp_path, capsys):
    for i, picture in enumerate(registry.load("digits", 32).images[:202, 0].numpy()):
        Image.fromarray(picture).save(tmp_path / f"{i:03}.png")
    words = ["evaluate", "mine", "--dataset", str(tmp_path), "--features", "digits"]
    main([*words, "--count", "100"])
    said = json.loads(capsys.readouterr().out)
    assert said["dataset"] == tmp_path.name
    assert "confident_share" not in said
    for i in range(10):
        (tmp_path / f"{i:03}.png").unlink()
    wanted = f"{tmp_path.name} has 96 pictures to compare with; an evaluation needs at least 100."
    assert refused(capsys, *words) == wanted


def test_recorded_numbers_stand_in_the_model_its_card_and_the_table(root, tmp_path, capsys):
    shutil.copytree(root / "small", tmp_path / "small")
    studio = Studio(tmp_path, "cpu")
    assert studio.model_info("small").metrics == {}
    (report,) = studio.evaluate(["small"], count=100, record=True)
    said = {k: v for k, v in report.to_fields().items() if k != "model"}
    assert studio.model_info("small").metrics == said
    assert checkpoint.load_manifest(tmp_path / "small").metrics == said
    card = (tmp_path / "small" / checkpoint.CARD).read_text("utf-8")
    assert f"FID {said['fid']} ({said['real_vs_real']['fid']})" in card
    assert "evaluate DIRECTORY --dataset digits --count 100 --seed 0" in card
    main(["evaluate", str(tmp_path / "small"), "--count", "101", "--record"])
    assert checkpoint.load_manifest(tmp_path / "small").metrics["count"] == 101


def test_a_model_whose_numbers_are_none_is_damaged(root, tmp_path):
    shutil.copytree(root / "small", tmp_path / "small")
    manifest = checkpoint.load_manifest(tmp_path / "small")
    for metrics in (
        {"fid": "low"},
        {"real_vs_real": 3},
        {"real_vs_real": {"kid": None}},
        {"count": True},
    ):
        checkpoint.save_manifest(tmp_path / "small", dataclasses.replace(manifest, metrics=metrics))
        with pytest.raises(ValueError, match=mentions("metrics")):
            checkpoint.load_manifest(tmp_path / "small")


def test_metrics_of_older_files_have_their_new_names(root, tmp_path):
    shutil.copytree(root / "small", tmp_path / "small")
    path = tmp_path / "small" / checkpoint.CONFIG
    old = {"fid": 3.2, "readable": 0.7, "obeyed": 0.9, "floor": {"fid": 0.6, "readable": 0.9}}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"metrics": old}))
    assert checkpoint.load_manifest(tmp_path / "small").metrics == {
        "fid": 3.2,
        "confident_share": 0.7,
        "label_accuracy": 0.9,
        "real_vs_real": {"fid": 0.6, "confident_share": 0.9},
    }


class Labels:
    """Reads every picture as the digit in its first pixel, sure of the even ones."""

    name = "labels"

    def check(self, size: int, channels: int) -> None:
        """Takes all."""

    def __call__(self, pictures: torch.Tensor) -> FeatureBatch:
        read = (pictures[:, 0, 0, 0] % 10).numpy().astype(int)
        noise = np.random.default_rng(0).normal(size=(len(read), 4))
        return FeatureBatch(noise, DigitPredictions(read, np.where(read % 2, 0.5, 0.9)))


def test_of_digits_it_says_how_many_are_readable_which_and_whether_they_obey(root):
    pictures = torch.arange(200).repeat_interleave(16).view(200, 1, 4, 4).to(torch.uint8)
    real = Dataset(name="mnist", images=pictures)
    reference = Reference(pictures=real, train=real, features=Labels(), count=200)
    assert reference.real_vs_real.confident_share == 0.5
    gan, _ = checkpoint.load_model(root / "told")
    assert isinstance(gan, LatentGAN)
    model = Model("told", gan, *told(root), root / "told")
    report = reference.report(model.name, model.gan, 0)
    drawn = evaluation.generate(model.gan, 200, 0)[:, 0, 0, 0].numpy() % 10
    assert report.label_accuracy == pytest.approx((drawn == np.arange(200) % 10).mean(), abs=1e-4)
    assert report.histogram is not None
    assert sum(report.histogram) == pytest.approx(1, abs=1e-3)


def told(root: Path) -> tuple[Manifest, torch.device]:
    return checkpoint.load_manifest(root / "told"), CPU


def test_shares_of_readings_are_counted():
    read = np.array([0, 1, 1, 3])
    assert histogram(read, 4) == (0.25, 0.5, 0, 0.25)
    assert confident_share(np.array([0.9, 0.89, 1.0, 0.1])) == 0.5


def snapshots(size: int, every: int | None, dataset: str = "digits"):
    pictures = registry.load("digits", size)
    renamed = dataclasses.replace(pictures, name=dataset)
    return evaluation.snapshot_metrics("digits", renamed, every, CPU)


def test_a_training_is_measured_where_that_takes_neither_download_nor_minutes(monkeypatch):
    assert snapshots(32, None) is not None
    assert snapshots(32, 0) is None
    assert snapshots(16, None) is None
    assert snapshots(32, None, "fashion-mnist") is None
    few = Dataset(name="few", images=registry.load("digits", 32).images[:199])
    monkeypatch.setattr("gan_studio.vision.features.is_fast", lambda *_: True)
    assert evaluation.snapshot_metrics("few", few, None, CPU) is None
    with pytest.raises(ValueError, match=mentions("grey 32 16")):
        snapshots(16, 500)


def test_what_a_training_measures_depends_on_the_weights_alone(root, monkeypatch):
    monkeypatch.setattr(evaluation, "SNAPSHOT_COUNT", 150)
    measure = snapshots(32, None)
    assert measure
    gan = checkpoint.load_model(root / "small")[0]
    before = torch.get_rng_state()
    one, again = measure(gan), measure(gan)
    assert one == again
    assert torch.equal(torch.get_rng_state(), before)
    assert one == {"dataset": "digits", "features": "digits-32", "fid": one["fid"], "count": 150}


def test_the_command_line_says_which_step_was_best(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(evaluation, "SNAPSHOT_COUNT", 150)
    flags = ["--steps", "6", "--evaluate-every", "3", "--width", "8", "--batch-size", "16"]
    output = ["--dataset", "digits", "--output", str(tmp_path / "run")]
    main(["train", "gan", *output, *flags])
    _, best = capsys.readouterr().out.splitlines()
    manifest = checkpoint.load_manifest(tmp_path / "run/best")
    fid, step = manifest.metrics["fid"], manifest.training["steps"]
    assert re.match(mentions(f"FID {fid} {step} {tmp_path / 'run/best'}"), best)
    assert "during the training" in (tmp_path / "run/best" / checkpoint.CARD).read_text("utf-8")
    main(["sample", str(tmp_path / "run/best"), "--output", str(tmp_path / "a.png")])
    assert manifest.config.image_size == digits.SIZE
