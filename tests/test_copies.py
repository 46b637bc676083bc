"""Whether a picture is a copy, of training pictures that are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mentions import mentions
from toys import alike
from toys import model as toy

from gan_studio.datasets import registry
from gan_studio.datasets.dataset import subset
from gan_studio.evaluation.metrics import nearest
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.images.recipe import Recipe
from gan_studio.studio import copies
from gan_studio.studio.copies import FeatureIndex
from gan_studio.studio.studio import Studio

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def index() -> FeatureIndex:
    train, test = registry.load("digits", 16), registry.load("digits", 16, train=False)
    few = subset(train, torch.arange(len(train)) < 200)
    return FeatureIndex(few, subset(test, torch.arange(len(test)) < 50), CPU)


def test_neighbours_are_the_nearest_of_all_however_many_are_looked_at_at_once(monkeypatch):
    monkeypatch.setattr("gan_studio.evaluation.metrics.CHUNK_ROWS", 7)
    points, others = np.random.default_rng(0).normal(size=(2, 30, 5))
    found = nearest(points[:4], others, 3)
    distances = np.linalg.norm(points[:4, None] - others, axis=2)
    assert (found.indices == distances.argsort(1)[:, :3]).all()
    assert found.distances == pytest.approx(np.sort(distances, 1)[:, :3])
    with pytest.raises(ValueError, match=mentions("31")):
        nearest(points, others, 31)


@pytest.mark.parametrize("flip", [False, True])
def test_a_copy_is_found_also_in_the_mirror_and_is_suspicious(index, flip):
    picture = index.train.images[17]
    said = index.nearest(picture.flip(2) if flip else picture, 5)
    assert said.names[0] == "17"
    assert said.distances[0] < said.typical / 100
    assert said.suspicious
    assert said.sentences.endswith(
        f"come as near to one; {said.typical:.1f} is usual. Compare them: it may be a copy."
    )
    assert (np.asarray(said.nearest[0]) == np.asarray(said.picture)).all()


def test_a_blurred_and_brighter_copy_is_found(index):
    picture = index.train.images[17].float()
    blurred = torch.nn.functional.avg_pool2d(picture, 3, 1, 1) * 0.8 + 30
    assert index.nearest(blurred.byte(), 1).names == ("17",)


def test_a_real_picture_that_no_training_saw_is_no_copy_and_none_is_shown_twice(index):
    said = index.nearest(registry.load("digits", 16, train=False).images[60], 8)
    assert not said.suspicious
    assert said.sentences.endswith("Nothing suggests a copy.")
    assert len(set(said.names)) == len(said.nearest) == 8
    assert list(said.distances) == sorted(said.distances)


def test_of_real_pictures_half_are_nearer_than_is_usual(index):
    shares = [
        index.nearest(x, 1).closer for x in registry.load("digits", 16, train=False).images[:50]
    ]
    assert np.mean(shares) == pytest.approx(0.51, abs=0.02)  # each one's own place among 50


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Studio:
    root = tmp_path_factory.mktemp("copies")
    for name in ("digits", "mnist", "cats"):
        gan = toy("gan")
        manifest = Manifest(family="gan", config=gan.config, channels=1, dataset=name)
        checkpoint.save_model(root / name, gan, gan.generator, manifest)
    return Studio(root, "cpu")


@pytest.mark.slow
def test_the_studio_looks_through_all_training_pictures_of_a_model(studio, monkeypatch):
    monkeypatch.setattr(copies, "HELD_OUT", 20)
    said = studio.nearest_training_images(Recipe(model="digits", seed=3), 4)
    assert said.count == len(registry.load("digits", 16))
    assert (said.dataset, said.held_out, len(said.nearest)) == ("digits", 20, 4)
    drawn = studio.generate(Recipe(model="digits", seed=3)).image
    assert alike(said.picture, drawn)
    index = studio.index_cache.index(studio.library.get("digits"))
    assert studio.index_cache.index(studio.library.get("digits")) is index


def test_pictures_that_are_not_at_hand_are_told_of_in_a_sentence(studio, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path))
    for name in ("mnist", "cats"):
        with pytest.raises(ValueError, match=mentions(name)):
            studio.nearest_training_images(Recipe(model=name, seed=1))
    with pytest.raises(ValueError, match=mentions("13")):
        studio.nearest_training_images(Recipe(model="digits", seed=1), 13)
    assert registry.is_available("digits")
    assert not registry.is_available("celeba")
