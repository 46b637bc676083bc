"""The methods of `Studio` for text: pictures of what it asks for, and speech."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import numpy as np

from gan_studio.images.recipe import Recipe
from gan_studio.sound.recipe import SPEECH, VOCODER, VOICE, SpeechRecipe
from gan_studio.studio import draw, evaluate, hear, speak, words
from gan_studio.studio.speak import Spoken
from gan_studio.studio.studio_base import StudioBase


class LanguageStudio(StudioBase):
    """Text to pictures, text to speech, and the sound of spectrograms."""

    def text_models(self) -> list[words.TextModel]:
        """The models that draw pictures from text, those of photographs first."""
        return words.text_models(self.library)

    def reads_text(self, model: str) -> bool:
        """Whether a model, by name, directory or repository, draws pictures from text."""
        return words.reads_text(self.library.resolve(model))

    def read_text(self, model: str, text: str) -> words.Reading:
        """The words and the traits that a model of gan-cls finds in a text.

        Unknown words are no error. ValueError with one sentence for an empty text, one of more than
        400 letters, and a model that reads none.
        """
        return words.read(self.library.get(model), text)

    def from_text(
        self,
        model: str,
        text: str,
        *,
        seed: int = 0,
        traits: Mapping[str, float] | None = None,
        psi: float = 1.0,
    ) -> words.TextPicture:
        """Draw a picture from text; returns it with its recipe and how the text was read.

        Another seed gives another picture of the same text. `traits` overrides the strengths, -2
        to 2, of traits that `text_models` lists: 1 asks for a trait and -1 denies it. ValueError
        as for `read_text`, and for an unknown trait.
        """
        recipe = Recipe(model=model, text=text, seed=seed, traits=traits or {}, psi=psi)
        return words.from_text(self.library.get(model), recipe)

    def evaluate_text(
        self, model: str, dataset: str | None = None, count: int = 2000, *, record: bool = False
    ) -> dict[str, Any]:
        """Measure how often a model of gan-cls draws what captions ask for, judged by classifiers.

        The captions are of held-out pictures of the data set of its training, or of another one:
        coloured digits or celeba. `record` writes the figures into the model's files.
        """
        return evaluate.evaluate_text(self.library, model, dataset, count, record=record)

    def speech_models(self) -> list[str]:
        """The names of the models that speak."""
        return speak.models()

    def voices(self) -> list[str]:
        """The names of the voices that can be mixed."""
        return list(speak.VOICES)

    def vocoders(self) -> list[str]:
        """The names of the models that make sound of spectrograms, those that ship first."""
        return self.library.vocoders()

    def speak(
        self,
        text: str,
        *,
        voice: str = VOICE,
        pace: float = 1.0,
        pitch: float = 0.0,
        phones: str = "",
        model: str = SPEECH,
        vocoder: str = VOCODER,
        seed: int = 0,
    ) -> Spoken:
        """Say English text, of 1 to 600 letters.

        `voice` is one of `voices()`, or several with their weights, such as "slt:0.7,rms:0.3".
        `pace` from 0.5 to 2, which is twice as fast; `pitch`, -12 to 12, are semitones by which the
        voice is higher. `phones`, such as "HH AH0 L OW1", are said in place of the text's.
        `vocoder` is a model of `vocoders()`, or "griffin-lim". ValueError with one sentence for
        anything else, and for a text that has nothing to say or is not in Latin letters.
        """
        recipe = SpeechRecipe(
            text=text, phones=phones, voice=voice, pace=pace, pitch=pitch, model=model,
            vocoder=vocoder, seed=seed,
        )  # fmt: skip
        return speak.speak(self.library, recipe)

    def say(self, recipe: SpeechRecipe) -> Spoken:
        """Speak the text of a recipe, such as that of `speech_recipe`."""
        return speak.speak(self.library, recipe)

    def pronunciation(self, text: str) -> tuple[list[str], list[str], list[str]]:
        """The words of a text as they are spoken, their phones, and notes for the reader."""
        words, phones, notes = speak.pronunciation(text)
        return words, phones, notes

    def saying(self, recipe: SpeechRecipe) -> Generator[Spoken | None, None, None]:
        """As `say`, in pieces: None after each, in the end the speech.

        Closing the iterator stops the work.
        """
        return speak.speaking(self.library, recipe)

    def speech_recipe(self, wav: bytes) -> SpeechRecipe:
        """The recipe in a WAV that was saved here; ValueError where there is none."""
        return speak.recipe_of(wav)

    def is_sound(self, model: str) -> bool:
        """Whether a model's pictures are spectrograms that can be heard."""
        return hear.is_sound(self.library.load_any(model))

    def hear(self, recipe: Recipe, vocoder: str = "") -> tuple[int, np.ndarray]:
        """The sound of a recipe's picture: samples per second, and (samples,) float32 in [-1, 1].

        `vocoder` as in `speak`; empty: the one that ships. ValueError where the model's pictures
        are not of sound.
        """
        return hear.RATE, hear.hear(self.library, recipe, vocoder)

    def sample_sounds(
        self,
        model: str,
        count: int,
        seed: int = 0,
        psi: float = 1.0,
        label: int | None = None,
        vocoder: str = "",
    ) -> tuple[int, np.ndarray]:
        """The pictures of `sample`, at most 200, as sounds: the rate and (count, samples)."""
        loaded_model = self.library.load(model)
        hear.check_sound(loaded_model)
        pictures = draw.sample(loaded_model, count, seed, psi, label)
        return hear.RATE, hear.waves(self.library, pictures, vocoder, seed)
