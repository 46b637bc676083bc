"""Cards of models: groups, sample pictures, and what is said of models that are damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from mentions import mentions

from gan_studio.core.files import SHIPPED
from gan_studio.datasets.terms import is_smooth
from gan_studio.studio.studio import Studio


@pytest.fixture
def studio(models: Path, tmp_path: Path) -> Studio:
    """Two models that ship, of which one is damaged, and one that was trained here."""
    for place, name in (("root", "gan-digits"), ("root", "cgan-digits"), ("runs", "dcgan-digits")):
        shutil.copytree(models / name, tmp_path / place / name)
    (tmp_path / "root" / "cgan-digits" / "config.json").write_text("{")
    (tmp_path / "root" / "gan-digits" / "samples.png").unlink()
    return Studio(tmp_path / "root", "cpu", tmp_path / "runs")


def test_what_ships_is_grouped_by_its_data_and_what_was_trained_here_apart(studio):
    groups = {card.name: card.group for card in studio.model_cards()}
    assert groups == {"gan-digits": "digits", "cgan-digits": "others", "dcgan-digits": "yours"}
    shipped = {card.name: card.group for card in Studio(SHIPPED, "cpu").model_cards()}
    assert shipped["stylegan2-celeba"] == "faces"
    assert shipped["dcgan-fashion-mnist"] == "clothes"
    assert shipped["wgan-mnist"] == "digits"


def test_a_damaged_model_has_a_card_that_says_so(studio):
    (damaged,) = (card for card in studio.model_cards() if card.damaged)
    assert damaged.name == "cgan-digits"
    assert studio.model_card("dcgan-digits").damaged is False
    with pytest.raises(ValueError, match=mentions("nope")):
        studio.model_card("nope")


def test_a_model_without_samples_has_no_picture_and_says_so(studio):
    assert studio.model_card("gan-digits").version == 0
    with pytest.raises(ValueError, match=mentions("gan-digits picture")):
        studio.sample_picture("gan-digits")
    assert studio.model_card("dcgan-digits").version > 0
    assert studio.sample_picture("dcgan-digits").size == (16, 16)


def test_faces_and_clothes_are_enlarged_smoothly_and_digits_are_not():
    assert is_smooth("celeba", 3)
    assert is_smooth("fashion-mnist", 1)
    assert not is_smooth("mnist", 1)
    assert is_smooth("my-dog", 3)
    assert not is_smooth("my-letters", 1)
