"""Spoken digits as pictures: the data set, who reads it, and what ships."""

import io
import wave
from pathlib import Path

import numpy as np
import pytest
import torch
from mentions import mentions

from gan_studio.cli.main import main
from gan_studio.core.files import SHIPPED
from gan_studio.datasets import registry
from gan_studio.images.convert import from_uint8
from gan_studio.images.recipe import Recipe
from gan_studio.sound.files import read_recipe, save_wav
from gan_studio.studio.studio import Studio
from gan_studio.vision import spoken_digits


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tones in the place of digits, seven takes of two digits."""
    place = tmp_path / "fsdd" / "recordings"
    place.mkdir(parents=True)
    t = np.arange(8000) / 16_000
    for digit in (0, 9):
        for take in range(7):
            tone = 0.3 * np.sin(2 * np.pi * (200 + 300 * digit + take) * t)
            save_wav(place / f"{digit}_nobody_{take}.wav", tone)
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path))
    return place


def test_the_first_takes_are_held_out_and_digits_are_labels(recordings: Path):
    train, test = (registry.load("spoken-digits", 64, train=part) for part in (True, False))
    assert (len(train), len(test)) == (4, 10)
    assert train.images.shape == (4, 1, 64, 64)
    assert train.labels is not None
    assert sorted(train.labels.tolist()) == [0, 0, 9, 9]
    rows = train.images.float().mean((1, 3)).argmax(1)
    assert rows[train.labels == 9].max() < rows[train.labels == 0].min()  # high tones lie above
    assert registry.load("spoken-digits", 32).images.shape[-1] == 32
    assert registry.is_available("spoken-digits")


def test_a_place_without_recordings_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path))
    assert not registry.is_available("spoken-digits")
    with pytest.raises(ValueError, match=mentions(str(tmp_path))):
        registry.load("spoken-digits", 64)


@pytest.mark.shared_data("fsdd_wav")
def test_the_reader_that_ships_understands_takes_that_it_did_not_learn_from():
    held_out = registry.load("spoken-digits", 64, train=False)
    assert held_out.labels is not None
    read = spoken_digits.load()(from_uint8(held_out.images))
    assert (read == held_out.labels.numpy()).mean() > 0.97


def test_what_ships_is_understood_as_it_was_asked():
    studio = Studio(SHIPPED, "cpu")
    rate, sounds = studio.sample_sounds("speech-digits", 20, 3, vocoder="griffin-lim")
    heard = spoken_digits.load().hear(torch.from_numpy(sounds))
    assert rate == 16_000
    assert (heard == np.arange(20) % 10).mean() >= 0.8


def test_the_sound_of_a_recipe_is_that_of_its_picture():
    studio = Studio(SHIPPED, "cpu")
    rate, sound = studio.hear(Recipe(model="speech-digits", seed=4, label=7))
    assert len(sound) == pytest.approx(0.64 * rate)
    assert spoken_digits.load().hear(torch.from_numpy(sound)[None])[0] in range(10)
    assert studio.is_sound("speech-digits")
    assert not studio.is_sound("cgan-mnist")
    with pytest.raises(ValueError, match=mentions("cgan-mnist")):
        studio.hear(Recipe(model="cgan-mnist"))
    with pytest.raises(ValueError, match=mentions("201 200")):
        studio.sample_sounds("speech-digits", 201)


def test_the_command_writes_what_can_be_heard(tmp_path: Path):
    output = tmp_path / "digits.wav"
    main(["sample", "speech-digits", "--output", str(output), "--count", "3", "--label", "2"])
    contents = output.read_bytes()
    with wave.open(io.BytesIO(contents)) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(3 * (0.64 + 0.15), abs=0.02)
    assert '"label": 2' in read_recipe(contents)


def test_the_command_that_speaks_writes_a_wav_with_its_recipe(tmp_path: Path, capsys):
    output = tmp_path / "hello.wav"
    main(["speak", "Hello.", "--output", str(output), "--voice", "slt:1,awb:1", "--pace", "2"])
    assert "HH AH0 L OW1" in capsys.readouterr().out
    recipe = Studio(SHIPPED, "cpu").speech_recipe(output.read_bytes())
    assert (recipe.text, recipe.voice, recipe.pace) == ("Hello.", "slt:1,awb:1", 2.0)


@pytest.mark.parametrize("words", [["", "--output", "a.wav"], ["hello", "--output", "a.mp3"]])
def test_the_command_refuses_with_a_sentence(words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["speak", *words])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err
