"""Audio files: safe reading of untrusted files, writing WAV with a recipe."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import numpy as np

from gan_studio.core.files import write_atomic
from gan_studio.sound.mel import SETTINGS

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

MAX_SECONDS = 60.0
"""of a file of a visitor"""
MAX_CHANNELS, MAX_RATE = 8, 384_000
SHORTEST = 0.02
"""seconds of the shortest sound"""
SILENT = 1e-4
"""greatest amplitude that counts as silence: 80 dB below full"""
KINDS = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".aif", ".g722")
"""endings of the files that are looked for in folders"""
RECIPE_KEY = b"ICMT"
"""the comment of a RIFF file, which holds the recipe"""


class Sound(NamedTuple):
    """One channel at SETTINGS.rate, and notes on its conversion."""

    wave: np.ndarray
    """(T,) float32 in [-1, 1]"""
    notes: list[str]


def read(source: Path | str | IO[bytes], max_seconds: float = MAX_SECONDS) -> Sound:
    """Decode a file of any format, rate and channels; ValueError with one sentence if it cannot be.

    Only so much is decoded as `max_seconds` allow.
    """
    import av
    from av.error import FFmpegError

    name = Path(source).name if isinstance(source, Path | str) else "The file"
    try:
        path_or_file = str(source) if isinstance(source, Path) else source
        with av.open(path_or_file, mode="r") as container:
            return _decode(container, name, max_seconds)
    except FileNotFoundError:
        raise ValueError(f"There is no file {source}.") from None
    except (FFmpegError, OSError, UnicodeDecodeError, IndexError):
        raise ValueError(
            f"{name} could not be read as sound; WAV, MP3, FLAC, OGG and M4A files can."
        ) from None


def _decode(container: InputContainer, name: str, max_seconds: float) -> Sound:
    from av.error import FFmpegError

    if not container.streams.audio:
        raise ValueError(f"{name} holds no sound.")
    stream = container.streams.audio[0]
    _check_size(container, stream, name, max_seconds)
    most, parts, count, damaged = max_seconds * SETTINGS.rate, [], 0, False
    try:
        for part in _samples(container, stream):
            parts.append(part)
            count += len(part)
            if count > most:
                break
    except (FFmpegError, EOFError):
        damaged = True
    if count > most:
        raise ValueError(f"{name} lasts longer than {_clock(max_seconds)}, the most that is read.")
    sound = _check_audible(np.concatenate([*parts, np.zeros(0, np.float32)]), name)
    return Sound(sound.clip(-1, 1), _notes(container, stream, damaged=damaged))


def _check_audible(sound: np.ndarray, name: str) -> np.ndarray:
    """The samples (T,); ValueError where nothing can be heard."""
    if len(sound) < SHORTEST * SETTINGS.rate:
        raise ValueError(f"{name} holds no sound, or less than {SHORTEST:g} seconds of it.")
    if not np.isfinite(sound).all():
        raise ValueError(f"{name} is damaged: a sample is not a number.")
    if np.abs(sound).max() < SILENT:
        raise ValueError(f"{name} is silent.")
    return sound


def _check_size(
    container: InputContainer, stream: AudioStream, name: str, max_seconds: float
) -> None:
    """ValueError where the file says that it is too long, or of no usual kind."""
    length = (container.duration or 0) / 1_000_000
    channels, rate = stream.codec_context.channels, stream.codec_context.sample_rate
    if length > max_seconds:
        raise ValueError(f"{name} lasts {_clock(length)}; at most {_clock(max_seconds)} are read.")
    if channels > MAX_CHANNELS or rate > MAX_RATE:
        raise ValueError(
            f"{name} has {channels} channels of {rate} Hz; at most {MAX_CHANNELS} of {MAX_RATE} "
            "can be read."
        )


def _notes(container: InputContainer, stream: AudioStream, *, damaged: bool) -> list[str]:
    """Conversions of the sound, a sentence each."""
    channels, rate = stream.codec_context.channels, stream.codec_context.sample_rate
    notes = []
    if container.streams.video:
        notes.append("Its sound alone was taken.")
    if channels > 1:
        notes.append(f"Its {channels} channels were mixed to one.")
    if rate != SETTINGS.rate:
        notes.append(f"It was converted from {rate} to {SETTINGS.rate} Hz.")
    if damaged:
        notes.append("The file is damaged or cut off; what could be read was taken.")
    return notes


def _samples(container: InputContainer, stream: AudioStream) -> Iterator[np.ndarray]:
    """Its samples at SETTINGS.rate, mixed to one channel, part by part, (n,) float32."""
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler(format="flt", layout="mono", rate=SETTINGS.rate)
    for frame in container.decode(stream):
        for chunk in resampler.resample(frame):
            yield chunk.to_ndarray().reshape(-1)
    for chunk in resampler.resample(None):
        yield chunk.to_ndarray().reshape(-1)


def _clock(seconds: float) -> str:
    """`90 seconds`, `60 minutes`."""
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def to_int16(sound: np.ndarray) -> np.ndarray:
    """Samples (T,) in [-1, 1] -> int16, rounded."""
    return np.round(np.clip(sound, -1, 1) * 32767).astype("<i2")


def encode_wav(sound: np.ndarray, recipe: str = "") -> bytes:
    """A 16-bit WAV of one channel, with text in its comment (RIFF LIST/INFO)."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SETTINGS.rate)
        file.writeframes(to_int16(sound).tobytes())
    contents = buffer.getvalue()
    if not recipe:
        return contents
    text = recipe.encode() + b"\0"
    info = b"INFO" + RECIPE_KEY + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
    contents += b"LIST" + struct.pack("<I", len(info)) + info
    return contents[:4] + struct.pack("<I", len(contents) - 8) + contents[8:]


def save_wav(path: Path, sound: np.ndarray, recipe: str = "") -> None:
    """Write it completely or not at all."""
    if path.suffix.lower() != ".wav":
        raise ValueError(f"Sound is written as .wav, not as {path.name}.")
    write_atomic(path, encode_wav(sound, recipe))


def read_recipe(contents: bytes) -> str:
    """The comment of a WAV; empty if it has none, or is none."""
    if contents[:4] != b"RIFF" or contents[8:12] != b"WAVE":
        return ""
    for name, chunk in _chunks(contents[12:]):
        if name == b"LIST" and chunk[:4] == b"INFO":
            for key, text in _chunks(chunk[4:]):
                if key == RECIPE_KEY:
                    return text.split(b"\0")[0].decode("utf-8", "replace")
    return ""


def _chunks(contents: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a RIFF file: name and contents."""
    at = 0
    while at + 8 <= len(contents):
        name, size = contents[at : at + 4], struct.unpack("<I", contents[at + 4 : at + 8])[0]
        yield name, contents[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
