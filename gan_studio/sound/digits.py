"""Spoken digits as square pictures, and the sound of such a picture."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from gan_studio.sound import griffin_lim, mel

SIZE = mel.SETTINGS.n_mels
"""pixels along a side"""
SECONDS = 0.64
"""that a picture shows"""
FRAMES = round(SECONDS * mel.SETTINGS.rate / mel.SETTINGS.hop)
LOUD = 0.1
"""root of the mean square of what is said, to which each take is brought"""
QUIET = 0.05
"""part of the greatest amplitude up to which a take has not begun"""
MARGIN = 400
"""samples that are kept before it begins and after it ends"""
DARKEST, BRIGHTEST = -75.0, -10.0
"""decibels of black and white, relative to a full sine"""
DECIBELS = 20 / math.log(10)
"""of a natural logarithm's unit"""
Vocoder = Callable[[Tensor], Tensor]
"""log-mel (N, n_mels, F) -> waves (N, F * hop)"""


def picture(wave: Tensor) -> Tensor:
    """A take (T,) -> its spectrogram without silence around it, (1, 1, SIZE, SIZE) in [-1, 1]."""
    loud = (wave.abs() > QUIET * wave.abs().max()).nonzero()[:, 0]
    loud_part = wave[max(0, int(loud[0]) - MARGIN) : int(loud[-1]) + MARGIN]
    loud_part = (loud_part * (LOUD / loud_part.square().mean().sqrt())).clamp(-1, 1)
    samples = FRAMES * mel.SETTINGS.hop
    loud_part = pad(loud_part[:samples], (0, max(0, samples - len(loud_part))))
    spectrogram = _to_levels(mel.log_mel(loud_part[None])).flip(1)[:, None]
    return interpolate(spectrogram, (SIZE, SIZE), mode="bilinear", align_corners=False)


def _to_levels(log_mel: Tensor) -> Tensor:
    """Logarithms of amplitudes -> levels in [-1, 1] from DARKEST to BRIGHTEST."""
    decibels = log_mel * DECIBELS
    return (2 * (decibels - DARKEST) / (BRIGHTEST - DARKEST) - 1).clamp(-1, 1)


def _from_levels(levels: Tensor) -> Tensor:
    """Inverse of `_to_levels`."""
    decibels = DARKEST + (levels.clamp(-1, 1) + 1) / 2 * (BRIGHTEST - DARKEST)
    return decibels / DECIBELS


def sound(pictures: Tensor, vocoder: Vocoder = griffin_lim.from_mel) -> Tensor:
    """Pictures (N, 1, size, size) in [-1, 1] -> waves (N, T) in [-1, 1], SECONDS long."""
    wide = interpolate(pictures.float(), (SIZE, FRAMES), mode="bilinear", align_corners=False)
    return vocoder(_from_levels(wide[:, 0].flip(1))).clamp(-1, 1)


def end_to_end(waves: Tensor, pause: float = 0.15) -> Tensor:
    """Waves (N, T) one after another with a pause between, (samples,)."""
    gap = round(pause * mel.SETTINGS.rate)
    return torch.cat([pad(wave, (0, gap)) for wave in waves])
