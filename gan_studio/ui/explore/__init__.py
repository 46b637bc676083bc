"""The Explore tab: one picture, the sliders that move it, and what lies around it."""

from __future__ import annotations

import functools
from typing import Any

import gradio as gr
from gradio.events import Dependency

from gan_studio.studio import Studio
from gan_studio.ui.controls import told_below
from gan_studio.ui.explore.actions import Actions
from gan_studio.ui.explore.api import Endpoints
from gan_studio.ui.explore.layout import Layout
from gan_studio.ui.wiring import HEAVY, HIDDEN, PRIVATE, SWIFT


class Explore(Layout):
    """The tab; `wire` connects its events once the page stands."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.models())
        self.studio = studio
        self.actions = Actions(studio, self)

    def wire(self, page: gr.Blocks, tab: gr.Tab) -> None:
        """Connect the events; models that were trained meanwhile are there when it is opened."""
        tab.select(lambda: gr.Dropdown(choices=self.studio.models()), None, self.model, **HIDDEN)
        Endpoints(self.studio, self.picture).wire()  # first: names are given once
        do, private = self.actions, {**SWIFT, **PRIVATE}
        sliders = [self.psi, *self.directions]
        moved = [control.input for control in (self.label, *sliders)]
        moved += [slider.release for slider in sliders]  # the reset button says nothing else
        gr.on(moved, do.generate, self.recipe, self.drawn, api_name="generate", **SWIFT)
        self.seed.input(do.reseed, self.recipe, [self.unseen, *self.drawn], **private)
        for i, slider in enumerate(self.raw):
            nudge = functools.partial(do.nudge, i)
            inputs = [self.page, slider, *self.recipe]
            slider.input(nudge, inputs, [self.unseen, *self.drawn], **private)
        self.settle_now.click(do.judge, self.recipe, self.opinion, api_name="opinion", **SWIFT)
        rested = [self.settle_now.click, self.page.input]
        inputs = [self.settled, self.page, *self.recipe]
        gr.on(rested, do.settle, inputs, self.surroundings, **private)
        self.settle_now.click(None, js="() => ganStudio.follow()")
        self.wire_jumps(page)
        self.wire_motion()
        self.history.wire(page, self)
        ways = self.named, self.variations, self.walks, self.sums, self.maps, self.projecting
        for panel in ways:
            panel.wire(self)

    def wire_jumps(self, page: gr.Blocks) -> None:
        """What moves the controls: chance, a pressed picture, a dropped PNG, the page's address."""
        do = self.actions
        jumps = [
            (page.load, do.open, []),
            (self.model.input, do.choose, self.recipe),
            (self.random.click, do.roll, [self.lock, *self.recipe]),
            (self.release.click, do.let_go, self.recipe),
            (self.dropped.upload, do.restore, [self.dropped]),
            (self.neighbours.click, do.move_to, [self.around]),
        ]
        for i, strip in enumerate(self.strips, 1):
            jumps.append((strip.click, do.along(i), self.recipe))
        for trigger, handler, inputs in jumps:
            self.jump(trigger, handler, inputs)

    def jump(self, trigger: Any, handler: Any, inputs: list[Any], **options: Any) -> None:
        """An event that moves controls and picture to another recipe."""
        outputs = [*self.recipe, *self.drawn]
        handler = told_below(handler, len(outputs))
        self.settle_after(trigger(handler, inputs, outputs, **HIDDEN, **options))

    def wire_motion(self) -> None:
        """The random walk, which moves the controls, and the loop, which leaves them alone."""
        do = self.actions
        walking, clock = gr.State(False), gr.Timer(0.15, active=False)
        self.settle_after(self.walk.click(do.turn, walking, [walking, clock, self.walk], **HIDDEN))
        clock.tick(do.wander, self.recipe, [*self.recipe, *self.drawn], **HIDDEN)
        frames = gr.Number(48, visible=False, label="frames")
        inputs = [*self.recipe[:-1], frames, self.label]
        shown = {"api_name": "interpolate", "show_progress": "minimal"}
        self.loop.click(do.interpolate, inputs, self.drawn, **shown, **HEAVY)
        self.link.click(None, js="() => ganStudio.copyLink()")

    def settle_after(self, event: Dependency) -> None:
        """Ask the discriminator and draw what lies around once the event is over."""
        event.then(None, js="() => ganStudio.press('#settle')")
