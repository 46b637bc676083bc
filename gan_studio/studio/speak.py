"""Text into speech: phones, a spectrogram, a wave, and its recipe."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gan_studio.core import files
from gan_studio.core.validation import check_type
from gan_studio.images import convert
from gan_studio.models.library import Library
from gan_studio.sound import acoustic, griffin_lim, mel, phones, text
from gan_studio.sound.files import encode_wav, read_recipe, save_wav
from gan_studio.sound.recipe import GRIFFIN_LIM, SPEECH, SpeechRecipe

SPEECH_MODELS = {SPEECH: files.SHIPPED / SPEECH / files.MODEL}
"""models that read phones, by name"""
VOICES = acoustic.VOICES
ROUNDS = 32
"""of Griffin and Lim's method"""
TAUGHT_BY = "It was learned from a synthesiser (flite) and can imitate no other voice."
MAX_WAV = 50_000_000
"""bytes of a WAV whose recipe is looked for"""


class Spoken(NamedTuple):
    """Speech, its spectrogram, and what was read."""

    wave: np.ndarray
    """(T,) float32 in [-1, 1]"""
    rate: int
    """samples per second"""
    spectrogram: Image.Image
    """grey, 64 pixels high, one wide for each 8 ms, high tones above"""
    words: Sequence[str]
    phones: Sequence[str]
    """of ARPABET with their stress, `_` for a pause"""
    ends: Sequence[float]
    """seconds at which each phone ends"""
    recipe: SpeechRecipe
    notes: Sequence[str]
    timings: Mapping[str, float]
    """seconds that reading, the spectrogram and the wave took"""

    @property
    def seconds(self) -> float:
        """Duration of the wave."""
        return len(self.wave) / self.rate

    def wave_spectrogram(self) -> Image.Image:
        """The spectrogram of the wave itself, of the same form as the one that was asked for."""
        log_mel = mel.log_mel(torch.from_numpy(self.wave)[None])
        return convert.to_pil(convert.to_uint8(mel.to_picture(log_mel))[0])

    def wav(self) -> bytes:
        """A 16-bit WAV with the recipe in its comment."""
        return encode_wav(self.wave, self.recipe.to_json())

    def save(self, path: Path | str) -> None:
        """Write a WAV with the recipe; ValueError for another ending."""
        save_wav(Path(path), self.wave, self.recipe.to_json())

    def _repr_html_(self) -> str:
        """The audio player that a notebook shows."""
        import base64

        data = base64.b64encode(self.wav()).decode()
        return f'<audio controls src="data:audio/wav;base64,{data}"></audio>'


def speak(library: Library, recipe: SpeechRecipe) -> Spoken:
    """Say a recipe's text; ValueError with one sentence where that cannot be."""
    *_, speech = speaking(library, recipe)
    assert speech
    return speech


def speaking(library: Library, recipe: SpeechRecipe) -> Generator[Spoken | None, None, None]:
    """The same in pieces: None after each of them, and in the end the speech.

    Closing the iterator leaves the pieces undone that have not begun.
    """
    check_type(recipe, SpeechRecipe, "The recipe", "a SpeechRecipe")
    start = time.perf_counter()
    reading = _reading(recipe)
    weights = _voice(recipe)
    model = _model(recipe.model)
    reading_end = time.perf_counter()
    yield None
    end = [] if reading.phones[-1] == phones.PAUSE else [phones.PAUSE]
    phone_list = [phones.PAUSE, *reading.phones, *end]
    speech = acoustic.speak(model, phones.indices(phone_list), weights, recipe.pace, recipe.pitch)
    spectrogram_end = time.perf_counter()
    yield None
    vocoder_start = time.perf_counter()
    wave = vocode(library, recipe.vocoder, speech.spectrogram, recipe.seed)[0].numpy()
    picture = convert.to_uint8(mel.to_picture(speech.spectrogram))[0]
    ends = np.cumsum(speech.durations) * mel.SETTINGS.hop / mel.SETTINGS.rate
    vocoder_end = time.perf_counter()
    times = {
        "read": reading_end - start,
        "spectrogram": spectrogram_end - reading_end,
        "wave": vocoder_end - vocoder_start,
    }
    yield Spoken(
        wave=wave,
        rate=mel.SETTINGS.rate,
        spectrogram=convert.to_pil(picture),
        words=reading.words,
        phones=phone_list,
        ends=[round(float(end), 3) for end in ends],
        recipe=recipe,
        notes=reading.notes,
        timings={name: round(seconds, 4) for name, seconds in times.items()},
    )


def pronunciation(sentence: str) -> text.Reading:
    """Words and phones of a text, without saying it."""
    return text.read(text.check_text(sentence))


def models() -> list[str]:
    """The names of the models that read phones and are here."""
    return [name for name, path in SPEECH_MODELS.items() if path.is_file()]


def vocode(library: Library, vocoder: str, spectrogram: Tensor, seed: int = 0) -> Tensor:
    """Log-mel (N, n_mels, F) -> waves (N, T) by a model, or by Griffin and Lim's method."""
    if vocoder == GRIFFIN_LIM:
        with torch.inference_mode():
            return griffin_lim.from_mel(spectrogram, ROUNDS, seed)
    if not library.has(vocoder):
        vocoder_names = ", ".join([*library.vocoders(), GRIFFIN_LIM])
        raise ValueError(f"There is no vocoder {vocoder!r}; the known ones are {vocoder_names}.")
    return library.vocoder(vocoder).vocode(spectrogram, seed=seed)


def recipe_of(contents: bytes) -> SpeechRecipe:
    """The recipe in a WAV that `Spoken.wav` made; ValueError where there is none."""
    check_type(contents, (bytes, bytearray), "The WAV", "bytes")
    comment = read_recipe(contents[:MAX_WAV])
    if not comment:
        raise ValueError("This file has no recipe; a WAV that was saved here has one.")
    recipe = SpeechRecipe.from_json(comment)
    _voice(recipe)  # refuse an unknown voice before the recipe is restored
    return recipe


def _reading(recipe: SpeechRecipe) -> text.Reading:
    """The phones that are given, or those of the text."""
    if recipe.phones.strip():
        phone_list = phones.parse(recipe.phones)
        if all(phone == phones.PAUSE for phone in phone_list):
            raise ValueError("There is nothing to say: the phones are all pauses.")
        return text.Reading(recipe.text.split(), phone_list, [])
    return text.read(recipe.text)


def _voice(recipe: SpeechRecipe) -> Tensor:
    """Weights of all voices; ValueError for an unknown one."""
    weights = recipe.voices()
    for name in weights:
        if name not in VOICES:
            raise ValueError(f"There is no voice {name!r}; the voices are {', '.join(VOICES)}.")
    return acoustic.voice_weights(weights)


def _model(name: str) -> acoustic.AcousticModel:
    """A model that reads phones, by name; ValueError for an unknown one."""
    if name not in SPEECH_MODELS:
        model_names = ", ".join(SPEECH_MODELS)
        raise ValueError(
            f"There is no model {name!r} that speaks; the known ones are {model_names}."
        )
    if not SPEECH_MODELS[name].is_file():
        raise ValueError(f"The model {name} is not here: {SPEECH_MODELS[name]} is missing.")
    return acoustic.load(SPEECH_MODELS[name])
