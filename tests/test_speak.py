"""Speech by a model that nobody trained: its form, its recipe, what is refused."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from mentions import mentions

from gan_studio.core.files import save_tensors
from gan_studio.sound import acoustic, mel, phones
from gan_studio.sound.files import encode_wav, read
from gan_studio.sound.recipe import SpeechRecipe
from gan_studio.studio import speak
from gan_studio.studio.studio import Studio

GRIFFIN_LIM = {"vocoder": "griffin-lim"}


@pytest.fixture(scope="module")
def model() -> acoustic.AcousticModel:
    torch.manual_seed(0)
    return acoustic.AcousticModel().eval()


@pytest.fixture
def studio(model, tmp_path, monkeypatch) -> Studio:
    path = tmp_path / "speech-english" / "model.safetensors"
    save_tensors(path, model.state_dict())
    monkeypatch.setattr(speak, "SPEECH_MODELS", {"speech-english": path})
    monkeypatch.setattr(speak, "ROUNDS", 2)
    return Studio(tmp_path / "none", "cpu")


def test_frames_of_a_phone_stand_where_its_duration_says(model):
    lengths = torch.tensor([[3, 5, 2]])
    prosody = acoustic.Prosody(lengths, torch.tensor([[5.0, 6.0, 4.0]]))
    encoded = model.encode(
        torch.tensor([[1, 30, 2]]), torch.zeros(1, 3, dtype=torch.long), torch.eye(3)[:1]
    )
    with torch.no_grad():
        whole = model.decode(encoded, prosody, torch.arange(10)[None])
    assert whole.shape == (1, 64, 10)
    found = acoustic.contour(prosody, torch.tensor([[0, 5, 9]]))
    assert found[0, 0] == pytest.approx(5.0)  # before the middle of the first phone
    assert found[0, 1] == pytest.approx(6.0)  # the middle of the second
    assert found[0, 2] == pytest.approx(4.0, abs=0.3)


def test_slower_speech_is_longer_and_a_shift_raises_the_pitch(model):
    said = phones.indices(["_", "HH", "AH0", "L", "OW1", "_"])
    voice = acoustic.voice_weights({"slt": 1})
    one, slow, high = (
        acoustic.speak(model, said, voice, pace, shift)
        for pace, shift in ((1, 0), (0.5, 0), (1, 12))
    )
    assert sum(slow.durations) > 1.8 * sum(one.durations)
    assert torch.allclose(high.pitch, 2 * one.pitch, rtol=1e-4)
    assert one.spectrogram.shape[2] == sum(one.durations)


def test_voices_are_mixed_by_their_weights():
    assert acoustic.voice_weights({"slt": 3, "awb": 1}).tolist() == [0.75, 0, 0.25]


def test_what_is_said_has_a_wave_phones_and_times(studio):
    said = studio.speak("Hello there.", **GRIFFIN_LIM)
    assert said.phones[0] == said.phones[-1] == "_"
    assert len(said.ends) == len(said.phones)
    assert said.ends[-1] == pytest.approx(said.seconds, abs=0.01)
    assert said.spectrogram.height == 64
    assert said.spectrogram.width == mel.frames(len(said.wave))
    assert np.abs(said.wave).max() <= 1


def test_the_recipe_in_a_wav_says_the_same_again(studio, tmp_path):
    said = studio.speak("Good night.", voice="slt:0.5,rms:0.5", pace=1.25, pitch=-2, **GRIFFIN_LIM)
    said.save(tmp_path / "a.wav")
    again = studio.say(studio.speech_recipe((tmp_path / "a.wav").read_bytes()))
    assert again.recipe == said.recipe
    assert np.array_equal(again.wave, said.wave)
    assert np.abs(read(tmp_path / "a.wav").wave - said.wave).max() < 1 / 15000


def test_a_recipe_goes_through_an_address_and_json():
    recipe = SpeechRecipe(text="a & b?", pace=0.8, voice="slt:1,awb:2", phones="AH0")
    assert SpeechRecipe.from_query(recipe.to_query()) == recipe
    assert SpeechRecipe.from_json(recipe.to_json()) == recipe
    assert SpeechRecipe.from_query("m=dcgan-mnist") is None
    for text in ("", "[]", json.dumps({"gan_studio_speech": 3})):
        with pytest.raises(ValueError, match=mentions("recipe")):
            SpeechRecipe.from_json(text)


def test_phones_are_said_in_place_of_the_text(studio):
    said = studio.speak("hello", phones="G UH1 D", **GRIFFIN_LIM)
    assert said.phones == ["_", "G", "UH1", "D", "_"]


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"text": " "}, "empty"), ({"text": 3}, "text"), ({"text": "x" * 10_000}, "10000 600"),
        ({"text": "привет"}, "Cyrillic"), ({"text": "!?"}, ""), ({"voice": "bob"}, "bob slt"),
        ({"voice": "slt:x"}, "slt"), ({"voice": "slt:0"}, "zero"), ({"pace": 9}, "pace 9"),
        ({"pitch": "high"}, "pitch high"), ({"phones": "QQ"}, "QQ"), ({"phones": ", ,"}, "pauses"),
        ({"model": "dcgan-mnist"}, "dcgan-mnist"), ({"vocoder": "none-such"}, "griffin-lim"),
        ({"seed": -1}, "seed -1"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_in_a_sentence(studio, changes, hint):
    with pytest.raises(ValueError, match=mentions(hint)):
        studio.speak(**{"text": "hello", **GRIFFIN_LIM, **changes})


def test_a_wav_without_a_recipe_is_refused(studio):
    with pytest.raises(ValueError, match=mentions("recipe")):
        studio.speech_recipe(b"RIFF")
    stranger = SpeechRecipe(text="hello", voice="zoe").to_json()
    with pytest.raises(ValueError, match=mentions("zoe slt")):
        studio.speech_recipe(encode_wav(np.zeros(160, np.float32), stranger))


def test_a_text_can_be_read_without_being_said(studio):
    words, found, notes = studio.pronunciation("Two 2s")
    assert words[0] == "two"
    assert found[:2] == ["T", "UW1"]
    assert notes == []


@pytest.mark.parametrize("given", [None, 3, "four"])
def test_what_is_no_recipe_and_no_file_is_refused_in_a_sentence(studio: Studio, given):
    for refused in (studio.say, studio.hear, studio.generate):
        with pytest.raises(ValueError, match=mentions(f"recipe {given}")):
            refused(given)
    with pytest.raises(ValueError, match=mentions("WAV")):
        studio.speech_recipe(given)


def test_what_is_no_model_and_no_text_is_refused_in_a_sentence(studio: Studio):
    nothing: Any = None
    for refused in (studio.is_sound, studio.reads_text, lambda name: studio.sample_sounds(name, 1)):
        with pytest.raises(ValueError, match=mentions("model None")):
            refused(nothing)
    for refused in (studio.speak, studio.pronunciation, lambda x: studio.from_text("a", x)):
        with pytest.raises(ValueError, match=mentions("None")):
            refused(nothing)
