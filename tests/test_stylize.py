"""Paintings through a tiny network of random weights: the story of their frames, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mentions import mentions
from torch import nn

from gan_studio.images import convert
from gan_studio.style_transfer import StyleConfig, stylize
from gan_studio.style_transfer.optimize import _Painting
from gan_studio.vision.network import FeatureNetwork

BLOCKS = ((4, 4), (6, 6), (8, 8), (10, 10), (10,))
UNSEEN = (0.0, 1.0, 1.0, 1.0, 1.0)


@pytest.fixture(scope="module")
def network() -> FeatureNetwork:
    torch.manual_seed(0)
    network = FeatureNetwork(BLOCKS)
    for layer in network.convolutions.values():
        assert isinstance(layer, nn.Conv2d)
        nn.init.kaiming_normal_(layer.weight)
    return network.eval().requires_grad_(False)


def picture(seed: int, height: int = 48, width: int = 64) -> torch.Tensor:
    """Smooth colours, as all of a picture's bytes have them."""
    coarse = torch.rand(1, 3, 6, 8, generator=torch.Generator().manual_seed(seed))
    smooth = nn.functional.interpolate(coarse, (height, width), mode="bilinear")
    return convert.from_uint8((255 * smooth).to(torch.uint8))


CONTENT, STYLE, OTHER = picture(1), picture(2, 40, 40), picture(3)


def paint(network, content=CONTENT, style=STYLE, *, style_weights=None, mask=None, **changes):
    config = StyleConfig(**{"size": 64, "steps": 3, "multi_scale": False, **changes})
    return list(stylize(content, style, network, config, style_weights=style_weights, mask=mask))


def last(network, *args, **kwargs) -> np.ndarray:
    return np.array(paint(network, *args, **kwargs)[-1].image, np.int32)


def pixels(image: torch.Tensor) -> np.ndarray:
    return convert.to_uint8(image)[0].astype(np.int32)


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_frames_come_in_order_at_growing_sizes_while_the_total_falls(network, optimizer):
    frames = paint(
        network, picture(1, 96, 128), size=128, optimizer=optimizer, steps=8, multi_scale=True
    )
    assert [frame.step for frame in frames] == list(range(1, 17))
    assert {frame.total for frame in frames} == {16}
    assert [frame.image.size for frame in frames] == [(64, 48)] * 8 + [(128, 96)] * 8
    for level in (frames[:8], frames[8:]):
        assert level[-1].losses["total"] < level[0].losses["total"]
    assert all(set(f.losses) == {"content", "style", "variation", "total"} for f in frames)
    assert all(np.isfinite([*f.losses.values(), f.seconds_left]).all() for f in frames)
    assert frames[0].seconds_left > frames[-1].seconds_left == 0


def test_a_painting_at_one_size_has_that_size_from_the_first(network):
    assert {f.image.size for f in paint(network, size=128)} == {(128, 96)}


def test_without_a_size_a_painting_has_that_of_the_content(network):
    assert {f.image.size for f in paint(network, picture(1, 70, 51), size=0)} == {(51, 70)}


def test_frames_come_at_every_multiple_and_at_the_end(network):
    assert [frame.step for frame in paint(network, steps=8, every=3)] == [3, 6, 8]


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_content_that_is_its_own_style_stays_as_it_is(network, optimizer):
    alike = {"content": CONTENT, "style": CONTENT, "optimizer": optimizer, "steps": 4}
    (first, *_, end) = paint(network, **alike, smoothness=0)
    assert first.losses["total"] == pytest.approx(0, abs=1e-9)
    assert first.losses["content"] == first.losses["style"] == 0
    assert np.abs(np.array(end.image, np.int32) - pixels(CONTENT)).max() <= 1
    smoothed, *_ = paint(network, **alike, smoothness=1)
    assert smoothed.losses["total"] > 0
    assert smoothed.losses["content"] == smoothed.losses["style"] == 0


def test_the_same_seed_paints_the_same_bytes_and_another_one_others(network):
    first, again, other = (last(network, init="noise", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_painting_starts_where_it_says(network):
    def start(**changes):  # what one step of Adam leaves is near to where it began
        return last(network, optimizer="adam", steps=1, **changes)

    content = pixels(CONTENT)

    def distance(image):
        return np.abs(image - content).mean()

    begun = [start(), start(init="blend", blend=0.5), start(init="noise")]
    near, between, far = (distance(image) for image in begun)
    assert near < between < far
    assert near < 8
    noise = begun[-1]
    assert abs(noise.mean() - 127.5) < 8
    assert np.abs(np.corrcoef(noise.ravel(), content.ravel())[0, 1]) < 0.15
    assert np.array_equal(start(init="blend", blend=0.0), begun[0])
    assert np.array_equal(start(init="blend", blend=1.0), noise)


def test_a_closed_painting_ends_and_its_last_frame_is_a_whole_picture(network):
    frames = stylize(CONTENT, STYLE, network, StyleConfig(size=64, steps=1000))
    frame = next(frames)
    frames.close()
    assert next(frames, None) is None
    assert (frame.image.mode, frame.image.size) == ("RGB", (64, 48))
    assert np.array(frame.image).std() > 10


def test_a_style_of_weight_0_has_no_say_and_one_given_twice_counts_as_one(network):
    alone = last(network)
    assert np.array_equal(last(network, style=[STYLE, OTHER], style_weights=[2, 0]), alone)
    assert np.array_equal(last(network, style=[STYLE, STYLE]), alone)
    assert not np.array_equal(last(network, style=[STYLE, OTHER]), alone)


def test_a_dark_mask_leaves_the_content_exactly(network):
    mask = torch.zeros(1, 1, 48, 64)
    mask[..., 32:] = 1
    painted, content = last(network, mask=mask, init="noise"), pixels(CONTENT)
    assert np.array_equal(painted[:, :32], content[:, :32])
    assert np.abs(painted[:, 32:] - content[:, 32:]).mean() > 10


def test_a_mask_of_another_size_is_brought_to_that_of_the_painting(network):
    mask = torch.zeros(1, 1, 96, 128)
    mask[..., 64:] = 1
    painted, content = last(network, mask=mask, init="noise"), pixels(CONTENT)
    assert np.array_equal(painted[:, :28], content[:, :28])
    assert np.abs(painted[:, 36:] - content[:, 36:]).mean() > 10


def test_a_guide_stays_between_0_and_1_where_resizing_overshoots(network):
    mask = torch.zeros(1, 1, 96, 128)
    mask[..., 64:] = 1
    config = StyleConfig(size=64, multi_scale=False)
    resized = _Painting(CONTENT, [(STYLE, 1.0)], network, config, mask).objective((36, 48)).mask
    assert resized is not None
    assert (resized.min(), resized.max()) == (0, 1)


def test_of_the_contents_colours_only_the_luminance_is_painted(network):
    mild = CONTENT / 3  # nothing is cut off at white or black
    painted = paint(network, mild, colours="luminance", init="blend", blend=0.3)[-1].image
    before = convert.to_pil(convert.to_uint8(mild)[0])
    seen, wanted = (np.array(x.convert("YCbCr"), np.int32) for x in (painted, before))
    assert np.abs(seen[..., 1:] - wanted[..., 1:]).max() <= 2
    assert np.abs(seen[..., 0] - wanted[..., 0]).max() > 2


@pytest.mark.parametrize("colours", ["luminance", "matched"])
def test_colours_that_are_kept_change_the_painting(network, colours):
    assert not np.array_equal(last(network, colours=colours), last(network))


def test_the_size_of_strokes_changes_the_painting(network):
    style = picture(2, 128, 128)
    assert not np.array_equal(
        last(network, style=style, style_scale=0.5), last(network, style=style)
    )


def test_a_style_is_never_enlarged(network):
    once, more = (
        paint(network, style=picture(2, 40, 40), style_scale=scale, size=128, steps=1)[0]
        for scale in (1.0, 3.0)
    )
    assert once.losses == more.losses


def test_a_layer_without_weight_has_no_say(network):
    deaf = FeatureNetwork(BLOCKS)
    deaf.load_state_dict(network.state_dict())
    only = last(network, layer_weights=(1, 0, 0, 0, 0), content_weight=0)
    with torch.no_grad():
        for weight in deaf.convolutions["relu2_1"].parameters():
            weight.mul_(-3)
    deaf.eval().requires_grad_(False)
    assert np.array_equal(last(deaf, layer_weights=(1, 0, 0, 0, 0), content_weight=0), only)
    assert not np.array_equal(last(network, layer_weights=UNSEEN), last(network))


def test_content_or_style_alone_can_be_wanted(network):
    assert paint(network, content_weight=0)[-1].losses["content"] == 0
    assert paint(network, style_weight=0)[-1].losses["style"] == 0


def test_long_pictures_of_either_kind_are_painted(network):
    frames = paint(network, picture(1, 40, 200), picture(2, 200, 40), size=0, multi_scale=True)
    assert {frame.image.size for frame in frames} == {(200, 40)}


@pytest.mark.parametrize("name", ["content_weight", "style_weight", "smoothness"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), 1e9, "much"])
def test_weights_that_make_no_sense_are_refused(name, value):
    with pytest.raises(ValueError, match=mentions(name)):
        StyleConfig(**{name: value})


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"content_weight": 0, "style_weight": 0}, "content style 0"),
        ({"layer_weights": (0, 0, 0, 0, 0)}, "layer"),
        ({"layer_weights": (1, 1, -1, 1, 1)}, "relu3_1 0 -1"),
        ({"layer_weights": (1, 1)}, "layer_weights 5 2"),
        ({"style_scale": 0}, "style_scale 0.1"),
        ({"blend": 1.5}, "blend 1.5"),
        ({"init": "style"}, "init content noise blend style"),
        ({"colours": "sepia"}, "colours style luminance matched sepia"),
        ({"optimizer": "sgd"}, "optimizer lbfgs adam sgd"),
        ({"steps": 0}, "steps 0"),
        ({"steps": 2.5}, "steps 2.5"),
        ({"size": -1}, "size -1"),
        ({"seed": -1}, "seed -1"),
        ({"every": -1}, "every -1"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(changes, named):
    with pytest.raises(ValueError, match=mentions(named)):
        StyleConfig(**changes)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"style": []}, "style"),
        ({"style_weights": [1, 1]}, "2 weights"),
        ({"style": [STYLE, OTHER], "style_weights": [0, 0]}, "weights 0"),
        ({"style": [STYLE, OTHER], "style_weights": [1, -1]}, "weights 0"),
        ({"style_weights": [float("nan")]}, "weights 0"),
        ({"style_weights": [float("inf")]}, "weights 0"),
        ({"content": CONTENT[0]}, "content (1, 3, H, W) (3, 48, 64)"),
        ({"content": CONTENT[:, :1]}, "content (1, 3, H, W)"),
        ({"style": STYLE.tile(2, 1, 1, 1)}, "style (1, 3, H, W)"),
        ({"content": picture(1, 31, 64)}, "content 64 31"),
        ({"style": [STYLE, picture(1, 64, 1)]}, "style 1 64"),
        ({"content": picture(1, 40, 200)}, "64 13"),
        ({"mask": torch.zeros(1, 1, 48, 64)}, "mask"),
        ({"mask": torch.full((1, 1, 48, 64), float("nan"))}, "mask"),
        ({"mask": torch.ones(48, 64)}, "mask (1, 1, H, W) (48, 64)"),
    ],
)
def test_pictures_that_make_no_sense_are_refused_before_anything_is_painted(
    network, changes, named
):
    arguments = {"content": CONTENT, "style": STYLE, **changes}
    with pytest.raises(ValueError, match=mentions(named)):
        stylize(features=network, config=StyleConfig(size=64), **arguments)
