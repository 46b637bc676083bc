"""Comparisons of translators: the same sources through each, measures only with what they need."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import toys
from mentions import mentions
from PIL import Image
from toy_painter import picture

from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.studio.compare_base import MAX_MODELS
from gan_studio.studio.compare_translators import MAX_SOURCES, SIDE
from gan_studio.studio.studio import Studio
from gan_studio.ui.compare import views

MODELS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("colour", "pix2pix", "photos", {"task": "colour"}),
    ("cut-maps", "cut", "maps", {}),
    ("cycle-maps", "cyclegan", "maps", {}),
    ("pairs-maps", "pix2pix", "maps", {}),
    ("reverse-maps", "pix2pix", "maps", {"reverse": True}),
)
MAPS = ["pairs-maps", "cycle-maps", "cut-maps"]
MEASURED = {"dataset": "maps", "count": 60, "l1": 22.5, "accuracy": 0.61}
SOURCES = {"wide": picture(60, 40, seed=1), "high": picture(30, 50, seed=2).convert("L")}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Toys that translate, and one of latents."""
    for name, family, dataset, changes in MODELS:
        gan = toys.translation(family, **changes)
        manifest = Manifest(family=family, config=gan.config, channels=3, dataset=dataset)
        checkpoint.save_model(tmp_path / name, gan, gan.generator, manifest)
    gan = toys.model("gan")
    manifest = Manifest(family="gan", config=gan.config, channels=1, dataset="digits")
    checkpoint.save_model(tmp_path / "latent", gan, gan.generator, manifest)
    return tmp_path


@pytest.fixture
def studio(root: Path) -> Studio:
    return Studio(root, "cpu")


def measure(directory: Path, **metrics: object) -> None:
    manifest = checkpoint.load_manifest(directory)
    found = dataclasses.replace(manifest, metrics={"translation": metrics})
    checkpoint.save_manifest(directory, found)


def test_each_row_holds_the_models_own_translations_of_the_squares(studio):
    comparison = studio.compare_translators(MAPS, SOURCES)
    assert [row.model for row in comparison.rows] == MAPS
    assert {one.size for one in comparison.sources.values()} == {(SIDE, SIDE)}
    for row in comparison.rows:
        for made, given in zip(row.pictures, SOURCES.values(), strict=True):
            expected = studio.translate(row.model, convert.center_crop(given, SIDE)).image
            assert toys.alike(made, expected)
        assert row.cells["parameters"] == studio.translator_info(row.model).parameters
        assert row.milliseconds > 0


def test_the_sheet_has_a_row_of_sources_and_tells_what_was_compared(studio, tmp_path):
    comparison = studio.compare_translators(MAPS, SOURCES)
    image_files.save(comparison.sheet(), tmp_path / "sheet.png", comparison)
    with Image.open(tmp_path / "sheet.png") as saved:
        told = json.loads(saved.text[image_files.COMPARISON_KEY])  # pyright: ignore[reportAttributeAccessIssue]
        assert saved.height > 128 * (1 + len(MAPS))
    assert told == {"models": MAPS, "sources": ["wide", "high"]}


def test_measures_stand_with_what_they_were_measured_on(root):
    measure(root / "pairs-maps", **MEASURED)
    measure(root / "cycle-maps", **MEASURED, round_trip=3.5, round_trip_noisy=float("nan"))
    comparison = Studio(root, "cpu").compare_translators(MAPS, SOURCES)
    pairs, cycle, cut = comparison.table
    assert (pairs["l1"], pairs["accuracy"], pairs["round_trip"]) == (22.5, 0.61, None)
    assert (cycle["round_trip"], cycle["round_trip_noisy"]) == (3.5, None)
    assert (cut["l1"], cut["count"]) == (None, None)
    assert comparison.is_rankable
    said = " ".join(comparison.caveats())
    assert "pairs-maps was measured on 60 held-out pictures of maps." in said
    assert "Not measured yet: cut-maps." in said
    shown = views.table(comparison)
    assert all(title in shown for title in ("Map classes", "Round trip", "Parameters"))
    assert not any(title in shown for title in ("Wanted hair", "with noise", "Measured by"))


@pytest.mark.parametrize(
    ("name", "other"),
    [("cycle-maps", {"count": 20}), ("cycle-maps", {"dataset": "mine"}), ("reverse-maps", {})],
)
def test_measures_of_other_pictures_are_not_ranked(root, name, other):
    measure(root / "pairs-maps", **MEASURED)
    measure(root / name, **{**MEASURED, **other})
    comparison = Studio(root, "cpu").compare_translators(["pairs-maps", name], SOURCES)
    assert not comparison.is_rankable
    assert str(comparison.rows[1].protocol) in comparison.caveats()[0]
    assert "Measured by" in views.table(comparison)


def test_a_measure_without_its_count_is_not_shown(root):
    measure(root / "pairs-maps", l1=3.0, dataset="maps")
    [row] = Studio(root, "cpu").compare_translators(["pairs-maps"], SOURCES).table
    assert row["l1"] is None


def test_what_leaving_a_picture_grey_would_give_is_told(root):
    measure(root / "colour", dataset="photos", count=9, chroma_error=15.4, grey_error=21.5)
    told = Studio(root, "cpu").compare_translators(["colour"], SOURCES).caveats()
    assert any("21.5" in line for line in told)


@pytest.mark.parametrize(
    ("models", "count", "named"),
    [
        (["latent", "colour"], 1, "latent"),
        (["colour", "latent"], 1, "latent"),
        (["pairs-maps", "colour"], 1, "pairs-maps pairs colour"),
        (["nobody"], 1, "nobody pairs-maps"),
        ([], 1, f"{MAX_MODELS} 0"),
        (MAPS, 0, f"{MAX_SOURCES} 0"),
        (MAPS, 17, f"{MAX_SOURCES} 17"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(studio, models, count, named):
    sources = {str(i): SOURCES["wide"] for i in range(count)}
    with pytest.raises(ValueError, match=mentions(named)):
        studio.compare_translators(models, sources)


def test_a_strip_is_refused_with_its_size(studio):
    with pytest.raises(ValueError, match=mentions("5000×9")):
        studio.compare_translators(MAPS, {"strip": Image.new("RGB", (5000, 9))})


def test_a_damaged_model_is_left_out_with_a_sentence(root):
    studio = Studio(root, "cpu")
    (root / "cut-maps" / checkpoint.CONFIG).write_text("{")
    comparison = studio.compare_translators(MAPS, SOURCES)
    assert [row.model for row in comparison.rows] == MAPS[:2]
    assert "cut-maps" in comparison.caveats()[0]


def test_the_models_that_fit_beside_one_another_come_in_the_order_of_their_papers(studio, root):
    assert studio.comparable_translators() == MAPS
    assert studio.is_translator("colour")
    assert not studio.is_translator("latent")
    assert Studio(root / "none", "cpu").comparable_translators() == []


def test_examples_lead_to_the_transform_tab_and_own_pictures_nowhere(studio):
    sources = {"Crossroads": SOURCES["wide"], "1": SOURCES["high"]}
    shown = views.grid(studio.compare_translators(["pairs-maps"], sources))
    assert shown.count("<img") == 4
    assert shown.count("href=") == 1
    assert "?t=pairs-maps&amp;example=Crossroads" in shown
