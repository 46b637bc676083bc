"""The relativistic game: losses of pairs, penalties on both sides."""

import torch
import toys
from torch.testing import assert_close

from gan_studio.gans.families.r3gan import Config, Critic
from gan_studio.gans.losses import relativistic
from gan_studio.gans.penalties import r1


def test_both_penalties_are_taken_on_their_own_pictures():
    gan, batch = toys.model("r3gan", r1_gamma=3.0, r1_fraction=1.0), toys.batch()
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


def test_a_label_is_told_to_both_players_or_to_none():
    for labelled, classes in ((False, 0), (True, 10)):
        gan, batch = toys.model("r3gan", labelled=labelled), toys.batch()
        assert gan.classes == classes
        losses = gan.step(iter([batch]), gan.optimizers())
        assert all(torch.isfinite(loss) for loss in losses.values())
        assert gan.first_affine()(gan.append_labels(gan.latents(2))).shape[:2] == (2, 16)


def test_the_critic_scores_a_picture_by_its_label():
    D, x = Critic(Config(image_size=16), 1, 10), torch.rand(10, 1, 16, 16)
    scores = D(x[:1].expand(10, -1, -1, -1), torch.arange(10))
    assert D.V is not None
    torch.nn.init.zeros_(D.V.weight)
    assert scores.unique().numel() == 10
    assert_close(D(x, torch.arange(10)), D(x, torch.zeros(10, dtype=torch.long)))
