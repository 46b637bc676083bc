"""A training that is refused, or fails before its first state, leaves nothing behind."""

import dataclasses
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.components import Component
from PIL import Image
from test_cli import TOY, refused
from toy_jobs import LONG, finished, jobs_in, jobs_of, order, running

from gan_studio.cli.main import main
from gan_studio.studio.jobs import OWN, JobQueue
from gan_studio.studio.jobs import queue as offices
from gan_studio.studio.jobs.uploads import MAX_AGE, UPLOADS
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.studio import Studio
from gan_studio.ui.train import Train


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def jobs(root: Path) -> Iterator[JobQueue]:
    with jobs_of(root) as queue:
        yield queue


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Some that differ, for uploads."""
    (tmp_path / "own").mkdir()
    paths = [tmp_path / f"own/{i}.png" for i in range(24)]
    for i, path in enumerate(paths):
        Image.effect_noise((20, 20), 10 + i).save(path)
    return paths


def own(family: str = "gan", **changes: Any) -> TrainingRequest:
    return dataclasses.replace(order(family, **changes), dataset=OWN)


def left(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob("*"))


def test_own_pictures_that_are_none_leave_nothing(jobs, root, tmp_path):
    with pytest.raises(ValueError, match="pictures"):
        jobs.start(own(), "nothing")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ValueError, match="PNG"):
        jobs.collect([tmp_path / "a.txt"])
    assert left(root) == []
    assert jobs_in(root).all() == []


def test_one_too_many_leaves_nothing(jobs, root, pictures, monkeypatch):
    monkeypatch.setattr(offices, "MAX_WAITING", 1)
    tickets = [jobs.start(order(steps=LONG))]
    running(jobs, tickets[0])
    tickets.append(jobs.start(order(steps=LONG)))
    brought, _ = jobs.collect(pictures)
    with pytest.raises(ValueError, match=r"\.$"):
        jobs.start(own(), brought)
    assert left(root) == [UPLOADS, *(ticket.id for ticket in tickets)]
    jobs.discard(brought)
    for ticket in reversed(tickets):
        jobs.stop(ticket.id, ticket.owner)
    assert [now.id for now in jobs_in(root).all()] == [ticket.id for ticket in tickets]
    assert left(root) == [ticket.id for ticket in tickets]


def test_a_disk_that_refuses_leaves_nothing(jobs, root, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(offices.RunLog, "create", full)
    with pytest.raises(OSError, match="No space"):
        jobs.start(order())
    assert left(root) == []


def test_what_fails_before_its_first_state_is_told_and_not_kept(jobs, root, pictures):
    brought, _ = jobs.collect(pictures)
    ticket = jobs.start(own("cgan"), brought)  # which takes labels
    now = finished(jobs, ticket.id)
    assert (now.state, bool(now.reason)) == ("failed", True)
    assert left(root) == [UPLOADS]
    assert jobs_in(root).all() == []
    with pytest.raises(ValueError, match=ticket.id):
        jobs.resume(ticket.id, ticket.owner)
    again = jobs.start(own("cgan"), brought)
    assert again.id != ticket.id  # who watches the first must not see another
    finished(jobs, again.id)


def test_on_the_command_line_nothing_is_left_either(tmp_path, capsys, pictures, monkeypatch):
    words = ["train", "cgan", "--dataset", tmp_path / "own", "--output", tmp_path / "deep/run"]
    refused(capsys, *words, *TOY)
    assert not (tmp_path / "deep").exists()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gan_studio.gans.checkpoint.save_state", full)
    gan = ["train", "gan", "--dataset", "digits", "--output", tmp_path / "deep/run", *TOY]
    with pytest.raises(SystemExit):
        main([*map(str, gan), "--tensorboard"])
    assert not (tmp_path / "deep").exists()
    (tmp_path / "deep/run").mkdir(parents=True)
    (tmp_path / "deep/run/README.md").write_text("mine")
    with pytest.raises(SystemExit):
        main([*map(str, gan)])
    assert left(tmp_path / "deep/run") == ["README.md"]
    assert (tmp_path / "deep/run/README.md").read_text() == "mine"


def test_own_pictures_are_trained_on_as_often_as_they_are_shown(jobs, root, pictures):
    brought, survey = jobs.collect(pictures)
    assert survey.count == 24
    first = jobs.start(own(steps=LONG), brought)
    running(jobs, first)
    jobs.stop(first.id, first.owner)
    assert finished(jobs, first.id).state == "stopped"
    second = jobs.start(own("dcgan", steps=4), brought)
    assert finished(jobs, second.id).state == "finished"
    jobs.discard(brought)
    assert left(root) == sorted((first.id, second.id))
    assert [len(list((root / t.id / OWN).iterdir())) for t in (first, second)] == [24, 24]
    jobs.resume(first.id, first.owner)
    running(jobs, first)


def test_pictures_of_long_ago_are_swept_by_the_next_process(jobs, root, pictures):
    old, young = (jobs.collect(pictures)[0] for _ in range(2))
    past = time.time() - MAX_AGE - 60
    os.utime(root / UPLOADS / old, (past, past))
    jobs_in(root)
    assert left(root / UPLOADS) == [young]


@pytest.fixture
def tab(models: Path, root: Path) -> Iterator[Train]:
    studio = Studio(models, "cpu", root)
    with gr.Blocks():
        yield Train(studio)
    studio.jobs.close()


def values(tab: Train, updates: dict[Any, Any]) -> list[Any]:
    """The values of the form once these updates are shown."""
    shown = {}
    for control, update in updates.items():
        if isinstance(update, Component):
            shown[control] = update.value
        elif not isinstance(update, dict) or "value" in update:
            shown[control] = update["value"] if isinstance(update, dict) else update
    return [shown.get(control, control.value) for control in tab.inputs]


def test_settings_of_another_family_are_not_ordered(tab):
    reader = tab
    sent = values(tab, {})
    reader.read_form(*sent)
    mixed = [*sent]
    mixed[tab.inputs.index(tab.family)] = "wgan-gp"  # and nothing else was refreshed
    with pytest.raises(ValueError, match="wgan-gp"):
        reader.read_form(*mixed)
    whole = values(
        tab, {tab.family: "wgan-gp", **reader.choose_family("wgan-gp", "studio", "digits")}
    )
    config = reader.read_form(*whole).config
    assert (getattr(config, "r1_gamma", 0.0), config.image_size) == (0.0, 8)


def test_a_model_to_start_from_that_is_damaged_is_refused_and_orders_nothing(tab, models):
    with pytest.raises(ValueError, match="nobody"):
        tab.fit("gan", "studio", "digits", "nobody")
    sent = values(tab, {tab.begin: "gan-digits"})
    with pytest.raises(ValueError, match="gan-digits"):
        tab.read_form(*sent)


def test_another_drop_takes_the_place_of_the_first_even_if_it_is_none(
    tab, root, pictures, tmp_path
):
    bring = tab.replace_upload
    first = bring("gan", "", [str(path) for path in pictures], "")
    assert left(root / UPLOADS) == [first[tab.upload]]
    (tmp_path / "a.txt").write_text("x")
    second = bring("gan", "", [str(tmp_path / "a.txt")], first[tab.upload])
    assert (second[tab.upload], bool(second[tab.mistake])) == ("", True)
    assert left(root) == []
    third = bring("gan", "", [str(path) for path in pictures], "")
    assert bring("gan", "", None, third[tab.upload])[tab.upload] == ""
    assert left(root) == []


def test_a_training_starts_with_the_shapes_of_its_model_or_is_refused(tab):
    read = tab.read
    spans, begin = {"steps": 1}, {"start_from": "gan-digits"}
    assert read("gan", "digits", spans, begin).config.latent_dim == 12
    chosen = read("gan", "digits", spans, {**begin, "image_size": 32})
    ticket = tab.actions.jobs.start(chosen)
    now = finished(tab.actions.jobs, ticket.id)
    assert (now.state, "32" in now.reason, "16" in now.reason) == ("failed", True, True)
