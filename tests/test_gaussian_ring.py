"""Eight Gaussians on a ring (Metz et al., 2017, Section 3.1): who drops modes, who covers all."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from gan_studio.datasets.batches import Batch
from gan_studio.gans.base import LatentGAN
from gan_studio.gans.families import vanilla, wgan_gp

ANGLES = torch.arange(8) * math.pi / 4
CENTRES = 2 * torch.stack([ANGLES.cos(), ANGLES.sin()], 1)


def points(n: int) -> Iterator[Batch]:
    """Points (n, 2) of all eight alike, of deviation 0.02."""
    while True:
        yield {"image": CENTRES[torch.randint(8, (n,))] + 0.02 * torch.randn(n, 2)}


def mlp(inputs: int, *outputs: nn.Module) -> nn.Sequential:
    hidden = [nn.Linear(inputs, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU()]
    return nn.Sequential(*hidden, *outputs)


def shares(gan: LatentGAN, rounds: int) -> Tensor:
    """Trains the family's own step on points; after each hundred rounds the part of its samples
    near each centre, (rounds / 100, 8)."""
    gan.generator = mlp(16, nn.Linear(128, 2))
    gan.discriminator = mlp(2, nn.Linear(128, 1), nn.Flatten(0))
    optimizers, batches = gan.optimizers(), points(gan.config.batch_size)
    z = gan.latents(2000, torch.Generator().manual_seed(0))
    rows = []
    for i in range(1, rounds + 1):
        gan.step(batches, optimizers)
        if i % 100 == 0:
            with torch.no_grad():
                distances = torch.cdist(gan.generator(z), CENTRES)
            rows.append((distances < 0.3).float().mean(0))
    return torch.stack(rows)


def test_vanilla_gan_drops_modes():
    torch.manual_seed(0)
    config = vanilla.Config(latent_dim=16, batch_size=128, r1_gamma=0.0, beta1=0.5, beta2=0.999)
    covered = (shares(vanilla.VanillaGAN(config), 1000) > 0.03).sum(1)
    assert 1 <= covered.max() <= 4  # at times it is between two of them


@pytest.mark.slow
def test_wgan_gp_covers_all_eight():
    torch.manual_seed(0)
    config = wgan_gp.Config(
        latent_dim=16,
        batch_size=128,
        critic_steps=3,
        lambda_gp=0.1,  # that of the authors' own toys
        learning_rate=1e-3,
        beta1=0.5,
    )
    last = shares(wgan_gp.WGANGP(config), 1500)[-1]
    assert (last > 0.05).all()  # an even share is 0.125
    assert last.sum() > 0.6
