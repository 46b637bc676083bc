"""The endpoints `/train`, `/watch` and `/steer`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from gan_studio.images import files as image_files
from gan_studio.studio.jobs import OWN, JobQueue, Snapshot
from gan_studio.ui.errors import reports_errors, reports_errors_stream
from gan_studio.ui.image_cache import file
from gan_studio.ui.train.layout import Layout
from gan_studio.ui.train.presenter import mark_of
from gan_studio.ui.train.request import RequestReader
from gan_studio.ui.train.settings import check_names, read_changes

POLL_INTERVAL = 0.5
"""seconds between two looks at a training that somebody watches"""
Action = Literal[
    "", "pause", "go_on", "step", "stop", "resume", "both", "discriminator", "generator"
]
Update = tuple[str | None, dict[str, Any]]


class Endpoints:
    """Handlers for programs."""

    def __init__(self, jobs: JobQueue, reader: RequestReader, layout: Layout) -> None:
        self.jobs, self.reader, self.layout = jobs, reader, layout

    @reports_errors_stream
    def train(
        self, family: str = "dcgan", dataset: str = "digits",
        steps: float | None = None, minutes: float | None = None,
        settings: dict | None = None, pictures: list[str] | None = None,
        start_from: str = "", flips: bool = False,
    ) -> Iterator[Update]:  # fmt: skip
        """Train a family, and watch: grids of samples, each with a status that says how it goes.
        The training goes on when nobody watches; /watch takes it up again. The model can then be
        drawn with under the training's id.

        Args:
            family: what to train: gan, cgan, dcgan, ebgan, unrolled, wgan, began, wgan-gp, progan,
                msg-gan, stylegan2 or r3gan
            dataset: digits, mnist, fashion-mnist or celeba; not looked at where pictures are given
            steps: updates of the generator, at most 100,000
            minutes: time that it may take; without steps and minutes 2
            settings: the family's settings by name, such as {"learning_rate": 0.0005}
            pictures: files to learn from instead of a data set, pictures or zips of them
            start_from: name of a model of the same family that learns on
            flips: mirror half of the pictures

        Returns:
            samples: a PNG of samples so far; nothing before the first
            status: "id", "state", "step", "total", "losses", "findings" and what else is known; of
                one's own training the token ("owner") that /steer and /stop ask for
        """
        spans = {"minutes": 2} if steps is minutes is None else {"steps": steps, "minutes": minutes}
        asked = {**check_names(settings or {}), "start_from": start_from, "flips": flips}
        request = self.reader.read(family, OWN if pictures else dataset, spans, asked)
        upload = self.jobs.collect([Path(path) for path in pictures])[0] if pictures else ""
        try:
            ticket = self.jobs.start(request, upload)
        finally:
            self.jobs.discard(upload)  # the run has its own
        yield from self._stream(ticket.id, {"id": ticket.id, "owner": ticket.owner})

    @reports_errors_stream
    def watch(self, id: str = "") -> Iterator[Update]:  # noqa: A002  # as the endpoint names it
        """Watch a training that goes on, as /train does; of one that is over, how it ended.

        Args:
            id: the training's, from /train or from the page's address

        Returns:
            samples: a PNG of samples so far; nothing before the first
            status: "id", "state", "step", "total", "losses", "findings" and what else is known
        """
        yield from self._stream(id, {"id": id})

    def _stream(self, run: str, marks: Mapping[str, str]) -> Iterator[Update]:
        """Samples and status at every change, until the training is over."""
        mark, shown, path = None, None, None
        while True:
            snapshot = self.jobs.snapshot(run)
            if mark != (mark := mark_of(snapshot)):
                if snapshot.grid is not None and snapshot.grid is not shown:
                    shown = snapshot.grid
                    path = file(self.layout.sheet, image_files.encode_png(shown), "samples.png")
                yield path, {**marks, **status(snapshot)}
            if snapshot.is_over:
                return
            time.sleep(POLL_INTERVAL)

    @reports_errors
    def steer(
        self, id: str = "", owner: str = "", action: Action = "", changes: dict | None = None,  # noqa: A002
    ) -> dict[str, Any]:  # fmt: skip
        """Steer a training that one has started.

        Args:
            id: the training's
            owner: the token that /train gave to who started it
            action: pause, go_on, step, stop or resume; who learns: both, discriminator or
                generator; nothing when only settings change
            changes: settings to change while it trains, such as {"learning_rate": 0.0005}

        Returns:
            status: as /watch tells it
        """
        snapshot = self.jobs.snapshot(id)
        wanted = read_changes(snapshot.family, changes or {})
        if action == "resume":
            self.jobs.resume(id, owner, wanted)
            return status(self.jobs.snapshot(id))
        if action:
            self._action(action)(id, owner)
        if wanted:
            self.jobs.change(id, owner, wanted)
        return status(self.jobs.snapshot(id))

    def _action(self, action: str) -> Callable[[str, str], Any]:
        """The method for an action; ValueError with the known ones."""
        jobs = self.jobs
        actions: dict[str, Callable[[str, str], Any]] = {
            "pause": jobs.pause,
            "go_on": jobs.unpause,
            "step": jobs.step,
            "stop": jobs.stop,
            "both": lambda run, owner: jobs.set_trainable(run, owner, "both"),
            "discriminator": lambda run, owner: jobs.set_trainable(run, owner, "discriminator"),
            "generator": lambda run, owner: jobs.set_trainable(run, owner, "generator"),
        }
        if action not in actions:
            raise ValueError(
                f"There is no action {action!r}; there are {', '.join(actions)}, resume."
            )
        return actions[action]


def status(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot in plain values."""
    latest = {k: v for row in snapshot.rows[-20:] for k, v in row.items() if math.isfinite(v)}
    latest.pop("step", None)
    return {
        "state": snapshot.state,
        "place": snapshot.queue_position,
        "family": snapshot.family,
        "dataset": snapshot.dataset,
        "step": snapshot.step,
        "total": snapshot.total,
        "images_per_second": round(snapshot.images_per_second, 1),
        "seconds": round(snapshot.seconds, 1),
        "seconds_left": snapshot.seconds_left and round(snapshot.seconds_left, 1),
        "turns": snapshot.trainable,
        "losses": latest,
        "changes": [dict(changed) for changed in snapshot.changes],
        "findings": [f"{found.name}: {found.evidence}" for found in snapshot.findings],
        "said": snapshot.reason,
    }
