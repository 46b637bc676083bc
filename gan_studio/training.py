"""The training loop, written once: it knows files and time, but not what a GAN does in a step."""

from __future__ import annotations

import dataclasses
import io
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from gan_studio import checkpoints, images
from gan_studio.average import Average
from gan_studio.checkpoints import Manifest
from gan_studio.data import Batches
from gan_studio.devices import describe, fast_bfloat16, use_tensor_cores
from gan_studio.events import Checkpoint, Evaluation, Event, Sample, Step
from gan_studio.gan import Batch, Diverged, LatentGAN, Losses
from gan_studio.recipe import MAX_SEED, whole

EVALUATE_EVERY = 1000
"""updates between two measurements where nothing else is asked for"""
Measure = Callable[[LatentGAN], Mapping[str, Any]]
"""What is measured of a GAN's pictures: `fid`, and by what; it draws no global random numbers."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """How long to train and how often to speak."""

    steps: int = 3000
    """updates of the generator, those before a resume included"""
    seed: int = 0
    """start of all random numbers: weights, order of the data, latents"""
    decay_steps: int = 20_000
    """updates in which the learning rate falls to a tenth, where it stays"""
    average_decay: float = 0.999
    """decay of the averaged generator's weights"""
    log_every: int = 10
    """updates between two rows of history.csv"""
    sample_every: int = 250
    """updates between two grids of samples"""
    save_every: int = 500
    """updates between two savings of the whole state"""
    evaluate_every: int | None = None
    """updates between two measurements of the FID, the best generator being kept; 0: never; None:
    1000 where that takes seconds"""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """of convolutions and matrix products; auto takes bfloat16 where the hardware computes in it"""
    preset: Literal["studio", "classic"] = "studio"
    """what the other numbers start from: our recipe of minutes or the paper's own numbers"""

    def __post_init__(self) -> None:
        for name in ("steps", "decay_steps", "log_every", "sample_every", "save_every"):
            whole(getattr(self, name), name, 1, 10**9)
        whole(self.seed, "The seed", 0, MAX_SEED)
        if self.evaluate_every is not None:
            whole(self.evaluate_every, "evaluate_every", 0, 10**9)


def train(
    gan: LatentGAN,
    batches: Batches,
    config: Config,
    run_dir: Path,
    manifest: Manifest,
    measure: Measure | None = None,
) -> Generator[Event]:
    """Train `gan` to step `config.steps`, from the state in `run_dir` if there is one.

    With a `measure` the best averaged generator is kept in `run_dir/best`, itself a model.
    Closing the iterator saves and stops. Diverged is raised when a loss is no longer finite; the
    last good state stays in `run_dir`.
    """
    run = _Run(gan, batches, config, run_dir, manifest, measure)
    try:
        try:
            yield from run.events()
        except (GeneratorExit, KeyboardInterrupt):
            run.save()
            raise
    except Diverged as error:
        raise Diverged(
            f"Training stopped after step {run.step} because {error}; the state of step "
            f"{run.saved} is kept in {run_dir}. Start again from it with a lower learning rate or "
            "a stronger penalty."
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
    ) -> None:
        self.gan, self.batches, self.config = gan, batches, config
        self.directory, self.manifest, self.measure = run_dir, manifest, measure
        self.device = next(gan.parameters()).device
        gan.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # absent in stubs
        self.optimizers = gan.optimizers()
        self.rates = [group["lr"] for group in self.groups]
        self.average = Average(gan.generator, config.average_decay)
        self.step = self.saved = 0
        self.seconds = 0.0
        self.history: list[dict[str, float]] = []
        self.fixed: Batch = next(Batches(batches.dataset, 64, config.seed, self.device))
        wanted = config.precision
        self.bfloat16 = wanted == "bfloat16" or (wanted == "auto" and fast_bfloat16(self.device))
        use_tensor_cores(self.device)
        torch.manual_seed(config.seed)
        self.resumed = (run_dir / checkpoints.STATE).exists()
        if self.resumed:
            self.restore()

    @property
    def parts(self) -> dict[str, Any]:
        return {"gan": self.gan, "average": self.average.module, **self.optimizers._asdict()}

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Asked for anew each time, as an optimiser that is restored has other ones."""
        return [group for player in self.optimizers for group in player.param_groups]

    def events(self) -> Iterator[Event]:
        if self.resumed:
            yield Checkpoint(step=self.step, path=self.directory)
        else:
            yield self.save()  # a disk that takes no files is found out now, not after an hour
        pace = Pace(self.step)
        while self.step < self.config.steps:
            losses = self.update()
            last = self.step == self.config.steps
            if last or self.step % self.config.log_every == 0:
                yield self.log(losses, pace)
            if last or self.step % self.config.sample_every == 0:
                yield self.sample()
            if self.is_measured():
                yield self.evaluate()
            if last or self.step % self.config.save_every == 0:
                yield self.save()

    def update(self) -> Losses:
        """One round of the game."""
        decay = 0.1 ** min(1.0, self.step / self.config.decay_steps)
        for group, rate in zip(self.groups, self.rates, strict=True):
            group["lr"] = rate * decay
        # Weights change between the two players' turns, so autocast must not remember their casts.
        with torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.bfloat16, cache_enabled=False
        ):
            losses = self.gan.step(self.batches, self.optimizers)
        self.step += 1
        self.average.update(self.gan.generator, self.step)
        return losses

    def log(self, losses: Losses, pace: Pace) -> Step:
        """Read the losses: the only place where the loop waits for an accelerator."""
        values = dict(zip(losses, torch.stack(list(losses.values())).tolist(), strict=True))
        if not all(map(math.isfinite, values.values())):
            raise Diverged(f"a loss became {values}")
        self.history.append({"step": self.step, **values})
        rate = pace.rate(self.step)
        self.seconds += pace.lap()
        return Step(
            step=self.step,
            total=self.config.steps,
            losses=values,
            images_per_second=rate * self.gan.config.batch_size,
            seconds_left=(self.config.steps - self.step) / rate,
        )

    def sample(self, best: str = "") -> Sample:
        with self.average.in_place_of(self.gan):
            grid = images.grid(images.to_uint8(self.gan.preview(self.fixed)))
        png = io.BytesIO()
        images.save_png(grid, png)
        checkpoints.write(self.directory / best / checkpoints.SAMPLES, png.getvalue())
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
        self.check()
        with self.average.in_place_of(self.gan):
            metrics = self.measure(self.gan)
        if not (self.history and self.history[-1]["step"] == self.step):
            self.history.append({"step": self.step})
        self.history[-1]["fid"] = metrics["fid"]
        # What is recorded is restored with the history, so a resumed run knows its best too.
        best = min((row for row in self.history if "fid" in row), key=lambda row: row["fid"])
        directory = self.directory / checkpoints.BEST
        if best["step"] == self.step:
            self.sample(checkpoints.BEST)
            manifest = dataclasses.replace(self.described(), metrics=metrics)
            checkpoints.save_model(directory, self.gan, self.average.module, manifest)
        return Evaluation(
            step=self.step,
            fid=metrics["fid"],
            best_step=int(best["step"]),
            best_fid=best["fid"],
            path=directory,
        )

    def check(self) -> None:
        if not all(bool(p.isfinite().all()) for p in self.gan.parameters()):
            raise Diverged("a weight is no longer a number")

    def save(self) -> Checkpoint:
        """Write model, state and history; if a weight is not finite keep the old ones: Diverged."""
        self.check()
        numbers = {"step": self.step, "position": self.batches.position, "seconds": self.seconds}
        # History first: rows behind the state are dropped by a resume, missing ones are lost.
        checkpoints.save_history(self.directory, self.history)
        checkpoints.save_state(self.directory, self.parts, numbers)
        checkpoints.save_model(self.directory, self.gan, self.average.module, self.described())
        self.saved = self.step
        return Checkpoint(step=self.step, path=self.directory)

    def described(self) -> Manifest:
        """The manifest of the model as it is now."""
        said = {
            **dataclasses.asdict(self.config),
            "steps": self.step,
            "seconds": round(self.seconds, 1),
            "device": describe(self.device),
        }
        return dataclasses.replace(self.manifest, training=said)

    def restore(self) -> None:
        numbers = checkpoints.load_state(self.directory, self.parts)
        self.step = self.saved = int(numbers["step"])
        self.batches.position, self.seconds = int(numbers["position"]), numbers["seconds"]
        self.history = [
            row for row in checkpoints.load_history(self.directory) if row["step"] <= self.step
        ]


class Pace:
    """Updates per second since this process took over."""

    def __init__(self, step: int) -> None:
        self.start, self.step = time.perf_counter(), step
        self.last = self.start

    def rate(self, step: int) -> float:
        return (step - self.step) / (time.perf_counter() - self.start)

    def lap(self) -> float:
        """Seconds since the last call."""
        last, self.last = self.last, time.perf_counter()
        return self.last - last
