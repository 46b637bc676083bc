"""Loops as files."""

import io
import sys

import av
import numpy as np
import pytest
from mentions import mentions
from PIL import Image, ImageSequence

from gan_studio.images import animation as animations

GREYS = [Image.new("L", (8, 8), value) for value in (0, 120, 240)]


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_an_animation_holds_its_frames_and_repeats_for_ever(tmp_path, kind):
    animations.save(GREYS, tmp_path / f"a.{kind}", fps=20)
    with Image.open(tmp_path / f"a.{kind}") as animation:
        animation.load()
        frames = [frame.convert("L") for frame in ImageSequence.Iterator(animation)]
        assert [frame.getpixel((99, 200)) for frame in frames] == [0, 120, 240]
        assert animation.info["loop"] == 0
        assert animation.info["duration"] == 50


def test_an_mp4_holds_its_frames_at_their_rate():
    with av.open(io.BytesIO(animations.encode(GREYS, "mp4", fps=20)), "r") as video:
        shown = [frame.to_ndarray(format="gray") for frame in video.decode(video=0)]
        stream = video.streams.video[0]
        assert (stream.codec_context.name, stream.average_rate) == ("h264", 20)
    assert [frame.shape for frame in shown] == [(256, 256)] * 3
    assert [int(frame[99, 200]) for frame in shown] == pytest.approx([0, 120, 240], abs=4)


@pytest.mark.parametrize("kind", animations.KINDS)
def test_odd_sides_and_colours_can_be_written(kind):
    noise = np.random.default_rng(0).integers(0, 255, (2, 97, 97, 3), dtype=np.uint8)
    assert animations.encode([Image.fromarray(frame) for frame in noise], kind)


def test_each_pixel_becomes_a_square_of_its_own_colour():
    small = Image.fromarray(np.arange(49, dtype=np.uint8).reshape(7, 7))
    large = np.asarray(animations.enlarge(small, smooth=False))
    assert large.shape == (252, 252)
    assert np.array_equal(large, np.asarray(small).repeat(36, 0).repeat(36, 1))


@pytest.mark.parametrize("kind", animations.KINDS)
def test_photographs_are_enlarged_without_blocks(kind):
    ramp = np.linspace(0, 255, 8).astype(np.uint8)
    face = Image.fromarray(np.broadcast_to(ramp[None, :, None], (8, 8, 3)).copy())
    values = {}
    for smooth in (False, True):
        contents = animations.encode([face, face], kind, smooth=smooth)
        if kind == "mp4":
            with av.open(io.BytesIO(contents), "r") as video:
                row = next(video.decode(video=0)).to_ndarray(format="gray")[128]
        else:
            row = np.asarray(Image.open(io.BytesIO(contents)).convert("L"))[128]
        values[smooth] = np.abs(np.diff(row.astype(int))).max()
    assert values[False] > 25  # from block to block, 36 levels
    assert values[True] < 12


def test_a_gif_of_few_colours_keeps_them():
    colours = [(255, 0, 0), (0, 128, 255)]
    contents = animations.encode([Image.new("RGB", (8, 8), c) for c in colours], "gif")
    with Image.open(io.BytesIO(contents)) as animation:
        frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(animation)]
    assert [frame.getpixel((5, 5)) for frame in frames] == colours


@pytest.mark.parametrize("kind", ["avi", ""])
def test_an_animation_of_another_kind_is_refused(kind):
    with pytest.raises(ValueError, match=mentions(f".webp .gif .mp4 {kind}")):
        animations.encode(GREYS, kind)


def test_without_its_package_mp4_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ValueError, match=mentions("av")):
        animations.encode(GREYS, "mp4")
