"""A vocoder beside Griffin and Lim’s method: `python -m benchmarks.vocoding MODEL FOLDER`.

FOLDER holds audio files that the model did not learn from. Distances are means over whole files, in
natural logarithms of the amplitude; seconds of sound that one second of a processor makes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from gan_studio.evaluation import vocoding
from gan_studio.models.library import Library
from gan_studio.sound import griffin_lim, mel
from gan_studio.sound.files import KINDS, read


def measure(make: Callable[[Tensor], Tensor], waves: list[Tensor]) -> dict[str, float]:
    """Means over the waves, weighted by their length."""
    total = sum(w.shape[1] for w in waves)
    sums: dict[str, float] = {}
    spent = 0.0
    for wave in waves:
        spectrogram = mel.log_mel(wave)
        start = time.process_time()
        output = make(spectrogram)
        spent += time.process_time() - start
        for name, value in vocoding.distances(output, wave).items():
            sums[name] = sums.get(name, 0.0) + value * wave.shape[1] / total
    return {**sums, "real_time": total / mel.SETTINGS.rate / spent}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=40)
    a = parser.parse_args()
    torch.set_num_threads(1)
    files = sorted(p for p in a.folder.iterdir() if p.suffix in KINDS)
    files = files[:: max(1, len(files) // a.count)][: a.count]
    waves = [torch.from_numpy(read(path).wave)[None] for path in files]
    vocoder = Library(a.model.parent).vocoder(a.model.name)
    print(f"{len(waves)} files, {sum(w.shape[1] for w in waves) / mel.SETTINGS.rate:.0f} seconds")
    with torch.inference_mode():
        print("vocoder", measure(vocoder.gan.vocode, waves))
        for rounds in (32, 100):
            figures = measure(lambda x, n=rounds: griffin_lim.from_mel(x, n), waves)
            print(f"Griffin-Lim {rounds}", figures)


if __name__ == "__main__":
    main()
