"""The commands `sample` and `interpolate`: images, sounds and films of a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tyro.conf import Positional

from gan_studio.cli.arguments import check_ending
from gan_studio.core.files import open_atomic, require_writable
from gan_studio.images import animation, convert
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.sound import files as sound_files
from gan_studio.studio import Reading, Studio, hear, words


def sample(
    model: Positional[str],
    /,
    *,
    output: Path,
    count: int = 64,
    seed: int = 0,
    psi: float = 1.0,
    label: int | None = None,
    text: str | None = None,
) -> None:
    """Generate images.

    Args:
        model: name or directory of a model, or user/repo on the Hub
        output: .png for a grid, .npz for an array `arr_0` of shape (N, H, W, C), uint8; of a model
            of spoken digits .wav for their sound, one after the other
        count: number of images
        seed: whole number from 0 to 2^32 - 1
        psi: truncation; 0 is the average image, 1 no truncation
        label: class of a conditional model; by default each class in turn
        text: what the pictures shall show, for a model of gan-cls, such as "a red seven on blue"
    """
    check_ending(output, ".png", ".npz", ".wav")
    require_writable(output, field="--output")
    studio = Studio()
    if text is not None:
        print_reading(words.read(studio.library.load(model), text))
    if output.suffix.lower() == ".wav":
        _, sounds = studio.sample_sounds(model, count, seed, psi, label)
        recipe = Recipe(model=model, seed=seed, psi=psi, label=label)
        sound_files.save_wav(output, hear.end_to_end(sounds), hear.recipe_text(recipe, count))
        return
    pictures = studio.sample(model, count, seed, psi, label, text or "")
    if output.suffix.lower() == ".png":
        image_files.save(convert.grid(pictures), output)
    else:
        with open_atomic(output) as file:  # given a path, numpy adds its own ending to .NPZ
            np.savez_compressed(file, pictures)


def print_reading(reading: Reading) -> None:
    """Print the words that were not read, and the notes on a text."""
    unknown = [word.text for word in reading.words if not word.read]
    if unknown:
        print(f"Words that are not known were left out: {', '.join(unknown)}.")
    if reading.script:
        print(f"The model reads English words, and some are in another script: {reading.script}.")
    for note in reading.notes:
        print(note)


def interpolate(
    model: Positional[str],
    /,
    *,
    output: Path,
    seeds: str = "1,2,3",
    frames: int = 48,
    psi: float = 1.0,
    label: int | None = None,
) -> None:
    """Write a looping interpolation between the images of several seeds.

    Args:
        model: name or directory of a model, or user/repo on the Hub
        output: .webp, .gif or .mp4
        seeds: whole numbers, separated by commas
        frames: number of frames, 24 per second
        psi: truncation; 0 is the average image, 1 no truncation
        label: class of a conditional model; by default the seeds choose
    """
    kind = check_ending(output, *(f".{kind}" for kind in animation.KINDS)).lstrip(".")
    require_writable(output, field="--output")
    animation.require_kind(kind)
    try:
        keyframes = [int(seed) for seed in seeds.split(",")]
    except ValueError:
        raise ValueError(
            f"--seeds takes whole numbers separated by commas, not {seeds!r}."
        ) from None
    studio = Studio()
    pictures = studio.interpolate(model, keyframes, frames, psi, label)
    animation.save(pictures, output, smooth=studio.is_smooth(model))
