"""A resume goes on as it was: what is said wins, though it be a default, and all else is kept."""

import dataclasses
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import safetensors.torch
import torch
import toys
from test_cli import TOY, refused, train
from toy_jobs import finished, jobs_in, order, running, until

from gan_studio.cli.main import main
from gan_studio.core import files, validation
from gan_studio.gans import checkpoint
from gan_studio.gans.config import ENDLESS, TrainingConfig
from gan_studio.gans.families import FAMILIES
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.studio import Studio
from gan_studio.ui.train import Train

OFTEN = ["--log-every", "5", "--sample-every", "6", "--save-every", "7", "--evaluate-every", "0"]


def told(run: Path) -> tuple[Any, dict[str, Any]]:
    manifest = checkpoint.load_manifest(run)
    return manifest.config, dict(manifest.training)


def resumed(run: Path, *flags: str) -> tuple[Any, dict[str, Any]]:
    """After a resume with nothing but these flags."""
    main(["train", "gan", "--output", str(run), "--resume", *flags])
    return told(run)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of ten steps that differs from the defaults in many ways."""
    run = tmp_path_factory.mktemp("resumed") / "run"
    remedies = ["--instance-noise", "0.3", "--real-label", "0.9", "--seed", "3"]
    main(train(run, "--steps", "10", *OFTEN, *remedies))
    return run


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "run")
    return tmp_path / "run"


def edited(run: Path, key: str, **changes: Any) -> None:
    path = run / "config.json"
    plain = json.loads(path.read_text())
    plain[key] = {k: v for k, v in {**plain[key], **changes}.items() if v is not None}
    path.write_text(json.dumps(plain))


def test_steps_that_were_not_reached_are_still_to_be_reached(tmp_path, monkeypatch):
    monkeypatch.setitem(validation.DURATION_UNITS, "s", 0.5)  # long enough for some steps
    main(train(tmp_path / "a", "--steps", "6000", "--budget", "3s"))
    _, before = told(tmp_path / "a")
    assert before["steps"] < before["total"] == 6000
    config, after = resumed(tmp_path / "a", "--steps", str(before["steps"] + 2))
    assert after["total"] == after["steps"] == before["steps"] + 2
    edited(tmp_path / "a", "training", total=after["steps"] + 3)
    assert resumed(tmp_path / "a")[1]["steps"] == after["steps"] + 3
    assert config == told(tmp_path / "a")[0]


def test_what_is_not_said_is_as_it_was(run):
    config, before = told(run)
    again, after = resumed(run, "--steps", "20")
    assert again == config
    changed = {k for k in after if after[k] != before[k]}
    assert changed <= {"steps", "total", "seconds"}
    rows = checkpoint.load_history(run)
    assert [row["step"] for row in rows if "generator" in row] == [5, 10, 15, 20]


def test_a_remedy_can_be_set_back_to_its_default(run):
    config, after = resumed(run, "--steps", "20", "--instance-noise", "0", "--real-label", "1")
    assert (config.instance_noise, config.real_label) == (0, 1)
    assert after["changes"] == [{"step": 10, "instance_noise": 0.0, "real_label": 1.0}]


def test_a_run_of_an_earlier_version_goes_on_with_its_flags_of_then(run):
    new = {new: old for old, new in checkpoint.OLD_NAMES.items()}
    config, before = resumed(run, "--steps", "12", "--skip-below", "-1")
    assert (config.real_label, config.skip_d_below) == (0.9, -1)
    state, told_ = run / checkpoint.STATE, run / checkpoint.CONFIG
    tensors, said = files.read_tensors(state)
    numbers = re.sub(r"\w+", lambda word: new.get(word[0], word[0]), said["numbers"])
    assert '"real_target": 0.9' in numbers
    files.write_atomic(state, safetensors.torch.save(tensors, {**said, "numbers": numbers}))
    plain = re.sub(r"\w+", lambda word: new.get(word[0], word[0]), told_.read_text())
    told_.write_text(plain)
    again, after = resumed(run, "--steps", "14", "--real_target=0.8")
    assert again == dataclasses.replace(config, real_label=0.8)
    assert after["changes"] == [*before["changes"], {"step": 12, "real_label": 0.8}]


def test_flags_of_earlier_versions_are_not_listed(capsys):
    with pytest.raises(SystemExit):
        main(["train", "gan", "--help"])
    said = capsys.readouterr().out
    assert "--real-label" in said
    assert "--real-target" not in said


def test_intervals_can_be_set_back_to_their_defaults(run):
    usual = TrainingConfig()
    flags = ["--log-every", str(usual.log_every), "--evaluate-every", "None"]
    _, after = resumed(run, "--steps", "20", *flags)
    assert (after["log_every"], after["evaluate_every"]) == (usual.log_every, None)
    assert (after["sample_every"], after["save_every"]) == (6, 7)


@pytest.mark.parametrize(
    ("flag", "was", "default"),
    [("batch-size", "16", "64"), ("image-size", "16", "32"), ("seed", "3", "0")],
)
def test_what_is_fixed_is_refused_at_its_default_and_taken_as_it_was(
    run, capsys, flag, was, default
):
    again = ["train", "gan", "--output", str(run), "--resume", "--steps", "12"]
    said = refused(capsys, *again, f"--{flag}", default)
    assert was in said
    assert default in said
    assert told(run)[1]["steps"] == 10
    assert resumed(run, "--steps", "12", f"--{flag}", was)[1]["steps"] == 12


def test_a_budget_alone_decides_again(tmp_path, monkeypatch):
    monkeypatch.setitem(validation.DURATION_UNITS, "s", 0.5)
    main(train(tmp_path / "a", "--budget", "2s"))
    _, before = told(tmp_path / "a")
    assert (before["total"], before["budget"]) == (ENDLESS, 1)
    _, after = resumed(tmp_path / "a")
    assert after["steps"] > before["steps"]
    assert (after["total"], after["budget"]) == (ENDLESS, 1)


def test_steps_that_are_said_hold_beside_a_budget_though_they_be_the_default(tmp_path, monkeypatch):
    monkeypatch.setitem(validation.DURATION_UNITS, "s", 0.5)
    usual = TrainingConfig().steps
    main(train(tmp_path / "a", "--budget", "2s", "--steps", str(usual)))
    assert told(tmp_path / "a")[1]["total"] == usual


def test_a_run_of_before_goals_were_remembered_goes_on(run, capsys):
    edited(run, "training", total=None)
    again = ["train", "gan", "--dataset", "digits", "--output", str(run), "--resume"]
    main([*again, "--steps", "15"])
    assert told(run)[1]["steps"] == 15
    edited(run, "training", total=None, steps=3074)
    capsys.readouterr()
    assert "--steps" in refused(capsys, *again)


def test_what_config_json_says_wrongly_is_refused(run, capsys):
    edited(run, "training", log_every="often")
    assert "log_every" in refused(capsys, "train", "gan", "--output", run, "--resume")


def test_from_python_nothing_said_is_as_it_was(run):
    studio = Studio(run.parent, "cpu")
    config, before = told(run)
    request = TrainingRequest(family="gan", dataset="digits", output=run, resume=True)
    list(studio.train(request))
    assert told(run)[0] == config
    assert told(run)[1]["log_every"] == before["log_every"]
    with pytest.raises(ValueError, match="image_size"):
        studio.train(replace(request, config=FAMILIES["gan"].config()))


def test_a_shape_that_is_said_is_that_of_the_model_to_start_from(run, tmp_path, capsys):
    words = ["train", "gan", "--dataset", "digits", "--start-from", str(run), "--steps", "1"]
    main([*words, "--output", str(tmp_path / "a"), "--batch-size", "16", "--image-size", "16"])
    capsys.readouterr()
    assert told(tmp_path / "a")[0].latent_dim == 12
    said = refused(capsys, *words, "--output", tmp_path / "b", "--image-size", "32")
    assert "16" in said
    assert "32" in said
    assert not (tmp_path / "b").exists()


def test_a_training_of_the_page_remembers_its_goal(tmp_path):
    jobs = jobs_in(tmp_path)
    ticket = jobs.start(order(steps=20))
    finished(jobs, ticket.id)
    jobs.resume(ticket.id, ticket.owner)
    finished(jobs, ticket.id)
    jobs.close()
    edited(tmp_path / ticket.id, "training", total=43)
    later = jobs_in(tmp_path)
    assert later.snapshot(ticket.id).total == 43
    later.resume(ticket.id, ticket.owner)
    assert finished(later, ticket.id).step == 43
    later.resume(ticket.id, ticket.owner)  # as many again as were ordered
    assert finished(later, ticket.id).step == 63
    later.close()


def test_a_training_of_the_page_goes_on_as_another_process_set_it(tmp_path):
    jobs = jobs_in(tmp_path)
    ticket = jobs.start(order(steps=20))
    finished(jobs, ticket.id)
    resumed(tmp_path / ticket.id, "--steps", "30", "--log-every", "3", "--instance-noise", "0.2")
    jobs.resume(ticket.id, ticket.owner)
    assert finished(jobs, ticket.id).step == 50
    config, after = told(tmp_path / ticket.id)
    assert (config.instance_noise, after["log_every"]) == (0.2, 3)
    jobs.close()


def test_in_bursts_a_change_back_to_the_default_holds(tmp_path):
    jobs = jobs_in(tmp_path, burst=0.2)
    ticket = jobs.start(order(steps=10**6, instance_noise=0.3))
    running(jobs, ticket)
    jobs.change(ticket.id, ticket.owner, {"instance_noise": 0.0})
    there = until(jobs, ticket.id, lambda now: now.changes).step
    until(jobs, ticket.id, lambda now: now.step > there + 2)
    jobs.stop(ticket.id, ticket.owner)
    assert finished(jobs, ticket.id).config == toys.config("gan", instance_noise=0.0)
    assert len(told(tmp_path / ticket.id)[1]["changes"]) == 1
    jobs.close()


def test_flags_as_in_the_first_command_are_taken_again(run):
    assert resumed(run, "--dataset", "digits", *TOY, *OFTEN, "--steps", "11")[1]["steps"] == 11


def test_who_rests_rests_after_a_resume_and_a_restart(tmp_path):
    jobs = jobs_in(tmp_path)
    ticket = jobs.start(order(steps=10**6))
    running(jobs, ticket)
    jobs.set_trainable(ticket.id, ticket.owner, "generator")
    until(jobs, ticket.id, lambda now: now.trainable == "generator")
    jobs.stop(ticket.id, ticket.owner)
    there = finished(jobs, ticket.id).step
    jobs.close()
    before, _ = checkpoint.load_model(tmp_path / ticket.id)
    later = jobs_in(tmp_path)
    assert later.snapshot(ticket.id).trainable == "generator"
    later.resume(ticket.id, ticket.owner)
    until(later, ticket.id, lambda now: now.step > there + 2)
    later.stop(ticket.id, ticket.owner)
    finished(later, ticket.id)
    later.close()
    after, _ = checkpoint.load_model(tmp_path / ticket.id)
    for player, rests in (("discriminator", True), ("generator", False)):
        ours, theirs = (getattr(model, player).state_dict() for model in (before, after))
        weights = [torch.equal(ours[k], theirs[k]) for k in ours if "weight" in k]
        assert all(weights) == rests


def test_what_was_changed_elsewhere_is_not_set_back_by_an_older_form(models, tmp_path):
    studio = Studio(models, "cpu", tmp_path)
    with gr.Blocks():
        tab = Train(studio)
    ticket = studio.jobs.start(order(steps=10**6))
    running(studio.jobs, ticket)
    kept = {"watched": ticket.id, "owners": {ticket.id: ticket.owner}}
    seen = tab.actions.attach(kept)[tab.view_state]
    studio.jobs.change(ticket.id, ticket.owner, {"instance_noise": 0.2})
    until(studio.jobs, ticket.id, lambda now: now.changes)
    form = {k: getattr(seen.config, k, None) for k in tab.change_controls} | {"learning_rate": 5e-4}
    told = tab.actions.apply_changes(seen, kept, 0, *form.values())
    assert not told[tab.mistake]
    now = until(studio.jobs, ticket.id, lambda now: len(now.changes) == 2)
    assert now.config == toys.config("gan", learning_rate=5e-4, instance_noise=0.2)
    studio.jobs.close()
