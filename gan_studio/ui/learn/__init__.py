"""The Learn tab: chapters with a live figure, something to try and three questions each."""

from __future__ import annotations

from starlette.routing import Route

from gan_studio.studio import Studio
from gan_studio.ui.compare import Compare
from gan_studio.ui.event_options import EXCLUSIVE, PRIVATE, SILENT
from gan_studio.ui.learn.actions import Actions
from gan_studio.ui.learn.layout import Layout
from gan_studio.ui.learn.routes import Live
from gan_studio.ui.train import Train

__all__ = ["Learn"]


class Learn(Layout):
    """The tab; `wire` connects what chapters prepare, `routes` are those that its scripts ask."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.live = Live(studio)

    def routes(self) -> list[Route]:
        return self.live.routes()

    def wire(self, compare: Compare, train: Train) -> None:
        do, inputs = Actions(compare, train), "(...inputs) => [learn.query, ...inputs.slice(1)]"
        self.to_train.click(
            do.prepare_training, self.query, do.training_outputs, js=inputs, **SILENT
        )
        comparison_inputs = [self.query, compare.seeds, compare.label, compare.smoothing]
        options = {"show_progress": "minimal", **EXCLUSIVE, **PRIVATE}
        outputs = do.comparison_outputs
        self.to_compare.click(
            do.prepare_comparison, comparison_inputs, outputs, js=inputs, **options
        )
