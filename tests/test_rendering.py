"""Pictures that are drawn together."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from gan_studio.images.recipe import Recipe
from gan_studio.models.library import Library
from gan_studio.studio.studio import Studio


def test_pictures_drawn_together_are_those_drawn_alone(studio: Studio):
    recipes = [
        Recipe(model=name, seed=seed, psi=0.9, directions={2: seed / 10})
        for seed in range(5)
        for name in ("dcgan-digits", "gan-digits", "cgan-digits")
    ]
    for picture, recipe in zip(studio.generate_all(recipes), recipes, strict=True):
        assert not isinstance(picture, ValueError)
        assert picture.recipe == recipe
        alone = np.asarray(studio.generate(recipe).image, int)
        assert np.abs(np.asarray(picture.image, int) - alone).max() <= 1  # rounding, and no more


def test_what_cannot_be_drawn_is_told_in_its_place(studio: Studio):
    recipes = [
        Recipe(model="gan-digits"),
        Recipe(model="no-such-model"),
        Recipe(model="gan-digits", label=3),
        Recipe(model="gan-digits", coordinates={5000: 1.0}),
        Recipe(model="gan-digits", seed=1),
    ]
    kinds = [type(told).__name__ for told in studio.generate_all(recipes)]
    assert kinds == ["Picture", "ValueError", "ValueError", "ValueError", "Picture"]


def test_nothing_asked_is_nothing_drawn(studio: Studio):
    assert studio.generate_all([]) == []


@pytest.fixture
def three(models, tmp_path):
    for name in ("a", "b", "c"):
        shutil.copytree(models / "gan-digits", tmp_path / name)
    return tmp_path


def test_of_too_many_models_the_least_recently_used_is_let_go(three):
    size = Library(three).get("a").bytes
    library = Library(three, max_bytes=2 * size)
    first, second = library.get("a"), library.get("b")
    assert library.get("a") is first
    library.get("c")
    assert library.get("a") is first
    assert library.get("b") is not second


def test_a_model_that_fills_all_the_room_is_still_loaded(three):
    library = Library(three, max_bytes=1)
    for name in ("a", "b", "a"):
        assert library.get(name) is library.get(name)


def test_a_models_bytes_are_those_of_its_weights(studio: Studio):
    model = studio.library.get("gan-digits")
    weights = sum(p.numel() for p in model.gan.parameters())
    assert 4 * weights <= model.bytes <= 4 * weights * 1.1  # and the buffers
