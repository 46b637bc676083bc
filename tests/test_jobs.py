"""Trainings in the background: started, watched, steered, taken up again after a crash."""

import gc
import json
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import toys
from mentions import mentions
from toy_jobs import LONG, PATIENCE, finished, jobs_in, jobs_of, order, running, same_weights, until

from gan_studio.cli.main import main
from gan_studio.gans import checkpoint
from gan_studio.models.library import Library
from gan_studio.studio.jobs import JobQueue
from gan_studio.studio.jobs import job as driving
from gan_studio.studio.jobs.record import RunLog


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[JobQueue]:
    with jobs_of(tmp_path) as queue:
        yield queue


def test_a_training_goes_on_by_itself_and_becomes_a_model(jobs, tmp_path):
    ticket = jobs.start(order())
    now = finished(jobs, ticket.id)
    assert (now.state, now.step, now.total, now.reason) == ("finished", 40, 40, "")
    assert ticket.id == "gan-digits-1"
    assert {10, 20, 30, 40} <= {row["step"] for row in now.rows}
    assert {"generator", "generator_gradient", "diversity", "accuracy"} <= now.rows[-1].keys()
    assert now.grid
    assert now.real
    assert now.grid.size == now.real.size
    assert {20, 40} <= set(now.samples)
    assert jobs.sample(ticket.id, 20).size == now.grid.size
    assert Library(tmp_path).get("gan-digits-1").manifest.training["steps"] == 40


def test_it_is_the_same_training_as_anywhere_else(jobs, tmp_path):
    ticket = jobs.start(order(steps=20))
    finished(jobs, ticket.id)
    list(toys.train(tmp_path / "straight", steps=20))
    assert same_weights(tmp_path / ticket.id, tmp_path / "straight")


def test_what_happens_stands_in_a_file_line_by_line(jobs, tmp_path):
    ticket = jobs.start(order())
    finished(jobs, ticket.id)
    text = (tmp_path / ticket.id / "events.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0]["kind"] == "ordered"
    assert {"loaded", "step", "sample", "observation", "checkpoint"} <= {x["kind"] for x in lines}
    assert [x["state"] for x in lines if x["kind"] == "state"] == ["running", "finished"]
    assert ticket.owner not in text


def test_a_paused_training_stands_still_until_it_goes_on(jobs):
    ticket = jobs.start(order(steps=LONG))
    running(jobs, ticket)
    jobs.pause(ticket.id, ticket.owner)
    there = until(jobs, ticket.id, lambda now: now.state == "paused").step
    directory = jobs.directory(ticket.id)
    saved = checkpoint.load_manifest
    now = until(jobs, ticket.id, lambda _: saved(directory).training["steps"] == there)
    assert (now.state, now.step) == ("paused", there)
    jobs.unpause(ticket.id, ticket.owner)
    until(jobs, ticket.id, lambda now: now.state == "running" and now.step > there)


def test_one_step_is_one_step_and_is_seen(jobs):
    ticket = jobs.start(order(steps=LONG))
    running(jobs, ticket)
    jobs.pause(ticket.id, ticket.owner)
    there = until(jobs, ticket.id, lambda now: now.state == "paused").step
    for step in (there + 1, there + 2):  # the second would be missed if it had gone on
        jobs.step(ticket.id, ticket.owner)
        now = until(jobs, ticket.id, lambda now, step=step: now.samples[-1:] == (step,))
        assert (now.state, now.step, now.rows[-1]["step"]) == ("paused", step, step)


def test_a_change_is_made_while_it_runs_and_while_it_is_paused(jobs):
    ticket = jobs.start(order(steps=LONG))
    running(jobs, ticket)
    jobs.change(ticket.id, ticket.owner, {"learning_rate": 5e-4})
    until(jobs, ticket.id, lambda now: now.changes)
    jobs.pause(ticket.id, ticket.owner)
    until(jobs, ticket.id, lambda now: now.state == "paused")
    jobs.set_trainable(ticket.id, ticket.owner, "generator")
    now = until(jobs, ticket.id, lambda now: now.trainable == "generator")
    assert now.config == toys.config("gan", learning_rate=5e-4)
    first, second = ({k: v for k, v in change.items() if k != "step"} for change in now.changes)
    assert (first, second) == ({"learning_rate": 5e-4}, {"turns": "generator"})


def test_a_change_that_cannot_be_is_refused_and_the_training_goes_on(jobs):
    ticket = jobs.start(order(steps=LONG))
    there = running(jobs, ticket).step
    with pytest.raises(ValueError, match=mentions("width")):
        jobs.change(ticket.id, ticket.owner, {"width": 9})
    until(jobs, ticket.id, lambda now: now.step > there + 3)


def test_a_stop_is_quick_and_loses_nothing(jobs):
    ticket = jobs.start(order(steps=LONG))
    running(jobs, ticket)
    jobs.stop(ticket.id, ticket.owner)
    now = finished(jobs, ticket.id)
    assert now.state == "stopped"
    assert checkpoint.load_manifest(jobs.directory(ticket.id)).training["steps"] == now.step


def test_a_stopped_training_is_taken_up_exactly(jobs, tmp_path):
    ticket = jobs.start(order(steps=60))
    until(jobs, ticket.id, lambda now: now.step > 5)
    jobs.stop(ticket.id, ticket.owner)
    assert finished(jobs, ticket.id).step < 60
    jobs.resume(ticket.id, ticket.owner)
    assert finished(jobs, ticket.id).step == 60
    list(toys.train(tmp_path / "straight", steps=60))
    assert same_weights(tmp_path / ticket.id, tmp_path / "straight")


def test_a_finished_training_goes_on_for_as_many_steps_again(jobs):
    ticket = jobs.start(order(steps=20))
    finished(jobs, ticket.id)
    jobs.resume(ticket.id, ticket.owner)
    assert (finished(jobs, ticket.id).step, jobs.snapshot(ticket.id).total) == (40, 40)


def test_only_who_started_it_may_steer_it(jobs):
    ticket = jobs.start(order(steps=LONG))
    running(jobs, ticket)
    for wrong in ("", "somebody"):
        for deed in (jobs.pause, jobs.unpause, jobs.step, jobs.stop, jobs.resume):
            with pytest.raises(ValueError, match=mentions("gan-digits-1")):
                deed(ticket.id, wrong)
    assert jobs.snapshot(ticket.id).state == "running"
    jobs.stop(ticket.id, local=True)  # the machine's own user
    assert finished(jobs, ticket.id).state == "stopped"


def test_the_machines_own_user_stops_it_from_another_process(jobs, tmp_path, capsys):
    ticket = jobs.start(order(steps=LONG))
    running(jobs, ticket)
    main(["stop", str(tmp_path / ticket.id)])
    assert finished(jobs, ticket.id).state == "stopped"
    for name, reason in ((ticket.id, "is stopped"), ("elsewhere", "holds no training")):
        with pytest.raises(SystemExit):
            main(["stop", str(tmp_path / name)])
        assert reason in capsys.readouterr().err
    jobs.resume(ticket.id, ticket.owner)
    running(jobs, ticket)


def test_one_trains_and_the_others_wait_in_a_row(jobs):
    first, *others = [jobs.start(order(steps=LONG)) for _ in range(3)]
    running(jobs, first)
    assert [jobs.snapshot(t.id).queue_position for t in (first, *others)] == [0, 1, 2]
    assert [now.id for now in jobs.all()] == [t.id for t in (first, *others)]
    jobs.stop(others[0].id, others[0].owner)
    assert jobs.snapshot(others[0].id).state == "stopped"
    jobs.stop(first.id, first.owner)
    running(jobs, others[1])


def test_a_paused_training_gives_way_to_one_that_waits(jobs, monkeypatch):
    monkeypatch.setattr(driving, "PATIENCE", 0.1)
    first = jobs.start(order(steps=LONG))
    running(jobs, first)
    jobs.pause(first.id, first.owner)
    until(jobs, first.id, lambda now: now.state == "paused")
    second = jobs.start(order(steps=20))
    assert finished(jobs, second.id).state == "finished"
    assert jobs.snapshot(first.id).state == "stopped"


def test_no_thread_outlives_its_trainings_and_another_takes_the_next(tmp_path):
    with jobs_of(tmp_path) as queue:
        for _ in range(2):
            finished(queue, queue.start(order(steps=20)).id)
            end = time.monotonic() + PATIENCE
            while any(thread.name == "trainings" for thread in threading.enumerate()):
                assert time.monotonic() < end
                time.sleep(0.01)
    closed = weakref.ref(queue)
    del queue
    gc.collect()
    assert closed() is None  # and with it its jobs, their curves and their pictures


def test_a_budget_of_time_ends_a_training_and_a_pause_costs_none_of_it(jobs):
    ticket = jobs.start(order(steps=10**9, seconds=4.0))
    first, start = running(jobs, ticket), time.monotonic()
    jobs.pause(ticket.id, ticket.owner)
    until(jobs, ticket.id, lambda now: now.state == "paused")
    time.sleep(1.2)
    jobs.unpause(ticket.id, ticket.owner)
    now, passed = finished(jobs, ticket.id), time.monotonic() - start
    assert (now.state, now.total) == ("finished", None)
    assert now.seconds >= 4.0
    assert now.seconds - first.seconds < passed - 0.6  # half of the pause, however slow the rest


def test_a_process_that_ended_left_trainings_that_can_be_taken_up(jobs, tmp_path):
    ticket = jobs.start(order(steps=LONG))
    until(jobs, ticket.id, lambda now: now.step > 40)
    jobs.stop(ticket.id, ticket.owner)
    finished(jobs, ticket.id)
    events = tmp_path / ticket.id / "events.jsonl"
    *lines, last = events.read_text().splitlines()
    assert json.loads(last)["state"] == "stopped"
    events.write_text("\n".join(lines) + '\n{"kind": "step", "st')  # cut off, as by a crash
    later = jobs_in(tmp_path)
    now = later.snapshot(ticket.id)
    assert now.state == "interrupted"
    assert now.rows
    assert now.grid
    with pytest.raises(ValueError, match=ticket.id):
        later.resume(ticket.id, "somebody else")
    later.resume(ticket.id, ticket.owner)
    until(later, ticket.id, lambda after: after.step > now.step)
    later.close()
    assert later.snapshot(ticket.id).state == "stopped"


def test_a_stop_is_heard_while_the_disk_is_asked_for_another(jobs, monkeypatch):
    asked = RunLog.take_stop_request

    def stopped_meanwhile(log: RunLog) -> bool:
        told = asked(log)
        if jobs.snapshot(ticket.id).step > 2:
            jobs.stop(ticket.id, ticket.owner)
        return told

    monkeypatch.setattr(RunLog, "take_stop_request", stopped_meanwhile)
    ticket = jobs.start(order(steps=LONG))
    now = finished(jobs, ticket.id)
    assert (now.state, now.step) == ("stopped", 3)


def test_a_training_that_diverges_says_so_and_a_remedy_takes_it_up(jobs, tmp_path):
    ticket = jobs.start(order(steps=40, learning_rate=1e30))
    now = finished(jobs, ticket.id)
    assert now.state == "failed"
    assert "lower learning rate" in now.reason
    assert str(tmp_path) not in now.reason
    (finding,) = now.findings
    assert finding.remedies
    jobs.resume(ticket.id, ticket.owner, {"learning_rate": 1e-3})
    assert finished(jobs, ticket.id).state == "finished"
