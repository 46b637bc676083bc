"""The routes of the speech panel: text in, sound and its spectrogram out."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from contextlib import closing, suppress

from starlette.routing import Route

from gan_studio.images import files as image_files
from gan_studio.sound.recipe import GRIFFIN_LIM, VOCODER, SpeechRecipe
from gan_studio.studio import Spoken, Studio
from gan_studio.ui import image_cache
from gan_studio.ui.batching import WorkQueue
from gan_studio.ui.json_routes import Answer, Fields, bytes_route, json_route
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
        self.warm_up_future: asyncio.Future[None] | None = None
        self.queue = WorkQueue[Answer](studio.limits.queue_size)

    def routes(self) -> list[Route]:
        return [
            json_route(f"{PREFIX}models", self.models),
            json_route(f"{PREFIX}say", self.say),
            bytes_route(f"{PREFIX}restore", self.restore),
        ]

    async def models(self, _: Fields) -> Answer:
        """Models, voices, vocoders and examples."""
        models = await asyncio.to_thread(self.studio.speech_models)
        vocoders = await asyncio.to_thread(self.studio.vocoders)
        if models and not self.warm_up_future:
            self.warm_up_future = asyncio.ensure_future(asyncio.to_thread(self.warm_up))
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
            vocoder = next(iter(self.studio.vocoders()), GRIFFIN_LIM)
            sound_fields(self.studio.speak(WARM_UP, vocoder=vocoder), self.studio.device_name)

    async def say(self, fields: Fields) -> Answer:
        """The speech of a text by one vocoder, and how the text was read."""
        names = [field.name for field in dataclasses.fields(SpeechRecipe)]
        recipe = SpeechRecipe(**{"text": "", **{k: fields[k] for k in names if k in fields}})

        disconnected = threading.Event()

        def work() -> Answer:
            speech = None
            with closing(self.studio.saying(recipe)) as pieces:
                while not disconnected.is_set() and not speech:
                    speech = next(pieces)
            return (
                {**facts(speech), **sound_fields(speech, self.studio.device_name)} if speech else {}
            )

        try:
            return await self.queue.run(work)
        finally:
            disconnected.set()

    async def restore(self, contents: bytes) -> Answer:
        """The text and the settings that a WAV carries."""
        recipe = await asyncio.to_thread(self.studio.speech_recipe, contents)
        return dataclasses.asdict(recipe)


def sound_fields(speech: Spoken, device: str) -> Answer:
    """Sound and spectrogram as data: URLs, and what they took."""
    seconds = sum(speech.timings.values())
    return {
        "sound": image_cache.data_url("audio/wav", speech.wav()),
        "spectrogram": image_cache.data_url(
            "image/png", image_files.encode_png(speech.wave_spectrogram())
        ),
        "text": f"{speech.seconds:.1f} s of speech in {seconds:.2f} s · {device}",
        "query": speech.recipe.to_query(),
    }
