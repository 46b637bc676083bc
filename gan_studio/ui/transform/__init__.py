"""The Transform tab: a picture becomes another one, drawn, dropped or chosen."""

from __future__ import annotations

from gan_studio.studio import Studio
from gan_studio.ui.transform.api import Endpoints
from gan_studio.ui.transform.layout import Layout
from gan_studio.ui.transform.routes import Live

__all__ = ["Transform"]


class Transform(Layout):
    """The tab; `wire` connects its endpoints, `live` has the routes that its script asks."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio, self.live = studio, Live(studio)

    def wire(self) -> None:
        Endpoints(self.studio).wire()
