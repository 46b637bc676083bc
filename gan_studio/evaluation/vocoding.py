"""Metrics of vocoders: distances of their waves to true ones."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import l1_loss

from gan_studio.datasets.sounds import SoundBatches, SoundDataset
from gan_studio.evaluation.monitor import eval_mode
from gan_studio.gans.base import GAN
from gan_studio.gans.vocoder import VocoderGAN
from gan_studio.sound import mel

COUNT = 32
"""segments of the monitor"""
SEED = 2


def distances(output: Tensor, true: Tensor) -> dict[str, float]:
    """Mean distances of waves (N, T) each, in natural logarithms of the amplitude.

    `mel_l1` of the bands, `log_stft` of all bins; from 90 dB below a full sine on.
    """
    output, true = (x[:, : min(output.shape[1], true.shape[1])] for x in (output, true))
    logs = [mel.stft(x).abs().clamp_min(mel.SETTINGS.floor).log() for x in (output, true)]
    return {
        "mel_l1": l1_loss(mel.log_mel(output), mel.log_mel(true)).item(),
        "log_stft": l1_loss(logs[0], logs[1]).item(),
    }


def monitor(held_out: SoundDataset, device: torch.device) -> Callable[[GAN], dict[str, float]]:
    """Both distances on segments that are not trained on."""
    batches = SoundBatches(held_out, held_out.images.shape[-1], COUNT, SEED, device)
    true = batches.first(COUNT)["wave"]

    def measure(gan: GAN) -> dict[str, float]:
        assert isinstance(gan, VocoderGAN)
        with eval_mode(gan), torch.inference_mode():
            return distances(gan.vocode(mel.log_mel(true)), true)

    return measure
