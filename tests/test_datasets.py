"""Data sets, folders of pictures and batches."""

import numpy as np
import pytest
import torch
from mentions import mentions
from PIL import Image
from torch.testing import assert_close
from toys import digits

from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batches
from gan_studio.datasets.dataset import Dataset


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
    (tmp_path / "g.jpeg").write_bytes((tmp_path / "b.JPG").read_bytes()[:200])
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def numbered(count: int) -> Dataset:
    """Pictures of one pixel that show their own number."""
    pixels = torch.arange(count, dtype=torch.uint8).view(-1, 1, 1, 1)
    return Dataset(name="numbers", images=pixels, labels=torch.arange(count))


def epoch(batches: Batches, count: int) -> torch.Tensor:
    return torch.cat([next(batches)["label"] for _ in range(count)])


def test_digits_are_1797_in_all_and_apart_for_training_and_testing():
    train, test = registry.load("digits", 8), registry.load("digits", 8, train=False)
    assert len(train) + len(test) == 1797
    assert train.images.shape == (len(train), 1, 8, 8)
    assert (train.images.min(), train.images.max()) == (0, 255)
    assert train.labels is not None
    assert set(train.labels.tolist()) == set(range(10))


def test_digits_are_scaled_to_the_size_that_is_asked_for():
    small, large = registry.load("digits", 8).images, registry.load("digits", 32).images
    assert large.shape[1:] == (1, 32, 32)
    assert_close(large.float().mean(), small.float().mean(), rtol=0.02, atol=0)


def test_scaling_to_the_same_size_changes_nothing():
    batches = digits(8, 4)
    sixteenths = batches.images.float() / 255 * 16
    assert (sixteenths - sixteenths.round()).abs().max() < 0.04  # the set's own 17 greys


def test_a_folder_of_any_mix_becomes_squares_in_colour(folder):
    dataset = registry.load(str(folder), 8)
    assert dataset.images.shape == (5, 3, 8, 8)
    assert dataset.images.dtype == torch.uint8
    middles = dataset.images[:, :, 4, 4].tolist()
    assert middles[0] == [10, 10, 10]
    assert middles[1] == pytest.approx([20, 0, 0], abs=2)
    assert middles[2] == [255, 255, 255]
    assert middles[4] == [40, 40, 40]
    assert dataset.name == folder.name


def test_files_that_are_no_pictures_are_named(folder):
    skipped = registry.load(str(folder), 8).skipped
    assert [sentence.split()[0] for sentence in skipped] == ["f.png", "g.jpeg"]


def test_a_folder_of_grey_pictures_stays_grey(tmp_path):
    Image.new("L", (9, 9), 10).save(tmp_path / "a.png")
    Image.new("1", (9, 9), 1).save(tmp_path / "b.png")
    dataset = registry.load(str(tmp_path), 4)
    assert dataset.channels == 1
    assert dataset.images[:, 0, 0, 0].tolist() == [10, 255]


def test_the_centre_of_a_picture_is_kept(tmp_path):
    pixels = np.zeros((8, 24), np.uint8)
    pixels[:, 8:16] = 200
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(pixels // 2).save(tmp_path / "b.png")
    bright, dark = registry.load(str(tmp_path), 8).images
    assert (bright == 200).all()
    assert (dark == 100).all()


def test_an_empty_folder_and_one_without_pictures_are_refused(tmp_path):
    with pytest.raises(ValueError, match="PNG"):
        registry.load(str(tmp_path), 8)
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(ValueError, match=mentions("a.png")):
        registry.load(str(tmp_path), 8)


def test_an_unknown_data_set_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=mentions("none digits mnist fashion-mnist celeba")):
        registry.load("none", 8)
    with pytest.raises(ValueError, match=mentions("missing")):
        registry.load(str(tmp_path / "missing"), 8)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_a_download_without_a_network_is_refused_with_a_sentence(tmp_path, monkeypatch, name):
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path))
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme}_proxy", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(ValueError, match=mentions("GAN_STUDIO_DATA")) as error:
        registry.load(name, 8)
    assert str(tmp_path) in str(error.value)


def test_damaged_mnist_is_refused_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path))
    raw = tmp_path / "MNIST/raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (raw / f"{part}-{kind}-ubyte").write_bytes(b"garbage that is no picture")
    with pytest.raises(ValueError, match=mentions("MNIST")):
        registry.load("mnist", 8)


@pytest.fixture
def faces(tmp_path, monkeypatch):
    """Twenty pictures in CelebA's layout, wide bands of colour above and below; one is damaged."""
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path))
    folder = tmp_path / "celeba/img_align_celeba"
    folder.mkdir(parents=True)
    for i in range(20):
        face = Image.new("RGB", (178, 218), "red")
        face.paste((10 * i, 10 * i, 10 * i), (0, 20, 178, 198))
        face.save(folder / f"{i:06}.jpg", quality=95)
    (folder / "000007.jpg").write_text("no picture")
    return folder


def test_celeba_is_its_central_squares_and_the_last_tenth_is_for_testing(faces):
    train, test = registry.load("celeba", 16), registry.load("celeba", 16, train=False)
    assert train.images.shape == (17, 3, 16, 16)  # even if all are grey
    assert train.images.float().mean((1, 2, 3)).tolist() == pytest.approx(
        [10 * i for i in range(18) if i != 7], abs=6
    )
    assert test.images[:, 0, 8, 8].tolist() == pytest.approx([180, 190], abs=3)
    assert (train.name, train.labels) == ("celeba", None)
    assert train.skipped[0].startswith("000007.jpg is not a picture")


def test_celeba_that_is_not_there_is_looked_for_where_torchvision_has_it(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=mentions("CelebA")) as error:
        registry.load("celeba", 8)
    assert str(tmp_path / "celeba/img_align_celeba") in str(error.value)


@pytest.mark.shared_data("celeba/img_align_celeba")
def test_real_celeba_shows_faces_in_the_middle():
    """The mean face is brighter in the middle than its hair at the upper edge."""
    test = registry.load("celeba", 32, train=False)
    mean = test.images.float().mean((0, 1))
    assert test.images.shape[1:] == (3, 32, 32)
    assert mean[12:22, 12:20].mean() > mean[:4].mean() + 20
    assert test.skipped == ()


def test_a_data_set_is_brought_to_grey_or_colour_as_asked(folder):
    colour, grey = registry.load(str(folder), 8), registry.load(str(folder), 8, channels=1)
    for ours, theirs in zip(grey.images, colour.images, strict=True):
        picture = Image.fromarray(theirs.permute(1, 2, 0).numpy()).convert("L")
        assert ours[0].tolist() == np.asarray(picture).tolist()  # Pillow's own, to the bit
    digits, three = registry.load("digits", 8), registry.load("digits", 8, channels=3)
    assert torch.equal(three.images, digits.images.expand(-1, 3, -1, -1))
    assert torch.equal(digits.images, registry.load("digits", 8, channels=1).images)
    assert three.labels is not None


def test_every_tenth_of_ones_own_pictures_is_held_out_if_there_are_forty():
    train, rest = registry.split(numbered(45))
    assert rest is not None
    assert rest.images.flatten().tolist() == [9, 19, 29, 39]
    assert sorted([*train.images.flatten().tolist(), 9, 19, 29, 39]) == list(range(45))
    assert train.labels is not None
    assert torch.equal(train.labels, train.images.flatten().long())
    few = numbered(39)
    assert registry.split(few) == (few, None)


def test_of_a_known_set_nothing_is_held_out():
    dataset = registry.load("digits", 8)
    assert registry.split(dataset) == (dataset, None)


@pytest.mark.parametrize("name", registry.LABELLED_SETS)
def test_a_folder_that_is_called_like_a_known_set_gets_another_name(tmp_path, name):
    assert registry.title(name) == name
    assert registry.title(str(tmp_path / name)) == f"own-{name}"
    assert registry.title(str(tmp_path / f"{name}.zip")) == f"{name}.zip"


@pytest.mark.shared_data
def test_mnist_is_what_it_is_known_to_be():
    train, test = registry.load("mnist", 28), registry.load("mnist", 32, train=False)
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
