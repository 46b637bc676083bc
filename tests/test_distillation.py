"""How a narrow network learns from a wide one: what is kept, solved, scaled and refused."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from mentions import mentions
from torch import nn
from torch.testing import assert_close

from gan_studio.core.events import Step
from gan_studio.images import convert
from gan_studio.vision.network import FeatureNetwork
from tools import distillation, train_networks
from tools.pruning import prune, select_channels, solve

WIDE = ((6, 6), (8, 8), (10, 10), (12, 12), (12,))
NARROW = ((4, 4), (6, 6), (8, 8), (8, 8), (8,))


@pytest.fixture
def teacher() -> FeatureNetwork:
    torch.manual_seed(0)
    network = FeatureNetwork(WIDE)
    for layer in network.convolutions.values():
        assert isinstance(layer, nn.Conv2d)
        nn.init.kaiming_normal_(layer.weight)
    return network.requires_grad_(False)


@pytest.fixture
def small(monkeypatch):
    sizes = {"CROP": 32, "BATCH": 4, "PRUNING_BATCHES": 3, "STUDENT": NARROW}
    for name, value in sizes.items():
        monkeypatch.setattr(distillation, name, value)


def batch(n: int = 4, size: int = 32, seed: int = 0):
    return 2 * torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(seed)) - 1


def pictures(count: int = 3):
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randint(256, (3, 40, 50), dtype=torch.uint8, generator=generator)
        for _ in range(count)
    ]


def test_each_layer_is_scaled_to_a_mean_of_1_and_nothing_else_changes(teacher):
    x = batch()
    before = teacher(x, teacher.layers)
    distillation.scale(teacher, x)
    for name, seen in teacher(x, teacher.layers).items():
        assert_close(seen.mean(), torch.tensor(1.0))
        assert_close(seen, before[name] / before[name].mean(), rtol=1e-3, atol=1e-4)


def test_of_columns_that_say_the_same_one_is_kept():
    a, b, c = torch.randn(3, 50, generator=torch.Generator().manual_seed(0))
    kept = select_channels(torch.stack([a, 2 * a, 3 * b, a + b, 0.1 * c], 1), 3).tolist()
    assert len({0, 1, 2, 3} & set(kept)) == 2  # a plane is spanned by two
    assert 4 in kept


def test_as_many_columns_are_kept_as_were_asked_for_also_where_fewer_would_do():
    a = torch.randn(50, generator=torch.Generator().manual_seed(0))
    kept = select_channels(torch.stack([torch.zeros(50), a, 2 * a, torch.zeros(50)], 1), 3).tolist()
    assert len(set(kept)) == 3


def test_a_layer_is_solved_to_what_made_the_examples():
    torch.manual_seed(0)
    made, found = nn.Conv2d(2, 3, 3), nn.Conv2d(2, 3, 3)
    inputs = torch.randn(2000, 18)
    with torch.no_grad():
        outputs = made(inputs.view(-1, 2, 3, 3)).flatten(1)
        solve(found, inputs, outputs)
    for name, value in found.state_dict().items():
        assert_close(value, made.state_dict()[name], rtol=1e-2, atol=1e-3)


def test_a_network_pruned_to_its_own_widths_sees_what_it_saw(teacher):
    x = batch(8)
    distillation.scale(teacher, x)
    student, kept = prune(teacher, WIDE, [x])
    assert all(where.tolist() == list(range(len(where))) for where in kept.values())
    for name, seen in student(x, teacher.layers).items():
        wanted = teacher(x, [name])[name]
        assert (seen - wanted).square().mean() < 0.01 * wanted.square().mean(), name


def test_errors_are_0_for_what_was_wanted_and_1_for_nothing(teacher):
    wanted = teacher(batch(), distillation.LAYERS)
    nothing = {name: torch.zeros_like(x) for name, x in wanted.items()}
    assert [e.item() for e in distillation.losses(wanted, wanted)] == [0, 0]
    assert [e.item() for e in distillation.losses(nothing, wanted)] == pytest.approx([1, 1])


def test_distillation_moves_the_student_and_say_how_far_it_is(teacher, small):
    def taught(steps):
        return list(distillation.distill(deepcopy(teacher), [pictures()], steps, seed=1))

    step, student = taught(3)
    assert isinstance(step, Step)
    assert isinstance(student, FeatureNetwork)
    assert (step.step, step.total, step.seconds_left) == (3, 3, 0)
    assert set(step.losses) == {"features", "grams"}
    assert all(0 < loss < 10 for loss in step.losses.values())
    assert student.channels == FeatureNetwork(NARROW).channels
    younger, again = taught(1)[-1], taught(3)[-1]
    assert isinstance(younger, FeatureNetwork)
    assert isinstance(again, FeatureNetwork)
    for name, weight in student.state_dict().items():
        assert not torch.equal(weight, younger.state_dict()[name]), name
        assert torch.equal(weight, again.state_dict()[name]), name


def test_the_pace_rises_and_falls_to_nothing():
    paces = [distillation.lr_factor(step, 100) for step in range(101)]
    assert 0 < paces[0] < paces[distillation.WARM_UP - 1] <= 1
    assert paces[distillation.WARM_UP :] == sorted(paces[distillation.WARM_UP :], reverse=True)
    assert paces[-1] == pytest.approx(0)


def test_crops_are_pictures_drawn_from_each_set_equally_often(small):
    black, white = (torch.full((3, 40, 60), v, dtype=torch.uint8) for v in (0, 255))
    batches = distillation.crops([[black], [white] * 9], 0)
    seen = torch.cat([next(batches) for _ in range(50)])
    assert seen.shape == (200, 3, 32, 32)
    assert seen.abs().max() <= 1
    assert (seen.mean((1, 2, 3)) > 0).float().mean() == pytest.approx(0.5, abs=0.15)


def test_pictures_of_a_folder_are_read_and_small_ones_enlarged(tmp_path, small):
    (tmp_path / "below").mkdir()
    for name, size in (("a.png", (20, 40)), ("below/b.jpg", (70, 50))):
        convert.to_pil(torch.zeros(size[1], size[0], 3, dtype=torch.uint8).numpy()).save(
            tmp_path / name
        )
    (tmp_path / "notes.txt").write_text("no picture")
    assert [tuple(x.shape) for x in distillation.load_pictures(tmp_path)] == [
        (3, 64, 32),
        (3, 50, 70),
    ]


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(ValueError, match=mentions(tmp_path.name)):
        distillation.load_pictures(tmp_path)


def test_a_training_that_makes_no_sense_is_refused(tmp_path):
    def refused(named, output=tmp_path / "new", steps=10):
        with pytest.raises(ValueError, match=mentions(named)):
            next(train_networks.perceptual(tmp_path / "vgg", [tmp_path], output, steps))

    refused("steps 0", steps=0)
    (tmp_path / "vgg").write_text("no tensors")
    refused("vgg VGG-19")
    (tmp_path / "model.safetensors").write_bytes(b"")
    refused(tmp_path.name, output=tmp_path)


def test_the_command_refuses_to_write_over_a_network(tmp_path, capsys):
    (tmp_path / "model.safetensors").write_bytes(b"as it was")
    words = ["perceptual", str(tmp_path), "--teacher", "vgg", "--output", str(tmp_path)]
    with pytest.raises(SystemExit) as end:
        train_networks.main(words)
    assert end.value.code == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert (tmp_path / "model.safetensors").read_bytes() == b"as it was"
