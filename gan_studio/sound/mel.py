"""Conversion between waves and log-mel spectrograms, and its settings."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad


@dataclass(frozen=True, kw_only=True)
class MelSettings:
    """Settings of the short-time Fourier transform and the mel bands."""

    rate: int = 16_000
    """samples per second"""
    n_fft: int = 512
    """samples of a frame"""
    hop: int = 128
    """samples from one frame to the next"""
    n_mels: int = 64
    """bands"""
    fmin: float = 0.0
    """lowest frequency of the bands in Hz"""
    fmax: float = 8000.0
    """highest frequency of the bands in Hz"""
    floor: float = 10**-4.5
    """amplitude that counts as silence: 90 dB below a full sine"""

    @property
    def bins(self) -> int:
        """Frequencies of a frame."""
        return self.n_fft // 2 + 1


SETTINGS = MelSettings()
"""of everything here: data sets, vocoders, speech"""
SILENCE = math.log(SETTINGS.floor)
"""value of a band without sound; that of a full sine is 0"""


def frames(samples: int) -> int:
    """Frames of a wave of so many samples."""
    return -(-samples // SETTINGS.hop)


def stft(wave: Tensor, n_fft: int = SETTINGS.n_fft, hop: int = SETTINGS.hop) -> Tensor:
    """Short-time Fourier transform, (N, T) -> complex (N, bins, frames), a frame for each hop.

    A wave is filled up with zeros to whole hops and reflected at its ends. Amplitudes are those of
    the wave: a sine of amplitude 1 has magnitude 1 in its bin.
    """
    wave = pad(wave, (0, -wave.shape[1] % hop))
    side = (n_fft - hop) // 2
    mode = "reflect" if wave.shape[1] > side else "constant"
    padded = pad(wave, (side, n_fft - hop - side), mode)
    w = window(n_fft).to(wave)
    spectrum = torch.stft(
        padded, n_fft, hop, window=w, center=False, return_complex=True, onesided=True
    )
    return spectrum * (2 / w.sum())


def istft(spectrum: Tensor, n_fft: int = SETTINGS.n_fft, hop: int = SETTINGS.hop) -> Tensor:
    """Its inverse by overlapping frames, complex (N, bins, frames) -> (N, frames * hop).

    Exact where the spectrum is that of a wave, else the wave whose spectrum is nearest
    (Griffin & Lim, 1984, Eq. 6).
    """
    w = window(n_fft).to(spectrum.real)
    parts = torch.fft.irfft(spectrum * (w.sum() / 2), n_fft, dim=1) * w[:, None]
    envelope = w.square()[:, None].expand(1, n_fft, spectrum.shape[2])
    side = (n_fft - hop) // 2
    span = slice(side, side + spectrum.shape[2] * hop)
    return overlap_add(parts, hop)[:, span] / overlap_add(envelope, hop)[:, span]


def overlap_add(parts: Tensor, hop: int) -> Tensor:
    """Frames (N, n_fft, frames) added where they lie, (N, n_fft + (frames - 1) hop)."""
    n, length, count = parts.shape
    pieces = parts.view(n, length // hop, hop, count)
    total = sum(pad(piece, (i, length // hop - 1 - i)) for i, piece in enumerate(pieces.unbind(1)))
    assert isinstance(total, Tensor)
    return total.transpose(1, 2).reshape(n, -1)


@functools.cache
def window(n_fft: int) -> Tensor:
    """Hann's window, (n_fft,)."""
    return torch.hann_window(n_fft, dtype=torch.float64)


def hz_to_mel(hz: Tensor) -> Tensor:
    """Frequencies in mel (O'Shaughnessy, 1987)."""
    return 2595 * torch.log10(1 + hz / 700)


def mel_to_hz(mel: Tensor) -> Tensor:
    return 700 * (10 ** (mel / 2595) - 1)


@functools.cache
def filterbank() -> Tensor:
    """Triangles over the bins, each of sum 1, (n_mels, bins)."""
    s = SETTINGS
    low, high = hz_to_mel(torch.tensor([s.fmin, s.fmax], dtype=torch.float64))
    edges = mel_to_hz(torch.linspace(float(low), float(high), s.n_mels + 2, dtype=torch.float64))
    bins = torch.arange(s.bins, dtype=torch.float64) * (s.rate / s.n_fft)
    # A triangle narrower than a bin would miss all of them: it is as wide as two at least.
    left = torch.minimum(edges[:-2], edges[1:-1] - s.rate / s.n_fft)[:, None]
    middle = edges[1:-1, None]
    right = torch.maximum(edges[2:], edges[1:-1] + s.rate / s.n_fft)[:, None]
    rising, falling = (bins - left) / (middle - left), (right - bins) / (right - middle)
    triangles = torch.minimum(rising, falling).clamp_min(0)
    return triangles / triangles.sum(1, keepdim=True)


@functools.cache
def inverse_filterbank() -> Tensor:
    """Pseudo-inverse of the filterbank, (bins, n_mels)."""
    return torch.linalg.pinv(filterbank())


def log_mel(wave: Tensor) -> Tensor:
    """Logarithms of the amplitudes in bands, (N, T) in [-1, 1] -> (N, n_mels, frames).

    Natural ones, from SILENCE to about 0.
    """
    return from_spectrum(stft(wave))


def from_spectrum(spectrum: Tensor) -> Tensor:
    """Log-mel spectrogram of a complex spectrum (N, bins, frames), (N, n_mels, frames)."""
    # The tiny addition bounds the gradient of silence.
    magnitude = (spectrum.real.square() + spectrum.imag.square() + 1e-12).sqrt()
    return (filterbank().to(magnitude) @ magnitude).clamp_min(SETTINGS.floor).log()


def magnitudes(mel: Tensor) -> Tensor:
    """Magnitudes of the bins that have these bands, log-mel (N, n_mels, F) -> (N, bins, F)."""
    amplitude = mel.exp()
    return (inverse_filterbank().to(amplitude) @ amplitude).clamp_min(SETTINGS.floor / 10)


def to_picture(mel: Tensor) -> Tensor:
    """A spectrogram as a grey picture, high tones above, (N, n_mels, F) -> (N, 1, n_mels, F).

    Silence is -1, a full sine 1.
    """
    return (1 - 2 * mel / SILENCE).clamp(-1, 1).flip(1)[:, None]
