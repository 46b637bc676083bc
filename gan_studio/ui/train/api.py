"""The endpoints `/train`, `/watch` and `/steer`."""

# Gradio reads the annotations of results as they are, so they are not postponed here.
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import gradio as gr
from gradio.events import api

from gan_studio.images import files as image_files
from gan_studio.studio.jobs import OWN, Snapshot
from gan_studio.ui import image_cache
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.event_options import MONITORING
from gan_studio.ui.train.form import Form
from gan_studio.ui.train.presenter import mark_of
from gan_studio.ui.train.settings import check_names, read_changes

POLL_INTERVAL = 0.5
"""seconds between two reads of the state of a watched training"""
Action = Literal[
    "", "pause", "go_on", "step", "stop", "resume", "both", "discriminator", "generator"
]
Update = tuple[gr.FileData | None, dict[str, Any]]


class Endpoints:
    """Handlers for programs."""

    def __init__(self, form: Form) -> None:
        self.jobs, self.form = form.jobs, form

    def wire(self) -> None:
        for handler in (self.train, self.watch):
            api(handler, api_name=handler.__name__, **MONITORING)
        api(self.steer, api_name="steer", queue=False)

    @reports_errors
    def train(
        self, family: str = "dcgan", dataset: str = "digits",
        steps: float | None = None, minutes: float | None = None,
        settings: dict | None = None, pictures: list[gr.FileData] | None = None,
        start_from: str = "", flips: bool = False,
    ) -> Iterator[Update]:  # fmt: skip
        """Train a family, and watch: grids of samples, each with a status that says how it goes.
        The training goes on when nobody watches; /watch takes it up again. The model can then be
        drawn with under the training's id.

        Args:
            family: what to train: gan, cgan, dcgan, ebgan, unrolled, wgan, began, wgan-gp, progan,
                msg-gan, stylegan2, r3gan, pix2pix, cyclegan or cut
            dataset: digits, mnist, fashion-mnist or celeba; not looked at where pictures are given
            steps: updates of the generator, at most 100,000
            minutes: time that it may take; without steps and minutes 2
            settings: the family's settings by name, such as {"learning_rate": 0.0005}
            pictures: files to learn from instead of a data set, pictures or zips of them; pairs are
                twice as wide as high, pictures of two kinds lie in a zip with folders A and B
            start_from: name of a model of the same family that learns on
            flips: mirror half of the pictures

        Returns:
            samples: a PNG of samples so far; nothing before the first
            status: "id", "state", "step", "total", "losses", "findings" and what else is known; of
                one's own training the token ("owner") that /steer and /stop ask for
        """
        spans = {"minutes": 2} if steps is minutes is None else {"steps": steps, "minutes": minutes}
        values = {**check_names(settings or {}), "start_from": start_from, "flips": flips}
        data = OWN if pictures else str(dataset)
        request = self.form.read(str(family), data, spans, values)
        paths = [Path(path) for path in image_cache.uploaded_paths(pictures or [])]
        upload = self.jobs.collect(paths)[0] if paths else ""
        try:
            ticket = self.jobs.start(request, upload)
        finally:
            self.jobs.discard(upload)  # the run has its own
        yield from self._stream(ticket.id, {"id": ticket.id, "owner": ticket.owner})

    @reports_errors
    def watch(self, id: str = "") -> Iterator[Update]:  # noqa: A002  # as the endpoint names it
        """Watch a training that goes on, as /train does; of one that is over, how it ended.

        Args:
            id: the training's, from /train or from the page's address

        Returns:
            samples: a PNG of samples so far; nothing before the first
            status: "id", "state", "step", "total", "losses", "findings" and what else is known
        """
        yield from self._stream(str(id), {"id": str(id)})

    def _stream(self, run: str, ids: Mapping[str, str]) -> Iterator[Update]:
        """Samples and status at every change, until the training is over."""
        mark, last_grid, sheet = None, None, None
        while True:
            snapshot = self.jobs.snapshot(run)
            if mark != (mark := mark_of(snapshot)):
                if snapshot.grid is not None and snapshot.grid is not last_grid:
                    last_grid = snapshot.grid
                    path = image_cache.write(image_files.encode_png(last_grid), "samples.png")
                    sheet = gr.FileData(path=path)
                yield sheet, {**ids, **status(snapshot)}
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
        jobs, run, owner = self.jobs, str(id), str(owner)
        new_settings = read_changes(jobs.snapshot(run).family, changes or {})
        acts = {"pause": jobs.pause, "go_on": jobs.unpause, "step": jobs.step, "stop": jobs.stop}
        if action == "resume":
            jobs.resume(run, owner, new_settings)
            return status(jobs.snapshot(run))
        if action in ("both", "discriminator", "generator"):
            jobs.set_trainable(run, owner, action)
        elif action:
            if str(action) not in acts:
                names = ", ".join(name for name in get_args(Action) if name)
                raise ValueError(f"There is no action {action!r}; there are {names}.")
            acts[str(action)](run, owner)
        if new_settings:
            jobs.change(run, owner, new_settings)
        return status(jobs.snapshot(run))


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
        "changes": [dict(change) for change in snapshot.changes],
        "findings": [f"{finding.name}: {finding.evidence}" for finding in snapshot.findings],
        "said": snapshot.reason,
    }
