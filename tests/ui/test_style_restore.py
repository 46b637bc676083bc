"""The Style tab restores a saved painting's recipe, without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from toy_painter import picture

from gan_studio.style_transfer.painter import PaintingRecipe, StyleConfig, fingerprint
from gan_studio.ui.style import restore, settings
from gan_studio.ui.style.sources import Selection

RECIPE = PaintingRecipe(
    content="cat", styles=("The Scream",), style_weights=(1.0,), config=StyleConfig(), steps_done=9
)


@pytest.mark.parametrize("at", [0.0, *(i / 20 for i in range(4, 41))])
def test_every_stop_of_a_slider_comes_back_whose_weight_is_not_lost_in_rounding(at):
    assert settings.position(settings.weight(at, "The slider")) == at


@pytest.mark.parametrize("value", [0.0, 0.001, 0.37, 1.0, 2.5, 7.999, 8.0])
def test_a_weight_between_two_stops_comes_back_to_three_decimals(value):
    assert settings.weight(settings.position(value), "The slider") == pytest.approx(value, abs=5e-4)


def test_what_the_controls_can_show_they_are_told_to_show():
    config = StyleConfig(
        content_weight=0.343, style_weight=8, smoothness=0, size=512, steps=25, init="blend",
        blend=0.3, colours="matched", optimizer="adam", multi_scale=False, style_scale=0.5,
        seed=7, layer_weights=(1, 0, 4, 0.5, 2),
    )  # fmt: skip
    assert restore.nearest(config) == config
    assert settings.config_of(settings.positions(config)) == config


def test_what_lies_beyond_the_controls_is_brought_to_their_ends_and_told():
    beyond = {
        "content_weight": (20, 8), "size": (2000, 1024), "steps": (999, 300),
        "style_scale": (0.1, 0.25), "layer_weights": ((9, 1, 1, 1, 1), (4, 1, 1, 1, 1)),
    }  # fmt: skip
    for name, (asked, near) in beyond.items():
        recipe = replace(RECIPE, config=replace(StyleConfig(), **{name: asked}))
        assert getattr(restore.nearest(recipe.config), name) == near
        assert len(restore.report(recipe, [])) > len(restore.report(RECIPE, []))


def test_what_a_stranger_wrote_into_a_recipe_is_escaped():
    for recipe, missing in ((replace(RECIPE, features="<b>"), []), (RECIPE, ["<b>"])):
        assert "<b>" not in restore.report(recipe, missing)


@pytest.mark.parametrize(
    ("weights", "count", "shown"),
    [
        ((1.0, 2.0), 2, [0.5, 1.0]),
        ((0.0, 0.25), 2, [0.0, 1.0]),
        ((1.0,), 2, [1.0, 1.0]),
        ((float("nan"), 1.0), 2, [1.0, 1.0]),
        ((0.0, 0.0), 2, [1.0, 1.0]),
        ((-1.0, 1.0), 2, [1.0, 1.0]),
    ],
)
def test_shares_are_those_of_the_recipe_where_they_make_sense(weights, count, shown):
    assert restore.shares(weights, count) == shown


def test_pictures_are_chosen_where_they_are_at_hand(tmp_path: Path):
    for name in ("photo.png", "brush.png"):
        picture(seed=len(name)).save(tmp_path / name)
    selection = Selection().with_upload(str(tmp_path / "photo.png"))
    selection = selection.with_uploads([str(tmp_path / "brush.png")])
    asked = fingerprint(tmp_path / "photo.png"), ("The Scream", fingerprint(tmp_path / "brush.png"))
    found, missing = selection.with_content(0).with_style(0, mixed=False).restore(*asked)
    assert not missing
    content, styles = found.sources
    assert (content.name, [style.name for style in styles]) == (
        "photo.png",
        ["The Scream", "brush.png"],
    )
    assert found.style_marks == asked[1]
    before = Selection()
    found, missing = before.restore(*asked)
    assert (found.content, found.chosen_styles) == (before.content, before.chosen_styles)
    assert len(missing) == 2


def test_a_file_that_is_gone_is_missing_and_no_error(tmp_path: Path):
    picture().save(tmp_path / "photo.png")
    mark = fingerprint(tmp_path / "photo.png")
    selection = Selection().with_upload(str(tmp_path / "photo.png"))
    (tmp_path / "photo.png").unlink()
    _, missing = selection.restore(mark, ["The Scream"])
    assert len(missing) == 1
