"""`user/repo` wherever a model's name works; and no visitor's word reaches the network."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from hub_server import HubServer
from mentions import mentions

from gan_studio.cli import main
from gan_studio.core.files import SHIPPED
from gan_studio.images.recipe import Recipe
from gan_studio.models import publish
from gan_studio.studio.studio import Studio


@pytest.fixture
def published(hub_server: HubServer, models: Path) -> HubServer:
    """With ada/digits, one of the toys."""
    publish.publish(models / "gan-digits", "ada/digits", token="hf_writer")
    return hub_server


def test_a_name_on_the_hub_is_fetched_once_and_then_at_hand(published: HubServer, models: Path):
    studio = Studio(models, "cpu")
    assert "ada/digits" not in studio.models()
    pictures = studio.sample("ada/digits", 4, seed=3)
    assert (pictures == studio.sample("gan-digits", 4, seed=3)).all()
    assert "ada/digits" in studio.models()
    asked = len(published.asked)
    assert (Studio(models, "cpu").sample("ada/digits", 4, seed=3) == pictures).all()
    assert len(published.asked) == asked
    assert studio.generate(Recipe(model="ada/digits", seed=3)).image.size == (16, 16)


def test_no_word_of_a_visitor_reaches_the_network(published: HubServer, models: Path):
    studio = Studio(models, "cpu")
    asked = len(published.asked)
    for deed in (
        lambda: studio.generate(Recipe(model="ada/digits")),
        lambda: studio.model_info("ada/digits"),
        lambda: studio.compare(["ada/digits"], "1"),
        lambda: studio.curves("ada/digits"),
        lambda: studio.library.manifest("ada/digits"),
        lambda: studio.library.directory("ada/digits@main"),
    ):
        with pytest.raises(ValueError, match=mentions("ada/digits")):
            deed()
    assert len(published.asked) == asked


def test_what_is_neither_here_nor_there_is_said_in_one_sentence(published: HubServer, models: Path):
    studio = Studio(models, "cpu")
    with pytest.raises(ValueError, match=mentions("runs/typo")):
        studio.sample("runs/typo", 1)
    with pytest.raises(ValueError, match=mentions("typo gan-digits")):
        studio.sample("typo", 1)


def test_a_folder_wins_over_a_name_on_the_hub(
    published: HubServer, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(models / "dcgan-digits", tmp_path / "ada" / "digits")
    monkeypatch.chdir(tmp_path)
    asked = len(published.asked)
    found = Studio(models, "cpu").library.load("ada/digits")
    assert found.manifest.family == "dcgan"
    assert len(published.asked) == asked


def test_a_training_can_start_from_a_model_on_the_hub(published: HubServer, tmp_path: Path):
    run = tmp_path / "run"
    said = "train gan --dataset digits --steps 4 --image-size 16 --latent-dim 12 --batch-size 16"
    told = ["--width", "8", "--start-from", "ada/digits", "--output", str(run)]
    main.main([*said.split(), *told])
    said = json.loads((run / "config.json").read_text())
    assert said["training"]["start_from"] == "ada/digits"


def test_nothing_is_recorded_in_the_cache_of_the_hub(published: HubServer, models: Path, capsys):
    with pytest.raises(SystemExit) as ended:
        main.main(["evaluate", "ada/digits", "--count", "100", "--dataset", "digits", "--record"])
    assert ended.value.code == 2
    assert "ada/digits" in capsys.readouterr().err


def test_the_commands_push_and_pull(
    hub_server: HubServer, models: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    main.main(["push", str(models / "gan-digits"), "ada/mine", "--private"])
    commit = hub_server.model("ada/mine").refs["main"]
    assert capsys.readouterr().out == f"{hub_server.address}/ada/mine (commit {commit})\n"
    assert hub_server.model("ada/mine").private
    main.main(["pull", "ada/mine@main"])
    said = capsys.readouterr().out
    assert "ada/mine" in said
    assert commit in said
    main.main(["models"])
    assert "ada/mine" in capsys.readouterr().out


def test_mistakes_end_with_one_sentence_and_status_2(hub_server: HubServer, capsys):
    for words, named in {
        ("push", "gan-mnist", "ada/x"): "token",
        ("push", "gan-mnist", "x"): "user/repo x",
        ("pull", "ada/none"): "ada/none",
        ("sample", "ada/none", "--output", "x.png"): "ada/none",
        ("deploy", "ada/x", "--folder", str(SHIPPED)): str(SHIPPED),
    }.items():
        with pytest.raises(SystemExit) as ended:
            main.main(list(words))
        assert ended.value.code == 2
        said = capsys.readouterr().err
        assert re.search(mentions(named), said)
        assert said.count("\n") == 1
