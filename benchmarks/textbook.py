"""The DCGAN loop of the tutorials: what the project's training is compared with."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.optim import Adam
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import MNIST

from gan_studio.datasets.registry import data_dir
from gan_studio.gans.families import dcgan
from gan_studio.gans.layers import normal_init
from gan_studio.gans.penalties import r1

CONFIG = dcgan.Config()
"""sizes of the networks and of the batch, the same for both sides"""


def players(*, normalised: bool) -> tuple[nn.Module, nn.Module]:
    """The project's own DCGAN networks; `normalised` as in the paper, in both players."""
    G, D = dcgan.Generator(CONFIG, 1), dcgan.Discriminator(CONFIG, 1)
    if normalised:
        D = normalise(D)
    normal_init(D)
    return G, D


def normalise(discriminator: nn.Sequential) -> nn.Sequential:
    """Batch normalisation after every convolution but the first and the last."""
    layers = list(discriminator.children())
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    for layer in convolutions[1:-1]:
        layers.insert(layers.index(layer) + 1, nn.BatchNorm2d(layer.out_channels))
    return nn.Sequential(*layers)


def loader(workers: int = 2) -> DataLoader[tuple[Tensor, Tensor]]:
    """MNIST by way of PIL, one picture at a time."""
    transform = transforms.Compose(
        [
            transforms.Resize(CONFIG.image_size),
            transforms.ToTensor(),
            transforms.Normalize((0.5,), (0.5,)),
        ]
    )
    return DataLoader(
        MNIST(data_dir(), transform=transform),
        CONFIG.batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
    )


def train(
    G: nn.Module, D: nn.Module, batches: DataLoader[tuple[Tensor, Tensor]], r1_gamma: float = 0.0
) -> Iterator[tuple[float, float]]:
    """Both losses after each update, without end; Adam as in the paper (Radford et al., 2016)."""
    bce = nn.BCEWithLogitsLoss()
    optimizer_d = Adam(D.parameters(), 2e-4, (0.5, 0.999))
    optimizer_g = Adam(G.parameters(), 2e-4, (0.5, 0.999))
    while True:
        for real, _ in batches:
            ones, zeros = torch.ones(len(real)), torch.zeros(len(real))

            D.zero_grad()
            loss_real = bce(D(real), ones)
            loss_real.backward()
            fake = G(torch.randn(len(real), CONFIG.latent_dim))
            loss_fake = bce(D(fake.detach()), zeros)
            loss_fake.backward()
            if r1_gamma:
                part = round(CONFIG.r1_fraction * len(real))
                (r1_gamma / 2 * r1(D, real[:part])).backward()
            optimizer_d.step()

            G.zero_grad()
            loss_g = bce(D(fake), ones)
            loss_g.backward()
            optimizer_g.step()
            yield loss_g.item(), (loss_real + loss_fake).item()
