"""A studio in a process of its own, to be looked at from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parents[1]
SERVE = """
import sys
from pathlib import Path
import torch
from gan_studio.studio import Studio
from gan_studio.ui import build, launch
torch.set_num_threads(1)
launch(build(Studio(Path(sys.argv[1]), "cpu", Path(sys.argv[2]))), quiet=True)
"""


@dataclass
class StudioProcess:
    """A process that serves, and its folders."""

    process: subprocess.Popen[bytes]
    address: str
    root: Path

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def log(self) -> str:
        return (self.root / "log").read_text("utf-8", errors="replace")

    def memory(self) -> int:
        """Resident bytes now."""
        return psutil.Process(self.process.pid).memory_info().rss

    def peak(self) -> int:
        """The most resident bytes so far."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (line,) = (line for line in lines if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])


@contextmanager
def studio_process(models: Path, root: Path, **environment: str) -> Iterator[StudioProcess]:
    """A studio with those models; its cache, its runs and its log lie under `root`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(root / "cache"), **environment}
    words = [sys.executable, "-c", SERVE, str(models), str(root / "runs")]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=ROOT, env={**os.environ, **told}, stdout=log, stderr=log
        )
    served = StudioProcess(process, f"http://127.0.0.1:{port}", root)
    try:
        until(lambda: healthy(served.address), 120)
        yield served
    finally:
        process.kill()
        process.wait()


def healthy(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=20).is_success
    except httpx.TransportError:
        return False


def until(reached: Callable[[], object], seconds: float) -> None:
    """Wait for something; AssertionError when it does not happen in time."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.1)
