"""The training loop: events, stopping, exact resume, divergence, writes that fail."""

import csv
import dataclasses
import json
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import toys
from mentions import mentions
from safetensors.torch import load_file

from gan_studio import training
from gan_studio.core import files
from gan_studio.core.events import Checkpoint, Observation, Sample, Step
from gan_studio.gans import checkpoint
from gan_studio.gans.base import Diverged, Optimizers
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import TrainingConfig
from gan_studio.gans.families import vanilla
from gan_studio.gans.latents import paths

FIRST, LAST = 10, 30
"""steps; between them the loop logs, samples and saves"""
OBSERVED = {"real", "fake", "held_out", "accuracy", "distance", "diversity"}


def history(run: Path) -> list[dict[str, str]]:
    with (run / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def stop_at(run: Path, step: int, family: str = "gan", **changes: Any) -> None:
    """Train until a Step event says `step`, and close."""
    with closing(toys.train(run, family, **changes)) as events:
        for event in events:
            if isinstance(event, Step) and event.step == step:
                break


def told(run: Path) -> list[dict[str, str]]:
    """The history without what was observed, which the end of a run adds to."""
    return [{k: v for k, v in row.items() if k not in OBSERVED} for row in history(run)]


def assert_same_run(one: Path, other: Path) -> None:
    """Bitwise the same weights and state, the same losses to the last digit."""
    assert told(one) == told(other)
    for name in ("model.safetensors", "state.safetensors"):
        ours, theirs = load_file(one / name), load_file(other / name)
        assert ours.keys() == theirs.keys()
        assert [k for k, v in ours.items() if not torch.equal(v, theirs[k])] == []


def test_no_seeds_latents_are_rows_of_the_first_weights(tmp_path):
    list(toys.train(tmp_path, "stylegan2", steps=1, toy={"latent_dim": 128}))
    rows = load_file(tmp_path / "model.safetensors")["generator.first.weight"]
    for seed in (0, 1):
        assert torch.cosine_similarity(rows[0], paths.from_seed(seed, 1, 128)[0], 0) < 0.9


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of every family in one go."""
    root = tmp_path_factory.mktemp("straight")
    for family in toys.FAMILIES:
        list(toys.train(root / family, family, steps=LAST))
    return {family: root / family for family in toys.FAMILIES}


@pytest.fixture(params=list(toys.FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    """Each, as each has a state of its own that a run must remember."""
    return request.param


def test_the_events_come_in_order(tmp_path):
    settings: dict[str, Any] = {"steps": 40, "log_every": 10, "sample_every": 20, "save_every": 20}
    events = [(type(e), e.step) for e in toys.train(tmp_path / "run", **settings)]
    middle = [(Step, 10), (Step, 20), (Sample, 20), (Observation, 20), (Checkpoint, 20)]
    end = [(Step, 30), (Step, 40), (Sample, 40), (Observation, 40), (Checkpoint, 40)]
    assert events == [(Checkpoint, 0), *middle, *end]


def test_the_last_step_is_logged_sampled_and_saved_wherever_it_falls(tmp_path):
    events = list(toys.train(tmp_path / "run", steps=7))
    assert [(type(e), e.step) for e in events[1:]] == [
        (Step, 7),
        (Sample, 7),
        (Observation, 7),
        (Checkpoint, 7),
    ]


def test_a_step_says_losses_pace_and_time_left(tmp_path):
    steps = [e for e in toys.train(tmp_path / "run", steps=20) if isinstance(e, Step)]
    assert [step.total for step in steps] == [20, 20]
    assert steps[0].images_per_second > 0
    assert steps[0].seconds_left > 0
    assert steps[-1].seconds_left == 0
    assert {"generator", "discriminator"} <= steps[0].losses.keys()


def test_a_sample_shows_sixty_four_pictures_and_is_kept(tmp_path):
    (sample,) = [e for e in toys.train(tmp_path / "run", steps=1) if isinstance(e, Sample)]
    assert sample.grid.size == (8 * 18 - 2, 8 * 18 - 2)
    assert (tmp_path / "run/samples.png").read_bytes()[:4] == b"\x89PNG"


def test_the_first_column_of_the_history_is_the_step(straight):
    rows = history(straight["gan"])
    assert next(iter(rows[0])) == "step"
    assert [row["step"] for row in rows] == ["10", "20", "30"]


def test_closing_saves_and_stops(tmp_path):
    stop_at(tmp_path / "run", FIRST)
    assert history(tmp_path / "run")[-1]["step"] == str(FIRST)
    said = json.loads((tmp_path / "run/config.json").read_text())["training"]
    assert said["steps"] == FIRST
    assert said["seconds"] >= 0
    checkpoint.load_model(tmp_path / "run")


def test_a_closed_run_goes_on_as_if_nothing_had_happened(tmp_path, straight, family):
    stop_at(tmp_path / "run", FIRST, family, steps=LAST)
    list(toys.train(tmp_path / "run", family, steps=LAST, resume=True))
    assert_same_run(tmp_path / "run", straight[family])


@pytest.mark.parametrize("family", ["dcgan", "cgan", "stylegan2"])
def test_a_finished_run_goes_on_as_if_it_had_been_longer(tmp_path, straight, family):
    list(toys.train(tmp_path / "run", family, steps=FIRST))
    torch.manual_seed(99)  # what happens in between does not matter
    list(toys.train(tmp_path / "run", family, steps=LAST, resume=True))
    assert_same_run(tmp_path / "run", straight[family])


def test_a_run_stopped_between_two_logs_goes_on_exactly(tmp_path, straight):
    list(toys.train(tmp_path / "run", steps=13, log_every=13))
    list(toys.train(tmp_path / "run", steps=LAST, resume=True))
    ours, theirs = (
        load_file(run / "state.safetensors") for run in (tmp_path / "run", straight["gan"])
    )
    assert all(torch.equal(v, theirs[k]) for k, v in ours.items())


def test_a_resumed_run_says_first_where_it_stands(tmp_path):
    list(toys.train(tmp_path / "run", steps=20))
    events = [(type(e), e.step) for e in toys.train(tmp_path / "run", steps=20, resume=True)]
    assert events == [(Checkpoint, 20)]


def test_a_run_stopped_before_its_first_step_can_be_resumed(tmp_path):
    with closing(toys.train(tmp_path / "run", steps=20)) as events:
        assert next(events).step == 0
    assert [e.step for e in toys.train(tmp_path / "run", steps=1, resume=True)][-1] == 1


def test_a_run_is_not_overwritten(tmp_path):
    list(toys.train(tmp_path / "run", steps=1))
    with pytest.raises(ValueError, match=mentions("run")):
        toys.train(tmp_path / "run", steps=1)
    (tmp_path / "run/state.safetensors").unlink()  # as in the models that are shipped
    with pytest.raises(ValueError, match=mentions("run")):
        toys.train(tmp_path / "run", steps=1)
    with pytest.raises(ValueError, match=mentions("run")):
        toys.train(tmp_path / "run", steps=2, resume=True)


def test_what_would_make_it_another_training_is_refused(tmp_path):
    list(toys.train(tmp_path / "run", steps=1))
    with pytest.raises(ValueError, match=mentions("seed 0 3")):
        toys.train(tmp_path / "run", seed=3, resume=True)
    with pytest.raises(ValueError, match=mentions("gan dcgan")):
        toys.train(tmp_path / "run", "dcgan", resume=True)


@pytest.mark.parametrize("part", ["state.safetensors", "history.csv", "config.json"])
def test_a_damaged_run_is_refused_with_a_sentence(tmp_path, part):
    list(toys.train(tmp_path / "run", steps=1))
    (tmp_path / "run" / part).write_bytes(b"a,b\n\0,2\n")
    with pytest.raises(ValueError, match=mentions(part)):
        list(toys.train(tmp_path / "run", steps=2, resume=True))


def test_an_absurd_learning_rate_stops_the_run_with_the_last_good_state(tmp_path):
    run = tmp_path / "run"
    with pytest.raises(Diverged, match=mentions("step 0 learning rate")):
        list(toys.train(run, toy={"learning_rate": 1e30}))
    assert all(v.isfinite().all() for v in load_file(run / "model.safetensors").values())
    checkpoint.load_model(run)


class Watched(vanilla.VanillaGAN):
    """Shows its optimisers."""

    def optimizers(self) -> Optimizers:
        self.shown = super().optimizers()
        return self.shown


def watched(run: Path, **changes: Any) -> tuple[Watched, Generator[Any]]:
    """A training and the GAN that is trained."""
    torch.manual_seed(0)
    config = toys.config("gan")
    assert isinstance(config, vanilla.Config)
    gan = Watched(config)
    manifest = Manifest(family="gan", config=gan.config, channels=1, dataset="digits")
    return gan, training.train(gan, toys.digits(), toys.settings(**changes), run, manifest)


@pytest.mark.parametrize("name", ["generator", "discriminator"])
def test_a_weight_that_is_no_number_stops_the_run(tmp_path, name):
    gan, events = watched(tmp_path)
    while next(events).step < 20:
        pass
    for weight in getattr(gan, name).parameters():
        weight.data.fill_(torch.nan)
    with pytest.raises(Diverged, match=mentions("step 20 0")):
        list(events)
    checkpoint.load_model(tmp_path)


def test_closing_a_run_whose_weights_are_no_numbers_keeps_the_last_good_state(tmp_path):
    gan, events = watched(tmp_path)
    next(events)
    before = (tmp_path / "state.safetensors").read_bytes()
    next(gan.generator.parameters()).data.fill_(torch.nan)
    with pytest.raises(Diverged, match=mentions("step 0")):
        events.close()
    assert (tmp_path / "state.safetensors").read_bytes() == before


def test_the_learning_rate_falls_to_a_tenth_and_stays_there(tmp_path):
    gan, events = watched(tmp_path, steps=30, decay_steps=20)
    rates = {}
    for event in events:
        rates[event.step] = [group["lr"] for player in gan.shown for group in player.param_groups]
    assert rates[10] == pytest.approx([1e-3 * 0.1 ** (9 / 20)] * 2)
    assert rates[30] == pytest.approx([1e-4, 1e-4])


def test_the_averaged_generator_is_the_one_that_is_saved(tmp_path):
    gan, events = watched(tmp_path, steps=20)
    list(events)
    saved, live = load_file(tmp_path / "model.safetensors"), gan.state_dict()
    assert not torch.equal(saved["generator.0.weight"], live["generator.0.weight"])
    assert torch.equal(saved["discriminator.1.weight"], live["discriminator.1.weight"])


@contextmanager
def full_disk() -> Iterator[None]:
    """Within the block this process can write no file of more than a hundred bytes."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path):
    files.write_atomic(tmp_path / "a", b"old")
    with full_disk(), pytest.raises(OSError, match="too large"):
        files.write_atomic(tmp_path / "a", b"new" * 1000)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_run_on_a_disk_that_fills_up_keeps_its_last_state(tmp_path):
    stop_at(tmp_path / "run", 20)
    events = toys.train(tmp_path / "run", resume=True)
    next(events)
    with full_disk(), pytest.raises(OSError, match="too large"):
        list(events)
    checkpoint.load_model(tmp_path / "run")


SETTINGS = {"steps": 0, "decay_steps": 0, "log_every": -1, "sample_every": 0.5, "seed": -1}


@pytest.mark.parametrize("field", SETTINGS)
def test_settings_that_make_no_sense_are_refused(field):
    with pytest.raises(ValueError, match=mentions(field)):
        dataclasses.replace(TrainingConfig(), **{field: SETTINGS[field]})
