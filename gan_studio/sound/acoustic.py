"""FastSpeech 2: phones into a log-mel spectrogram (Ren et al., 2021), https://arxiv.org/abs/2006.04558.

Convolutions stand where the paper has attention, durations come from the teacher, a synthesiser,
and voices are mixed by weights. It is small and quick, and no discriminator took part.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_studio.core import files
from gan_studio.sound import mel
from gan_studio.sound.convnext import ConvNeXtBlock
from gan_studio.sound.phones import KINDS
from gan_studio.sound.pitch import MIDDLE

VOICES = ("slt", "rms", "awb")
"""of flite, in the order of the voices' vectors"""
WIDTH, ENCODER_BLOCKS, DECODER_BLOCKS = 160, 4, 5
FRAME_RATE = mel.SETTINGS.rate / mel.SETTINGS.hop
LONGEST = 100
"""frames of a phone"""
MAX_FRAMES = 8000
"""of one text, 64 seconds"""


class Prosody(NamedTuple):
    """Duration and pitch of each phone, (N, P) each."""

    durations: Tensor
    """frames, whole numbers"""
    pitch: Tensor
    """logarithm of its mean pitch in Hz"""


class AcousticModel(nn.Module):
    """Phones, durations and pitch -> log-mel."""

    def __init__(self, voices: int = len(VOICES), width: int = WIDTH) -> None:
        super().__init__()
        self.kinds = nn.Embedding(len(KINDS), width)
        self.stresses = nn.Embedding(3, width)
        self.voices = nn.Linear(voices, width, bias=False)
        self.mix = nn.Sequential(nn.Conv1d(width, width, 5, padding=2), nn.GELU())
        self.encoder = nn.Sequential(*(ConvNeXtBlock(width) for _ in range(ENCODER_BLOCKS)))
        self.prosody = nn.Sequential(
            nn.Conv1d(width, width, 3, padding=1), nn.GELU(), nn.Conv1d(width, 2, 1)
        )
        self.place = nn.Linear(5, width)
        self.decoder = nn.Sequential(*(ConvNeXtBlock(width) for _ in range(DECODER_BLOCKS)))
        self.last_norm = nn.LayerNorm(width)
        self.last = nn.Linear(width, mel.SETTINGS.n_mels)

    def encode(self, kinds: Tensor, stresses: Tensor, voice: Tensor) -> Tensor:
        """Phones (N, P) and the weights of voices (N, voices) -> (N, width, P)."""
        x = self.kinds(kinds) + self.stresses(stresses) + self.voices(voice)[:, None]
        return self.encoder(self.mix(x.transpose(1, 2)))

    def predict(self, encoding: Tensor) -> tuple[Tensor, Tensor]:
        """(N, width, P) -> logarithms of durations in frames and of pitches in Hz, (N, P) each."""
        duration, pitch = self.prosody(encoding).unbind(1)
        return duration + math.log(9.0), pitch + MIDDLE

    def decode(self, encoding: Tensor, prosody: Prosody, frames: Tensor) -> Tensor:
        """The log-mel (N, n_mels, F) at frames (N, F) from 0 to the sum of durations."""
        ends = prosody.durations.cumsum(1)
        phone = (frames[:, :, None] >= ends[:, None]).sum(2).clamp_max(ends.shape[1] - 1)
        length = prosody.durations.gather(1, phone).clamp_min(1)
        since = frames - (ends.gather(1, phone) - length)
        pitch = contour(prosody, frames)
        place = [since / length, (length - 1 - since) / length, since.clamp_max(20) / 20]
        place += [length.float().log() / 3, (pitch - MIDDLE) * 2]
        x = encoding.gather(2, phone[:, None].expand(-1, encoding.shape[1], -1))
        x = x + self.place(torch.stack([p.to(x) for p in place], 2)).transpose(1, 2)
        x = self.last(self.last_norm(self.decoder(x).transpose(1, 2))).transpose(1, 2)
        return mel.SILENCE * (1 - x) / 2


def contour(prosody: Prosody, frames: Tensor) -> Tensor:
    """The pitch of frames (N, F), linear between the middles of phones, (N, F)."""
    middles = prosody.durations.cumsum(1) - prosody.durations / 2
    after = torch.searchsorted(middles, frames.to(middles) + 0.5).clamp(1, middles.shape[1] - 1)
    left, right = middles.gather(1, after - 1), middles.gather(1, after)
    t = ((frames + 0.5 - left) / (right - left).clamp_min(1e-3)).clamp(0, 1)
    low, high = prosody.pitch.gather(1, after - 1), prosody.pitch.gather(1, after)
    return low + t * (high - low)


class Speech(NamedTuple):
    """A spectrogram, and which of its frames each phone takes."""

    spectrogram: Tensor
    """log-mel, (1, n_mels, F)"""
    durations: list[int]
    """frames of each phone"""
    pitch: Tensor
    """of each frame in Hz, (1, F)"""


@torch.inference_mode()
def speak(
    model: AcousticModel, phones: tuple[Tensor, Tensor], voice: Tensor, pace: float, shift: float
) -> Speech:
    """Phones by kind and stress (P,) in a mixture of voices (voices,), faster and higher.

    `pace` 2 is twice as fast; `shift` raises the pitch by so many semitones. ValueError where the
    sound would be too long.
    """
    kinds, stresses = (x[None] for x in phones)
    encoding = model.encode(kinds, stresses, voice[None])
    duration, pitch = model.predict(encoding)
    lengths = (duration.exp() / pace).round().clamp(1, LONGEST).long()
    total = int(lengths.sum())
    if total > MAX_FRAMES:
        raise ValueError(
            f"The text would last {total / FRAME_RATE:.0f} seconds; at most "
            f"{MAX_FRAMES / FRAME_RATE:.0f} can be said at once. Say less, or faster."
        )
    prosody = Prosody(lengths, pitch + shift * math.log(2) / 12)
    frames = torch.arange(total)[None]
    spectrogram = model.decode(encoding, prosody, frames)
    return Speech(spectrogram, lengths[0].tolist(), contour(prosody, frames).exp())


def voice_weights(weights: Mapping[str, float]) -> Tensor:
    """Weights by name, as they come, -> weights of all voices of sum 1, (voices,)."""
    w = torch.tensor([float(weights.get(name, 0.0)) for name in VOICES]).clamp_min(0)
    return w / w.sum().clamp_min(1e-6)


@functools.lru_cache(2)
def load(path: Path) -> AcousticModel:
    """Load a trained model; ValueError if its file is damaged."""
    model = AcousticModel()
    files.load_weights(model, path, "acoustic model")
    return model.eval().requires_grad_(False)
