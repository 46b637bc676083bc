"""Updates of the page from snapshots of a training."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import gradio as gr
from PIL import Image

from gan_studio.images import files as image_files
from gan_studio.studio import Studio, publish, terms
from gan_studio.studio import curves as history
from gan_studio.studio.jobs import Snapshot
from gan_studio.ui import image_cache, plots
from gan_studio.ui.curves import Mark
from gan_studio.ui.languages import translatable
from gan_studio.ui.train import settings, views
from gan_studio.ui.train.layout import FIRST_TICK, TICK, Layout, ViewState

Updates = dict[Any, Any]
"""component -> its new value or properties"""
EXAMPLE = "dcgan-mnist"
"""the model that an empty tab shows"""
SMOOTHING = 0.5


class View(NamedTuple):
    """A training as one visitor sees it."""

    snapshot: Snapshot
    owners: Mapping[str, str]
    """the tokens of the trainings that this visitor may steer"""
    follows: bool
    """whether the newest samples are shown, not those of an earlier step"""

    @property
    def is_owner(self) -> bool:
        """whether this visitor may steer it"""
        return self.snapshot.id in self.owners


class Presenter:
    """Draws the parts of the page that have changed since the last look, and no others."""

    def __init__(self, studio: Studio, layout: Layout) -> None:
        self.studio, self.jobs, self.layout = studio, studio.jobs, layout
        self.parts: dict[str, tuple[Callable[[View], Any], Callable[[View], Updates]]] = {
            "readout": (lambda v: (mark_of(v.snapshot), v.is_owner), self.readout),
            "buttons": (
                lambda v: (v.snapshot.state, v.snapshot.trainable, v.is_owner),
                self.buttons,
            ),
            "samples": (lambda v: (v.snapshot.samples, v.snapshot.grid is None), self.samples),
            "real": (lambda v: v.snapshot.real is None, self.real),
            "plots": (lambda v: (len(v.snapshot.rows), len(v.snapshot.changes)), self.plots),
            "findings": (lambda v: (v.snapshot.findings, v.is_owner), self.findings),
            "form": (lambda v: (len(v.snapshot.changes), v.is_owner), self.form),
            "list": (lambda v: v.snapshot.state, self.list),
        }

    def refresh(
        self,
        view_state: ViewState,
        owners: Mapping[str, str],
        at: float | None = None,
        resting: Collection[str] = (),
    ) -> Updates:
        """The updates for the watched training, without the `resting` parts.

        `at` is where its scrubber stands.
        """
        snapshot = self.jobs.snapshot(view_state.id)
        follows = at is None or at >= len(view_state.samples) - 1
        view = View(snapshot, owners, follows)
        now, updates = dict(view_state.parts), Updates()
        for name, (key, draw) in self.parts.items():
            if name not in resting and (name not in now or now[name] != key(view)):
                now[name] = key(view)
                updates |= draw(view)
        fresh = now.get("form") != view_state.parts.get("form")
        config = snapshot.config if fresh else view_state.config
        new = ViewState(view_state.id, mark_of(snapshot), now, snapshot.samples, config)
        return {**updates, self.layout.view_state: new}

    def readout(self, view: View) -> Updates:
        text = views.readout(view.snapshot, self.studio.device_name, mine=view.is_owner)
        return {
            self.layout.readout: {"text": text, "run": view.snapshot.id},
            self.layout.clock: gr.Timer(
                TICK if view.snapshot.grid else FIRST_TICK, active=not view.snapshot.is_over
            ),
        }

    def buttons(self, view: View) -> Updates:
        """Enable the buttons that can be used in this state, none of a stranger's training."""
        layout, state = self.layout, view.snapshot.state
        moves = view.is_owner and state in ("running", "paused")
        over = view.snapshot.is_over
        name = "▶ Resume" if over else "▶ Go on" if state == "paused" else "⏸ Pause"
        return {
            layout.steering: gr.Row(visible=True),
            layout.pause: gr.Button(
                translatable(name), interactive=moves or (view.is_owner and over)
            ),
            layout.step: gr.Button(interactive=moves),
            layout.stop: gr.Button(interactive=moves or (view.is_owner and state == "waiting")),
            layout.turns: gr.Radio(value=view.snapshot.trainable, interactive=moves),
            layout.changing: gr.Accordion(visible=moves),
            **self.finish(view),
        }

    def finish(self, view: View) -> Updates:
        """Links to the finished model; who trained it may publish it."""
        layout, snapshot = self.layout, view.snapshot
        directory = self.jobs.directory(snapshot.id)
        name = self.studio.library.name_of(directory) if snapshot.is_over else None
        if name is None:
            hidden = gr.Accordion(visible=False)
            return {layout.ending: gr.Row(visible=False), layout.publishing.fold: hidden}
        archive = publish.to_zip(directory)
        path = image_cache.write(archive, f"{snapshot.id}.zip")
        return {
            layout.ending: gr.Row(visible=True),
            layout.publishing.fold: gr.Accordion(visible=view.is_owner),
            layout.explore: views.model_link(name, snapshot.family),
            layout.download: gr.DownloadButton(value=path),
        }

    def samples(self, view: View) -> Updates:
        """The newest grid, unless the visitor looks back; how far that is possible."""
        layout, steps = self.layout, view.snapshot.samples
        last = max(1, len(steps) - 1)
        scrub = {"maximum": last, "visible": len(steps) > 1}
        if not view.follows:
            return {layout.scrub: gr.Slider(**scrub)}
        if view.snapshot.grid is None:
            return {layout.caption: "The first samples appear soon."}
        step = steps[-1] if steps else view.snapshot.step
        updates = self.grid(view.snapshot.grid, step, view.snapshot.dataset)
        return {**updates, layout.scrub: gr.Slider(value=last, **scrub)}

    def grid(self, picture: Image.Image, step: int, dataset: str) -> Updates:
        update = picture_update(picture, "samples.png", dataset)
        return {self.layout.samples: update, self.layout.caption: f"Samples after step {step:,}"}

    def real(self, view: View) -> Updates:
        layout, picture = self.layout, view.snapshot.real
        if picture is None:
            return {layout.beside: gr.Column(visible=False)}
        update = picture_update(picture, "real.png", view.snapshot.dataset)
        return {layout.beside: gr.Column(visible=True), layout.real: update}

    def plots(self, view: View) -> Updates:
        snapshot = view.snapshot
        curves = [history.smooth_and_thin(c, SMOOTHING) for c in history.read_curves(snapshot.rows)]
        marks = [Mark(int(c["step"]), views.describe_change(c)) for c in snapshot.changes]
        html = plots.training(curves, marks)
        return {
            self.layout.curves: html or "<p>Curves appear after the first steps.</p>",
            self.layout.changes: views.changes(snapshot),
        }

    def findings(self, view: View) -> Updates:
        return {self.layout.findings: views.findings(view.snapshot.findings, mine=view.is_owner)}

    def form(self, view: View) -> Updates:
        """Show the settings that can change, with their current values."""
        fields = settings.free_fields(view.snapshot.family)
        return {
            control: gr.update(
                visible=name in fields,
                **(
                    {
                        "value": getattr(view.snapshot.config, name),
                        "info": translatable(fields[name].description),
                    }
                    if name in fields
                    else {}
                ),
            )
            for name, control in self.layout.change_controls.items()
        }

    def list(self, view: View) -> Updates:
        snapshots = self.jobs.visible(view.owners)
        return {self.layout.list: views.training_list(snapshots, view.snapshot.id)}

    def example(self, owners: Mapping[str, str]) -> Updates:
        """Show a successful training in an empty tab."""
        layout, models = self.layout, self.studio.models()
        updates: Updates = {layout.list: views.training_list(self.jobs.visible(owners), "")}
        if not models:
            return updates
        name = EXAMPLE if EXAMPLE in models else models[0]
        curves = plots.training(self.studio.curves(name, SMOOTHING))
        sheet = publish.samples_png(self.studio.library.directory(name))
        if sheet:
            path = image_cache.write(sheet, "samples.png")
            updates |= {layout.samples: path, layout.caption: f"An example: samples of {name}"}
        text = f"<p>This is how {name} was trained. Press <b>Train</b> to start your own.</p>"
        return {**updates, layout.curves: curves, layout.readout: {"text": text, "run": ""}}


def picture_update(picture: Image.Image, name: str, dataset: str) -> Any:
    """The update that shows a picture of a data set, enlarged as suits it."""
    path = image_cache.write(image_files.encode_png(picture), name)
    smooth = terms.is_smooth(dataset, len(picture.getbands()))
    return gr.update(value=path, elem_classes=["samples", *(["smooth"] if smooth else [])])


def mark_of(snapshot: Snapshot) -> tuple[int, int]:
    """A value that changes with the snapshot; jobs ahead in the queue leave without a version."""
    return snapshot.version, snapshot.queue_position
