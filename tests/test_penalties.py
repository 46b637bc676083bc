"""Penalties of critics whose gradients are known."""

import torch
from torch import nn
from torch.testing import assert_close

from gan_studio.gans.penalties import gradient_penalty, r1

w = torch.tensor([3.0, 4.0]).view(1, 1, 1, 2)  # ||w|| = 5


def linear(x):
    return (x * w).flatten(1).sum(1)


def test_gradient_penalty_of_a_linear_critic_is_known():
    real, fake = torch.randn(2, 6, 1, 1, 2)
    assert_close(gradient_penalty(linear, real, fake), torch.tensor(16.0))  # (5 - 1)^2


def test_r1_of_a_linear_critic_is_its_squared_norm():
    assert_close(r1(linear, torch.randn(6, 1, 1, 2)), torch.tensor(25.0))


def test_r1_of_a_quadratic_critic_is_four_times_the_mean_square():
    x = torch.randn(5, 1, 3, 3)
    expected = 4 * x.square().flatten(1).sum(1).mean()  # the gradient of |x|^2 is 2x
    assert_close(r1(lambda x: x.square().flatten(1).sum(1), x), expected)


def test_the_gradient_is_taken_between_real_and_fake():
    seen = []

    def critic(x):
        seen.append(x.detach())
        return linear(x)

    gradient_penalty(critic, torch.zeros(64, 1, 1, 2), torch.ones(64, 1, 1, 2))
    (x,) = seen
    assert ((x >= 0) & (x <= 1)).all()
    assert_close(x[..., 0], x[..., 1])  # one t for a whole picture
    assert x.std() > 0.2  # and another for each


def test_penalties_can_be_descended():
    critic = nn.Sequential(nn.Flatten(), nn.Linear(4, 8), nn.Softplus(), nn.Linear(8, 1))
    weight = next(critic.parameters())
    (slope,) = torch.autograd.grad(r1(critic, torch.randn(3, 1, 2, 2)), weight)
    assert slope.abs().sum() > 0


def test_autocast_does_not_degrade_penalties():
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Flatten(), nn.Linear(4, 8), nn.Softplus(), nn.Linear(8, 1))
    real, fake = torch.randn(2, 6, 1, 2, 2)
    exact = r1(critic, real)
    torch.manual_seed(1)
    between = gradient_penalty(critic, real, fake.bfloat16().float())
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(r1(critic, real), exact)
        torch.manual_seed(1)
        assert torch.equal(gradient_penalty(critic, real, fake.bfloat16()), between)
