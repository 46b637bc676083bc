"""One training: its updates, its events, its files."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import torch

from gan_studio.core import distributed
from gan_studio.core.devices import describe
from gan_studio.core.events import (
    Changed,
    Checkpoint,
    Command,
    Evaluation,
    Event,
    Observation,
    Sample,
    Step,
    Trainable,
    Update,
)
from gan_studio.datasets.batches import Batch, BatchStream
from gan_studio.gans import checkpoint
from gan_studio.gans.base import GAN, Diverged, Losses
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.config import TrainingConfig, apply_changes
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.training.players import Players
from gan_studio.training.throughput import Throughput

EVALUATE_EVERY = 1000
"""updates between two measurements where nothing else is asked for"""
SAVE_WITHIN = 60.0
"""seconds after which the state is saved, however few updates they were"""
SHEET_COLUMNS = 8
"""pictures in a row of a sample sheet, which has at least as many rows"""
EvaluateFn = Callable[[GAN], Mapping[str, Any]]
"""Evaluates a GAN's pictures: `fid`, and by which features; draws no global random numbers."""
MonitorFn = Callable[[GAN], Mapping[str, float]]
"""Statistics of both networks by name; quick, and it draws no global random numbers."""
EventStream = Generator[Event, Command | None]
"""Events of a training; it takes commands at each Update."""


def train(
    gan: GAN,
    batches: BatchStream,
    config: TrainingConfig,
    run_dir: Path,
    manifest: Manifest,
    evaluate_fn: EvaluateFn | None = None,
    monitor_fn: MonitorFn | None = None,
    changes: Mapping[str, Any] | None = None,
) -> EventStream:
    """Train `gan` to step `config.steps`, from the state in `run_dir` if there is one.

    Processes that train together all call this; the main one writes, evaluates and samples.

    With an `evaluate_fn` the best averaged generator is kept in `run_dir/best`, itself a model.
    `monitor_fn` runs with each sample. `changes` of the family's configuration are made before the
    first update of a resumed run.

    A caller may `send` a Command at an Update. Closing the iterator saves and stops. Diverged is
    raised when a loss is no longer finite; the last good state stays in `run_dir`.
    """
    run = _Run(gan, batches, config, run_dir, manifest, evaluate_fn, monitor_fn)
    try:
        try:
            yield from run.events(changes or {})
        except (GeneratorExit, KeyboardInterrupt, ValueError):  # the last: of a wrong command
            run.save()
            raise
    except Diverged as error:
        raise Diverged(
            f"Training stopped after step {run.step} because {error}; the state of step "
            f"{run.saved_step} is kept in {run_dir}. Resume it with a lower learning rate or a "
            "stronger penalty."
        ) from None


class _Run:
    """One training in progress: what is saved and restored together."""

    def __init__(
        self,
        gan: GAN,
        batches: BatchStream,
        config: TrainingConfig,
        run_dir: Path,
        manifest: Manifest,
        evaluate_fn: EvaluateFn | None,
        monitor_fn: MonitorFn | None,
    ) -> None:
        self.players, self.batches, self.config = Players(gan, config), batches, config
        self.directory, self.manifest = run_dir, manifest
        self.evaluate_fn, self.monitor_fn = evaluate_fn, monitor_fn
        self.step = self.saved_step = 0
        self.seconds = 0.0
        self.history: list[dict[str, float]] = []
        self.changes: list[dict[str, Any]] = []
        self.preview_batch: Batch = batches.first(SHEET_COLUMNS**2)
        torch.manual_seed(config.seed)
        self.resumed = (run_dir / checkpoint.STATE).exists()
        if self.resumed:
            self.restore()

    def events(self, changes: Mapping[str, Any]) -> EventStream:
        yield from self.players.gan.downloads()
        if self.resumed:
            yield Checkpoint(step=self.step, path=self.directory)
        else:
            yield self.save()  # a disk that takes no files is found out now, not after an hour
        if changes:
            yield self.change(changes)
        throughput = Throughput(self.step)
        while self.step < self.config.steps:
            losses = self.players.step(self.batches, self.step)
            self.step += 1
            yield from self.report(losses, throughput)
            hurry = distributed.any_rank(throughput.save_due(SAVE_WITHIN), self.step)
            if hurry or self.is_due(self.config.save_every):
                yield self.save()
                throughput.reset()
            while command := (yield from self.next_command(throughput)):
                yield from self.apply(command, losses, throughput)

    def next_command(
        self, throughput: Throughput
    ) -> Generator[Event, Command | None, Command | None]:
        """The caller's command, if any; the time that passes until then is the caller's."""
        with throughput.pause():
            return (yield Update(step=self.step))

    def is_due(self, every: int) -> bool:
        """At each multiple and at the end."""
        return self.step % every == 0 or self.step == self.config.steps

    def report(self, losses: Losses, throughput: Throughput) -> EventStream:
        """Events of the update that is just over."""
        if self.is_due(self.config.log_every):
            yield self.log(losses, throughput)
        if not distributed.is_main():
            return
        if self.is_due(self.config.sample_every):
            yield self.sample()
            yield from self.observe()
        if self.is_evaluation_due():
            yield self.evaluate()

    def apply(self, command: Command, losses: Losses, throughput: Throughput) -> EventStream:
        if command.changes or command.trainable not in (None, self.players.trainable):
            yield self.change(command.changes, command.trainable)
        if command.sample_now:
            yield self.log(losses, throughput)
            yield self.sample()
        if command.observe:
            yield from self.observe()
        if command.save:
            yield self.save()

    def change(self, changes: Mapping[str, Any], trainable: Trainable | None = None) -> Changed:
        """Train on with other settings and record the step; ValueError where that cannot be."""
        players = self.players
        trainable = trainable or players.trainable
        record = {**changes, **({"turns": trainable} if trainable != players.trainable else {})}
        players.reconfigure(apply_changes(players.gan.config, changes))
        players.trainable = trainable
        self.changes.append({"step": self.step, **record})
        numbers = {f"set_{k}": float(v) for k, v in changes.items() if isinstance(v, int | float)}
        self.row().update(numbers)
        return Changed(step=self.step, changes=record)

    def row(self) -> dict[str, float]:
        """The history's row of the step that is just over."""
        if not (self.history and self.history[-1]["step"] == self.step):
            self.history.append({"step": self.step})
        return self.history[-1]

    def log(self, losses: Losses, throughput: Throughput) -> Step:
        """Read the losses: the only place where the loop waits for an accelerator."""
        numbers = {**losses, **self.players.grad_norms()}
        means = distributed.mean(torch.stack(list(numbers.values())))
        values = dict(zip(numbers, means.tolist(), strict=True))
        if not all(map(math.isfinite, values.values())):
            raise Diverged(f"a number became {values}")
        self.row().update(values)
        rate = throughput.rate(self.step)
        self.seconds += throughput.lap()
        return Step(
            step=self.step,
            total=self.config.steps,
            losses=values,
            images_per_second=rate * self.players.gan.config.batch_size,
            seconds_left=(self.config.steps - self.step) / rate,
        )

    def observe(self) -> EventStream:
        """Run the monitor."""
        if self.monitor_fn:
            with self.players.ema.in_place_of(self.players.gan):
                values = self.monitor_fn(self.players.gan)
            self.row().update(values)
            yield Observation(step=self.step, values=values)

    def sample(self, best: str = "") -> Sample:
        with self.players.with_ema():
            sheet = self.players.gan.sample_sheet(self.preview_batch, SHEET_COLUMNS)
        grid = convert.grid(convert.to_uint8(sheet), SHEET_COLUMNS)
        image_files.save(grid, self.directory / best / checkpoint.SAMPLES)
        return Sample(step=self.step, grid=grid)

    def is_evaluation_due(self) -> bool:
        """At each multiple; at the end too, unless the run was too short for a first one."""
        every = self.config.evaluate_every
        every = EVALUATE_EVERY if every is None else every
        if self.evaluate_fn is None or not every:
            return False
        return self.step % every == 0 or self.step == self.config.steps > every

    def evaluate(self) -> Evaluation:
        """Evaluate the averaged generator and keep it if none before was as good."""
        assert self.evaluate_fn
        self.players.check()
        with self.players.with_ema():
            metrics = self.evaluate_fn(self.players.gan)
        self.row()["fid"] = metrics["fid"]
        # What is recorded is restored with the history, so a resumed run knows its best too.
        best = min((row for row in self.history if "fid" in row), key=lambda row: row["fid"])
        directory = self.directory / checkpoint.BEST
        if best["step"] == self.step:
            self.sample(checkpoint.BEST)
            manifest = dataclasses.replace(self.current_manifest(), metrics=metrics)
            checkpoint.save_model(directory, self.players.gan, self.players.ema.module, manifest)
        return Evaluation(
            step=self.step,
            fid=metrics["fid"],
            best_step=int(best["step"]),
            best_fid=best["fid"],
            path=directory,
        )

    def save(self) -> Checkpoint:
        """Write model, state and history; if a weight is not finite keep the old ones: Diverged."""
        self.players.check()
        if distributed.is_main():
            self.write()
        self.saved_step = self.step
        return Checkpoint(step=self.step, path=self.directory)

    def write(self) -> None:
        numbers = {
            "step": self.step,
            "position": self.batches.position,
            "seconds": self.seconds,
            "config": dataclasses.asdict(self.players.gan.config),
            "changes": self.changes,
        }
        # History first: rows behind the state are dropped by a resume, missing ones are lost.
        checkpoint.save_history(self.directory, self.history)
        checkpoint.save_state(self.directory, self.players.parts, numbers)
        checkpoint.save_model(
            self.directory, self.players.gan, self.players.ema.module, self.current_manifest()
        )

    def current_manifest(self) -> Manifest:
        """The manifest of the model as it is now."""
        entries = {
            **self.manifest.training,
            **dataclasses.asdict(self.config),
            "steps": self.step,
            "total": self.config.steps,
            "seconds": round(self.seconds, 1),
            "device": describe(self.players.device),
        }
        if self.changes:
            entries["changes"] = self.changes
        return dataclasses.replace(self.manifest, config=self.players.gan.config, training=entries)

    def restore(self) -> None:
        numbers = checkpoint.load_state(self.directory, self.players.parts)
        self.step = self.saved_step = int(numbers["step"])
        self.batches.position, self.seconds = int(numbers["position"]), numbers["seconds"]
        self.changes = [
            checkpoint.with_current_names(change) for change in numbers.get("changes", [])
        ]
        config = self.players.gan.config
        values = {
            **dataclasses.asdict(config),
            **checkpoint.with_current_names(numbers.get("config", {})),
        }
        self.players.reconfigure(checkpoint.read_config(type(config), values))
        self.players.gan.resume(self.step)
        self.players.trainable = trainable_after(self.changes)
        self.history = [
            row for row in checkpoint.load_history(self.directory) if row["step"] <= self.step
        ]


def trainable_after(changes: Sequence[Mapping[str, Any]]) -> Trainable:
    """The players that learn after these changes."""
    return next(
        (c["turns"] for c in reversed(changes) if c.get("turns") in get_args(Trainable)), "both"
    )
