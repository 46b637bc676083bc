"""The command `gan-studio speak`: English text as a WAV."""

from __future__ import annotations

from pathlib import Path

from tyro.conf import Positional

from gan_studio.cli.arguments import check_ending
from gan_studio.core.files import require_writable
from gan_studio.sound.recipe import SPEECH, VOCODER, VOICE
from gan_studio.studio import Studio


def speak(
    text: Positional[str],
    /,
    *,
    output: Path,
    voice: str = VOICE,
    pace: float = 1.0,
    pitch: float = 0.0,
    model: str = SPEECH,
    vocoder: str = VOCODER,
    phones: str = "",
    seed: int = 0,
) -> None:
    """Say English text.

    Args:
        text: a sentence or a few, at most 600 letters
        output: .wav, which contains the recipe
        voice: slt, rms or awb, or several with their weights, such as slt:0.7,rms:0.3
        pace: 2 is twice as fast, 0.5 half as fast
        pitch: semitones by which the voice is higher
        model: name of a model that speaks
        vocoder: name of a model that makes sound of spectrograms, or griffin-lim
        phones: phones that are said in place of the text, such as "HH AH0 L OW1"
        seed: of the noise in sounds such as s
    """
    check_ending(output, ".wav")
    require_writable(output, field="--output")
    speech = Studio().speak(
        text, voice=voice, pace=pace, pitch=pitch, model=model, vocoder=vocoder, phones=phones,
        seed=seed,
    )  # fmt: skip
    speech.save(output)
    print("\n".join([*speech.notes, f"Phones: {' '.join(speech.phones)}"]))
    seconds = sum(speech.timings.values())
    print(f"{output} holds {speech.seconds:.1f} seconds of speech, made in {seconds:.1f} seconds.")
