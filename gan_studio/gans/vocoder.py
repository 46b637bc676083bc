"""GANs that turn log-mel spectrograms into waves (Kong et al., 2020)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import GAN, Optimizers
from gan_studio.gans.config import GANConfig
from gan_studio.gans.optimizers import adam, check_adam
from gan_studio.sound import mel


@dataclass(frozen=True, kw_only=True)
class VocoderConfig(GANConfig):
    """Settings of a GAN that makes waves of spectrograms."""

    image_size: int = 64
    """Frames of a training segment; 64 are half a second."""
    batch_size: int = 16
    """Batch size: segments per update, over all processes."""
    learning_rate: float = 5e-4
    """Learning rate of Adam, for both networks unless discriminator_rate is set."""
    discriminator_rate: float = 0.0
    """Learning rate of the discriminator (TTUR, Heusel et al., 2017); 0 uses the generator’s."""
    beta1: float = 0.8
    """β₁ of Adam: exponential decay rate of the mean gradient (momentum)."""
    beta2: float = 0.99
    """β₂ of Adam: exponential decay rate of the mean squared gradient."""

    fixed_fields: ClassVar = GANConfig.fixed_fields
    batch_fields: ClassVar = GANConfig.batch_fields | {"image_size"}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_adam(self)


class VocoderGAN(GAN):
    """A generator that maps log-mel spectrograms to waves, and its discriminator.

    A batch has `wave` (N, T) in [-1, 1], of which spectrograms are made.
    """

    def __init__(self, config: VocoderConfig, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.config = config

    @abstractmethod
    def vocode(self, spectrogram: Tensor, pitch: Tensor | None = None, seed: int = 0) -> Tensor:
        """Log-mel (N, n_mels, F) -> waves (N, F * hop) in [-1, 1], float32.

        `pitch` (N, F) in Hz, 0 where there is none, is read from the spectrogram by default; the
        seed draws noise.
        """

    def fakes(self, batch: Batch, count: int, seed: int) -> Batch:
        del count
        return {"wave": self.vocode(mel.log_mel(batch["wave"]), seed=seed)}

    @torch.no_grad()
    def preview(self, batch: Batch) -> Tensor:
        """Spectrograms of the made waves as pictures, (N, 1, n_mels, F) in [-1, 1]."""
        self.generator.eval()
        return spectrograms(self.fakes(batch, len(batch["wave"]), 0)["wave"])

    def sample_sheet(self, batch: Batch, columns: int) -> Tensor:
        """Rows of true spectrograms, and of those of the waves that were made of them."""
        fake, true, rows = self.preview(batch), spectrograms(batch["wave"]), []
        for start in range(0, len(fake) - columns + 1, columns):
            rows += [part[start : start + columns] for part in (true, fake)]
        return torch.cat(rows)[: 8 * columns]

    def optimizers(self) -> Optimizers:
        return adam(self, self.config)


def spectrograms(wave: Tensor) -> Tensor:
    """Waves (N, T) -> pictures of their spectrograms, (N, 1, n_mels, F) in [-1, 1]."""
    return mel.to_picture(mel.log_mel(wave))
