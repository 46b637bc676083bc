"""Mean activations of perceptual networks: what they are, of pictures of any size and colour."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_studio import vision
from gan_studio.datasets import registry
from gan_studio.evaluation import metrics
from gan_studio.images import convert
from gan_studio.vision import pooled, vgg19
from gan_studio.vision.network import FeatureNetwork

NARROW = ((4, 4), (4, 4), (4, 4, 4, 4), (4, 4, 4, 4), (4,))


@pytest.fixture(scope="module")
def embedded() -> pooled.PooledFeatures:
    return pooled.load_embedded()


def noise(count: int, size: int, channels: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, channels, size, size), generator=generator).byte()


def test_a_feature_is_the_mean_of_its_channel_over_the_map(embedded, monkeypatch):
    monkeypatch.setattr(pooled, "fast_bfloat16", lambda _: False)
    pictures = noise(3, 64)
    seen = vision.load("embedded")(convert.from_uint8(pictures), ["relu5_1"])["relu5_1"]
    assert seen.shape == (3, 192, 4, 4)
    wanted = torch.stack([seen[..., y, x] for y in range(4) for x in range(4)]).mean(0)
    torch.testing.assert_close(torch.from_numpy(embedded(pictures).features), wanted)


def test_parts_are_seen_as_they_would_be_together(embedded, monkeypatch):
    pictures = noise(5, 64)
    whole = embedded(pictures).features
    monkeypatch.setattr(pooled, "CHUNK", 2)
    assert embedded(pictures).features == pytest.approx(whole, rel=0.03)  # bfloat16


def test_pictures_of_any_size_and_grey_ones_are_seen(embedded):
    grey = registry.load("digits", 16).images[:3]
    one, other = (embedded(x).features for x in (grey, grey.expand(-1, 3, -1, -1)))
    assert one.shape == (3, 192)
    assert (one == other).all()
    plain = torch.full((1, 3, 100, 100), 90).byte()
    whole, part = (embedded(x).features for x in (plain, plain[..., :64, :64]))
    # To scale it down is a rounding; the features are up to 1, and of noise 0.1 to 6 away.
    assert whole == pytest.approx(part, rel=1e-3, abs=1e-3)


def test_blurred_pictures_are_farther_from_real_ones_than_other_real_ones(embedded):
    pictures = registry.load("digits", 32).images
    blurred = nn.functional.avg_pool2d(pictures[200:300].float(), 5, 1, 2).byte()
    first, second, third = (embedded(x).features for x in (*pictures[:200].split(100), blurred))
    distance = metrics.frechet_distance
    assert distance(third, first) > 3 * distance(second, first)


def test_numbers_of_vgg19_bear_the_digits_of_its_weights(tmp_path, monkeypatch):
    network = FeatureNetwork(NARROW).requires_grad_(False)
    monkeypatch.setitem(vision.NETWORKS, "vgg19", lambda: network)
    name = pooled.vgg19().name
    assert name == f"vgg19-relu5_1-{pooled.fingerprint(network)}"
    network = network.half().float()  # a file in half precision holds the same network
    assert pooled.vgg19().name == name
    nn.init.zeros_(network.convolutions["relu1_1"].bias)  # pyright: ignore[reportArgumentType]
    assert pooled.vgg19().name != name


@pytest.mark.slow
@pytest.mark.skipif(vgg19.local_weights() is None, reason="needs VGG-19 on this machine")
def test_vgg19_gives_512_features():
    assert pooled.vgg19()(noise(2, 32)).features.shape == (2, 512)
