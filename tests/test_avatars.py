"""The avatars that ship: pairs that differ in the hair alone, for every kind of family."""

from __future__ import annotations

import json

import pytest
import torch
import toys

from gan_studio.cli.main import main
from gan_studio.core.package_files import FOLDERS
from gan_studio.datasets import avatars, pairs, registry
from gan_studio.evaluation import translation
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families.pix2pix import Config, Pix2Pix
from gan_studio.studio.studio import Studio

PAIRED = pairs.PairSettings(size=64)
APART = pairs.PairSettings(size=64, paired=False)


def test_they_are_small_and_packaged():
    assert avatars.SHEET.stat().st_size <= 1_000_000
    assert avatars.SHEET.suffix in FOLDERS["gan_studio"]


def test_a_pair_differs_in_the_hair_alone():
    dark, blond = avatars.load(train=True)
    assert dark.shape == blond.shape == (418, 3, 64, 64)
    changed = (dark != blond).any(1).float().mean((1, 2))
    assert changed.min() > 0
    assert 0.03 < changed.mean() < 0.3
    moved = (dark != blond).any(1)
    brighter = (blond.float() - dark.float()).mean(1)[moved]
    assert (brighter > 0).float().mean() > 0.95


def test_no_avatar_is_there_twice_and_none_is_in_both_parts():
    both = torch.cat([avatars.load(train=train)[0] for train in (True, False)])
    assert len({one.numpy().tobytes() for one in both}) == len(both) == 464


@pytest.mark.parametrize("reverse", [False, True])
def test_pairs_belong_together_and_can_be_reversed(reverse):
    dark, blond = avatars.load(train=True)
    found = pairs.load("avatars", pairs.PairSettings(size=64, reverse=reverse))
    assert found.paired
    assert torch.equal(found.images, dark if reverse else blond)
    assert torch.equal(found.sources, blond if reverse else dark)  # pyright: ignore[reportArgumentType]


def test_without_pairs_no_avatar_is_on_both_sides_and_the_truth_is_held_out():
    dark, blond = avatars.load(train=True)
    found = pairs.load("avatars", APART)
    assert not found.paired
    assert torch.equal(found.sources, dark[::2])  # pyright: ignore[reportArgumentType]
    assert torch.equal(found.images, blond[1::2])
    held_out = pairs.load("avatars", APART, train=False)
    assert held_out.sources is not None
    assert len(held_out.sources) == len(held_out) == 46


def test_other_sizes_tasks_and_families_learn_from_them_too():
    assert pairs.load("avatars", pairs.PairSettings(size=32)).images.shape == (418, 3, 32, 32)
    lines = pairs.load("avatars", pairs.PairSettings(size=64, task="lines"))
    assert (len(lines), lines.sources) == (836, None)
    assert registry.load("avatars", 32, train=False).images.shape == (92, 3, 32, 32)
    assert registry.is_available("avatars")


class Unchanged(Pix2Pix):
    """Gives every source back."""

    def translate(self, source, direction="forward"):
        del direction
        return source


@pytest.mark.parametrize("kind", [PAIRED, APART])
def test_what_was_learnt_without_pairs_is_measured_by_the_same_truth(kind):
    held_out = pairs.load("avatars", kind, train=False)
    found = translation.measure(
        Unchanged(Config(width=4, discriminator_width=4)), held_out, pairs.load("avatars", kind), 48
    )
    dark, blond = avatars.load(train=False)
    assert found["l1"] == found["source_l1"]
    assert found["l1"] == pytest.approx(
        (dark.float() - blond.float()).abs().mean().item(), rel=1e-2
    )


def test_the_command_records_the_round_trip_of_a_cyclic_model_on_its_card(tmp_path, capsys):
    gan = toys.translation("cyclegan")
    manifest = Manifest(family="cyclegan", config=gan.config, channels=3, dataset="avatars")
    checkpoint.save_model(tmp_path / "hair", gan, gan.generator, manifest)
    main(["evaluate", str(tmp_path / "hair"), "--count", "8", "--record"])
    said = json.loads(capsys.readouterr().out)
    assert said["round_trip_noisy"] > 0
    assert said["l1"] > 0
    measured = checkpoint.load_manifest(tmp_path / "hair").metrics["translation"]
    assert measured == {name: value for name, value in said.items() if name != "model"}
    text = (tmp_path / "hair" / checkpoint.CARD).read_text()
    for name in ("round_trip", "round_trip_noisy", "source_l1"):
        assert str(said[name]) in text
    [card] = Studio(tmp_path, "cpu").translator_cards()
    assert card.round_trip == said["round_trip"]
    assert card.round_trip_noisy == said["round_trip_noisy"]
