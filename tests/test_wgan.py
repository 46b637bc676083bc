"""The Wasserstein families: clipping, critic steps and the gap, each known by other means."""

import itertools

import pytest
import torch
import toys
from mentions import mentions
from torch import nn
from torch.testing import assert_close

from gan_studio.gans.families import wgan
from gan_studio.gans.losses import wasserstein
from gan_studio.gans.penalties import gradient_penalty

CRITICS = ["wgan", "wgan-gp"]


def test_clipping_brings_weights_back_and_leaves_the_others():
    layer = nn.Linear(4, 1, bias=False)
    layer.weight.data = torch.tensor([[-3.0, -0.05, 0.1, 7.0]])
    wgan.clip(layer, 0.1)
    assert_close(layer.weight.detach(), torch.tensor([[-0.1, -0.05, 0.1, 0.1]]))
    assert wgan.clipped_share(layer, 0.1) == 0.75


def test_no_weight_of_the_critic_leaves_the_clip():
    gan = toys.model("wgan", clip=0.01)
    said = gan.step(toys.digits(), gan.optimizers())
    weights = torch.cat([p.detach().flatten() for p in gan.discriminator.parameters()])
    assert weights.abs().max() <= 0.01
    assert_close(said["clipped"], (weights.abs() == weights.abs().max()).float().mean())
    assert said["clipped"] > 0.1


@pytest.mark.parametrize("name", CRITICS)
@pytest.mark.parametrize("n", [1, 3])
def test_the_critic_is_updated_n_times_before_the_generator_once(name, n):
    gan = toys.model(name, critic_steps=n)
    turns = []
    optimizers = gan.optimizers()
    for player, optimizer in optimizers._asdict().items():
        optimizer.register_step_post_hook(lambda *_, player=player: turns.append(player))
    batches = itertools.repeat(toys.batch(), 10)
    gan.step(batches, optimizers)
    assert turns == ["discriminator"] * n + ["generator"]
    assert len(list(batches)) == 10 - n  # a real batch for each


@pytest.mark.parametrize("name", CRITICS)
def test_the_critic_gap_is_the_mean_score_of_real_less_that_of_fake(name):
    gan, batch = toys.model(name, critic_steps=1), toys.batch()
    torch.manual_seed(3)
    with torch.no_grad():
        fake = gan.generator(gan.latents(16))
        expected = gan.discriminator(batch["image"]).mean() - gan.discriminator(fake).mean()
    torch.manual_seed(3)
    said = gan.step(iter([batch]), gan.optimizers())
    assert_close(said["critic_gap"], expected)
    assert_close(said["discriminator"], said.get("penalty", torch.zeros(())) - expected)


def test_the_penalty_is_lambda_times_equation_3():
    gan, batch = toys.model("wgan-gp", critic_steps=1, r1_fraction=1.0, lambda_gp=7.0), toys.batch()
    torch.manual_seed(3)
    with torch.no_grad():
        fake = gan.generator(gan.latents(16))
    expected = 7 * gradient_penalty(gan.discriminator, batch["image"], fake)
    torch.manual_seed(3)
    assert_close(gan.step(iter([batch]), gan.optimizers())["penalty"], expected.detach())


def test_the_best_critic_of_slope_one_measures_how_far_two_points_are_apart():
    real, fake = torch.tensor([5.0, 5.0]), torch.tensor([2.0, 2.0])  # W = 3, with D(x) = x
    assert wasserstein.discriminator(real, fake) == -3
    assert wasserstein.generator(fake) == -2


def test_a_critic_adds_no_constant_to_its_scores():
    for name in [*CRITICS, "r3gan"]:
        names = [n for n, _ in toys.model(name).discriminator.named_parameters()]
        assert not names[-1].endswith("bias")


@pytest.mark.parametrize(("field", "value"), [("critic_steps", 0), ("clip", 0.0), ("clip", -1.0)])
def test_a_wgan_refuses_no_critic_steps_and_no_weights(field, value):
    with pytest.raises(ValueError, match=mentions(f"{field} {value}")):
        toys.config("wgan", **{field: value})
