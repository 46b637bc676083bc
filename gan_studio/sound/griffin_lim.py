"""Signal Estimation from Modified Short-Time Fourier Transform (Griffin & Lim, 1984), https://doi.org/10.1109/TASSP.1984.1164317.

With the momentum of Perraudin, Balazs & Søndergaard, 2013, "A fast Griffin-Lim algorithm".
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gan_studio.sound.mel import istft, magnitudes, stft

MOMENTUM = 0.99
"""α of Perraudin et al., 2013"""


def griffin_lim(
    magnitude: Tensor, rounds: int = 32, seed: int = 0, phase: Tensor | None = None
) -> Tensor:
    """A wave whose spectrum has nearly these magnitudes, (N, bins, F) -> (N, F * hop).

    It starts from `phase` (N, bins, F) in radians, by default from random ones of the seed.
    """
    if phase is None:
        rng = torch.Generator().manual_seed(seed)
        phase = 2 * math.pi * torch.rand(magnitude.shape, generator=rng).to(magnitude)
    spectrum = torch.polar(magnitude, phase)
    before = torch.zeros_like(spectrum)
    for _ in range(rounds):
        consistent = stft(istft(spectrum))
        estimate = consistent + MOMENTUM * (consistent - before)
        before = consistent
        spectrum = magnitude * estimate / estimate.abs().clamp_min(1e-9)
    return istft(spectrum)


def from_mel(mel: Tensor, rounds: int = 32, seed: int = 0) -> Tensor:
    """A wave of a log-mel spectrogram, (N, n_mels, F) -> (N, F * hop) in [-1, 1]."""
    return griffin_lim(magnitudes(mel), rounds, seed).clamp(-1, 1)
