"""A ZeroGPU Space in a process of its own: it trains, is stopped, and paints."""

from __future__ import annotations

import itertools
import json
import os
import sys
from pathlib import Path

import spaces
import toy_jobs
from PIL import Image
from toy_jobs import finished, jobs_of, order, running

from gan_studio.core import devices
from gan_studio.datasets import registry
from gan_studio.studio.jobs import time_slices
from gan_studio.studio.studio import Studio
from gan_studio.style_transfer import painter as painting


def main(root: Path) -> None:
    toy_jobs.PATIENCE = 300.0
    time_slices.BURST = 10.0
    registry.load("digits", 16)  # imports what each burst would import again
    told: dict[str, object] = {"decorated": sorted(spaces.DECORATED)}
    with jobs_of(root / "runs") as jobs:
        done = finished(jobs, jobs.start(order(steps=30)).id)
        told["trained"] = [done.state, done.step]
        ticket = jobs.start(order(steps=10**6))
        running(jobs, ticket)
        jobs.stop(ticket.id, ticket.owner)
        told["stopped"] = finished(jobs, ticket.id).state
    painter = painting.Painter()
    config = painting.StyleConfig(size=64, steps=3, multi_scale=False)
    frames = painter.paint(photo(), [photo()], config)
    told["frames"] = [frame.step for frame in itertools.islice(frames, 2)]
    frames.close()  # pyright: ignore[reportAttributeAccessIssue]  # a generator
    told["devices"] = [str(devices.best_device()), str(Studio(root, runs=root).device)]
    told["calls"] = spaces.CALLS
    sys.stdout.write(json.dumps(told))


def photo() -> Image.Image:
    return Image.radial_gradient("L").convert("RGB").resize((64, 64))


if __name__ == "__main__":
    assert os.environ["SPACES_ZERO_GPU"]
    main(Path(sys.argv[1]))
