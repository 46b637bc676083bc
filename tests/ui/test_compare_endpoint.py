"""The endpoint `/compare`, through gradio's own client."""

from __future__ import annotations

from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mentions import mentions
from PIL import Image
from toy_painter import picture
from toys import alike

from gan_studio.images import files as image_files
from gan_studio.studio.compare_base import MAX_MODELS
from gan_studio.studio.studio import Studio


@pytest.fixture(scope="module")
def client(address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(address, verbose=False, download_files=str(tmp_path_factory.mktemp("client")))


@pytest.fixture(scope="module")
def mixed(mixed_address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(mixed_address, verbose=False, download_files=str(tmp_path_factory.mktemp("mix")))


def test_compare_gives_the_grid_the_curves_and_the_table(client):
    models = ["dcgan-mnist", "gan-mnist"]
    sheet, curves, table = client.predict(models=models, seeds="5, 6, 7", api_name="/compare")
    with Image.open(sheet) as grid:
        assert alike(grid, Studio().compare(models, [5, 6, 7]).sheet())
        assert image_files.COMPARISON_KEY in grid.info
    assert [row["model"] for row in table] == models
    assert {"fid", "precision", "recall", "confident_share", "parameters", "steps"} <= set(table[0])
    assert {(c["model"], c["name"]) for c in curves} >= {(m, "generator") for m in models}
    assert all(len(c["steps"]) == len(c["values"]) <= 400 for c in curves)


def test_compare_without_arguments_compares_what_ships(client):
    _, _, table = client.predict(api_name="/compare")
    assert [row["model"] for row in table] == Studio().comparable()


def test_compare_has_named_arguments_with_defaults(client):
    endpoint = client.view_api(return_format="dict")["named_endpoints"]["/compare"]
    names = [p["parameter_name"] for p in endpoint["parameters"]]
    assert names == ["models", "seeds", "label", "smoothing", "pictures"]
    assert all(p["parameter_has_default"] for p in endpoint["parameters"])


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"models": ["gan-digits", "gan-mnist"]}, "gan-digits 16"),
        ({"models": ["../secrets"]}, "../secrets gan-digits"),
        ({"models": []}, f"{MAX_MODELS} 0"),
        ({"seeds": "1, x"}, "seed 4294967295 x"),
        ({"seeds": "1 " * 17}, "seeds 16 17"),
        ({"label": "11"}, "label 9 11"),
        ({"smoothing": 1.5}, "smoothing 0.99 1.5"),
    ],
)
def test_nonsense_is_told_in_a_sentence(mixed, asked, named):
    with pytest.raises(AppError, match=mentions(named)) as error:
        mixed.predict(**asked, api_name="/compare")
    assert "Traceback" not in str(error.value)


def test_a_label_goes_to_the_conditional_models_alone(mixed, tmp_path: Path):
    sheet, _, table = mixed.predict(seeds="1, 2", label="7", api_name="/compare")
    assert [row["model"] for row in table] == ["gan-digits", "cgan-digits", "dcgan-digits"]
    with Image.open(sheet) as grid:
        assert '"label": 7' in grid.info[image_files.COMPARISON_KEY]


@pytest.fixture(scope="module")
def translating(transform_address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = tmp_path_factory.mktemp("translating")
    return Client(transform_address, verbose=False, download_files=str(folder))


def test_translators_get_the_same_sources(translating, tmp_path: Path):
    picture(50, 40, seed=1).save(tmp_path / "own.png")
    models = ["pix2pix-map-aerial", "cyclegan-hair"]
    files = [handle_file(tmp_path / "own.png")]
    sheet, _, table = translating.predict(models=models, pictures=files, api_name="/compare")
    with Image.open(sheet) as grid:
        assert '"sources": ["1"]' in grid.info[image_files.COMPARISON_KEY]
    assert [row["model"] for row in table] == models
    assert {"l1", "accuracy", "parameters"} <= set(table[0])


def test_translators_get_examples_where_no_picture_comes(translating):
    sheet, _, _ = translating.predict(models=["pix2pix-map-aerial"], api_name="/compare")
    with Image.open(sheet) as grid:
        assert '"Crossroads"' in grid.info[image_files.COMPARISON_KEY]


@pytest.mark.parametrize(
    ("models", "named"),
    [
        (["pix2pix-map-aerial", "gan-mnist"], "gan-mnist"),
        (["gan-mnist", "pix2pix-colour"], "gan-mnist pix2pix-colour"),
        (["pix2pix-colour", "pix2pix-map-aerial"], "pix2pix-colour pix2pix-map-aerial"),
        (["cyclegan-hair"], "cyclegan-hair"),
    ],
)
def test_models_that_do_not_fit_together_are_told_in_a_sentence(translating, models, named):
    with pytest.raises(AppError, match=mentions(named)):
        translating.predict(models=models, api_name="/compare")


def test_nearest_gives_distances_and_what_is_usual(mixed):
    found = mixed.predict(model="gan-digits", seed=3, api_name="/nearest")
    assert found["count"] == 1498
    assert len(found["names"]) == len(found["distances"]) == 8
    assert found["distances"] == sorted(found["distances"])
    assert 0 <= found["closer"] <= 1
    assert found["typical"] > 0


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"model": "nobody"}, "nobody gan-digits"),
        ({"model": "gan-digits", "seed": -1}, "seed -1"),
        (
            {"model": "gan-mnist"},
            "gan-mnist mnist",
        ),
    ],
)
def test_what_cannot_be_looked_for_is_told_in_a_sentence(
    mixed, tmp_path, monkeypatch, asked, named
):
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path))
    with pytest.raises(AppError, match=mentions(named)):
        mixed.predict(**asked, api_name="/nearest")
