"""A public studio: what strangers may ask for, what they see of each other, what stays of it."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mentions import mentions
from toy_jobs import finished, order

from gan_studio.core.limits import PUBLIC
from gan_studio.images.recipe import Recipe
from gan_studio.studio.jobs import JobQueue
from gan_studio.studio.jobs.uploads import UPLOADS
from gan_studio.studio.request import check_limits
from gan_studio.studio.studio import Studio
from gan_studio.studio.studio_base import VISITORS

TWO = dataclasses.replace(PUBLIC, pictures=2)


@pytest.fixture
def studio(models: Path, tmp_path: Path) -> Iterator[Studio]:
    """With the toys as its models, and nothing trained yet."""
    studio = Studio(models, "cpu", tmp_path / "runs", PUBLIC)
    yield studio
    studio.jobs.close()


@pytest.fixture
def jobs(studio: Studio) -> JobQueue:
    return studio.jobs


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"image_size": 128}, "size 64 128"),
        ({"batch_size": 256}, "size 2 128 256"),
        ({"width": 4096}, "width 384 4096"),
        ({"width": 384, "image_size": 64}, "weights 20"),
        ({"steps": 10**6}, "steps 20000"),
        ({"seconds": 3600.0}, "budget 15 60"),
    ],
)
def test_strangers_cannot_ask_for_more_than_is_allowed(changes, named):
    with pytest.raises(ValueError, match=mentions(named)):
        check_limits(order("dcgan", **changes), PUBLIC)
    at_home = order("dcgan", **changes)
    assert check_limits(at_home, dataclasses.replace(PUBLIC, public=False)) is at_home


def test_a_round_of_a_game_cannot_be_made_endless():
    with pytest.raises(ValueError, match=mentions("unrolled_steps 0 16 90")):
        check_limits(order("unrolled", unrolled_steps=90), PUBLIC)


def test_every_training_ends_by_the_clock_at_last():
    assert check_limits(order(steps=100), PUBLIC).budget == PUBLIC.seconds
    assert check_limits(order(seconds=20.0), PUBLIC).budget == 20


def test_a_stranger_sees_only_trainings_whose_token_is_his(studio, jobs):
    mine, other = jobs.start(order()), jobs.start(order())
    for ticket in (mine, other):
        finished(jobs, ticket.id)
    assert [now.id for now in jobs.visible({mine.id: mine.owner})] == [mine.id]
    assert jobs.visible({other.id: mine.owner, mine.id: ""}) == []
    assert len({mine.id, other.id, "gan-digits-1"}) == 3
    assert len(mine.id) > len("gan-digits-") + 15  # nobody guesses that
    assert mine.id not in studio.models()
    with pytest.raises(ValueError, match=mentions("nobody gan-digits")) as told:
        studio.library.get("nobody")
    assert mine.id not in str(told.value)
    drawn = studio.generate(Recipe(model=mine.id, seed=1))  # for who knows its name
    assert drawn.image.size == (16, 16)
    with pytest.raises(ValueError, match=mine.id):
        jobs.stop(mine.id, other.owner)


def test_the_owners_own_runs_are_neither_shown_nor_swept(models: Path, tmp_path: Path):
    runs = tmp_path / "runs"
    (runs / "mine").mkdir(parents=True)
    for part in (models / "gan-digits").iterdir():
        (runs / "mine" / part.name).write_bytes(part.read_bytes())
    os.utime(runs / "mine", (0, 0))
    public = Studio(models, "cpu", runs, PUBLIC)
    assert public.runs == runs / VISITORS
    assert not public.library.has("mine")
    public.jobs.cleanup.sweep()
    public.jobs.close()
    assert Studio(models, "cpu", runs).library.has("mine")


def test_what_is_over_is_deleted_after_a_while(studio, jobs):
    old, fresh = jobs.start(order()), jobs.start(order())
    for ticket in (old, fresh):
        finished(jobs, ticket.id)
    brought = jobs.root / UPLOADS / "abc"
    brought.mkdir(parents=True)
    past = time.time() - (PUBLIC.retention or 0) - 60
    for path in (jobs.directory(old.id) / "events.jsonl", brought):
        os.utime(path, (past, past))
    studio.generate(Recipe(model=old.id, seed=1))
    jobs.cleanup.sweep()
    assert not brought.exists()
    assert [path.name for path in jobs.root.glob("gan-*")] == [fresh.id]
    with pytest.raises(ValueError, match=old.id):
        jobs.snapshot(old.id)
    with pytest.raises(ValueError, match=old.id):
        studio.generate(Recipe(model=old.id, seed=1))


def test_a_training_that_goes_on_is_not_deleted(jobs):
    ticket = jobs.start(order(steps=20_000))
    os.utime(jobs.directory(ticket.id) / "events.jsonl", (0, 0))
    jobs.cleanup.sweep()
    assert jobs.directory(ticket.id).exists()


def test_of_too_many_pictures_the_first_are_taken(models: Path, tmp_path: Path):
    from PIL import Image

    for i in range(4):
        Image.linear_gradient("L").resize((16 + i, 16)).rotate(90 * i).save(tmp_path / f"{i}.png")
    jobs = Studio(models, "cpu", tmp_path / "runs", TWO).jobs
    _, survey = jobs.collect([tmp_path / f"{i}.png" for i in range(4)])
    assert any("after the first 2 pictures" in line for line in survey.lines())
    assert len(list(jobs.root.glob(".collected/*/*.png"))) == 2
    jobs.close()


def test_a_change_keeps_to_the_limits_of_a_start(jobs):
    ticket = jobs.start(order("unrolled", steps=20_000))
    with pytest.raises(ValueError, match=mentions("unrolled_steps 90")):
        jobs.change(ticket.id, ticket.owner, {"unrolled_steps": 90})
    jobs.stop(ticket.id, ticket.owner)
    finished(jobs, ticket.id)
    with pytest.raises(ValueError, match=mentions("unrolled_steps 90")):
        jobs.resume(ticket.id, ticket.owner, {"unrolled_steps": 90})
