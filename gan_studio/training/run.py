"""One training: its updates, its events, its files."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import torch

from gan_studio import checkpoints, convert, disk, image_files, processes
from gan_studio.batches import Batch, Batches
from gan_studio.checkpoints import Manifest
from gan_studio.devices import describe
from gan_studio.events import (
    Changed,
    Checkpoint,
    Command,
    Evaluation,
    Event,
    Observation,
    Sample,
    Step,
    Turns,
    Update,
)
from gan_studio.gan import Diverged, LatentGAN, Losses, changed
from gan_studio.training.config import Config
from gan_studio.training.game import Game
from gan_studio.training.pace import Pace

EVALUATE_EVERY = 1000
"""updates between two measurements where nothing else is asked for"""
SAVE_WITHIN = 60.0
"""seconds after which the state is saved, however few updates they were"""
Measure = Callable[[LatentGAN], Mapping[str, Any]]
"""What is measured of a GAN's pictures: `fid`, and by what; it draws no global random numbers."""
Observe = Callable[[LatentGAN], Mapping[str, float]]
"""What is seen of both players, by name; quick, and it draws no global random numbers."""
Story = Generator[Event, Command | None]
"""Events of a training; it takes commands at each Update."""


def train(
    gan: LatentGAN,
    batches: Batches,
    config: Config,
    run_dir: Path,
    manifest: Manifest,
    measure: Measure | None = None,
    observe: Observe | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Story:
    """Train `gan` to step `config.steps`, from the state in `run_dir` if there is one.

    Processes that train together all call this; one of them writes, measures and tells the most.

    With a `measure` the best averaged generator is kept in `run_dir/best`, itself a model. What
    there is to `observe` is told with each sample. `changes` of the family's configuration are made
    before the first update of a resumed run.

    A caller may `send` a Command at an Update. Closing the iterator saves and stops. Diverged is
    raised when a loss is no longer finite; the last good state stays in `run_dir`.
    """
    run = _Run(gan, batches, config, run_dir, manifest, measure, observe)
    try:
        try:
            yield from run.events(changes or {})
        except (GeneratorExit, KeyboardInterrupt, ValueError):  # the last: of a wrong command
            run.save()
            raise
    except Diverged as error:
        raise Diverged(
            f"Training stopped after step {run.step} because {error}; the state of step "
            f"{run.saved} is kept in {run_dir}. Resume it with a lower learning rate or a stronger "
            "penalty."
        ) from None


class _Run:
    """One training in progress: what is saved and restored together."""

    def __init__(
        self,
        gan: LatentGAN,
        batches: Batches,
        config: Config,
        run_dir: Path,
        manifest: Manifest,
        measure: Measure | None,
        observe: Observe | None,
    ) -> None:
        self.game, self.batches, self.config = Game(gan, config), batches, config
        self.directory, self.manifest = run_dir, manifest
        self.measure, self.observe = measure, observe
        self.step = self.saved = 0
        self.seconds = 0.0
        self.history: list[dict[str, float]] = []
        self.changes: list[dict[str, Any]] = []
        self.fixed: Batch = next(Batches(batches.dataset, 64, config.seed, self.game.device))
        torch.manual_seed(config.seed)
        self.resumed = (run_dir / checkpoints.STATE).exists()
        if self.resumed:
            self.restore()

    def events(self, changes: Mapping[str, Any]) -> Story:
        if self.resumed:
            yield Checkpoint(step=self.step, path=self.directory)
        else:
            yield self.save()  # a disk that takes no files is found out now, not after an hour
        if changes:
            yield self.change(changes)
        pace = Pace(self.step)
        while self.step < self.config.steps:
            losses = self.game.play(self.batches, self.step)
            self.step += 1
            yield from self.report(losses, pace)
            hurry = processes.consulted(pace.alarm(SAVE_WITHIN), self.step)
            if hurry or self.is_due(self.config.save_every):
                yield self.save()
                pace.wind()
            while command := (yield from self.heard(pace)):
                yield from self.obey(command, losses, pace)

    def heard(self, pace: Pace) -> Generator[Event, Command | None, Command | None]:
        """What the caller wishes, if anything; the time that passes until then is the caller's."""
        with pace.resting():
            return (yield Update(step=self.step))

    def is_due(self, every: int) -> bool:
        """At each multiple and at the end."""
        return self.step % every == 0 or self.step == self.config.steps

    def report(self, losses: Losses, pace: Pace) -> Story:
        """What is told of the update that is just over."""
        if self.is_due(self.config.log_every):
            yield self.log(losses, pace)
        if not processes.writes():
            return
        if self.is_due(self.config.sample_every):
            yield self.sample()
            yield from self.seen()
        if self.is_measured():
            yield self.evaluate()

    def obey(self, command: Command, losses: Losses, pace: Pace) -> Story:
        if command.changes or command.turns not in (None, self.game.turns):
            yield self.change(command.changes, command.turns)
        if command.look:
            yield self.log(losses, pace)
            yield self.sample()
        if command.observe:
            yield from self.seen()
        if command.save:
            yield self.save()

    def change(self, changes: Mapping[str, Any], turns: Turns | None = None) -> Changed:
        """Play on with other settings, and remember since when; ValueError where that cannot be."""
        game = self.game
        turns = turns or game.turns
        said = {**changes, **({"turns": turns} if turns != game.turns else {})}
        game.reconfigure(changed(game.gan.config, changes))
        game.turns = turns
        self.changes.append({"step": self.step, **said})
        numbers = {f"set_{k}": float(v) for k, v in changes.items() if isinstance(v, int | float)}
        self.row().update(numbers)
        return Changed(step=self.step, changes=said)

    def row(self) -> dict[str, float]:
        """What the history says of the step that is just over."""
        if not (self.history and self.history[-1]["step"] == self.step):
            self.history.append({"step": self.step})
        return self.history[-1]

    def log(self, losses: Losses, pace: Pace) -> Step:
        """Read the losses: the only place where the loop waits for an accelerator."""
        told = {**losses, **self.game.slopes()}
        means = processes.mean(torch.stack(list(told.values())))
        values = dict(zip(told, means.tolist(), strict=True))
        if not all(map(math.isfinite, values.values())):
            raise Diverged(f"a number became {values}")
        self.row().update(values)
        rate = pace.rate(self.step)
        self.seconds += pace.lap()
        return Step(
            step=self.step,
            total=self.config.steps,
            losses=values,
            images_per_second=rate * self.game.gan.config.batch_size,
            seconds_left=(self.config.steps - self.step) / rate,
        )

    def seen(self) -> Story:
        """What there is to observe."""
        if self.observe:
            with self.game.average.in_place_of(self.game.gan):
                values = self.observe(self.game.gan)
            self.row().update(values)
            yield Observation(step=self.step, values=values)

    def sample(self, best: str = "") -> Sample:
        with self.game.looked_at():
            grid = convert.grid(convert.to_uint8(self.game.gan.preview(self.fixed)))
        disk.write_atomic(self.directory / best / checkpoints.SAMPLES, image_files.png(grid))
        return Sample(step=self.step, grid=grid)

    def is_measured(self) -> bool:
        """At each multiple; at the end too, unless the run was too short for a first one."""
        asked = self.config.evaluate_every
        every = EVALUATE_EVERY if asked is None else asked
        if self.measure is None or not every:
            return False
        return self.step % every == 0 or self.step == self.config.steps > every

    def evaluate(self) -> Evaluation:
        """Measure the averaged generator and keep it if none before was as good."""
        assert self.measure
        self.game.check()
        with self.game.looked_at():
            metrics = self.measure(self.game.gan)
        self.row()["fid"] = metrics["fid"]
        # What is recorded is restored with the history, so a resumed run knows its best too.
        best = min((row for row in self.history if "fid" in row), key=lambda row: row["fid"])
        directory = self.directory / checkpoints.BEST
        if best["step"] == self.step:
            self.sample(checkpoints.BEST)
            manifest = dataclasses.replace(self.described(), metrics=metrics)
            checkpoints.save_model(directory, self.game.gan, self.game.average.module, manifest)
        return Evaluation(
            step=self.step,
            fid=metrics["fid"],
            best_step=int(best["step"]),
            best_fid=best["fid"],
            path=directory,
        )

    def save(self) -> Checkpoint:
        """Write model, state and history; if a weight is not finite keep the old ones: Diverged."""
        self.game.check()
        if processes.writes():
            self.write()
        self.saved = self.step
        return Checkpoint(step=self.step, path=self.directory)

    def write(self) -> None:
        numbers = {
            "step": self.step,
            "position": self.batches.position,
            "seconds": self.seconds,
            "config": dataclasses.asdict(self.game.gan.config),
            "changes": self.changes,
        }
        # History first: rows behind the state are dropped by a resume, missing ones are lost.
        checkpoints.save_history(self.directory, self.history)
        checkpoints.save_state(self.directory, self.game.parts, numbers)
        checkpoints.save_model(
            self.directory, self.game.gan, self.game.average.module, self.described()
        )

    def described(self) -> Manifest:
        """The manifest of the model as it is now."""
        said = {
            **self.manifest.training,
            **dataclasses.asdict(self.config),
            "steps": self.step,
            "total": self.config.steps,
            "seconds": round(self.seconds, 1),
            "device": describe(self.game.device),
        }
        if self.changes:
            said["changes"] = self.changes
        return dataclasses.replace(self.manifest, config=self.game.gan.config, training=said)

    def restore(self) -> None:
        numbers = checkpoints.load_state(self.directory, self.game.parts)
        self.step = self.saved = int(numbers["step"])
        self.batches.position, self.seconds = int(numbers["position"]), numbers["seconds"]
        self.changes = numbers.get("changes", [])
        config = self.game.gan.config
        told = {**dataclasses.asdict(config), **numbers.get("config", {})}
        self.game.reconfigure(checkpoints.read_config(type(config), told))
        self.game.gan.resume(self.step)
        self.game.turns = turns_after(self.changes)
        self.history = [
            row for row in checkpoints.load_history(self.directory) if row["step"] <= self.step
        ]


def turns_after(changes: Sequence[Mapping[str, Any]]) -> Turns:
    """Who learns after what changed on the way."""
    return next(
        (c["turns"] for c in reversed(changes) if c.get("turns") in get_args(Turns)), "both"
    )
