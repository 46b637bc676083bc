"""The relativistic game: losses of pairs, penalties on both sides."""

import torch
import toys
from torch.testing import assert_close

from gan_studio.objectives import relativistic
from gan_studio.penalties import r1


def test_both_penalties_are_taken_on_their_own_pictures():
    gan, batch = toys.model("r3gan", gamma=3.0, penalty_share=1.0), toys.batch()
    torch.manual_seed(3)
    fake = gan.generator(gan.latents(16)).detach()
    R1, R2 = (1.5 * r1(gan.discriminator, x).detach() for x in (batch["image"], fake))
    torch.manual_seed(3)
    said = gan.step(iter([batch]), gan.optimizers())
    assert_close(said["r1"], R1)
    assert_close(said["r2"], R2)


def test_the_discriminator_does_not_normalise():
    layers = [type(m).__name__ for m in toys.model("r3gan").discriminator.modules()]
    assert not [name for name in layers if "Norm" in name]


def test_both_losses_are_of_the_same_pairs():
    gan, batch = toys.model("r3gan"), toys.batch()
    torch.manual_seed(3)
    with torch.no_grad():
        fake = gan.generator(gan.latents(16))
        before = relativistic.discriminator(
            gan.discriminator(batch["image"]), gan.discriminator(fake)
        )
    torch.manual_seed(3)
    said = gan.step(iter([batch]), gan.optimizers())
    with torch.no_grad():  # D has had its turn
        after = relativistic.generator(gan.discriminator(batch["image"]), gan.discriminator(fake))
    assert_close(said["discriminator"], before)
    assert_close(said["generator"], after)
