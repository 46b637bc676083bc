"""Holes in held-out faces, filled by a network that learnt it and by a generator that did not.

python -m benchmarks.semantic_inpainting --count 48
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import tyro
from torch import Tensor

from benchmarks import report
from gan_studio import vision
from gan_studio.datasets import registry
from gan_studio.evaluation import inpainting
from gan_studio.evaluation.inpainting import Filling
from gan_studio.gans.families.inpainting import Inpainting
from gan_studio.images import convert
from gan_studio.models.library import Library
from gan_studio.models.model import Model
from gan_studio.studio.semantic_inpainting import semantic_inpainting
from gan_studio.vision import faces

EYES = np.s_[:, 22:38, 10:54]
"""both eyes in aligned faces of 64 pixels"""


def eyes(count: int, size: int) -> np.ndarray:
    """A box over both eyes for each picture, (N, size, size) bool."""
    hidden = np.zeros((count, size, size), bool)
    hidden[EYES] = True
    return hidden


def fillings(gan: Inpainting, model: Model) -> dict[str, Filling]:
    """What is compared: both models, and two fillings that need no training."""
    judge = vision.load("embedded")
    train = registry.load("celeba", gan.config.image_size).images
    mean = train.float().mean(0).round().to(torch.uint8)

    def propose(x: Tensor, hidden: np.ndarray) -> Tensor:
        arrays = x.permute(0, 2, 3, 1).numpy()
        fills = [
            semantic_inpainting(model, one, mask, judge, [seed])[0]
            for seed, (one, mask) in enumerate(zip(arrays, hidden, strict=True))
        ]
        levels = np.stack(fills).round().clip(0, 255).astype(np.uint8)
        return torch.from_numpy(levels).permute(0, 3, 1, 2)

    return {
        "network": lambda x, hidden: inpainting.fill(gan, x, hidden),
        "generator": propose,
        "smoothest": inpainting.harmonic,
        "mean face": lambda x, hidden: torch.where(torch.as_tensor(hidden)[:, None], mean, x),
    }


def main(
    network: str = "inpainting-celeba",
    generator: str = "stylegan2-celeba",
    *,
    count: int = 48,
    threads: int = 2,
    output: Path | None = None,
) -> None:
    """Fill random holes and both eyes of faces; print errors in the hole and what a reader reads.

    Args:
        network: the model that learnt to fill holes
        generator: the one whose faces are searched
        count: held-out faces, evenly from the whole set
        threads: of torch
        output: where a contact sheet of hidden eyes goes: true, by the network, by the generator
    """
    torch.set_num_threads(threads)
    gan = Library().translator(network).gan
    assert isinstance(gan, Inpainting)
    size, methods = gan.config.image_size, fillings(gan, Library().load(generator))
    test = registry.load("celeba", size, train=False).images
    true = test[:: len(test) // count][:count]
    masks: dict[str, Callable[[int, int], np.ndarray]] = {
        "random": inpainting.random_masks,
        "eyes": eyes,
    }
    rows = dict[str, tuple[str, ...]]()
    reader = faces.load()
    on_true = reader(convert.from_uint8(true)) > 0.5
    panels = [true]
    for where, mask in masks.items():
        hidden = mask(count, size)
        for name, filling in methods.items():
            start = time.perf_counter()
            filled = filling(true, hidden)
            seconds = (time.perf_counter() - start) / count
            same = (reader(convert.from_uint8(filled)) > 0.5).eq(on_true).float().mean()
            psnr = inpainting.hole_psnr(filled, true, hidden)
            rows[f"{where}: {name}"] = f"{psnr:.2f}", f"{same:.1%}", f"{seconds:.2f}"
            print(f"{where}: {name}", *rows[f"{where}: {name}"], flush=True)
            if where == "eyes" and name in ("network", "generator"):
                panels.append(filled)
    report.table(
        "filling", "PSNR in the hole, dB", "attributes read as before", "seconds", rows=rows
    )
    if output:
        sheet = torch.stack(panels, 1).flatten(0, 1).permute(0, 2, 3, 1)
        convert.grid(sheet.numpy(), columns=3 * 4).save(output)


if __name__ == "__main__":
    tyro.cli(main)
