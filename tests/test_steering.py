"""Directions that learn to move one attribute alone; judges of what pictures show."""

import math

import pytest
import torch
from torch.nn.functional import normalize
from torch.testing import assert_close

from gan_studio.datasets.celeba import ATTRIBUTES
from gan_studio.gans.latents.steering import (
    MARGIN,
    SIDE_EFFECT_WEIGHT,
    shorten,
    steer,
    steering_loss,
)
from gan_studio.studio.face_attributes import CLASSIFIED, AttributeScorer, logit, oddity
from gan_studio.vision.faces import FaceAttributeClassifier, Network


def test_what_is_wished_for_leaves_nothing_and_the_rest_costs():
    low, high = torch.tensor([[-9.0, 0.0, 1.0]]), torch.tensor([[9.0, 0.0, 1.0]])
    assert_close(steering_loss(low, high, own=0), torch.tensor(0.0))
    assert_close(steering_loss(high, low, own=0), torch.tensor(2 * (MARGIN + 9)))
    high[0, 1] = math.log(3)  # from 1/2 to 3/4
    assert_close(steering_loss(low, high, own=0), torch.tensor(SIDE_EFFECT_WEIGHT * 0.25 / 2))


def test_steering_finds_the_way_of_an_attribute_among_others_that_go_along():
    torch.manual_seed(0)
    true = normalize(torch.randn(3, 8), dim=1)

    def odds(points, step):
        return 4 * torch.tanh((points + step) @ true.T)  # what a regression on points fits badly

    start = normalize(true[0] + true[1], dim=0).double()
    points, rng = torch.randn(200, 8), torch.Generator().manual_seed(0)
    found = steer(odds, points, start, 0, 3.0, 150, rng)
    assert found.dtype == torch.float64
    assert found.norm() < 1 + 1e-6

    def lost(step):
        step = step.float()
        return steering_loss(odds(points, -3 * step), odds(points, 3 * step), 0)

    assert lost(found) < 0.7 * lost(start)
    others = (3 * found.float() @ true[1:].T).abs()
    assert (others < (3 * start.float() @ true[1:].T).abs().max() / 2).all()


def test_steering_moves_only_the_layer_that_leaves_the_others_alone():
    def odds(points, step):  # the first number of either layer moves attribute 0, one also 1
        a, b = (points + step)[:, :, 0].unbind(1)
        return torch.stack([2 * (a + b), 2 * b], 1)

    points, rng = torch.randn(200, 2, 3), torch.Generator().manual_seed(0)
    start = torch.tensor([[0.5, 0, 0], [0.5, 0, 0]])
    found = steer(odds, points, start, 0, 3.0, 150, rng)
    assert found[0, 0] > 0.9
    assert abs(found[1, 0]) < 0.1


def test_no_layer_of_a_shortened_step_is_longer_than_one_and_short_ones_stay():
    step = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
    assert_close(shorten(step), torch.tensor([[0.6, 0.8], [0.3, 0.4]]))


def test_oddity_is_that_of_the_mirror_turned_round_and_knows_no_light():
    torch.manual_seed(0)
    faces = torch.nn.functional.interpolate(torch.randn(4, 3, 16, 16), (64, 64), mode="bilinear")
    odd = oddity(faces)
    assert odd.shape == (4, 220)
    assert_close(oddity(faces.flip(3)), -odd)
    dimmed = oddity(0.8 * faces - 0.1)
    assert torch.cosine_similarity(dimmed, odd).min() > 0.99
    assert_close(oddity(faces + faces.flip(3)), torch.zeros(4, 220), atol=1e-5, rtol=0)


def test_pose_is_the_axis_along_which_faces_are_unlike_their_mirrors():
    torch.manual_seed(0)
    nose = torch.zeros(64, 64)
    nose[20:50, 24:28] = 1.0  # on the left half
    turns = torch.rand(200, 1, 1, 1) * 2 - 1
    faces = (turns * nose - turns * nose.flip(1) + 0.1 * torch.randn(200, 1, 64, 64)).expand(
        -1, 3, -1, -1
    )
    judge = AttributeScorer(FaceAttributeClassifier(Network()))
    judge.calibrate(judge.raw(faces))
    said = judge(faces)[:, list(judge.names).index("pose")]
    order = torch.corrcoef(torch.stack([said, turns.flatten()]))[0, 1]
    assert order.abs() > 0.95


def test_log_odds_of_a_measure_cross_the_quantiles_and_can_be_learned_from():
    torch.manual_seed(0)
    judge = AttributeScorer(FaceAttributeClassifier(Network()))
    faces = (torch.rand(101, 1, 1, 1) * 2 - 1).expand(-1, 3, 64, 64) + 0.01 * torch.randn(
        101, 3, 64, 64
    )
    judge.calibrate(judge.raw(faces))
    i = list(judge.names).index("brightness")
    odds = judge.odds(faces)
    assert odds.shape == (101, len(judge.names))
    middle = judge.scale[0]
    expected = 2 * logit(0.8) * (faces.mean((1, 2, 3)) - (middle[20] + middle[80]) / 2)
    assert_close(odds[:, i], expected / (middle[80] - middle[20]), atol=1e-4, rtol=1e-4)
    picture = faces[:1].clone().requires_grad_()
    judge.odds(picture)[:, i].sum().backward()
    assert picture.grad is not None
    assert (picture.grad > 0).all()


@pytest.mark.parametrize("name", ["smiling", "age"])
def test_log_odds_of_what_is_read_are_those_of_the_reader_or_their_opposite(name):
    judge, faces = AttributeScorer(FaceAttributeClassifier(Network())), torch.rand(3, 3, 64, 64)
    judge.calibrate(judge.raw(faces))
    i = list(judge.names).index(name)
    assert_close(judge.odds(faces)[:, i].sigmoid(), judge.raw(faces)[:, i])
    sign = -1 if CLASSIFIED[name].absent else 1
    told = judge.reader.logits(faces)[:, ATTRIBUTES.index(CLASSIFIED[name].name)]
    assert_close(judge.odds(faces)[:, i], sign * told)
