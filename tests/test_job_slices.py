"""Jobs in bursts, with pictures of one's own, on disks that are full or edited."""

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import toys
from mentions import mentions
from PIL import Image
from toy_jobs import LONG, finished, jobs_in, jobs_of, order, running, same_weights, until

from gan_studio.core.events import Changed, Command, Sample, Update
from gan_studio.gans import checkpoint
from gan_studio.studio.jobs import JobQueue
from gan_studio.studio.jobs import time_slices as pieces
from gan_studio.studio.jobs.time_slices import in_bursts


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[JobQueue]:
    with jobs_of(tmp_path) as queue:
        yield queue


@pytest.fixture
def bursts(tmp_path: Path) -> Iterator[JobQueue]:
    with jobs_of(tmp_path, burst=0.2) as queue:
        yield queue


@pytest.mark.parametrize("name", ["dcgan", "cgan"])
def test_a_training_in_bursts_is_the_same_training(bursts, name, tmp_path):
    ticket = bursts.start(order(name, steps=60))
    assert finished(bursts, ticket.id).state == "finished"
    told = (tmp_path / ticket.id / "events.jsonl").read_text().splitlines()
    kinds = [json.loads(line)["kind"] for line in told]
    assert kinds.count("loaded") == 1
    assert kinds.count("checkpoint") > 5  # more than by the steps alone: there were several bursts
    list(toys.train(tmp_path / "straight", name, steps=60))
    assert same_weights(tmp_path / ticket.id, tmp_path / "straight")


def test_a_training_in_bursts_can_be_paused_changed_and_stopped(bursts):
    ticket = bursts.start(order(steps=LONG))
    running(bursts, ticket)
    bursts.pause(ticket.id, ticket.owner)
    until(bursts, ticket.id, lambda now: now.state == "paused")
    bursts.change(ticket.id, ticket.owner, {"learning_rate": 5e-4})
    bursts.unpause(ticket.id, ticket.owner)
    until(bursts, ticket.id, lambda now: now.changes)
    bursts.stop(ticket.id, ticket.owner)
    assert finished(bursts, ticket.id).state == "stopped"


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An entry for each open burst, which holds a GPU."""
    real, open_bursts = pieces.burst, list[int]()

    def burst(request: Any, *rest: Any) -> Generator[Any]:
        open_bursts.append(1)
        try:
            yield from real(request, *rest)
        finally:
            open_bursts.pop()

    monkeypatch.setattr(pieces, "burst", burst)
    return open_bursts


def test_a_single_step_in_bursts_is_one_and_no_gpu_is_held_while_it_is_paused(bursts, lent):
    ticket = bursts.start(order(steps=LONG))
    running(bursts, ticket)
    bursts.pause(ticket.id, ticket.owner)
    there = until(bursts, ticket.id, lambda now: now.state == "paused").step
    for step in (there + 1, there + 2):
        bursts.step(ticket.id, ticket.owner)
        until(bursts, ticket.id, lambda now, step=step: now.samples[-1:] == (step,))
        now = until(bursts, ticket.id, lambda now, step=step: not lent and now.step == step)
        assert (now.state, now.rows[-1]["step"]) == ("paused", step)
        assert {"generator", "diversity"} <= now.rows[-1].keys()
    bursts.set_trainable(ticket.id, ticket.owner, "generator")
    until(bursts, ticket.id, lambda now: now.trainable == "generator")
    there = until(bursts, ticket.id, lambda _: not lent).step
    bursts.unpause(ticket.id, ticket.owner)
    until(bursts, ticket.id, lambda now: now.state == "running" and now.step > there)
    assert lent


@pytest.mark.parametrize("seconds", [0.0, 1000.0])
def test_a_command_is_obeyed_however_short_the_burst_and_whatever_comes_next(tmp_path, seconds):
    request = replace(order(steps=4), output=tmp_path / "run")
    wishes = iter([Command(changes={"learning_rate": 5e-4}), Command(sample_now=True)])
    told, wish = [], None
    with closing(in_bursts(request, torch.device("cpu"), seconds)) as events:
        while not (told and isinstance(told[-1], Update) and told[-1].step == 4):
            told.append(events.send(wish))
            wish = next(wishes, None) if isinstance(told[-1], Update) else None
    assert [e.changes for e in told if isinstance(e, Changed)] == [{"learning_rate": 5e-4}]
    assert len([event for event in told if isinstance(event, Sample)]) == 2  # and the last step's


def test_a_hundred_pictures_of_ones_own_become_a_model(jobs, tmp_path):
    rng, folder = np.random.default_rng(0), tmp_path / "brought"
    folder.mkdir()
    for i in range(100):
        Image.fromarray(rng.integers(0, 255, (20 + i, 30, 3), np.uint8)).save(folder / f"{i}.png")
    name, survey = jobs.collect([folder])
    assert survey.count == 100
    own = {"dataset": "own pictures", "config": toys.config("dcgan", augment="auto")}
    ticket = jobs.start(replace(order("dcgan", steps=20), **own), name)
    now = finished(jobs, ticket.id)
    assert (now.state, now.dataset, now.reason) == ("finished", "own pictures", "")
    manifest = checkpoint.load_manifest(tmp_path / ticket.id)
    assert manifest.channels == 3
    assert getattr(manifest.config, "augment") == "colour+translation+cutout"  # noqa: B009
    jobs.resume(ticket.id, ticket.owner)
    assert finished(jobs, ticket.id).step == 40


def test_pictures_that_are_gone_are_missed_in_one_sentence(jobs):
    with pytest.raises(ValueError, match="pictures"):
        jobs.start(replace(order(), dataset="own pictures"), "../x")
    assert jobs.all() == []


def test_no_path_reaches_the_disk(jobs):
    for path in ("/etc", "../other", "checkpoints"):
        with pytest.raises(ValueError, match=mentions(f"{path} digits")):
            jobs.start(replace(order(), dataset=path))


def test_a_run_that_somebody_edited_is_one_sentence_and_the_others_go_on(jobs, tmp_path):
    tickets = [jobs.start(order(steps=20)) for _ in range(4)]
    for ticket in tickets:
        finished(jobs, ticket.id)
    damage = {"config.json": "{", "history.csv": "a,b\n\0", "events.jsonl": "hello\n"}
    for ticket, (file, text) in zip(tickets, damage.items(), strict=False):
        (tmp_path / ticket.id / file).write_text(text)
    later = jobs_in(tmp_path)
    states = {now.id: (now.state, now.reason) for now in later.all()}
    assert tickets[2].id not in states  # what was to be trained is not known any more
    for ticket in tickets[:2]:
        state, said = states[ticket.id]
        assert state == "failed"
        assert "damaged" in said
        assert str(tmp_path) not in said
    assert states[tickets[3].id] == ("finished", "")


def test_a_disk_that_fills_up_fails_the_training_and_keeps_its_last_state(jobs, tmp_path):
    from test_training import full_disk

    ticket = jobs.start(order(steps=LONG))
    until(jobs, ticket.id, lambda now: now.step > 40)
    with full_disk():
        now = finished(jobs, ticket.id)
    assert now.state == "failed"
    assert "too large" in now.reason
    checkpoint.load_model(tmp_path / ticket.id)
    jobs.resume(ticket.id, ticket.owner)
    until(jobs, ticket.id, lambda later: later.step > now.step)
