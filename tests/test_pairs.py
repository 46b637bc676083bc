"""Pairs of pictures: made from one, cropped alike, found in folders and zips."""

import re
import shutil

import numpy as np
import pytest
import torch
import toys
from mentions import mentions
from torch.testing import assert_close
from toys import noise, write_pictures

from gan_studio.datasets import pairs, tasks
from gan_studio.datasets.pairs import PairBatches


def test_the_distance_field_of_a_straight_line():
    drawn = np.zeros((64, 64), bool)
    drawn[:, 20] = True
    field = tasks.distance_field(drawn)[0].double() / 255
    distance = (torch.arange(64) - 20).abs()
    expected = torch.exp(-distance / tasks.LINE_REACH).expand(64, 64)
    assert_close(field, expected.double(), rtol=0, atol=1 / 255)
    assert tasks.distance_field(np.zeros((8, 8), bool)).max() == 0


@pytest.mark.parametrize("task", list(tasks.TASKS))
def test_made_sources_depend_on_the_seed_and_the_turn_alone(task):
    data = toys.pairs(task, 32)
    small, large = PairBatches(data, 4, seed=5), PairBatches(data, 8, seed=5)
    parts = [next(small) for _ in range(2)]
    whole = next(large)
    for key in ("source", "image"):
        assert torch.equal(torch.cat([part[key] for part in parts]), whole[key])
    again = PairBatches(data, 4, seed=5)
    again.position = 1
    assert torch.equal(next(again)["source"], parts[1]["source"])


def test_pairs_are_cropped_and_mirrored_alike():
    data = toys.pairs(count=8, size=24)
    stream = PairBatches(pairs.dataclasses.replace(data, crop=16), 4, flips=True)
    seen = [next(stream) for _ in range(4)]
    for batch in seen:
        assert batch["image"].shape == (4, 3, 16, 16)
        assert_close(batch["source"], -batch["image"])
    assert not torch.equal(seen[0]["image"], seen[2]["image"])


def test_unpaired_pictures_are_shuffled_apart():
    data = pairs.dataclasses.replace(toys.pairs(count=8), paired=False)
    batch = next(PairBatches(data, 8))
    assert not torch.equal(batch["source"], -batch["image"])
    assert_close(batch["source"].sort(0).values, (-batch["image"]).sort(0).values)


KIND = pairs.PairSettings(size=16)


def test_wide_pictures_are_pairs_and_can_be_read_the_other_way(tmp_path):
    write_pictures(tmp_path / "facades", "a b c", (40, 20))
    forth = pairs.load(str(tmp_path / "facades"), KIND)
    back = pairs.load(str(tmp_path / "facades"), pairs.PairSettings(size=16, reverse=True))
    assert forth.sources is not None
    assert back.sources is not None
    assert torch.equal(forth.sources, back.images)
    assert torch.equal(forth.images, back.sources)
    assert forth.name == "facades"


def test_a_picture_that_is_no_pair_is_named_and_left_out(tmp_path):
    write_pictures(tmp_path, "a b", (40, 20))
    noise("RGB", (40, 21), 9).save(tmp_path / "odd.png")
    found = pairs.load(str(tmp_path), KIND)
    assert len(found) == 2
    assert re.search(mentions("odd.png 40×21"), found.skipped[0])


def test_two_folders_are_matched_by_name(tmp_path):
    write_pictures(tmp_path / "A", "x y z")
    write_pictures(tmp_path / "B", "z y w")
    found = pairs.load(str(tmp_path), KIND)
    assert found.names == ("y", "z")
    assert len(found.skipped) == 2
    assert re.search(mentions("x w"), " ".join(found.skipped))


def test_a_pair_of_two_shapes_is_named_and_left_out(tmp_path):
    for folder, size in (("A", (40, 20)), ("B", (20, 20))):
        write_pictures(tmp_path / folder, "x y")
        noise("RGB", size, 7).save(tmp_path / folder / "odd.png")
    found = pairs.load(str(tmp_path), KIND)
    assert found.names == ("x", "y")
    assert re.search(mentions("odd 40×20 20×20"), found.skipped[0])
    unpaired = pairs.load(str(tmp_path), pairs.PairSettings(size=16, paired=False))
    assert len(unpaired) == 3


def test_pairs_that_are_all_of_two_shapes_are_refused(tmp_path):
    write_pictures(tmp_path / "A", "x y", (40, 20))
    write_pictures(tmp_path / "B", "x y")
    with pytest.raises(ValueError, match=mentions("x 40×20 20×20")):
        pairs.load(str(tmp_path), KIND)


def test_folders_without_partners_are_refused(tmp_path):
    write_pictures(tmp_path / "A", "x y")
    with pytest.raises(ValueError, match=mentions("A B")):
        pairs.load(str(tmp_path), KIND)
    write_pictures(tmp_path / "B", "v w")
    with pytest.raises(ValueError, match=mentions("A B cyclegan")):
        pairs.load(str(tmp_path), KIND)
    unpaired = pairs.load(str(tmp_path), pairs.PairSettings(size=16, paired=False))
    assert unpaired.sources is not None
    assert len(unpaired.sources) == 2


def test_a_zip_of_two_folders_is_read_as_they_are(tmp_path):
    write_pictures(tmp_path / "data" / "trainA", "x y")
    write_pictures(tmp_path / "data" / "trainB", "y x")
    packed = shutil.make_archive(str(tmp_path / "horses"), "zip", tmp_path / "data")
    found = pairs.load(packed, KIND)
    assert found.names == ("x", "y")
    assert found.name == "horses.zip"
