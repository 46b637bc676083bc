"""Painting: recipes that go round, strength after the fact, pictures of every kind."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mentions import mentions
from PIL import Image
from toy_painter import picture, tiny

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.studio.compare import Comparison
from gan_studio.style_transfer import painter as painting
from gan_studio.style_transfer.painter import Painter, PaintingRecipe, StyleConfig

RECIPE = PaintingRecipe(
    content="pagoda",
    styles=("0123456789ab", "The Scream"),
    style_weights=(1.0, 0.25),
    mask="ba9876543210",
    config=StyleConfig(size=96, steps=3, content_weight=0.5, layer_weights=(1, 0, 1, 0, 2), seed=4),
    steps_done=5,
    strength=0.75,
)
QUICK = StyleConfig(size=64, steps=2)


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter("cpu", tiny)


def test_a_recipe_goes_round_as_json():
    assert PaintingRecipe.from_json(RECIPE.to_json()) == RECIPE


def test_a_recipe_goes_round_in_a_png(tmp_path):
    image_files.save(picture(), tmp_path / "a.png", RECIPE)
    assert painting.recipe_of(tmp_path / "a.png") == RECIPE


def test_a_recipe_of_a_later_version_is_read(tmp_path):
    later = json.loads(RECIPE.to_json())
    later["mood"] = later["config"]["mood"] = "blue"
    assert PaintingRecipe.from_json(json.dumps(later)) == RECIPE


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "null", "{}", '{"model": "gan-mnist"}', "[" * 100_000],
    ids=lambda text: text[:10],
)
def test_what_is_no_recipe_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=mentions("recipe painting")):
        PaintingRecipe.from_json(text)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("strength", 2),
        ("steps_done", -1),
        ("style_weights", ["x"]),
        ("style_weights", 3),
        ("styles", None),
        ("config", {"steps": "many"}),
        ("config", {"layer_weights": 3}),
        ("config", {"layer_weights": [1, 1]}),
        ("config", 5),
    ],
)
def test_a_recipe_with_a_senseless_field_is_refused(key, value):
    bad = {**json.loads(RECIPE.to_json()), key: value}
    with pytest.raises(ValueError, match=mentions("recipe painting")):
        PaintingRecipe.from_json(json.dumps(bad))


def test_a_picture_without_a_painting_s_recipe_says_so(tmp_path):
    image_files.save(picture(), tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"^a\.png "):
        painting.recipe_of(tmp_path / "a.png")


def test_what_else_a_png_is_and_where_it_can_be_restored_is_said(tmp_path):
    path = tmp_path / "a.png"
    image_files.save(picture(), path, Recipe(model="a"))
    with pytest.raises(ValueError, match="Explore"):
        painting.recipe_of(path)
    image_files.save(picture(), path, RECIPE)
    with pytest.raises(ValueError, match="Style"):
        image_files.read_recipe(path)
    comparison = Comparison(seeds=(1,), label=None, rows=(), device="cpu")
    image_files.save(picture(), path, comparison)
    for read in (image_files.read_recipe, painting.recipe_of):
        with pytest.raises(ValueError, match="Compare"):
            read(path)


def test_strength_goes_from_the_content_to_the_painting():
    content, painted = picture(160, 128, mode="L"), picture(80, 64, seed=1)
    assert painting.blend_with_content(content, painted, 1).tobytes() == painted.tobytes()
    plain = content.convert("RGB").resize((80, 64), Image.Resampling.LANCZOS)
    assert painting.blend_with_content(content, painted, 0).tobytes() == plain.tobytes()
    half = np.asarray(painting.blend_with_content(content, painted, 0.5), float)
    between = (np.asarray(plain, float) + np.asarray(painted, float)) / 2
    assert np.abs(half - between).max() <= 1


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), "x", None])
def test_a_senseless_strength_is_refused(share):
    with pytest.raises(ValueError, match=mentions("strength 0 1")):
        painting.blend_with_content(picture(), picture(), share)


def test_a_painting_has_the_shape_of_its_content_and_frames_in_order(painter):
    frames = list(painter.paint(picture(160, 120), [picture(50, 70, 1)], QUICK))
    assert frames[-1].image.size == (64, 48)
    assert [frame.step for frame in frames] == list(range(1, frames[-1].total + 1))


def test_size_nought_is_the_contents_own(painter):
    (*_, last) = painter.paint(picture(70, 50), [picture(seed=1)], StyleConfig(size=0, steps=1))
    assert last.image.size == (70, 50)


def test_the_same_seed_paints_the_same_picture(painter):
    config = replace(QUICK, init="noise", seed=3)
    ends = [list(painter.paint(picture(), [picture(seed=1)], config))[-1] for _ in range(2)]
    assert ends[0].image.tobytes() == ends[1].image.tobytes()


def test_a_mask_leaves_the_content_where_it_is_black(painter):
    mask = Image.new("L", (80, 64), 0)
    mask.paste(255, (0, 0, 40, 64))
    (*_, last) = painter.paint(picture(), [picture(seed=1)], replace(QUICK, size=80), mask=mask)
    apart = np.abs(np.asarray(last.image, float) - np.asarray(picture(), float)).max((0, 2))
    assert apart[:32].max() > 1
    assert apart[48:].max() <= 1


def test_a_network_is_loaded_once():
    asked = []

    def load(name, device):
        asked.append(name)
        return tiny()

    painter = Painter("cpu", load)
    for _ in range(2):
        painter.paint(picture(), [picture()], QUICK)
    assert asked == ["embedded"]


def test_closing_ends_the_painting_behind(painter, monkeypatch):
    ended = []

    def endless(*_args, **_kwargs):
        try:
            while True:
                yield None
        finally:
            ended.append(True)

    monkeypatch.setattr(painting, "stylize", endless)
    frames = painter.paint(picture(), [picture()], QUICK)
    next(frames)
    frames.close()
    assert ended == [True]


def saved(path: Path, image: Image.Image, **options) -> Image.Image:
    image.save(path, **options)
    return image_files.load(path)


def test_pictures_of_every_kind_are_painted(painter, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    see_through = picture(mode="RGBA")
    see_through.putalpha(128)
    kinds = {
        "grey": saved(tmp_path / "a.png", picture(mode="L")),
        "transparent": saved(tmp_path / "b.png", see_through),
        "palette": saved(tmp_path / "c.png", picture().quantize(16)),
        "turned": saved(tmp_path / "d.jpg", picture(), exif=exif),
        "animated": saved(
            tmp_path / "e.webp", picture(), save_all=True, append_images=[picture(seed=2)]
        ),
        "animated PNG": saved(
            tmp_path / "f.png", picture(), save_all=True, append_images=[picture(seed=2)]
        ),
        "wide": saved(tmp_path / "g.png", picture(20_000, 1_000, mode="L")),
    }
    for kind, content in kinds.items():
        size = 1024 if kind == "wide" else 64
        config = StyleConfig(size=size, steps=1, multi_scale=False)
        (last,) = painter.paint(content, [picture(seed=1)], config)
        wanted = {"turned": (51, 64), "wide": (1024, 51)}.get(kind, (64, 51))
        assert last.image.size == wanted, kind
        assert last.image.mode == "RGB"
        (last,) = painter.paint(
            picture(), [content], StyleConfig(size=64, steps=1, multi_scale=False)
        )


def test_of_an_animation_the_first_picture_counts(tmp_path):
    still = saved(tmp_path / "a.png", picture())
    moving = saved(tmp_path / "b.png", picture(), save_all=True, append_images=[picture(seed=2)])
    assert moving.tobytes() == still.tobytes()


@pytest.mark.parametrize(
    ("content", "style", "named"),
    [
        (picture(1, 1), picture(), "content 1 32"),
        (picture(), picture(1, 1), "style 1 32"),
        (picture(20_000, 40), picture(), "32"),
    ],
    ids=["content", "style", "wide"],
)
def test_pictures_too_small_to_see_anything_are_refused(painter, content, style, named):
    with pytest.raises(ValueError, match=mentions(named)):
        painter.paint(content, [style], QUICK)


@pytest.mark.parametrize("weights", [[0.0], [-1.0], [float("nan")], [float("inf")], [1, 1], []])
def test_senseless_weights_of_styles_are_refused(painter, weights):
    with pytest.raises(ValueError, match=r"weights"):
        painter.paint(picture(), [picture(seed=1)], QUICK, style_weights=weights)


def test_weights_are_read_from_text():
    assert painting.parse_weights("", 2) == [1, 1]
    assert painting.parse_weights("1, 0.5", 2) == [1, 0.5]
    with pytest.raises(ValueError, match=mentions("2 3")):
        painting.parse_weights("1,2,3", 2)
    with pytest.raises(ValueError, match=mentions("weights a")):
        painting.parse_weights("a", 1)


def test_a_large_style_is_made_small_before_it_costs_anything():
    assert painting.downscale(picture(2000, 1000), 100).size == (100, 50)
    assert painting.downscale(picture(80, 60), 100).size == (80, 60)
    assert painting.downscale(picture(3000, 60), 100).size == (1600, 32)


def deep(seen: Image.Image) -> Image.Image:
    """The same picture as a program would open it, with what travels along in Pillow."""
    seen = seen.copy()
    seen.info |= {"transparency": (255, 255, 255), "comment": b"mine", "exif": b"Exif\0\0"}
    return seen


def test_nothing_but_colours_goes_from_a_photograph_into_a_painting(painter, tmp_path):
    content = deep(Image.new("RGB", (80, 64), "white"))
    (*_, last) = painter.paint(content, [deep(picture(seed=1))], QUICK)
    finished = painting.blend_with_content(content, last.image, 0.5)
    assert not finished.info
    for name in ("a.png", "a.jpg", "a.webp"):
        image_files.save(finished, tmp_path / name, RECIPE)
        with Image.open(tmp_path / name) as saved:
            assert not saved.has_transparency_data
            assert not {"exif", "comment", "icc_profile"} & saved.info.keys()
    assert painting.recipe_of(tmp_path / "a.png") == RECIPE


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_white_on_transparency_marks_only_the_white(painter, mode):
    strokes = Image.new("LA", (80, 64), (255, 0))
    strokes.paste((255, 255), (0, 0, 40, 64))
    solid = Image.new("L", (80, 64), 0)
    solid.paste(255, (0, 0, 40, 64))
    looks, config = [picture(seed=1)], replace(QUICK, size=80)
    ends = [
        list(painter.paint(picture(), looks, config, mask=mask))[-1].image.tobytes()
        for mask in (strokes.convert(mode), solid)
    ]
    assert ends[0] == ends[1]


def test_a_mask_that_is_transparent_all_over_is_refused(painter):
    with pytest.raises(ValueError, match="mask"):
        painter.paint(picture(), [picture(seed=1)], QUICK, mask=Image.new("LA", (80, 64), (255, 0)))


def test_a_picture_in_memory_is_painted_as_it_looks(painter):
    clear = Image.new("RGBA", (80, 64), (0, 0, 0, 0))
    ends = [
        list(painter.paint(content, [picture(seed=1)], QUICK))[-1].image.tobytes()
        for content in (clear, Image.new("RGB", (80, 64), "white"))
    ]
    assert ends[0] == ends[1]
    assert painting.blend_with_content(clear, picture(), 0).getpixel((0, 0)) == (255, 255, 255)
