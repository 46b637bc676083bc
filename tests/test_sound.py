"""Waves and spectrograms: round trips, and sounds of which the answer is known."""

import math

import pytest
import torch
from torch.testing import assert_close

from gan_studio.sound import digits, griffin_lim, mel
from gan_studio.sound.mel import SETTINGS
from gan_studio.sound.pitch import pitches
from gan_studio.sound.source import fill_unvoiced, pulses, to_samples


def sine(hz: float, seconds: float = 0.5, amplitude: float = 0.5) -> torch.Tensor:
    t = torch.arange(round(seconds * SETTINGS.rate), dtype=torch.float64) / SETTINGS.rate
    return (amplitude * torch.sin(2 * math.pi * hz * t)).float()[None]


def vowel(hz: float = 120.0, seconds: float = 0.5) -> torch.Tensor:
    """Harmonics that become weaker."""
    parts = [sine(k * hz, seconds, 0.3 / k) for k in range(1, 20)]
    return torch.stack(parts).sum(0)


@pytest.mark.parametrize("samples", [1, 100, 128, 4000, 8192])
def test_a_wave_comes_back_from_its_spectrum_exactly(samples):
    x = (
        torch.rand(2, samples, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        - 0.5
    )
    z = mel.stft(x)
    assert z.shape == (2, SETTINGS.bins, mel.frames(samples))
    assert_close(mel.istft(z)[:, :samples], x)


def test_the_magnitude_of_a_sine_is_its_amplitude():
    z = mel.stft(sine(1000, amplitude=0.25)).abs()
    assert_close(z[0, 32, 20], torch.tensor(0.25), rtol=1e-4, atol=0)  # 1000 Hz is bin 32
    assert z[0, :, 20].argmax() == 32


def test_bands_of_a_sine_are_brightest_where_it_lies():
    low, high = (mel.log_mel(sine(hz))[0, :, 20].argmax() for hz in (200, 4000))
    assert low < high < SETTINGS.n_mels
    silent = mel.log_mel(torch.zeros(1, 4000))
    assert_close(silent, torch.full_like(silent, mel.SILENCE))


def test_each_band_weighs_its_bins_to_one():
    assert_close(mel.filterbank().sum(1), torch.ones(SETTINGS.n_mels, dtype=torch.float64))


def test_a_picture_of_sound_is_the_same_spectrogram_again():
    spectrogram = mel.log_mel(vowel())
    picture = mel.to_picture(spectrogram)
    assert picture.shape == (1, 1, SETTINGS.n_mels, spectrogram.shape[2])
    assert picture.abs().max() <= 1
    assert_close(mel.SILENCE * (1 - picture[:, 0].flip(1)) / 2, spectrogram)


def test_griffin_lim_gives_nearly_the_spectrogram_that_it_was_given():
    wanted = mel.log_mel(vowel())
    made = mel.log_mel(griffin_lim.from_mel(wanted, 60))
    assert (made - wanted).abs().mean() < 0.15  # 1.3 dB
    none = mel.log_mel(griffin_lim.from_mel(wanted, 0))
    assert (made - wanted).abs().mean() < 0.5 * (none - wanted).abs().mean()


def test_griffin_lim_depends_on_its_seed_alone():
    wanted = mel.log_mel(vowel())
    one, same, other = (griffin_lim.from_mel(wanted, 2, seed) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("hz", [80.0, 123.4, 220.0, 390.0])
def test_the_pitch_of_a_tone_is_found(hz):
    found = pitches(torch.cat([sine(hz), vowel(hz)]))[:, 10:50]
    assert (found / hz - 1).abs().max() < 0.01


def test_noise_and_silence_have_no_pitch():
    noise = torch.randn(1, 8000, generator=torch.Generator().manual_seed(0)) * 0.1
    assert (pitches(noise) > 0).float().mean() < 0.1
    assert pitches(torch.zeros(1, 8000)).max() == 0


def test_pulses_have_the_pitch_they_were_asked_for_and_power_one():
    made = pulses(torch.full((1, 60), 150.0))
    assert_close(pitches(made)[0, 10:50], torch.full((40,), 150.0), rtol=0.01, atol=0)
    assert made.square().mean().item() == pytest.approx(1, rel=0.05)
    assert pulses(torch.zeros(1, 5)).abs().max() == 0


def test_a_pitch_that_is_missing_is_that_of_the_frame_before():
    pitch = torch.tensor([[0.0, 100, 0, 0, 200, 0], [0, 0, 0, 0, 0, 0]])
    assert fill_unvoiced(pitch)[0].tolist() == [100, 100, 100, 100, 200, 200]
    assert (fill_unvoiced(pitch)[1] > 0).all()
    assert to_samples(pitch).shape == (2, 6 * SETTINGS.hop)


def test_a_spoken_digit_is_a_square_picture_that_can_be_heard():
    take = torch.cat([torch.zeros(3000), vowel(140.0, 0.4)[0], torch.zeros(5000)])
    picture = digits.picture(take)
    assert picture.shape == (1, 1, 64, 64)
    again = digits.picture(digits.sound(picture)[0])
    assert (picture - again).abs().mean() < 0.15
    assert (picture + 1).sum() > 100
