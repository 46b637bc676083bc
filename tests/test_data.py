"""Data sets, folders of pictures and batches."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.testing import assert_close
from toys import digits

from gan_studio import data
from gan_studio.data import Batches, Dataset


@pytest.fixture
def folder(tmp_path):
    """Five pictures of many kinds, two files that are none, one that is not looked at."""
    (tmp_path / "deeper").mkdir()
    Image.new("L", (40, 20), 10).save(tmp_path / "a.png")
    Image.new("RGB", (9, 30), (20, 0, 0)).save(tmp_path / "b.JPG", "JPEG", quality=100)
    Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(tmp_path / "c.webp")
    Image.new("P", (300, 200), 0).save(tmp_path / "deeper/d.png")
    Image.new("LA", (5, 5), (40, 255)).save(tmp_path / "deeper/e.png")
    (tmp_path / "f.png").write_text("no picture")
    (tmp_path / "g.jpeg").mkdir()
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def numbered(count: int) -> Dataset:
    """Pictures of one pixel that show their own number."""
    pixels = torch.arange(count, dtype=torch.uint8).view(-1, 1, 1, 1)
    return Dataset(name="numbers", images=pixels, labels=torch.arange(count))


def epoch(batches: Batches, count: int) -> torch.Tensor:
    return torch.cat([next(batches)["label"] for _ in range(count)])


def test_digits_are_1797_in_all_and_apart_for_training_and_testing():
    train, test = data.load("digits", 8), data.load("digits", 8, train=False)
    assert len(train) + len(test) == 1797
    assert train.images.shape == (len(train), 1, 8, 8)
    assert (train.images.min(), train.images.max()) == (0, 255)
    assert train.labels is not None
    assert set(train.labels.tolist()) == set(range(10))


def test_digits_are_scaled_to_the_size_that_is_asked_for():
    small, large = data.load("digits", 8).images, data.load("digits", 32).images
    assert large.shape[1:] == (1, 32, 32)
    assert_close(large.float().mean(), small.float().mean(), rtol=0.02, atol=0)


def test_scaling_to_the_same_size_changes_nothing():
    batches = digits(8, 4)
    sixteenths = batches.images.float() / 255 * 16
    assert (sixteenths - sixteenths.round()).abs().max() < 0.04  # the set's own 17 greys


def test_a_folder_of_any_mix_becomes_squares_in_colour(folder):
    dataset = data.load(str(folder), 8)
    assert dataset.images.shape == (5, 3, 8, 8)
    assert dataset.images.dtype == torch.uint8
    middles = dataset.images[:, :, 4, 4].tolist()
    assert middles[0] == [10, 10, 10]
    assert middles[1] == pytest.approx([20, 0, 0], abs=2)
    assert middles[2] == [255, 255, 255]
    assert middles[4] == [40, 40, 40]
    assert dataset.name == folder.name


def test_files_that_are_no_pictures_are_named(folder):
    skipped = data.load(str(folder), 8).skipped
    assert [sentence.split()[0] for sentence in skipped] == ["f.png", "g.jpeg"]


def test_a_folder_of_grey_pictures_stays_grey(tmp_path):
    Image.new("L", (9, 9), 10).save(tmp_path / "a.png")
    Image.new("1", (9, 9), 1).save(tmp_path / "b.png")
    dataset = data.load(str(tmp_path), 4)
    assert dataset.channels == 1
    assert dataset.images[:, 0, 0, 0].tolist() == [10, 255]


def test_the_centre_of_a_picture_is_kept(tmp_path):
    pixels = np.zeros((8, 24), np.uint8)
    pixels[:, 8:16] = 200
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert (data.load(str(tmp_path), 8).images == 200).all()


def test_an_empty_folder_and_one_without_pictures_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"nothing to train on: .* holds no PNG, JPEG or WebP"):
        data.load(str(tmp_path), 8)
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"nothing to train on: a\.png is not a picture"):
        data.load(str(tmp_path), 8)


def test_an_unknown_data_set_lists_the_known_ones(tmp_path):
    with pytest.raises(
        ValueError, match=r"'none'; the known sets are digits, mnist, fashion-mnist"
    ):
        data.load("none", 8)
    with pytest.raises(ValueError, match="no data set or folder"):
        data.load(str(tmp_path / "missing"), 8)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_a_download_without_a_network_is_refused_with_a_sentence(tmp_path, monkeypatch, name):
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path))
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme}_proxy", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(ValueError, match="nor downloaded; set GAN_STUDIO_DATA") as error:
        data.load(name, 8)
    assert str(tmp_path) in str(error.value)


def test_damaged_mnist_is_refused_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path))
    raw = tmp_path / "MNIST/raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (raw / f"{part}-{kind}-ubyte").write_bytes(b"garbage that is no picture")
    with pytest.raises(ValueError, match="MNIST could neither be read from"):
        data.load("mnist", 8)


@pytest.mark.shared_data
def test_mnist_is_what_it_is_known_to_be():
    train, test = data.load("mnist", 28), data.load("mnist", 32, train=False)
    assert train.images.shape == (60_000, 1, 28, 28)
    assert test.images.shape == (10_000, 1, 32, 32)
    assert train.labels is not None
    assert train.labels.bincount().tolist()[:3] == [5923, 6742, 5958]
    assert train.images.float().mean().item() / 255 == pytest.approx(0.1307, abs=1e-4)


def test_every_picture_comes_once_in_an_epoch_and_in_another_order_in_the_next():
    batches = Batches(numbered(12), 4)
    first, second = epoch(batches, 3), epoch(batches, 3)
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(12))
    assert first.tolist() != second.tolist()


def test_pictures_and_labels_stay_together():
    batch = next(Batches(numbered(12), 8))
    assert_close(batch["image"].flatten(), batch["label"] / 127.5 - 1)


def test_a_batch_depends_on_seed_and_position_alone():
    batches, other = Batches(numbered(20), 4, seed=3), Batches(numbered(20), 4, seed=3)
    seen = [next(batches)["label"] for _ in range(12)]
    other.position = 7
    assert torch.equal(next(other)["label"], seen[7])
    assert batches.position == 12
    assert not torch.equal(epoch(Batches(numbered(20), 4, seed=4), 5), torch.cat(seen[:5]))


def test_a_set_smaller_than_a_batch_fills_it_evenly():
    labels = next(Batches(numbered(3), 8))["label"]
    assert len(labels) == 8
    assert labels.bincount().min() >= 2


def test_a_set_without_labels_gives_batches_without():
    assert set(next(Batches(Dataset(name="a", images=numbered(4).images), 2))) == {"image"}


@pytest.mark.gpu
def test_batches_are_made_on_the_gpu_and_are_the_same_there():
    here, there = Batches(numbered(12), 4), Batches(numbered(12), 4, device="cuda")
    batch = next(there)
    assert batch["image"].is_cuda
    assert torch.equal(batch["label"].cpu(), next(here)["label"])
