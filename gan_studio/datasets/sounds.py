"""Sound to learn from: segments of waves, by name or out of a folder of audio files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batch, BatchStream
from gan_studio.datasets.dataset import Dataset
from gan_studio.images import convert
from gan_studio.sound import mel
from gan_studio.sound.files import KINDS, read

SPEECH = "speech"
"""sentences of the synthesiser flite, by `tools.speech_corpus`, and spoken digits"""
NAMED = (SPEECH,)
MAX_HOURS = 2.0
"""of sound in memory"""
QUIETEST = 0.02
"""greatest amplitude of a segment that is worth learning from"""
GAINS = 0.25, 1.0
"""range of the factor by which a segment is made quieter"""


@dataclass(frozen=True, kw_only=True)
class SoundDataset(Dataset):
    """Waves end to end, and a picture of the first segment of each."""

    waves: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.int16))
    """(samples,) int16"""
    starts: Tensor = field(default_factory=lambda: torch.zeros(1, dtype=torch.long))
    """where each wave starts, and where the last ends, (N + 1,)"""


def load(name: str, frames: int, *, train: bool = True) -> SoundDataset:
    """The sounds of a folder, each at least one segment of so many frames long.

    ValueError with one sentence where there are none. Files that cannot be read are skipped.
    """
    place = registry.data_dir() / SPEECH if name == SPEECH else Path(name)
    if name == SPEECH:
        place = place / ("train" if train else "test")
    if not place.is_dir():
        hint = " Make it by tools.speech_corpus." if name == SPEECH else ""
        raise ValueError(f"There is no folder {place} of audio files.{hint}")
    paths = sorted(path for path in place.rglob("*") if path.suffix.lower() in KINDS)
    order = np.random.default_rng(0).permutation(len(paths))
    waves, names, skipped, total = [], [], [], 0
    for path in (paths[i] for i in order):
        try:
            sound = read(path, 3600.0).wave
        except ValueError as error:
            skipped.append(str(error))
            continue
        padded = np.pad(sound, (0, max(0, frames * mel.SETTINGS.hop - len(sound))))
        waves.append(torch.from_numpy(np.round(padded * 32767).astype(np.int16)))
        names.append(path.name)
        total += len(sound)
        if total > MAX_HOURS * 3600 * mel.SETTINGS.rate:
            break
    if len(waves) < 2:
        raise ValueError(f"{place} holds no two audio files that can be read.")
    return of_waves(registry.title(name), waves, frames, names, skipped)


def of_waves(
    name: str,
    waves: Sequence[Tensor],
    frames: int,
    names: Sequence[str] = (),
    skipped: Sequence[str] = (),
) -> SoundDataset:
    """Waves (T,) int16 as a data set."""
    first = torch.stack([wave[: frames * mel.SETTINGS.hop] for wave in waves[:1000]])
    pictures = mel.to_picture(mel.log_mel(first.float() / 32768))
    images = torch.from_numpy(convert.to_uint8(pictures)).permute(0, 3, 1, 2)
    placeholders = images[:1].expand(len(waves) - len(images), -1, -1, -1)
    lengths = torch.tensor([0, *map(len, waves)])
    return SoundDataset(
        name=name,
        images=torch.cat([images, placeholders]),
        names=tuple(names),
        skipped=tuple(skipped),
        waves=torch.cat(list(waves)),
        starts=lengths.cumsum(0),
    )


def split(dataset: SoundDataset) -> tuple[SoundDataset, SoundDataset | None]:
    """Training sounds, and every tenth held out, None where there are few."""
    if dataset.name in NAMED or len(dataset) < registry.MIN_FOR_SPLIT:
        return dataset, None
    waves = [dataset.waves[a:b] for a, b in zip(dataset.starts, dataset.starts[1:], strict=False)]
    frames = dataset.images.shape[-1]
    parts = [w for i, w in enumerate(waves) if i % 10 != 9], waves[9::10]
    train, test = (of_waves(dataset.name, part, frames) for part in parts)
    return train, test


class SoundBatches(BatchStream):
    """Endless segments at random places; batch k depends only on the seed and k."""

    def __init__(
        self,
        dataset: SoundDataset,
        frames: int,
        batch_size: int,
        seed: int = 0,
        device: torch.device | str = "cpu",
        *,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self.dataset, self.samples = dataset, frames * mel.SETTINGS.hop
        self.batch_size, self.seed, self.device = batch_size, seed, device
        self.mine = slice(share[0], None, share[1])
        self.position = 0

    def __next__(self) -> Batch:
        turns = range(self.position * self.batch_size, (self.position + 1) * self.batch_size)
        self.position += 1
        return {"wave": torch.stack([self.segment(turn) for turn in turns[self.mine]])}

    def first(self, count: int) -> Batch:
        return {"wave": torch.stack([self.segment(turn) for turn in range(count)])}

    def segment(self, turn: int) -> Tensor:
        """A segment that is not silent, (T,) in [-1, 1], by random numbers of its turn."""
        rng = np.random.default_rng([self.seed, turn])
        starts = self.dataset.starts
        gain = rng.uniform(*GAINS)
        part = torch.zeros(self.samples)
        for _ in range(10):
            i = int(rng.integers(len(starts) - 1))
            start = int(rng.integers(int(starts[i]), int(starts[i + 1]) - self.samples + 1))
            part = self.dataset.waves[start : start + self.samples].float() / 32768
            if part.abs().max() > QUIETEST:
                break
        return (part * gain).to(self.device, torch.get_default_dtype())
