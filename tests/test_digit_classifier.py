"""The digit reader: the shipped one, its training, its refusals."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from mentions import mentions
from safetensors.torch import load_file, save_file

from gan_studio.core import files
from gan_studio.core.files import SHIPPED
from gan_studio.datasets import registry
from gan_studio.gans import checkpoint
from gan_studio.models.library import Library
from gan_studio.vision import digits as reader
from gan_studio.vision import inception
from gan_studio.vision.features import CLASSIFIABLE, DIGIT_SETS, FEATURES, default, load
from tools import train_networks


@pytest.fixture(scope="module")
def shipped() -> reader.DigitClassifier:
    return reader.load()


def accuracy_of(network: reader.DigitClassifier, dataset: str) -> float:
    test = registry.load(dataset, reader.SIZE, train=False)
    assert test.labels is not None
    return train_networks.digit_accuracy(network, test.images, test.labels)


def test_the_shipped_reader_is_small_and_no_model():
    assert reader.WEIGHTS.stat().st_size <= 2_000_000
    assert "digit-reader" not in Library(SHIPPED).names()


@pytest.mark.shared_data
def test_the_shipped_reader_reads_994_of_a_thousand_test_digits(shipped):
    accuracy = accuracy_of(shipped, "mnist")
    assert accuracy >= 0.994
    card = (reader.WEIGHTS.parent / checkpoint.CARD).read_text("utf-8")
    assert f"{accuracy:.2%} of the 10,000 digits" in card


def test_digits_that_fill_their_frame_are_strange_to_it_so_nothing_is_said_of_their_reading(
    shipped,
):
    assert accuracy_of(shipped, "digits") < 0.5
    assert "digits" not in CLASSIFIABLE


def test_a_reading_has_128_features_and_a_probability_each(shipped):
    pictures = registry.load("digits", reader.SIZE, train=False).images[:7]
    features, digits = shipped(pictures)
    assert features.shape == (7, 128)
    assert digits.labels.shape == digits.confidence.shape == (7,)
    assert (digits.confidence > 0.1).all()
    assert (digits.confidence <= 1).all()


def test_a_picture_is_read_alike_in_whatever_company(shipped):
    pictures = registry.load("digits", reader.SIZE, train=False).images[:6]
    together, alone = shipped(pictures).features, shipped(pictures[3:4]).features
    np.testing.assert_allclose(together[3:4], alone, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("size", "channels", "named"), [(16, 1, "grey 16"), (32, 3, "colour 32")])
def test_other_pictures_are_refused(shipped, size, channels, named):
    with pytest.raises(ValueError, match=mentions(named)):
        shipped.check(size, channels)


def test_a_damaged_reader_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "model.safetensors"
    with pytest.raises(ValueError, match=mentions("model.safetensors")):
        reader.load(path)
    path.write_bytes(reader.WEIGHTS.read_bytes()[:1000])
    with pytest.raises(ValueError, match=mentions("model.safetensors")):
        reader.load(path)
    save_file({k: v + 1 for k, v in load_file(reader.WEIGHTS).items()}, path)
    with pytest.raises(ValueError, match=mentions("model.safetensors")):
        reader.load(path)
    files.save_tensors(path, {"weight": torch.zeros(3)})
    with pytest.raises(ValueError, match=mentions("model.safetensors")):
        reader.load(path)


def test_a_training_writes_weights_that_can_be_loaded_and_a_card(tmp_path):
    training = train_networks.digits("digits", tmp_path, epochs=1, seed=3)
    steps = [next(training), next(training)]
    with pytest.raises(StopIteration) as end:
        next(training)
    right = end.value.value
    assert [step.step for step in steps] == [10, 11]
    assert steps[-1].seconds_left == 0
    assert 0 <= right <= 1
    trained = reader.load(tmp_path / files.MODEL)
    assert accuracy_of(trained, "digits") == right
    assert "--dataset digits --epochs 1 --seed 3" in (tmp_path / checkpoint.CARD).read_text()


def test_a_training_that_makes_no_sense_is_refused(tmp_path, models):
    with pytest.raises(ValueError, match=mentions("epochs 0")):
        next(train_networks.digits("digits", tmp_path, epochs=0))
    with pytest.raises(ValueError, match=mentions("gan-digits")):
        next(train_networks.digits("digits", models / "gan-digits"))
    shutil.copy(__file__, tmp_path / "a.txt")
    with pytest.raises(ValueError, match="PNG"):
        next(train_networks.digits(str(tmp_path), tmp_path / "out"))


@pytest.mark.parametrize("others", ["inception", "embedded"])
def test_digits_are_looked_at_by_the_reader_and_all_else_by_inception_if_it_is_there(
    others, tmp_path, monkeypatch
):
    monkeypatch.setenv("GAN_STUDIO_MODELS", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    if others == "inception":
        (tmp_path / inception.FILE).touch()
    assert {name: default(name) for name in (*DIGIT_SETS, "fashion-mnist", "flowers")} == {
        "digits": "digits",
        "mnist": "digits",
        "fashion-mnist": others,
        "flowers": others,
    }
    assert set(DIGIT_SETS) <= set(registry.DATASETS)
    with pytest.raises(ValueError, match=mentions("x inception digits vgg19 embedded")):
        load("x", torch.device("cpu"))
    assert list(FEATURES) == ["inception", "digits", "vgg19", "embedded"]
