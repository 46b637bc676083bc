"""Names that two models share: both are to be had, and it is said which is meant."""

import shutil
from pathlib import Path

import pytest

from gan_studio.gans.checkpoint import load_manifest
from gan_studio.images.recipe import Recipe
from gan_studio.models.library import Library
from gan_studio.studio.studio import Studio


@pytest.fixture
def twins(models: Path, tmp_path: Path) -> Path:
    """A model that ships, and a run and an elder run of the same name, each of another family."""
    for place, family in {"shipped": "gan", "runs": "dcgan", "old/runs": "wgan"}.items():
        shutil.copytree(models / f"{family}-digits", tmp_path / place / "twin")
    return tmp_path


def families(library: Library) -> dict[str, str]:
    return {name: manifest.family for name, manifest in library.manifests().items()}


def test_a_run_named_like_a_model_that_ships_is_there_too(twins):
    studio = Studio(twins / "shipped", "cpu", twins / "runs")
    assert families(studio.library) == {"twin": "gan", "runs/twin": "dcgan"}
    (one, _), (other, recipe) = (
        studio.generate(Recipe(model=name)) for name in ("twin", "runs/twin")
    )
    assert one.tobytes() != other.tobytes()
    assert recipe.model == "runs/twin"
    assert Recipe.from_query(recipe.to_query(), "x") == recipe
    assert studio.generate(recipe).image.tobytes() == other.tobytes()


def test_two_folders_of_the_same_name_do_not_hide_one_another(twins):
    library = Library(twins / "shipped", "cpu", twins / "runs", twins / "old/runs")
    assert families(library) == {
        "twin": "gan",
        "runs/twin": "dcgan",
        str(twins / "old/runs/twin"): "wgan",
    }


def test_the_same_folder_twice_is_one(twins):
    assert families(Library(twins / "runs", "cpu", twins / "runs")) == {"twin": "dcgan"}


def test_a_name_on_the_hub_does_not_hide_a_run(twins, models, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(twins / "cache"))
    pulled = twins / "cache/models--runs--twin"
    shutil.copytree(models / "wgan-digits", pulled / "snapshots/abc")
    (pulled / "refs").mkdir()
    (pulled / "refs/main").write_text("abc")
    library = Studio(twins / "shipped", "cpu", twins / "runs").library
    assert families(library) == {"twin": "gan", "runs/twin": "dcgan", "runs/twin@main": "wgan"}


def test_a_path_is_the_folder_that_it_names_and_keeps_a_name_of_its_own(twins, monkeypatch):
    monkeypatch.chdir(twins)
    studio = Studio(twins / "shipped", "cpu", twins / "runs")
    found = {path: studio.library.load(path) for path in ("twin", "runs/twin", "old/runs/twin")}
    assert [model.manifest.family for model in found.values()] == ["gan", "dcgan", "wgan"]
    assert len({model.name for model in found.values()}) == 3
    (twins / "twin").symlink_to(twins / "old/runs/twin", target_is_directory=True)
    assert studio.library.load("twin").manifest.family == "gan"
    assert studio.library.load("./twin").manifest.family == "wgan"


def test_a_training_named_like_a_model_that_ships_leads_to_its_own(twins):
    library = Studio(twins / "shipped", "cpu", twins / "runs").library
    assert library.name_of(twins / "runs/twin") == "runs/twin"
    assert library.name_of(twins / "shipped/twin") == "twin"
    assert library.name_of(twins / "old/runs/twin") is None
    assert load_manifest(library.resolve("runs/twin")).family == "dcgan"
