"""Commands to a training that runs: other settings, which player learns, a sample now."""

import dataclasses
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import torch
import toys
from mentions import mentions

from gan_studio import training
from gan_studio.core.events import (
    Changed,
    Checkpoint,
    Command,
    Event,
    Observation,
    Sample,
    Step,
    Update,
)
from gan_studio.gans import base, checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import GANConfig, apply_changes
from gan_studio.gans.families import FAMILIES
from gan_studio.training import loop as runs
from gan_studio.training.players import Players

PLAYERS = ("generator", "discriminator")


def begun(
    run: Path, player: base.LatentGAN | None = None, family: str = "gan", **changes: Any
) -> training.EventStream:
    """A training of a toy."""
    player = player or toys.model(family)
    manifest = Manifest(
        family=family, config=player.config, channels=1, dataset="digits", classes=player.classes
    )
    settings = toys.settings(**changes)
    observe = lambda gan: {"diversity": float(gan.training)}  # noqa: E731
    return training.train(player, toys.digits(), settings, run, manifest, monitor_fn=observe)


def led(events: training.EventStream, wishes: Mapping[int, Command]) -> Iterator[Event]:
    """All events of a training that is told something after some of its updates."""
    said = dict(wishes)
    event = next(events)
    while True:
        yield event
        command = said.pop(event.step, None) if isinstance(event, Update) else None
        try:
            event = events.send(command)
        except StopIteration:
            return


def weights(player: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in player.parameters()])


def another(field: dataclasses.Field[Any], value: Any, kind: type) -> Any:
    """A value that a field may have instead of its own."""
    choices = get_args(get_type_hints(kind)[field.name])
    if choices:
        return next(choice for choice in reversed(choices) if choice != value)
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else (value + 1e-3 if value < 0.999 else 0.9)


def free(config: GANConfig) -> list[dataclasses.Field[Any]]:
    return [f for f in dataclasses.fields(config) if f.name not in config.fixed_fields]


def test_a_change_holds_from_the_next_update_on():
    game = Players(toys.model("gan"), toys.settings(decay_steps=10**9))
    game.step(toys.digits(), 0)
    rates = [player.param_groups[0]["lr"] for player in game.optimizers]
    game.reconfigure(apply_changes(game.gan.config, {"discriminator_rate": 5e-4, "beta1": 0.5}))
    game.step(toys.digits(), 1)
    rates += [player.param_groups[0]["lr"] for player in game.optimizers]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-3, 5e-4])
    assert [player.param_groups[0]["betas"] for player in game.optimizers] == [(0.5, 0.99)] * 2
    assert all(float(slot["step"]) == 2 for p in game.optimizers for slot in p.state.values())


def test_a_change_is_told(tmp_path):
    halved = {4: Command(changes={"learning_rate": 5e-4})}
    told = [e for e in led(begun(tmp_path, steps=6), halved) if isinstance(e, Changed)]
    assert told == [Changed(step=4, changes={"learning_rate": 5e-4})]


def test_a_change_stands_in_the_history_and_in_the_models_description(tmp_path):
    said = {15: Command(changes={"r1_gamma": 2.0, "augment": "translation"})}
    list(led(begun(tmp_path, steps=20), said))
    (row,) = [row for row in checkpoint.load_history(tmp_path) if "set_r1_gamma" in row]
    assert row == {"step": 15, "set_r1_gamma": 2.0}
    manifest = checkpoint.load_manifest(tmp_path)
    changes = [{"step": 15, "r1_gamma": 2.0, "augment": "translation"}]
    assert manifest.training["changes"] == changes
    assert manifest.config == toys.config("gan", r1_gamma=2.0, augment="translation")


@pytest.mark.parametrize("name", FAMILIES)
def test_each_setting_that_is_free_can_change_and_then_counts_as_if_it_had_always_been(name):
    # A head neither comes nor goes during a training, nor do a second discriminator and ADA.
    for field in (f for f in free(toys.config(name)) if f.name != "vision_aided_whole"):
        begun_with = {"vision_aided": 0.5, "ada_target": 0.5}
        needed: dict[str, Any] = {k: v for k, v in begun_with.items() if k == field.name}
        old = toys.model(name, **needed)
        value = another(field, getattr(old.config, field.name), type(old.config))
        config = apply_changes(old.config, {field.name: value})
        kind = FAMILIES[name].gan
        torch.manual_seed(0)
        new = kind(config, 1, old.classes)
        old.reconfigure(config)
        assert old.state_dict().keys() == new.state_dict().keys(), field.name
        for player in (old, new):
            torch.manual_seed(1)
            player.step(toys.digits(), player.optimizers())
        assert torch.equal(weights(old), weights(new)), field.name


@pytest.mark.parametrize("name", FAMILIES)
def test_what_shapes_the_players_cannot_change(name):
    config = toys.config(name)
    for field in sorted(config.fixed_fields):
        with pytest.raises(ValueError, match=mentions(f"{field} learning_rate")):
            apply_changes(config, {field: getattr(config, field)})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"learning_rate": "fast"}, "learning_rate fast"),
        ({"learning_rate": float("nan")}, "learning_rate nan"),
        ({"augment": "wild"}, "augment wild"),
        ({"wheels": 4}, "wheels"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_nothing_is_lost(tmp_path, change, named):
    with pytest.raises(ValueError, match=mentions(named)):
        list(led(begun(tmp_path), {7: Command(changes=change)}))
    assert checkpoint.load_manifest(tmp_path).training["steps"] == 7
    checkpoint.load_model(tmp_path)


def test_a_changed_training_that_is_resumed_goes_on_exactly(tmp_path):
    said = {13: Command(changes={"learning_rate": 3e-3, "instance_noise": 0.2, "beta1": 0.3})}
    list(led(begun(tmp_path / "whole", steps=40), said))
    list(led(begun(tmp_path / "parts", steps=20), said))
    torch.manual_seed(99)
    player = toys.model("gan")  # as it was first configured: the state knows better
    list(begun(tmp_path / "parts", player, steps=40))
    assert player.config.learning_rate == 3e-3  # pyright: ignore[reportAttributeAccessIssue]
    for name in ("history.csv", "model.safetensors", "state.safetensors"):
        one, other = ((tmp_path / run / name).read_bytes() for run in ("whole", "parts"))
        assert one == other or name == "state.safetensors"
    changes = checkpoint.load_manifest(tmp_path / "parts").training["changes"]
    assert changes == [{"step": 13, **said[13].changes}]


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("learner", PLAYERS)
def test_who_rests_learns_nothing(tmp_path, name, learner):
    player = toys.model(name)
    before = {}
    for event in led(begun(tmp_path, player, name, steps=6), {3: Command(trainable=learner)}):
        if event == Changed(step=3, changes={"turns": learner}):
            before = {k: weights(getattr(player, k)) for k in PLAYERS}
    changed = {k for k in PLAYERS if not torch.equal(weights(getattr(player, k)), before[k])}
    assert changed == {learner}


def test_both_learn_again_when_told_so(tmp_path):
    player = toys.model("gan")
    said = {3: Command(trainable="generator"), 5: Command(trainable="both")}
    events = led(begun(tmp_path, player, steps=8), said)
    told = [(e.step, e.changes) for e in events if isinstance(e, Changed)]
    assert told == [(3, {"turns": "generator"}), (5, {"turns": "both"})]


def test_a_look_says_at_once_what_there_is(tmp_path):
    events = led(begun(tmp_path, steps=60), {3: Command(sample_now=True, observe=True)})
    said = [type(event) for event in events if getattr(event, "step", 0) == 3]
    assert said == [Update, Step, Sample, Observation, Update]
    row = checkpoint.load_history(tmp_path)[0]
    assert row["step"] == 3
    assert {"generator", "generator_gradient", "diversity"} <= row.keys()


def test_what_is_observed_is_told_after_each_sample_and_kept(tmp_path):
    seen = [e for e in begun(tmp_path, steps=40) if isinstance(e, Sample | Observation)]
    assert [(type(e), e.step) for e in seen] == [
        (kind, step) for step in (20, 40) for kind in (Sample, Observation)
    ]
    rows = [row["step"] for row in checkpoint.load_history(tmp_path) if "diversity" in row]
    assert rows == [20, 40]


def test_the_norm_of_a_gradient_is_that_of_all_its_numbers(tmp_path):
    player = toys.model("gan")
    step = next(e for e in begun(tmp_path, player, steps=1) if isinstance(e, Step))
    for name in PLAYERS:
        gradients = [p.grad.flatten() for p in getattr(player, name).parameters()]
        expected = torch.cat(gradients).square().sum().sqrt().item()
        assert step.losses[f"{name}_gradient"] == pytest.approx(expected, rel=1e-5)


def test_a_slow_training_is_saved_by_the_clock(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "SAVE_WITHIN", 0.0)
    saved = [e.step for e in begun(tmp_path, steps=5) if isinstance(e, Checkpoint)]
    assert saved == [0, 1, 2, 3, 4, 5]


def test_a_pause_counts_for_nothing(tmp_path):
    start = time.monotonic()
    for event in begun(tmp_path, steps=5):
        if isinstance(event, Update):
            time.sleep(0.3)
    passed = time.monotonic() - start
    assert checkpoint.load_manifest(tmp_path).training["seconds"] < passed - 4 * 0.3


def test_closing_at_an_update_saves(tmp_path):
    with closing(begun(tmp_path)) as events:
        while not (isinstance(event := next(events), Update) and event.step == 9):
            pass
    assert checkpoint.load_manifest(tmp_path).training["steps"] == 9
