"""pix2pix beside a textbook loop of the same networks; the time and memory of a translation.

    python -m benchmarks.translation

Both sides train on the pairs of the data set maps, both without the R1 penalty, which the paper
does not have. The textbook reads each pair with Pillow, in a DataLoader with a worker, as tutorials
do. Then pictures of 512 pixels are translated a hundred times by networks of random weights.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
import torch
import tyro
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import l1_loss
from torch.optim import Adam
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.transforms import v2 as transforms

from benchmarks import report
from gan_studio.datasets import pairs
from gan_studio.datasets.pairs import PairBatches
from gan_studio.gans.families import family
from gan_studio.gans.families.pix2pix import Config, Pix2Pix
from gan_studio.gans.layers import UpsampleConv2d
from gan_studio.gans.losses import non_saturating
from gan_studio.studio.train import pair_settings

CONFIG = Config(image_size=64, load_size=128, r1_gamma=0.0)
SIDE = 512


class Pairs(TorchDataset[Tensor]):
    """Wide pictures read one by one, scaled, cropped and mirrored."""

    def __init__(self, folder: Path) -> None:
        self.files = sorted(folder.glob("*.jpg"))
        size = CONFIG.load_size
        self.scale = transforms.Compose(
            [
                transforms.Resize((size, 2 * size)),
                transforms.ToImage(),
                transforms.ToDtype(torch.float32, scale=True),
                transforms.Normalize([0.5] * 3, [0.5] * 3),
            ]
        )
        self.crop = transforms.Compose(
            [transforms.RandomCrop(CONFIG.image_size), transforms.RandomHorizontalFlip()]
        )

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Tensor:
        with Image.open(self.files[index]) as image:
            source, picture = self.scale(image.convert("RGB")).chunk(2, 2)
        return self.crop(torch.cat([source, picture]))


def endless(loader: DataLoader[Tensor]) -> Iterator[Tensor]:
    while True:
        yield from loader


def plain(network: nn.Module) -> None:
    """Let it enlarge and then convolve, as tutorials do, where ours does both in one."""
    for block in list(network.modules()):
        for name, layer in block.named_children():
            if isinstance(layer, UpsampleConv2d):
                convolution = nn.Conv2d(layer.in_channels, layer.out_channels, 3, 1, 1)
                convolution.load_state_dict(layer.state_dict())
                setattr(block, name, nn.Sequential(nn.Upsample(scale_factor=2), convolution))


def textbook(folder: Path) -> Iterator[None]:
    """An update of the tutorials' loop at each step."""
    gan = Pix2Pix(CONFIG, 3)
    plain(gan.generator)
    G, D = gan.generator, gan.discriminator
    g_adam, d_adam = (Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in (G, D))
    loader = DataLoader(
        Pairs(folder), CONFIG.batch_size, shuffle=True, drop_last=True, num_workers=1
    )
    for batch in endless(loader):
        x, y = batch.chunk(2, 1)
        fake = G(x)
        d_adam.zero_grad()
        d_loss = non_saturating.discriminator(D(y, x), D(fake.detach(), x))
        d_loss.backward()
        d_adam.step()
        g_adam.zero_grad()
        g_loss = non_saturating.generator(D(fake, x)) + CONFIG.lambda_l1 * l1_loss(fake, y)
        g_loss.backward()
        g_adam.step()
        yield


def studio() -> Iterator[None]:
    """An update of ours at each step."""
    gan = Pix2Pix(CONFIG, 3)
    gan.to(memory_format=gan.memory_format)  # pyright: ignore[reportCallIssue]  # absent in stubs
    optimizers = gan.optimizers()
    batches = PairBatches(pairs.load("maps", pair_settings(CONFIG)), CONFIG.batch_size, flips=True)
    while True:
        gan.step(batches, optimizers)
        yield


def rate(updates: Iterator[None], count: int) -> float:
    """Pictures per second."""
    start = time.perf_counter()
    for _ in islice(updates, count):
        pass
    return count * CONFIG.batch_size / (time.perf_counter() - start)


def throughput(rounds: int, count: int) -> None:
    """Both sides in turns, so that what else the machine does hits both."""
    [(folder, _)] = pairs.find("maps")
    sides = {"textbook": textbook(folder), "studio": studio()}
    for updates in sides.values():
        next(updates)
    rates = {name: [] for name in sides}
    for _ in range(rounds):
        for name, updates in sides.items():
            rates[name].append(rate(updates, count))
    best = {name: max(values) for name, values in rates.items()}
    ratio = best["studio"] / best["textbook"]
    print(f"{best['textbook']:.1f} and {best['studio']:.1f} images/s, ratio {ratio:.2f}")


def translations(name: str, **changes: Any) -> None:
    """Time of a translation of SIDE pixels, and growth of memory over a hundred."""
    kind = family(name)
    gan = kind.gan(kind.config(**changes), 3).eval()
    x = torch.rand(1, 3, SIDE, SIDE) * 2 - 1
    process, times, before = psutil.Process(), [], 0
    with torch.inference_mode():
        for i in range(101):
            start = time.perf_counter()
            gan.translate(x)  # pyright: ignore[reportCallIssue]
            times.append(time.perf_counter() - start)
            before = process.memory_info().rss if i == 10 else before
    grown = (process.memory_info().rss - before) / 1e6
    middle = sorted(times)[len(times) // 2]
    print(f"{name}, {SIDE} px: {middle:.2f} s, memory grew by {grown:.0f} MB in 90 translations")


def main(rounds: int = 3, count: int = 8) -> None:
    """Measure both.

    Args:
        rounds: turns of each side
        count: updates in a turn
    """
    print(report.machine())
    throughput(rounds, count)
    translations("pix2pix")
    translations("cyclegan")


if __name__ == "__main__":
    tyro.cli(main)
