"""GPUs that are lent, as on ZeroGPU Spaces, by a stand-in that forks and pickles as they do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_studio.core import zerogpu
from gan_studio.studio.jobs import time_slices
from gan_studio.style_transfer import painter

TESTS = Path(__file__).resolve().parent


def test_without_such_a_space_nothing_changes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)

    def function() -> Iterator[int]:
        yield 1

    assert zerogpu.gpu(60)(function) is function
    assert not hasattr(time_slices.burst, "__wrapped__")


@pytest.mark.slow
def test_trainings_and_paintings_run_where_a_gpu_is_lent_and_sliders_stay_outside(tmp_path: Path):
    paths = [str(TESTS / "zerogpu"), str(TESTS), str(TESTS.parent)]
    env = {**os.environ, "SPACES_ZERO_GPU": "true", "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, str(TESTS / "zerogpu" / "train_and_paint.py"), str(tmp_path)]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["decorated"] == ["burst", "paint_on_gpu"]  # and no slider
    assert told["trained"] == ["finished", 30]
    assert told["stopped"] == "stopped"
    assert told["frames"] == [1, 2]
    assert told["devices"] == ["cpu", "cpu"]
    assert told["calls"][0] == ["burst", time_slices.GPU_SECONDS]
    name, seconds = told["calls"][-1]
    assert name == "paint_on_gpu"
    assert 15 <= seconds < 20


def test_a_painting_borrows_for_as_long_as_its_size_takes():
    from PIL import Image

    picture = Image.new("RGB", (512, 512))
    few, many = (
        painter.gpu_seconds(picture, [picture], painter.StyleConfig(size=size, steps=steps))
        for size, steps in ((256, 60), (1024, 300))
    )
    assert 15 <= few < many <= painter.MAX_GPU_SECONDS
