"""The Explore tab: one picture, the sliders that move it, and what lies around it."""

from __future__ import annotations

from starlette.routing import Route

from gan_studio.studio import Studio
from gan_studio.ui.explore.api import Endpoints
from gan_studio.ui.explore.importing import Importing
from gan_studio.ui.explore.layout import Layout
from gan_studio.ui.explore.routes import Live

__all__ = ["Explore"]


class Explore(Layout):
    """The tab; `wire` connects its events once the page stands, `routes` are those beside it."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(imports=not studio.limits.public)
        self.studio, self.live = studio, Live(studio)

    def routes(self) -> list[Route]:
        return [*self.live.routes(), *Importing(self.studio).routes()]

    def wire(self) -> None:
        Endpoints(self.studio, self.live).wire()
        self.projecting.wire(self.studio)
