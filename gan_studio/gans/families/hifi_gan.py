"""HiFi-GAN, Efficient and High Fidelity Speech Synthesis (Kong et al., 2020), https://arxiv.org/abs/2010.05646.

The generator is another one, for CPUs: all its convolutions run once for each frame, and an inverse
Fourier transform makes the samples (Siuzdak, 2023, Vocos). docs/families/hifi-gan.md says more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss, leaky_relu, pad

from gan_studio.core.validation import check_float, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import DiscriminatorOutputs, Losses, Optimizers, descend
from gan_studio.gans.config import PRE_2018
from gan_studio.gans.losses import least_squares
from gan_studio.gans.vocoder import VocoderConfig, VocoderGAN
from gan_studio.sound import mel
from gan_studio.sound.convnext import ConvNeXtBlock
from gan_studio.sound.pitch import MIDDLE, pitches
from gan_studio.sound.source import pulses

RESOLUTIONS = (256, 512, 1024)
"""samples of a frame of each spectrum that is compared"""


@dataclass(frozen=True, kw_only=True)
class Config(VocoderConfig):
    """Settings that train in hours on a CPU; docs/families/hifi-gan.md has the paper's values."""

    width: int = 192
    """Channels of the generator."""
    blocks: int = 5
    """Residual blocks of the generator."""
    discriminator_width: int = 16
    """Channels of the first layer of each discriminator."""
    lambda_mel: float = 45.0
    """Weight of the L1 distance of log-mel spectrograms."""
    lambda_stft: float = 15.0
    """Weight of the L1 distance of log magnitudes at three resolutions."""
    lambda_features: float = 2.0
    """Weight of the distance of the discriminator’s activations (feature matching)."""
    adversarial: float = 1.0
    """Weight of the adversarial loss; 0 trains by the distances alone."""
    played_fraction: float = 0.375
    """Fraction of each batch that the discriminator is shown, which costs most."""
    adversarial_after: int = 2000
    """Updates by the distances alone, before the discriminator begins."""

    fixed_fields: ClassVar = VocoderConfig.fixed_fields | {
        "width", "blocks", "discriminator_width",
    }  # fmt: skip
    paper_values: ClassVar = {
        **PRE_2018, "learning_rate": 2e-4, "lambda_stft": 0.0, "adversarial_after": 0,
        "discriminator_width": 32, "played_fraction": 1.0,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.width, "width", 1, 4096)
        check_int(self.blocks, "blocks", 1, 64)
        check_int(self.discriminator_width, "discriminator_width", 1, 1024)
        check_int(self.adversarial_after, "adversarial_after", 0, 10**9)
        check_float(self.played_fraction, "played_fraction", 1e-6, 1)
        for name in ("lambda_mel", "lambda_stft", "lambda_features", "adversarial"):
            check_float(getattr(self, name), name, 0, 1e6)
        if self.image_size < 8:
            raise ValueError(f"A segment has at least 8 frames, not {self.image_size}.")


class Rounds(NamedTuple):
    """Iterations that make a wave consistent with its spectrogram."""

    phases: int
    """times that phases are taken from the wave whose spectrum is nearest"""
    bands: int
    """times that its bands are brought to the wanted ones"""


WHILE_TRAINING, AT_USE = Rounds(1, 1), Rounds(4, 20)


class Parts(NamedTuple):
    """The generator's output for each frame."""

    harmonic: Tensor
    """log magnitudes of the pulses' part, (N, bins, F)"""
    phase: Tensor
    """by which the pulses are turned, (N, bins, F) in radians"""
    noise: Tensor
    """log magnitudes of the noise's part, (N, bins, F)"""
    pitch: Tensor
    """logarithm of the pitch in Hz, (N, F)"""
    voiced: Tensor
    """logit of having a pitch, (N, F)"""


class Generator(nn.Module):
    """Log-mel (N, n_mels, F) -> what is to be done with pulses and noise.

    A spectrum's phases turn from frame to frame even where the sound does not change, which no
    convolution over frames can do. So they come from a source: pulses at the pitch, and noise (Wang
    et al., 2019, "Neural source-filter waveform models"). The network shapes their spectra.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, bins = config.width, mel.SETTINGS.bins
        self.first = nn.Conv1d(mel.SETTINGS.n_mels, width, 7, padding=3)
        self.norm = nn.LayerNorm(width)
        self.blocks = nn.Sequential(*(ConvNeXtBlock(width) for _ in range(config.blocks)))
        self.last_norm = nn.LayerNorm(width)
        self.last = nn.Linear(width, 3 * bins + 2)
        nn.init.normal_(self.last.weight, 0, 0.01)
        nn.init.zeros_(self.last.bias)

    def forward(self, spectrogram: Tensor) -> Parts:
        bins = mel.SETTINGS.bins
        x = self.first(1 - 2 * spectrogram / mel.SILENCE)
        x = self.norm(x.transpose(1, 2)).transpose(1, 2)
        x = self.last(self.last_norm(self.blocks(x).transpose(1, 2))).transpose(1, 2)
        harmonic, phase, noise, rest = x.split([bins, bins, bins, 2], 1)
        start = mel.magnitudes(spectrogram).log()  # what is left to learn is the difference
        pitch, voiced = rest.unbind(1)
        return Parts(start + harmonic, phase, start + noise - 1, MIDDLE + pitch, voiced)

    def synthesize(
        self, parts: Parts, spectrogram: Tensor, pitch: Tensor, seed: int, rounds: Rounds
    ) -> tuple[Tensor, Tensor]:
        """Waves (N, T) at this pitch (N, F) in Hz, and magnitudes (N, bins, F) they should have.

        Pulses and noise give phases, the network magnitudes. No wave has both exactly: rounds of
        Griffin and Lim's method bring them together, others the bands to those of the spectrogram.
        """
        source = pulses(pitch)
        rng = torch.Generator().manual_seed(seed)
        noise = torch.randn(source.shape, generator=rng).to(source)
        train, rough = (mel.stft(torch.cat([source, noise])) / SOURCE_LEVEL).chunk(2)
        h, n = (x.clamp(-16, 4).exp() for x in (parts.harmonic, parts.noise))
        power = h.square() * (train.real.square() + train.imag.square()) + n.square()
        magnitude = fit_bands((power + 1e-12).sqrt(), spectrogram)
        z = torch.polar(h, parts.phase) * train + n * rough
        for _ in range(rounds.phases):
            z = mel.stft(mel.istft(with_magnitude(z, magnitude)))
        wave = mel.istft(with_magnitude(z, magnitude))
        for _ in range(rounds.bands):
            z = mel.stft(wave)
            wave = mel.istft(z * gains(mel.from_spectrum(z), spectrogram))
        return wave, magnitude


def with_magnitude(z: Tensor, magnitude: Tensor) -> Tensor:
    """The spectrum z with these magnitudes in place of its own, (N, bins, F)."""
    return z * (magnitude / (z.abs() + 1e-5))


def fit_bands(magnitude: Tensor, spectrogram: Tensor) -> Tensor:
    """Magnitudes (N, bins, F) whose bands are nearly those of a log-mel (N, n_mels, F)."""
    for _ in range(2):
        bands = (mel.filterbank().to(magnitude) @ magnitude).clamp_min(mel.SETTINGS.floor).log()
        magnitude = magnitude * gains(bands, spectrogram)
    return magnitude


def gains(bands: Tensor, target: Tensor) -> Tensor:
    """Factors of all bins that bring bands to the target ones, log-mel each, (N, bins, F)."""
    spread = mel.filterbank().T / mel.filterbank().sum(0)[:, None].clamp_min(1e-3)
    return (spread.to(bands) @ (target - bands).clamp(-2, 2)).exp()


SOURCE_LEVEL = 2 * math.sqrt(0.375 * mel.SETTINGS.n_fft) / (0.5 * mel.SETTINGS.n_fft)
"""magnitude of a bin of white noise of variance 1: 2 |w| / Σ w of Hann's window"""


class PeriodDiscriminator(nn.Module):
    """Waves seen as pictures a period wide (Section 2.3), each column by itself."""

    def __init__(self, period: int, width: int) -> None:
        super().__init__()
        self.period = period
        widths = [1, width, 2 * width, 4 * width]
        self.layers = nn.ModuleList(
            nn.Conv2d(narrow, wide, (5, 1), (3, 1), (2, 0)) for narrow, wide in pairwise(widths)
        )
        self.score = nn.Conv2d(widths[-1], 1, (3, 1), 1, (1, 0))

    def forward(self, wave: Tensor) -> list[Tensor]:
        """(N, T) -> activations of each layer, the scores (N, 1, h, w) last."""
        x = pad(wave, (0, -wave.shape[1] % self.period))
        return activations(self.layers, self.score, x.view(len(x), 1, -1, self.period))


class SpectrumDiscriminator(nn.Module):
    """Log magnitudes of one resolution as a picture (Jang et al., 2021, UnivNet)."""

    def __init__(self, n_fft: int, width: int) -> None:
        super().__init__()
        self.n_fft = n_fft
        widths = [1, width, 2 * width, 2 * width]
        self.layers = nn.ModuleList(
            nn.Conv2d(narrow, wide, 3, 2, 1) for narrow, wide in pairwise(widths)
        )
        self.score = nn.Conv2d(widths[-1], 1, 3, 1, 1)

    def forward(self, wave: Tensor) -> list[Tensor]:
        """(N, T) -> activations of each layer, the scores (N, 1, h, w) last."""
        x = log_magnitude(wave, self.n_fft)[:, None] / 4 + 1.5
        return activations(self.layers, self.score, x)


def activations(layers: nn.ModuleList, score: nn.Module, x: Tensor) -> list[Tensor]:
    """The output of each layer and the scores."""
    outputs = []
    for layer in layers:
        x = leaky_relu(layer(x), 0.1)
        outputs.append(x)
    return [*outputs, score(x)]


class Discriminator(nn.Module):
    """Discriminators of periods and of spectra; waves (N, T) -> the activations of each."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.discriminator_width
        self.parts = nn.ModuleList(
            [
                *(PeriodDiscriminator(period, width) for period in (2, 3, 5, 7)),
                SpectrumDiscriminator(512, width),
            ]
        )

    def forward(self, wave: Tensor) -> list[list[Tensor]]:
        return [part(wave) for part in self.parts]


class HiFiGAN(VocoderGAN):
    """A vocoder; three kinds of distance and a discriminator of periods and spectra."""

    config: Config
    output = "score"

    def __init__(self, config: Config, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.generator = Generator(config)
        self.discriminator = Discriminator(config)
        self.steps = 0

    def resume(self, step: int) -> None:
        self.steps = step

    @property
    def networks(self) -> Generator:
        """The generator by its own class."""
        assert isinstance(self.generator, Generator)
        return self.generator

    def vocode(self, spectrogram: Tensor, pitch: Tensor | None = None, seed: int = 0) -> Tensor:
        parts = self.networks(spectrogram)
        if pitch is None:
            pitch = torch.where(parts.voiced > 0, parts.pitch.clamp(3.5, 6.5).exp(), 0)
        wave, _ = self.networks.synthesize(parts, spectrogram, pitch, seed, AT_USE)
        return wave.float().clamp(-1, 1)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        outputs = self.discriminator(batch["wave"])
        scores = [part[-1].float().mean((1, 2, 3)) for part in outputs]
        return DiscriminatorOutputs("score", torch.stack(scores).mean(0))

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:
        c, D = self.config, self.discriminator
        y = next(batches)["wave"]
        x, pitch = mel.log_mel(y), pitches(y)
        parts = self.networks(x)
        fake, magnitude = self.networks.synthesize(parts, x, pitch, self.steps, WHILE_TRAINING)
        d_loss = adversarial_loss = features = fake.new_zeros(())
        has_adversary = c.adversarial > 0 and self.steps >= c.adversarial_after
        if has_adversary:
            some = slice(max(1, round(c.played_fraction * len(y))))
            real, detached = D(y[some]), D(fake[some].detach())
            pairs = zip(real, detached, strict=True)
            d_loss = sum_of(least_squares.discriminator(a[-1], b[-1]) for a, b in pairs)
            descend(optimizers.discriminator, d_loss)
            fake_outputs = D(fake[some])
            adversarial_loss = sum_of(least_squares.generator(part[-1]) for part in fake_outputs)
            features = feature_distance(fake_outputs, real)
        mel_loss, stft_loss = l1_loss(mel.log_mel(fake), x), stft_distance(fake, y)
        magnitudes = magnitude, mel.stft(y).abs()
        fake_log, true_log = (m.clamp_min(mel.SETTINGS.floor).log() for m in magnitudes)
        magnitude_loss = l1_loss(fake_log, true_log)
        pitch_loss = pitch_distance(parts, pitch)
        g_loss = c.lambda_mel * mel_loss + c.lambda_stft * (stft_loss + magnitude_loss) + pitch_loss
        g_loss = g_loss + c.adversarial * (adversarial_loss + c.lambda_features * features)
        descend(optimizers.generator, g_loss)
        self.steps += 1
        losses = {"generator": g_loss, "discriminator": d_loss, "mel": mel_loss}
        losses |= {"stft": stft_loss, "magnitude": magnitude_loss, "pitch": pitch_loss}
        losses |= {"features": features, "adversarial": adversarial_loss}
        return {name: loss.detach() for name, loss in losses.items()}


def sum_of(losses: Iterator[Tensor]) -> Tensor:
    """The sum of losses (), ()."""
    return torch.stack(list(losses)).sum()


def log_magnitude(wave: Tensor, n_fft: int) -> Tensor:
    """Logarithms of magnitudes, (N, T) -> (N, bins, frames)."""
    z = mel.stft(wave, n_fft, n_fft // 4)
    magnitude = (z.real.square() + z.imag.square() + 1e-12).sqrt()
    return magnitude.clamp_min(mel.SETTINGS.floor).log()


def stft_distance(fake: Tensor, real: Tensor) -> Tensor:
    """Mean L1 distance of log magnitudes at all resolutions, ()."""
    return sum_of(
        l1_loss(log_magnitude(fake, n), log_magnitude(real, n)) for n in RESOLUTIONS
    ) / len(RESOLUTIONS)


def feature_distance(fake: list[list[Tensor]], real: list[list[Tensor]]) -> Tensor:
    """Eq. 5: L1 distance of the activations of each layer, summed."""
    pairs = (
        pair
        for one, other in zip(fake, real, strict=True)
        for pair in zip(one[:-1], other[:-1], strict=True)
    )
    return sum_of(l1_loss(a, b.detach()) for a, b in pairs)


def pitch_distance(parts: Parts, pitch: Tensor) -> Tensor:
    """Loss of the pitch that the generator predicts against the true one (N, F) in Hz, ()."""
    has = (pitch > 0).to(parts.voiced)
    voiced_loss = binary_cross_entropy_with_logits(parts.voiced, has)
    off = (parts.pitch - pitch.clamp_min(1).log()).abs() * has
    return voiced_loss + 10 * off.sum() / has.sum().clamp_min(1)
