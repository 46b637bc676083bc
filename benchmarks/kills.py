"""A training that is killed at random moments, again and again, and taken up each time.

    python -m benchmarks.kills --kills 20

Every child process opens the jobs of a folder, as the page does, and starts the training or takes
it up; it gets SIGKILL at a random moment. Then the files must be loadable, the state no more than
500 updates behind what the dead process had told, and every number of the history the same as that
of a training that nobody disturbed.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import tyro

from benchmarks import report
from gan_studio.gans import checkpoint
from gan_studio.gans.config import ENDLESS, TrainingConfig
from gan_studio.gans.families import vanilla
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.studio import Studio

RUN = "gan-digits-1"


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What one kill left behind."""

    logged_step: int
    """the last update in events.jsonl"""
    saved_step: int
    """the update from which the training resumes"""

    @property
    def lost_updates(self) -> int:
        return self.logged_step - self.saved_step


def small_game(save_every: int = 50) -> TrainingRequest:
    """A small game, saved so often that kills fall into savings, too."""
    config = vanilla.Config(image_size=8, width=64, latent_dim=16)
    settings = TrainingConfig(
        steps=ENDLESS, save_every=save_every, sample_every=100, precision="float32"
    )
    return TrainingRequest(family="gan", dataset="digits", config=config, settings=settings)


def child(root: Path) -> None:
    """Start the training, or take it up, and go on until somebody kills this process."""
    torch.set_num_threads(1)
    studio = Studio(root, "cpu", root)
    if not studio.jobs.all():
        studio.jobs.start(small_game())
    else:
        studio.jobs.resume(RUN, local=True)
    while True:
        time.sleep(1)


def trial(root: Path, kills: int, seed: int = 0) -> Iterator[Kill]:
    """Kill and resume; AssertionError where something is lost or different."""
    rng = random.Random(seed)
    while kills:
        before = last_step(root / RUN)
        code = f"from benchmarks import kills; kills.child(kills.Path({str(root)!r}))"
        process = subprocess.Popen([sys.executable, "-c", code])
        try:
            wait(root / RUN, before, process)
            time.sleep(rng.uniform(0, 2))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        kills -= 1
        yield inspect_run(root / RUN)


def wait(run: Path, before: int, process: subprocess.Popen[bytes]) -> None:
    """Until the training is further than it was told to be, and so was taken up."""
    end = time.monotonic() + 120
    while (now := last_step(run)) == before or now < 1:
        assert process.poll() is None, "the child ended by itself"
        assert time.monotonic() < end, "the training was not taken up"
        time.sleep(0.02)


def last_step(run: Path) -> int:
    """The last update in events.jsonl; 0 where there is none yet."""
    last = 0
    with suppress(FileNotFoundError):
        for line in (run / "events.jsonl").read_text().splitlines():
            with suppress(ValueError):  # cut off by the kill
                event = json.loads(line)
                last = event["step"] if event["kind"] == "step" else last
    return last


def inspect_run(run: Path) -> Kill:
    """The files after a kill, all of them loadable."""
    checkpoint.load_model(run)
    checkpoint.load_history(run)
    jobs = Studio(run.parent, "cpu", run.parent).jobs
    assert jobs.snapshot(RUN).state == "interrupted", jobs.snapshot(RUN).reason
    steps = int(checkpoint.load_manifest(run).training["steps"])
    return Kill(logged_step=last_step(run), saved_step=steps)


def train_straight(root: Path, steps: int) -> dict[int, Mapping[str, float]]:
    """The history of the same training in one go, every update of it."""
    torch.set_num_threads(1)
    settings = TrainingConfig(steps=steps, log_every=1, sample_every=10**8, precision="float32")
    request = replace(small_game(), settings=settings, output=root / "straight")
    for _ in Studio(root, "cpu").train(request):
        pass
    rows = checkpoint.load_history(root / "straight")
    return {int(row["step"]): row for row in rows}


def compare(run: Path, straight: Mapping[int, Mapping[str, float]]) -> int:
    """How many rows of losses are the same to the last digit; AssertionError at one that is not."""
    # A kill may fall between two files of one saving; a resume takes later rows back.
    history = [row for row in checkpoint.load_history(run) if int(row["step"]) in straight]
    rows = [row for row in history if "generator" in row]
    for row in rows:
        reference = straight[int(row["step"])]
        for name in ("generator", "discriminator", "generator_gradient", "discriminator_gradient"):
            assert row[name] == reference[name], (row["step"], name)
    return len(rows)


def main(kills: int = 20, seed: int = 0) -> None:
    """Kill so often, and say what was lost.

    Args:
        kills: how often
        seed: of the moments
    """
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        results = list(trial(root, kills, seed))
        last = results[-1].saved_step
        same = compare(root / RUN, train_straight(root / "reference", last))
    rows = {
        "kills, each taken up again": (str(len(results)),),
        "updates lost, at most": (str(max(kill.lost_updates for kill in results)),),
        "updates in the end": (str(last),),
        "rows of losses, all the same": (str(same),),
    }
    report.table("", "", rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
