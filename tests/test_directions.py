"""Directions of stems whose singular vectors are known."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gan_studio.gans.latents.directions import closed_form


def stem(weight: torch.Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data.copy_(weight)
    return layer


def test_directions_of_a_diagonal_stem_are_its_axes_by_strength():
    directions = closed_form(stem(torch.diag(torch.tensor([1.0, 3.0, 2.0]))), 3, 3)
    assert_close(directions, torch.eye(3)[[1, 2, 0]])


def test_directions_of_a_rotated_stem_are_the_rotated_axes():
    torch.manual_seed(0)
    rotation, _ = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64))
    strengths = torch.diag(torch.tensor([4.0, 3.0, 2.0, 1.0], dtype=torch.float64))
    directions = closed_form(stem(strengths @ rotation), 4, 4).double()
    assert_close((directions @ rotation.T).abs(), torch.eye(4).double(), atol=1e-5, rtol=0)


def test_directions_are_orthonormal_and_point_along_their_strongest_coordinate():
    torch.manual_seed(0)
    directions = closed_form(stem(torch.randn(30, 12)), 12, 10)
    assert_close(directions @ directions.T, torch.eye(10), atol=1e-5, rtol=0)
    assert (directions.gather(1, directions.abs().argmax(1, keepdim=True)) > 0).all()


def test_directions_are_those_of_the_normalised_activations():
    torch.manual_seed(0)
    layer, norm = nn.Linear(3, 3), nn.BatchNorm1d(3)
    layer.weight.data.copy_(torch.eye(3))
    norm.get_buffer("running_var").copy_(torch.tensor([1.0, 0.01, 100.0]))
    directions = closed_form(nn.Sequential(layer, norm).eval(), 3, 3)
    assert_close(directions, torch.eye(3)[[1, 0, 2]])


@pytest.mark.parametrize("shape", [(4, 12), (30, 3)])
def test_directions_that_a_stem_lacks_are_zeros(shape):
    directions = closed_form(stem(torch.randn(*shape)), shape[1], 10)
    assert directions.shape == (10, shape[1])
    lengths = directions.norm(dim=1)
    assert_close(lengths, (torch.arange(10) < min(shape)).float())


def test_finding_directions_leaves_the_stem_alone():
    layer = stem(torch.randn(4, 4))
    closed_form(layer, 4, 2)
    assert layer.weight.dtype == torch.float32
