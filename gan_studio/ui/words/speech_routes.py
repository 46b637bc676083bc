"""The routes of the speech panel: text in, sound and its spectrogram out."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import threading
from collections.abc import Callable
from contextlib import closing, suppress

from starlette.routing import Route

from gan_studio.images import files as image_files
from gan_studio.sound.recipe import GRIFFIN_LIM, VOCODER, SpeechRecipe
from gan_studio.studio import Spoken, Studio
from gan_studio.ui.batching import MicroBatcher
from gan_studio.ui.json_routes import Answer, Asked, bytes_route, json_route
from gan_studio.ui.speech.api import facts

PREFIX = "/speech/"
"""where the routes lie"""
LONG = ("say", "restore")
"""the routes that take seconds"""
MAX_WAV = 5_000_000
"""bytes of a WAV whose recipe is looked for: two and a half minutes"""
TITLES = {
    VOCODER: "GAN (vocoder)",
    "vocoder-losses": "Losses alone",
    GRIFFIN_LIM: "Griffin–Lim",
}
"""way from a spectrogram to a wave -> what the page calls it; another is called by its name"""
EXAMPLES = (
    "four two zero",
    "The quick brown fox jumps over the lazy dog.",
    "Two players learn from each other: one draws, the other judges.",
    "On 29 November 2026 it was 7.5 degrees.",
)
WARM_UP = "four two zero, xylophonist"
"""numbers, words of the lexicon and one that is none"""


class LiveSpeech:
    """The routes over a studio."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.warmed: asyncio.Future[None] | None = None
        self.turns = MicroBatcher[Callable[[], Answer], Answer](lambda jobs: [jobs[0]()], most=1)

    def routes(self) -> list[Route]:
        return [
            json_route(f"{PREFIX}models", self.models),
            json_route(f"{PREFIX}say", self.say),
            bytes_route(f"{PREFIX}restore", self.restore),
        ]

    async def models(self, _: Asked) -> Answer:
        """What there is to choose from: models, voices, and ways from a spectrogram to a wave."""
        models = await asyncio.to_thread(self.studio.speech_models)
        vocoders = await asyncio.to_thread(self.studio.vocoders)
        if models and not self.warmed:
            self.warmed = asyncio.ensure_future(asyncio.to_thread(self.warm_up))
        return {
            "models": models,
            "voices": self.studio.voices(),
            "vocoders": [*vocoders, GRIFFIN_LIM],
            "titles": TITLES,
            "examples": list(EXAMPLES),
        }

    def warm_up(self) -> None:
        """Speak once, so that a visitor's first sound does not wait for modules and weights."""
        with suppress(ValueError):
            said = self.studio.speak(
                WARM_UP, vocoder=next(iter(self.studio.vocoders()), GRIFFIN_LIM)
            )
            told(said, self.studio.device_name)

    async def say(self, asked: Asked) -> Answer:
        """The sound of a text by one way, and what was read."""
        known = [field.name for field in dataclasses.fields(SpeechRecipe)]
        recipe = SpeechRecipe(**{"text": "", **{k: asked[k] for k in known if k in asked}})

        gone = threading.Event()  # whoever asked waits no longer

        def work() -> Answer:
            said = None
            with closing(self.studio.saying(recipe)) as pieces:
                while not gone.is_set() and not said:
                    said = next(pieces)
            return {**facts(said), **told(said, self.studio.device_name)} if said else {}

        if self.turns.waiting >= self.studio.limits.queue_size:
            raise ValueError(
                f"The studio is busy: {self.turns.waiting} requests wait already. "
                "Try again in a minute."
            )
        try:
            return await self.turns.ask(work)
        finally:
            gone.set()

    async def restore(self, contents: bytes) -> Answer:
        """The text and the settings that a WAV carries."""
        recipe = await asyncio.to_thread(self.studio.speech_recipe, contents)
        return dataclasses.asdict(recipe)


def told(said: Spoken, device: str) -> Answer:
    """Sound and spectrogram as data: URLs, and what they took."""
    wav = base64.b64encode(said.wav()).decode()
    png = base64.b64encode(image_files.encode_png(said.heard())).decode()
    taken = sum(said.timings.values())
    return {
        "sound": f"data:audio/wav;base64,{wav}",
        "spectrogram": f"data:image/png;base64,{png}",
        "text": f"{said.seconds:.1f} s of speech in {taken:.2f} s · {device}",
        "query": said.recipe.to_query(),
    }
