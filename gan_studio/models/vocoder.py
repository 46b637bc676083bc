"""A model in memory that turns spectrograms into sound."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_studio.core import devices
from gan_studio.gans.vocoder import VocoderGAN
from gan_studio.models.model import LoadedModel


@dataclass(frozen=True)
class Vocoder(LoadedModel):
    """A model that turns log-mel spectrograms into waves."""

    gan: VocoderGAN

    def vocode(self, spectrogram: Tensor, pitch: Tensor | None = None, seed: int = 0) -> Tensor:
        """Log-mel (N, n_mels, F) -> waves (N, F * hop) in [-1, 1], on the CPU."""
        frames = spectrogram.shape[0] * spectrogram.shape[2]
        with torch.inference_mode(), devices.cpu_threads_for(64 * frames):
            device_pitch = None if pitch is None else pitch.to(self.device)
            return self.gan.vocode(spectrogram.to(self.device), device_pitch, seed).cpu()
