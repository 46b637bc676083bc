"""The Words tab: a sentence becomes a picture while it is typed, or speech.

Each of its two panels has its HTML, its routes and a script, which comes when the tab is opened
first.
"""

from __future__ import annotations

from starlette.routing import Route

from gan_studio.studio import Studio
from gan_studio.ui.words.api import Endpoints
from gan_studio.ui.words.layout import Layout
from gan_studio.ui.words.routes import Live
from gan_studio.ui.words.speech_routes import LiveSpeech

__all__ = ["Words"]


class Words(Layout):
    """The tab; `wire` connects its endpoints, `routes` are those that its scripts ask."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio, self.live, self.speech = studio, Live(studio), LiveSpeech(studio)

    def routes(self) -> list[Route]:
        return [*self.live.routes(), *self.speech.routes()]

    def wire(self) -> None:
        Endpoints(self.studio).wire()
