"""A damaged run, whatever is wrong with it, is left out with a sentence; all else goes on."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from toy_jobs import finished, jobs_in, order

from gan_studio.cli.main import main
from gan_studio.gans import checkpoint
from gan_studio.images.recipe import Recipe
from gan_studio.models.hub.pull import cached_models
from gan_studio.studio.studio import Studio


def spoil(run: Path, **said: object) -> None:
    path = run / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **said}))


def truncated(run: Path) -> None:
    os.truncate(run / "model.safetensors", 5000)


def a_file(run: Path) -> None:
    shutil.rmtree(run)
    run.write_text("no folder")


def a_dangling_link(run: Path) -> None:
    shutil.rmtree(run)
    run.symlink_to(run.parent / "nowhere", target_is_directory=True)


def folders_for_files(run: Path) -> None:
    for name in ("config.json", "model.safetensors", "history.csv"):
        (run / name).unlink(missing_ok=True)
        (run / name).mkdir()


def linked_weights(run: Path) -> None:
    (run / "model.safetensors").unlink()
    (run / "model.safetensors").symlink_to("nowhere")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "half a config": lambda run: (run / "config.json").write_text("{"),
    "an empty config": lambda run: (run / "config.json").write_text(""),
    "a binary config": lambda run: (run / "config.json").write_bytes(bytes(range(256)) * 9),
    "a list for a config": lambda run: (run / "config.json").write_text("[1]"),
    "another type": lambda run: spoil(run, channels="1"),
    "a family of later": lambda run: spoil(run, family="dreamgan"),
    "a format of later": lambda run: spoil(run, format=99),
    "no weights": lambda run: (run / "model.safetensors").unlink(),
    "half the weights": truncated,
    "binary weights": lambda run: (run / "model.safetensors").write_bytes(bytes(range(256)) * 99),
    "a file": a_file,
    "a link to nowhere": a_dangling_link,
    "folders for files": folders_for_files,
    "weights that are a link to nowhere": linked_weights,
}


@pytest.fixture
def root(models: Path, tmp_path: Path) -> Path:
    """Two models and a third that may be damaged."""
    for name in ("gan-digits", "dcgan-digits"):
        shutil.copytree(models / name, tmp_path / "models" / name)
    shutil.copytree(models / "gan-digits", tmp_path / "models" / "broken")
    return tmp_path / "models"


@pytest.fixture(params=DAMAGE)
def damaged(request: pytest.FixtureRequest, root: Path) -> Path:
    DAMAGE[request.param](root / "broken")
    return root


def test_it_is_in_no_list_and_all_else_goes_on(damaged, caplog):
    studio = Studio(damaged, "cpu", damaged / "runs")
    assert studio.models() == ["dcgan-digits", "gan-digits"]
    assert studio.models() == studio.comparable()[::-1]
    assert sum("broken" in record.message for record in caplog.records) <= 1
    assert studio.generate(Recipe(model="gan-digits")).image.size == (16, 16)
    studio.jobs.close()


def test_the_form_offers_the_others(damaged):
    import gradio as gr

    from gan_studio.ui.train import Train

    studio = Studio(damaged, "cpu", damaged / "runs")
    with gr.Blocks():
        tab = Train(studio)
    assert tab.models("gan") == ["gan-digits"]
    studio.jobs.close()


def test_the_command_lists_the_others_and_says_why(root, capsys, monkeypatch):
    DAMAGE["half a config"](root / "broken")
    monkeypatch.setenv("GAN_STUDIO_RUNS", str(root))
    main(["models"])
    said = capsys.readouterr()
    assert "gan-digits" in said.out
    assert "broken" not in said.out
    assert ["broken" in line for line in said.err.splitlines()] == [True]


def test_what_only_loading_shows_is_left_out_from_then_on(root):
    path = root / "broken/model.safetensors"
    contents = bytearray(path.read_bytes())
    contents[-1] ^= 1
    path.write_bytes(contents)
    studio = Studio(root, "cpu")
    compared = studio.compare(["broken", "gan-digits"], "1, 2")
    assert [row.model for row in compared.rows] == ["gan-digits"]
    assert len(compared.left_out) == 1
    assert "broken" not in studio.models()
    with pytest.raises(ValueError, match="broken"):
        studio.compare(["broken"], "1")
    shutil.rmtree(root / "broken")
    shutil.copytree(root / "gan-digits", root / "broken")
    assert "broken" in studio.models()


@pytest.mark.parametrize("contents", [b"step,generator\n1,x\n", bytes(range(256))])
def test_a_damaged_history_costs_its_own_curves_alone(root, contents):
    (root / "broken/history.csv").write_bytes(contents)
    studio = Studio(root, "cpu")
    assert studio.curves("broken") == []
    assert studio.curves("gan-digits")


def test_damaged_sliders_cost_themselves_alone(root):
    (root / "broken/sliders.json").write_text("{")
    studio = Studio(root, "cpu")
    assert studio.named_sliders("broken") == ()
    assert studio.generate(Recipe(model="broken")).image.size == (16, 16)


def test_a_cache_of_the_hub_that_is_damaged_is_passed_over(tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    for name, ref in {"a": b"\xff\xfe", "b": b"no\0where", "c": b""}.items():
        refs = tmp_path / f"models--ada--{name}" / "refs"
        refs.mkdir(parents=True)
        (refs / "main").write_bytes(ref)
    assert cached_models() == {}


SCRIBBLES = {
    "binary": bytes(range(256)) * 20,
    "no order": b'{"kind": "state", "state": "running"}\n',
    "another family": b'{"kind": "ordered", "order": {"family": "x"}, "owner": "y"}\n',
    "infinite": b'{"kind": "ordered", "order": {"family": "gan", "dataset": "digits", "config": {},'
    b' "settings": {}, "seconds": 1e999}, "owner": "y"}\n',
}


@pytest.mark.parametrize("scribble", SCRIBBLES)
def test_a_job_that_cannot_be_read_leaves_the_others(tmp_path, scribble):
    jobs = jobs_in(tmp_path)
    ticket = jobs.start(order(steps=20))
    finished(jobs, ticket.id)
    jobs.close()
    (tmp_path / "scribbled").mkdir()
    (tmp_path / "scribbled/events.jsonl").write_bytes(SCRIBBLES[scribble])
    (tmp_path / "linked").symlink_to(tmp_path / "nowhere", target_is_directory=True)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/events.jsonl").mkdir()
    assert [now.id for now in jobs_in(tmp_path).all()] == [ticket.id]


def test_a_job_without_its_pictures_goes_on(tmp_path):
    jobs = jobs_in(tmp_path)
    ticket = jobs.start(order(steps=20))
    finished(jobs, ticket.id)
    jobs.close()
    for name in ("real.png", "samples/000000020.png"):
        (tmp_path / ticket.id / name).write_bytes(bytes(range(256)))
    now = jobs_in(tmp_path).snapshot(ticket.id)
    assert (now.state, now.step, now.grid, now.real) == ("finished", 20, None, None)


def test_a_setting_of_later_does_not_make_a_job_unreadable(tmp_path):
    jobs = jobs_in(tmp_path)
    ticket = jobs.start(order(steps=20))
    finished(jobs, ticket.id)
    jobs.close()
    path = tmp_path / ticket.id / checkpoint.CONFIG
    plain = json.loads(path.read_text())
    plain["config"]["new_knob"] = 3
    path.write_text(json.dumps(plain))
    events = tmp_path / ticket.id / "events.jsonl"
    first, *rest = events.read_text().splitlines()
    ordered = json.loads(first)
    ordered["order"]["config"]["new_knob"] = ordered["order"]["settings"]["new_pace"] = 3
    events.write_text("\n".join([json.dumps(ordered), *rest, ""]))
    later = jobs_in(tmp_path)
    later.resume(ticket.id, ticket.owner)
    assert finished(later, ticket.id).state == "finished"
    assert json.loads(path.read_text())["config"]["new_knob"] == 3
    later.close()
