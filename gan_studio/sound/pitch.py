"""Pitch of a wave by its autocorrelation (Boersma, 1993)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

from gan_studio.sound.mel import SETTINGS

LOWEST, HIGHEST = 60.0, 400.0
"""pitches in Hz between which is looked"""
MIDDLE = math.log(150.0)
"""logarithm of a typical pitch in Hz, relative to which networks predict pitches"""
LENGTH = 1024
"""samples that are looked at: four periods of the lowest pitch"""
VOICED = 0.5
"""correlation from which on a frame has a pitch"""
QUIET = 3e-3
"""greatest amplitude up to which it has none"""


def pitches(wave: Tensor) -> Tensor:
    """Pitch of each frame in Hz, (N, T) -> (N, frames), 0 where there is none."""
    s, length = SETTINGS, wave.shape[1]
    count = -(-length // s.hop)
    side = (LENGTH - s.hop) // 2
    padded = pad(wave, (side, count * s.hop - length + LENGTH - s.hop - side))
    w = torch.hann_window(LENGTH, dtype=torch.float64).to(wave)
    parts = padded.unfold(1, LENGTH, s.hop).flatten(0, 1)
    loud = parts.abs().amax(1) > QUIET
    parts = (parts - parts.mean(1, keepdim=True)) * w
    r, of_window = _autocorrelation(parts), _autocorrelation(w[None])
    r = r / r[:, :1].clamp_min(1e-9) / (of_window / of_window[:, :1])
    first, last = int(s.rate / HIGHEST), int(s.rate / LOWEST) + 1
    # A slight preference for short periods: twice a period correlates as well as one.
    scores = r[:, first : last + 1] - 0.02 * torch.linspace(0, 1, last + 1 - first).to(r)
    best = scores.argmax(1)
    lag = (first + best).clamp(first, last)
    a, b, c = (r.gather(1, (lag + d)[:, None])[:, 0] for d in (-1, 0, 1))
    bend = a - 2 * b + c
    shift = torch.where(bend.abs() > 1e-9, 0.5 * (a - c) / bend, 0).clamp(-0.5, 0.5)
    inside = (best > 0) & (best < last - first)
    hz = torch.where((b > VOICED) & loud & inside, s.rate / (lag + shift), 0)
    return hz.view(len(wave), count)


def _autocorrelation(x: Tensor) -> Tensor:
    """(N, LENGTH) -> (N, LENGTH) by lag."""
    return torch.fft.irfft(torch.fft.rfft(x, 2 * LENGTH).abs().square())[:, :LENGTH]
