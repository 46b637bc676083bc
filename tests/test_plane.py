"""GANs on points in the plane, and a GAN of digits that is trained by hand."""

from __future__ import annotations

import base64
import math
from typing import Any, Literal

import pytest
import torch
from mentions import mentions

from gan_studio.gans.families import FAMILIES
from gan_studio.gans.points import NETWORKS, SPAN
from gan_studio.studio.by_hand import ByHand, HandTrainings
from gan_studio.studio.live import VisitorTrainings
from gan_studio.studio.plane import (
    CELLS,
    DIGITS,
    MAX_POINTS,
    POINT_SETS,
    PlaneTraining,
    PlaneTrainings,
    point_set,
    ring,
)

Player = Literal["generator", "discriminator"]


def asked(**more: Any) -> dict[str, Any]:
    return {"id": "a-visitor", "families": ["gan"], "rounds": 2, **more}


def test_every_family_of_latents_has_networks_for_points():
    assert NETWORKS.keys() == FAMILIES.keys()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_trains_on_points_with_its_own_step(family: str):
    torch.manual_seed(0)
    training = PlaneTraining(family, ring())
    assert isinstance(training.gan, FAMILIES[family].gan)
    assert type(training.gan).step is FAMILIES[family].gan.step
    before = {name: p.clone() for name, p in training.gan.named_parameters()}
    assert training.train(2) == 2
    moved = {name for name, p in training.gan.named_parameters() if not p.equal(before[name])}
    assert any(name.startswith("generator") for name in moved)
    assert any(name.startswith("discriminator") for name in moved)
    frame = training.frame()
    assert len(frame["samples"]) == 400
    assert len(base64.b64decode(frame["field"])) == CELLS**2
    assert all(math.isfinite(value) for value in frame["losses"].values())
    assert frame["failure"] == ""


@pytest.mark.parametrize("family", ["gan", "wgan", "began", "stylegan2"])
@pytest.mark.parametrize("trainable", ["generator", "discriminator"])
def test_the_player_that_does_not_learn_keeps_every_weight(family: str, trainable: Player):
    training = PlaneTraining(family, ring())
    training.train(2)
    other = "generator" if trainable == "discriminator" else "discriminator"
    frozen, learns = getattr(training.gan, other), getattr(training.gan, trainable)
    kept = {k: v.clone() for k, v in frozen.state_dict().items()}
    before = [p.clone() for p in learns.parameters()]
    training.train(3, trainable)
    assert all(value.equal(kept[name]) for name, value in frozen.state_dict().items())
    assert any(not p.equal(q) for p, q in zip(learns.parameters(), before, strict=True))


def test_arrows_point_uphill_and_the_field_is_what_the_discriminator_says():
    training = PlaneTraining("wgan", ring())
    line = torch.nn.Linear(2, 1)
    with torch.no_grad():
        line.weight.copy_(torch.tensor([[3.0, 4.0]]))
    training.gan.discriminator = torch.nn.Sequential(line, torch.nn.Flatten(0))
    slopes = training.arrows(torch.zeros(5, 2))
    torch.testing.assert_close(slopes, torch.tensor([3.0, 4.0]).expand(5, 2))
    field = torch.tensor(list(base64.b64decode(training.frame()["field"]))).view(CELLS, CELLS)
    assert field[0, -1] == 255  # above and to the right
    assert field[-1, 0] == 0


def test_covered_modes_are_counted():
    training = PlaneTraining("gan", ring())
    centres = training.points.centres
    assert training.count_modes(centres.repeat(10, 1)) == 8
    assert training.count_modes(centres[:3].repeat(10, 1)) == 3
    assert training.count_modes(torch.zeros(20, 2)) == 0


@pytest.mark.slow
def test_labels_let_a_conditional_gan_cover_the_whole_ring():
    torch.manual_seed(0)
    training = PlaneTraining("cgan", ring())
    training.train(250)
    assert training.count_modes(training.samples()) == 8


def test_sets_lie_in_the_plane():
    for make in POINT_SETS.values():
        x, label = make().draw(500)
        assert x.shape == (500, 2)
        assert x.abs().max() <= SPAN
        assert label.max() < make().classes <= 25


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ("moon", "points moon ring"),
        ([], "points 0"),
        ([[0, 0]], "points 1"),
        ([[0.5, 0.5]] * 5, "points 2 1"),
        ([[0, 0], [2, 0]], "points 2 -1 1"),
        ([[0, 0], [0, math.nan]], "points nan"),
        ([[0, 0], [0]], "points pairs"),
        ([[0, 0], "ab"], "points ab"),
        ([[0, k / 1000] for k in range(MAX_POINTS + 1)], f"points {MAX_POINTS + 1}"),
        (7, "points 7"),
    ],
)
def test_points_that_are_none_are_named(points: Any, words: str):
    with pytest.raises(ValueError, match=mentions(words)):
        point_set(points)


def test_own_points_are_drawn_about_where_they_were_put():
    x, _ = point_set([[-1, -1], [1, 0.5]]).draw(400)
    near = torch.cdist(x, torch.tensor([[-SPAN, -SPAN], [SPAN, SPAN / 2]])).amin(1)
    assert near.max() < 0.3


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"families": ["gam"]}, "family gam"),
        ({"families": []}, "families"),
        ({"families": ["gan"] * 3}, "families"),
        ({"rounds": 1000}, "rounds 1000"),
        ({"trainable": "none"}, "trainable none"),
        ({"id": 3}, "id 3"),
        ({"restart": [1]}, "restart 1"),
        ({"id": "x"}, "id x"),
    ],
)
def test_what_is_asked_wrongly_is_named(more: dict[str, Any], words: str):
    with pytest.raises(ValueError, match=mentions(words)):
        PlaneTrainings(4).advance(asked(**more))


def test_a_visitors_training_goes_on_and_begins_anew_where_it_changes():
    planes = PlaneTrainings(4)
    first, second = planes.advance(asked()), planes.advance(asked())
    assert (first["fresh"], second["fresh"]) == (True, False)
    assert second["players"][0]["step"] > first["players"][0]["step"]
    assert "reals" in first
    assert max(map(abs, first["reals"])) <= DIGITS
    other = planes.advance(asked(points="grid"))
    assert other["fresh"]
    assert planes.advance(asked(points="grid", rounds=0))["players"][0]["step"] > 0
    two = planes.advance(asked(families=["gan", "r3gan"]))
    assert [player["family"] for player in two["players"]] == ["gan", "r3gan"]


def test_a_turn_ends_in_time_however_many_updates_are_asked_for():
    planes = PlaneTrainings(4)
    planes.advance(asked(rounds=0))
    alone = planes.advance(asked(rounds=50))["taken"][0]
    crowded = planes.advance(asked(rounds=50), waiting=10_000)["taken"][0]
    assert crowded == 1
    assert alone >= 1


def test_in_a_crowd_two_families_take_turns():
    planes, two = PlaneTrainings(4), asked(families=["gan", "r3gan"], rounds=1)
    taken = [planes.advance(two, waiting=100)["taken"] for _ in range(4)]
    assert taken == [[1, 0], [0, 1], [1, 0], [0, 1]]


def test_of_many_visitors_the_oldest_is_forgotten():
    visits = VisitorTrainings[int](2)
    for name in ("visitor-a", "visitor-b", "visitor-c"):
        visits.get(name, "", lambda: 1)
    assert len(visits) == 2
    assert visits.get("visitor-a", "", lambda: 2) == (2, True)
    assert visits.get("visitor-c", "", lambda: 2) == (1, False)


@pytest.mark.parametrize(
    ("action", "moves"),
    [("look", set()), ("discriminator", {"discriminator"}), ("generator", {"generator"}),
     ("rounds", {"discriminator", "generator"})],
)  # fmt: skip
def test_by_hand_only_the_player_that_learns_moves(action: str, moves: set[str]):
    torch.manual_seed(0)
    training = ByHand()
    training.train(1)
    states = {
        name: {k: v.clone() for k, v in getattr(training.gan, name).state_dict().items()}
        for name in ("generator", "discriminator")
    }
    told = training.act(action)
    assert {name for name, moved in told["moved"].items() if moved} == moves
    for name, before in states.items():
        now = getattr(training.gan, name).state_dict()
        assert all(now[k].equal(v) for k, v in before.items()) == (name not in moves)
    assert (told["before"]["real"] == told["after"]["real"]) == ("discriminator" not in moves)
    assert told["real"].size == (64, 8)


def test_the_discriminator_learns_to_tell_the_batch_apart():
    torch.manual_seed(0)
    training = ByHand()
    for _ in range(29):
        training.act("discriminator")
    told = training.act("discriminator")
    real, fake = told["after"]["real"], told["after"]["fake"]
    assert min(real) > max(fake)


def test_another_action_is_refused():
    with pytest.raises(ValueError, match=mentions("action jump")):
        HandTrainings(2).act({"id": "a-visitor", "action": "jump"})
