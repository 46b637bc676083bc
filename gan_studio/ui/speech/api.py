"""The endpoints `/speak` and `/hear`."""

# Gradio reads the annotations of results as they are, so they are not postponed here.
from typing import Any

import gradio as gr
from gradio.events import api

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.sound import files as sound_files
from gan_studio.sound.recipe import SPEECH, VOCODER, VOICE
from gan_studio.studio import Spoken, Studio
from gan_studio.ui import image_cache
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.event_options import EXCLUSIVE


class Endpoints:
    """Handlers over a studio, for programs."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def wire(self) -> None:
        api(self.speak, api_name="speak", **EXCLUSIVE)
        api(self.hear, api_name="hear", **EXCLUSIVE)

    @reports_errors
    def speak(
        self, text: str, voice: str = VOICE, pace: float = 1.0, pitch: float = 0.0,
        phones: str = "", model: str = SPEECH, vocoder: str = VOCODER, seed: int = 0,
    ) -> tuple[gr.FileData, gr.FileData, str, dict[str, Any]]:  # fmt: skip
        """Say English text; the voice was learned from a synthesiser (flite).

        Args:
            text: a sentence or a few, at most 600 letters
            voice: slt, rms or awb, or several with their weights, such as slt:0.7,rms:0.3
            pace: 2 is twice as fast, 0.5 half as fast
            pitch: semitones by which the voice is higher, -12 to 12
            phones: phones that are said in place of the text, such as HH AH0 L OW1
            model: name of a model that speaks
            vocoder: name of a model that makes sound of spectrograms, or griffin-lim
            seed: of the noise in sounds such as s

        Returns:
            sound: a WAV, 16 kHz, that carries its recipe
            spectrogram: a PNG, 64 pixels high and one wide for each 8 milliseconds
            recipe: the recipe as text
            said: "words", "phones" and the second at which each of these "ends"; what a reader
                should know ("notes"), how long it lasts ("seconds") and what it took ("timings")
        """
        speech = self.studio.speak(
            text, voice=voice, pace=pace, pitch=pitch, phones=phones, model=model,
            vocoder=vocoder, seed=seed,
        )  # fmt: skip
        sound = image_cache.write(speech.wav(), "speech.wav")
        picture = image_cache.write(image_files.encode_png(speech.spectrogram), "spectrogram.png")
        query = speech.recipe.to_query()
        return gr.FileData(path=sound), gr.FileData(path=picture), query, facts(speech)

    @reports_errors
    def hear(self, picture: str, vocoder: str = "") -> gr.FileData:
        """Turn a picture of sound into sound: what a model of spoken digits draws.

        Args:
            picture: recipe of a picture such as m=speech-digits&s=1&label=7
            vocoder: name of a model that makes sound of spectrograms, or griffin-lim; empty: the
                one that ships

        Returns:
            sound: a WAV, 16 kHz, that names the recipe
        """
        recipe = Recipe.read(picture)
        _, wave = self.studio.hear(recipe, vocoder)
        contents = sound_files.encode_wav(wave, recipe.to_json())
        return gr.FileData(path=image_cache.write(contents, f"{recipe.model}.wav"))


def facts(speech: Spoken) -> dict[str, Any]:
    """Words, phones and settings of spoken text, as JSON types."""
    return {
        "words": list(speech.words),
        "phones": list(speech.phones),
        "ends": list(speech.ends),
        "notes": list(speech.notes),
        "seconds": round(speech.seconds, 3),
        "timings": dict(speech.timings),
    }
