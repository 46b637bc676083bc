"""Pictures of sound as sound: what a model of spoken digits draws, through a vocoder."""

from __future__ import annotations

import json

import numpy as np
import torch

from gan_studio.core.validation import check_type
from gan_studio.datasets import terms
from gan_studio.images import convert
from gan_studio.images.recipe import Recipe
from gan_studio.models.library import Library
from gan_studio.models.model import LoadedModel
from gan_studio.sound import digits, mel
from gan_studio.sound.recipe import GRIFFIN_LIM, VOCODER
from gan_studio.studio.speak import vocode

RATE = mel.SETTINGS.rate
"""samples per second"""
SOUNDS = "sounds"
"""what data sets of spectrograms show"""
MAX_COUNT = 200
"""sounds in one file"""
KEY = "gan_studio_sound"
"""of what a WAV says of pictures"""


def is_sound(model: LoadedModel) -> bool:
    """Whether a model's pictures are spectrograms of the form of `sound.digits`."""
    manifest = model.manifest
    return terms.SUBJECTS.get(manifest.dataset) == SOUNDS and manifest.channels == 1


def check_sound(model: LoadedModel) -> None:
    """ValueError where a model's pictures are no sound."""
    if not is_sound(model):
        raise ValueError(
            f"The pictures of {model.name} are not of sound; those of speech-digits are."
        )


def default_vocoder(library: Library) -> str:
    """The vocoder that ships where it is there, else Griffin and Lim's method."""
    return VOCODER if library.has(VOCODER) else GRIFFIN_LIM


def waves(library: Library, pictures: np.ndarray, vocoder: str = "", seed: int = 0) -> np.ndarray:
    """Grey spectrograms (N, H, W, 1) uint8 -> their sound, (N, samples) float32 in [-1, 1]."""
    if len(pictures) > MAX_COUNT:
        raise ValueError(f"A sound file takes at most {MAX_COUNT} pictures, not {len(pictures)}.")
    name = vocoder or default_vocoder(library)
    x = convert.from_uint8(torch.from_numpy(pictures).permute(0, 3, 1, 2))
    return digits.sound(x, lambda spectrogram: vocode(library, name, spectrogram, seed)).numpy()


def hear(library: Library, recipe: Recipe, vocoder: str = "") -> np.ndarray:
    """The sound of a recipe's picture, (samples,) float32 in [-1, 1]."""
    check_type(recipe, Recipe, "The recipe", "a Recipe")
    model = library.get(recipe.model)
    check_sound(model)
    [picture] = library.draw([recipe])
    if isinstance(picture, ValueError):
        raise picture
    pixels = np.asarray(picture.image.convert("L"))[None, ..., None].copy()
    return waves(library, pixels, vocoder, recipe.seed)[0]


def end_to_end(sounds: np.ndarray) -> np.ndarray:
    """Sounds (N, samples) one after another, (samples,)."""
    return digits.end_to_end(torch.from_numpy(sounds)).numpy()


def recipe_text(recipe: Recipe, count: int = 1) -> str:
    """The comment of a WAV that names the pictures of which it was made."""
    return json.dumps({KEY: {"recipe": recipe.to_fields(), "count": count}})
