"""Comparisons: the same seeds through every model, numbers only with what they need."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from mentions import mentions
from PIL import Image
from toys import alike, config, settings, train

from gan_studio.gans import checkpoint
from gan_studio.gans.families import FAMILIES
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.studio.compare import MAX_SEEDS, parse_seeds
from gan_studio.studio.compare_base import MAX_MODELS
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.studio import Studio
from gan_studio.ui.compare import views

MEASURED = {
    "fid": 3.2,
    "precision": 0.8,
    "recall": 0.7,
    "confident_share": 0.75,
    "count": 5000,
    "features": "digits-32",
    "real_vs_real": {"fid": 0.68, "precision": 0.9, "recall": 0.9, "confident_share": 0.956},
}
TWO = ["gan-digits", "dcgan-digits"]


@pytest.fixture(params=list(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def own(models: Path, tmp_path: Path) -> Path:
    """A folder of two models that a test may change."""
    for name in TWO:
        shutil.copytree(models / name, tmp_path / "own" / name)
    return tmp_path / "own"


def measure(directory: Path, **metrics: object) -> None:
    manifest = checkpoint.load_manifest(directory)
    checkpoint.save_manifest(directory, dataclasses.replace(manifest, metrics=metrics))


def test_each_row_holds_what_the_model_draws_from_the_seeds(studio):
    comparison = studio.compare(TWO, [3, 9])
    assert [row.model for row in comparison.rows] == TWO
    for row in comparison.rows:
        for seed, picture in zip([3, 9], row.pictures, strict=True):
            recipe = Recipe(model=row.model, seed=seed)
            assert picture.recipe == recipe
            assert alike(picture.image, studio.generate(recipe).image)


def test_conditional_models_draw_each_class_in_turn_or_the_label_asked_for(studio):
    models, seeds = ["gan-digits", "cgan-digits"], range(12)
    in_turn = studio.compare(models, list(seeds)).rows[1]
    assert [p.recipe.label for p in in_turn.pictures] == [i % 10 for i in seeds]
    plain, asked = studio.compare(models, [1, 2], "3").rows
    assert [p.recipe.label for p in plain.pictures] == [None, None]
    assert [p.recipe.label for p in asked.pictures] == [3, 3]


def test_the_table_tells_cost_and_quality(own):
    measure(own / "gan-digits", **MEASURED)
    measured, other = Studio(own, "cpu").compare(TWO, "1").table
    wanted = {"fid": 3.2, "recall": 0.7, "count": 5000, "real_vs_real_fid": 0.68, "steps": 20}
    assert {key: measured[key] for key in wanted} == wanted
    for row in (measured, other):
        assert float(row["parameters"] or 0) > 0
        assert float(row["milliseconds"] or 0) > 0
    assert (other["fid"], other["real_vs_real_fid"], other["features"]) == (None, None, None)


@pytest.mark.parametrize("missing", ["count", "real_vs_real"])
def test_a_metric_without_its_count_or_real_vs_real_is_not_shown(own, missing):
    measure(own / "gan-digits", **{k: v for k, v in MEASURED.items() if k != missing})
    comparison = Studio(own, "cpu").compare(TWO, "1")
    assert comparison.table[0]["fid"] is None
    assert "Not measured yet: gan-digits, dcgan-digits." in comparison.caveats()


def test_numbers_stand_with_count_and_real_vs_real_and_other_features_are_told_of(own):
    for name in TWO:
        measure(own / name, **MEASURED)
    alike = Studio(own, "cpu").compare(TWO, "1")
    assert alike.is_rankable
    assert alike.caveats()[0] == (
        "Measured on 5,000 samples against digits, features digits-32; real pictures against real "
        "ones: Fréchet distance 0.68, precision 0.9, recall 0.9, confident share 0.956."
    )
    measure(own / "dcgan-digits", **{**MEASURED, "features": "inception"})
    mixed = Studio(own, "cpu").compare(TWO, "1")
    assert not mixed.is_rankable
    assert mixed.caveats()[0] == (
        "Not to be ranked against one another: measured in different ways (digits-32 on digits, "
        "5,000 samples; inception on digits, 5,000 samples)."
    )


@pytest.mark.parametrize("other", [{"count": 100}, {"against": "all"}, {"dataset": "mnist"}])
def test_numbers_of_other_counts_and_other_real_pictures_are_not_ranked(own, other):
    measure(own / "gan-digits", **{**MEASURED, "kid": 12345.6, "dataset": "digits"})
    measure(own / "dcgan-digits", **{**MEASURED, **other})
    mixed = Studio(own, "cpu").compare(TWO, "1")
    assert not mixed.is_rankable
    assert [row["features"] for row in mixed.table] == ["digits-32"] * 2
    html = views.table(mixed)
    assert "Measured by" in html
    assert ">12,346<" in html
    for row in mixed.rows:
        assert f'title="Real pictures: 0.68. {row.protocol}"' in html
        assert f">{row.protocol}<" in html


def test_a_metric_that_is_no_number_stays_blank(own):
    measure(own / "gan-digits", **{**MEASURED, "fid": float("nan")})
    assert Studio(own, "cpu").compare(["gan-digits"], "1").table[0]["fid"] is None


def test_models_of_other_sizes_are_refused_by_name(own):
    list(train(own / "small", "gan", steps=10, toy={"image_size": 8}))
    with pytest.raises(ValueError, match=mentions("gan-digits 16 small 8")):
        Studio(own, "cpu").compare(["gan-digits", "small"], "1")


def test_models_of_other_channels_are_refused_by_name(own, tmp_path):
    (tmp_path / "red").mkdir()
    for i in range(20):
        Image.new("RGB", (16, 16), (i, 0, 0)).save(tmp_path / "red" / f"{i}.png")
    studio = Studio(own, "cpu")
    request = TrainingRequest(
        family="gan",
        dataset=str(tmp_path / "red"),
        config=config("gan"),
        settings=settings(steps=10),
        output=own / "red",
    )
    list(studio.train(request))
    with pytest.raises(ValueError, match=mentions("gan-digits grey red colour")):
        studio.compare(["gan-digits", "red"], "1")


@pytest.mark.parametrize(
    ("names", "seeds", "label", "named"),
    [
        (["no"], "1", None, "no gan-digits"),
        (["../models"], "1", None, "../models"),
        ([], "1", None, f"{MAX_MODELS} 0"),
        ([f"m{i}" for i in range(MAX_MODELS + 1)], "1", None, f"{MAX_MODELS} {MAX_MODELS + 1}"),
        ("gan-digits", "1", None, "models"),
        (None, "1", None, "models"),
        (TWO, "", None, f"seeds {MAX_SEEDS} 0"),
        (TWO, list(range(17)), None, f"seeds {MAX_SEEDS} 17"),
        (TWO, None, None, f"seeds {MAX_SEEDS}"),
        (TWO, "1, two", None, "seed 4294967295 two"),
        (TWO, "-1", None, "seed 4294967295 -1"),
        (TWO, "1", 3, "label"),
        (["cgan-digits"], "1", 10, "label 9 10"),
        (["cgan-digits"], "1", "x", "label x"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(studio, names, seeds, label, named):
    with pytest.raises(ValueError, match=mentions(named)):
        studio.compare(names, seeds, label)


@pytest.mark.parametrize("text", ["1, 2, 3", "1 2 3", "1;2;3", "[1, 2, 3]", "1,\n2,3,"])
def test_seeds_are_read_from_text(text):
    assert parse_seeds(text) == [1, 2, 3]


def test_the_models_that_fit_beside_one_another_come_in_the_order_of_their_papers(studio, own):
    assert studio.comparable() == [f"{name}-digits" for name in FAMILIES][:MAX_MODELS]
    (own / "gan-digits" / checkpoint.CONFIG).write_text("{")
    assert Studio(own, "cpu").comparable() == ["dcgan-digits"]
    assert Studio(own / "none", "cpu").comparable() == []


def test_the_sheet_tells_what_was_compared(studio, tmp_path):
    comparison = studio.compare(TWO, [1, 2, 3])
    sheet = comparison.sheet()
    image_files.save(sheet, tmp_path / "sheet.png", comparison)
    with Image.open(tmp_path / "sheet.png") as saved:
        saved.load()
        told = json.loads(saved.info[image_files.COMPARISON_KEY])
    assert told == {"models": TWO, "seeds": [1, 2, 3], "label": None}
    last = np.asarray(comparison.rows[1].pictures[2].image)
    corner = np.asarray(sheet)[-68:-4, -68:-4, 0]  # four times as large, before a gap of four
    assert np.array_equal(corner[::4, ::4], last)


def test_curves_come_from_the_history_as_it_is_now(own):
    studio = Studio(own, "cpu")
    names = {curve.name for curve in studio.curves("gan-digits", 0.5)}
    assert {"generator", "discriminator", "d_real", "d_fake"} <= names
    checkpoint.save_history(own / "gan-digits", [{"step": 5, "generator": 2.0}])
    (curve,) = studio.curves("gan-digits")
    assert (curve.name, curve.steps, curve.values) == ("generator", (5,), (2.0,))
    (own / "gan-digits" / checkpoint.HISTORY).unlink()
    assert studio.curves("gan-digits") == []


def test_every_family_has_a_summary(family):
    summary = FAMILIES[family].summary
    assert len(summary) > 200
    assert "](" not in summary
    assert "##" not in summary
