"""The relativistic game: penalties on both sides, blocks that begin as nothing."""

import pytest
import torch
import toys
from torch.testing import assert_close

from gan_studio.families.r3gan import Block
from gan_studio.penalties import r1


def test_a_block_begins_as_the_identity():
    x = torch.randn(2, 8, 4, 4)
    assert torch.equal(Block(8, 3)(x), x)


def test_deeper_networks_begin_with_smaller_first_layers():
    torch.manual_seed(0)
    shallow, deep = (Block(64, blocks).first.weight.std() for blocks in (1, 4))
    assert_close(deep / shallow, torch.tensor(0.5), rtol=0.02, atol=0)


def test_both_penalties_are_taken_on_their_own_pictures():
    gan, batch = toys.model("r3gan", gamma=3.0, penalty_share=1.0), toys.batch()
    torch.manual_seed(3)
    fake = gan.generator(gan.latents(16)).detach()
    R1, R2 = (1.5 * r1(gan.discriminator, x).detach() for x in (batch["image"], fake))
    torch.manual_seed(3)
    said = gan.step(iter([batch]), gan.optimizers())
    assert_close(said["r1"], R1)
    assert_close(said["r2"], R2)


@pytest.mark.parametrize("size", [8, 32, 64])
def test_the_players_mirror_each_other(size):
    gan = toys.model("r3gan", image_size=size, width=2)
    pictures = gan.generator(torch.randn(2, 12))
    assert pictures.shape == (2, 1, size, size)
    assert gan.discriminator(pictures).shape == (2,)


def test_no_player_normalises():
    layers = [type(m).__name__ for m in toys.model("r3gan").modules()]
    assert not [name for name in layers if "Norm" in name]
