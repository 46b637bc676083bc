"""Audio files of all kinds, good and bad, and the recipe in a WAV."""

import io
import struct
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from mentions import mentions

from gan_studio.sound.files import encode_wav, read, read_recipe, save_wav
from gan_studio.sound.mel import SETTINGS


def tone(rate: int, seconds: float = 0.3, hz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def pcm(path: Path, rate: int, channels: int = 1, width: int = 2, seconds: float = 0.3) -> Path:
    """A WAV whose channels all hold the tone."""
    x = np.repeat(tone(rate, seconds)[:, None], channels, 1)
    whole = {1: (x * 127 + 128).astype(np.uint8), 2: (x * 32767).astype("<i2")}[width]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(whole.tobytes())
    return path


@pytest.mark.parametrize(
    ("rate", "channels", "width"), [(16_000, 1, 2), (8000, 1, 1), (44_100, 2, 2), (48_000, 6, 2)]
)
def test_any_rate_width_and_number_of_channels_is_read(tmp_path, rate, channels, width):
    sound = read(pcm(tmp_path / "a.wav", rate, channels, width))
    assert sound.wave.dtype == np.float32
    assert len(sound.wave) == pytest.approx(0.3 * SETTINGS.rate, rel=0.02)
    spectrum = np.abs(np.fft.rfft(sound.wave))
    assert spectrum.argmax() * SETTINGS.rate / len(sound.wave) == pytest.approx(440, abs=5)
    assert bool(sound.notes) == ((rate, channels) != (SETTINGS.rate, 1))


def test_a_written_wave_is_read_back_to_a_bit(tmp_path):
    x = tone(SETTINGS.rate).astype(np.float32)
    save_wav(tmp_path / "a.wav", x)
    assert np.abs(read(tmp_path / "a.wav").wave - x).max() < 1 / 32000
    assert read(io.BytesIO(encode_wav(x, "x"))).notes == []


@pytest.mark.parametrize("text", ["{}", "odd", 'ünïcode "and" more', "x" * 5001])
def test_a_recipe_comes_back_and_the_sound_is_untouched(text):
    x = tone(SETTINGS.rate)
    contents = encode_wav(x, text)
    assert read_recipe(contents) == text
    assert struct.unpack("<I", contents[4:8])[0] == len(contents) - 8
    assert len(contents) % 2 == 0
    with wave.open(io.BytesIO(contents)) as file:
        assert file.getnframes() == len(x)


@pytest.mark.parametrize(
    "contents",
    [b"", b"RIFF", b"RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\x7fINFO", encode_wav(tone(16000))],
)
def test_what_has_no_recipe_gives_none(contents):
    assert read_recipe(contents) == ""


def silence(path: Path, seconds: float) -> Path:
    path.write_bytes(encode_wav(np.zeros(round(seconds * SETTINGS.rate))))
    return path


def test_files_that_hold_nothing_to_hear_are_refused(tmp_path):
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("no sound")
    silence(tmp_path / "none.wav", 0)
    for name in ("empty.wav", "text.wav", "none.wav"):
        with pytest.raises(ValueError, match=mentions(name)):
            read(tmp_path / name)
    with pytest.raises(ValueError, match=mentions("silent.wav")):
        read(silence(tmp_path / "silent.wav", 1))
    with pytest.raises(ValueError, match=mentions("missing.wav")):
        read(tmp_path / "missing.wav")


def test_an_hour_is_refused_before_it_is_decoded(tmp_path):
    path = silence(tmp_path / "long.wav", 1)
    contents = bytearray(path.read_bytes())
    at = contents.index(b"data")
    contents[at + 4 : at + 8] = struct.pack("<I", 3600 * 2 * SETTINGS.rate)
    path.write_bytes(contents + bytes(3600 * 2 * SETTINGS.rate - 2 * SETTINGS.rate))
    with pytest.raises(ValueError, match=mentions("long.wav 60")):
        read(path)
    with pytest.raises(ValueError, match=mentions("1")):
        read(pcm(tmp_path / "short.wav", 16_000, seconds=1.5), max_seconds=1)


def test_a_truncated_file_gives_what_it_has(tmp_path):
    path = pcm(tmp_path / "cut.wav", 16_000)
    path.write_bytes(path.read_bytes()[:5000])
    assert 2000 < len(read(path).wave) < 2600


def video(path: Path, *, sound: bool) -> Path:
    with av.open(str(path), "w") as out:
        pictures = out.add_stream("mpeg4", rate=10)
        pictures.width = pictures.height = 32
        pictures.pix_fmt = "yuv420p"
        voice = out.add_stream("aac", rate=16_000, layout="mono") if sound else None
        for i in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 50 * i, np.uint8), "rgb24")
            out.mux(pictures.encode(frame))
        out.mux(pictures.encode())
        if voice:
            samples = tone(16_000).astype(np.float32)[None]
            frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
            frame.rate, frame.time_base = 16_000, Fraction(1, 16_000)
            out.mux(voice.encode(frame))
            out.mux(voice.encode())
    return path


def test_of_a_video_the_sound_alone_is_taken(tmp_path):
    sound = read(video(tmp_path / "a.mp4", sound=True))
    assert len(sound.wave) > 4000
    assert sound.notes
    with pytest.raises(ValueError, match=mentions("b.mp4")):
        read(video(tmp_path / "b.mp4", sound=False))


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=mentions("a.mp3")):
        save_wav(tmp_path / "a.mp3", tone(16_000))
