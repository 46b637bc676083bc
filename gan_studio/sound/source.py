"""Pulse trains at a pitch, as vocal folds make them: the excitation of a source-filter vocoder."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan_studio.sound.mel import SETTINGS

UNHEARD = 150.0
"""pitch in Hz of frames without one, whose pulses are silenced"""


def to_samples(x: Tensor) -> Tensor:
    """Values of frames (N, F) -> of samples (N, F * hop), linear between the frames' middles."""
    return interpolate(x[:, None], scale_factor=SETTINGS.hop, mode="linear")[:, 0]


def pulses(pitch: Tensor) -> Tensor:
    """A band-limited pulse for each period, pitch (N, F) in Hz -> (N, F * hop).

    It is a sum of cosines up to half the rate, of power 1; zero where the pitch is zero.
    """
    voiced = pitch > 0
    hz = to_samples(fill_unvoiced(pitch))
    theta = (2 * math.pi / SETTINGS.rate) * hz.double().cumsum(1)
    theta = torch.remainder(theta, 2 * math.pi).to(pitch)
    count = (SETTINGS.rate / 2 / hz).floor().clamp_min(1)
    half = theta / 2
    # Dirichlet's kernel: 1 + 2 cos θ + … + 2 cos nθ; near θ = 0 its limit is 2n + 1.
    low = half.sin()
    near = low.abs() < 1e-4
    kernel = ((2 * count + 1) * half).sin() / torch.where(near, 1, low)
    train = (torch.where(near, 2 * count + 1, kernel) - 1) / (2 * count).sqrt()
    return train * to_samples(voiced.to(pitch))


def fill_unvoiced(pitch: Tensor) -> Tensor:
    """Pitches (N, F), and where there is none that of the last frame that had one, or the first."""
    voiced = pitch > 0
    frame = torch.arange(pitch.shape[1], device=pitch.device).expand_as(pitch)
    last = torch.where(voiced, frame, -1).cummax(1).values
    first = torch.where(voiced, frame, pitch.shape[1]).amin(1, keepdim=True)
    none = first == pitch.shape[1]
    index = torch.where(last < 0, torch.where(none, 0, first), last)
    return torch.where(none, UNHEARD, pitch.gather(1, index))
