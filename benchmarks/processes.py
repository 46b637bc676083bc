"""Updates per second of two processes that share each batch, against one process that has it all.

    python -m benchmarks.processes

Every process has one thread. Both sides train the family's default recipe on MNIST at 32 pixels
through the project's loop, with evaluation, sampling and saving out of the way; two processes talk
through gloo, as under torchrun.
"""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import ExitStack, closing
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import torch
import tyro

from benchmarks import report
from benchmarks.family_throughput import FOREVER, default_manifest
from gan_studio import training
from gan_studio.core import distributed
from gan_studio.core.events import Step
from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batches
from gan_studio.gans.config import TrainingConfig


class Fleet:
    """Processes that train together, `chunk` updates at each call."""

    def __init__(self, n: int, family: str, batch: int, chunk: int) -> None:
        context, port = get_context("spawn"), str(free_port())
        self.members, self.pipes = [], []
        for rank in range(n):
            ours, theirs = context.Pipe()
            words = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": n, "LOCAL_WORLD_SIZE": n}
            environment = {name: str(word) for name, word in words.items()}
            environment |= {
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": port,
                "CUDA_VISIBLE_DEVICES": "",
            }
            member = context.Process(target=play, args=(environment, theirs, family, batch, chunk))
            member.start()
            self.members.append(member)
            self.pipes.append(ours)

    def __call__(self) -> None:
        self.tell(go_on=True)
        for pipe in self.pipes:
            pipe.recv()

    def tell(self, *, go_on: bool) -> None:
        for pipe in self.pipes:
            pipe.send(go_on)

    def close(self) -> None:
        self.tell(go_on=False)
        for member in self.members:
            member.join()


def play(
    environment: dict[str, str], pipe: Connection, family: str, batch: int, chunk: int
) -> None:
    """One process: trains, pausing after every `chunk` updates until it is told to go on."""
    os.environ.update(environment)
    torch.set_num_threads(1)
    settings = TrainingConfig(
        steps=FOREVER, log_every=chunk, sample_every=FOREVER, save_every=FOREVER, evaluate_every=0
    )
    with ExitStack() as stack:
        stack.enter_context(distributed.process_group())
        digits = registry.load("mnist", 32)
        manifest = default_manifest(family, digits)
        manifest = replace(manifest, config=replace(manifest.config, batch_size=batch))
        torch.manual_seed(0)
        mine = distributed.rank(), distributed.world_size()
        batches = Batches(digits, batch, share=mine)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        events = training.train(manifest.build(), batches, settings, folder, manifest)
        stack.enter_context(closing(events))
        while pipe.recv():
            next(event for event in events if isinstance(event, Step))
            pipe.send(None)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def main(*, family: str = "dcgan", batch: int = 64, chunk: int = 10, repetitions: int = 9) -> None:
    """Time both sides in turn.

    Args:
        family: what is trained
        batch: pictures of an update, of both processes together
        chunk: updates of each side in one turn
        repetitions: turns
    """
    with ExitStack() as stack:
        fleets: dict[str, Fleet] = {}
        for name, n in {"one process": 1, "two processes": 2}.items():
            fleets[name] = stack.enter_context(closing(Fleet(n, family, batch, chunk)))
            fleets[name]()  # warms up
        times = report.medians(report.alternate(fleets, repetitions))
    one = times["one process"]
    rows = {name: (f"{chunk / t:.2f}", f"{one / t:.2f}") for name, t in times.items()}
    report.table(f"{family}, batch {batch}, a thread each", "updates/s", "ratio", rows=rows)


if __name__ == "__main__":
    tyro.cli(main)
