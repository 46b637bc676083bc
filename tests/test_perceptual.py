"""Networks that look: their layers, what they leave undone, and the one that ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from mentions import mentions
from sklearn.datasets import load_sample_image
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.testing import assert_close

from gan_studio import vision
from gan_studio.core import files
from gan_studio.images import convert
from gan_studio.vision import distilled
from gan_studio.vision.network import MEAN, STD, VGG19, FeatureNetwork
from tools.distillation import LAYERS
from tools.pruning import conv_input

BLOCKS = ((4, 4), (6, 6), (8, 8), (10, 10), (10,))
GOLDEN = Path(__file__).parent / "golden" / "perceptual.json"
shipped = pytest.mark.skipif(not distilled.WEIGHTS.exists(), reason="no weights are shipped yet")


@pytest.fixture
def network() -> FeatureNetwork:
    torch.manual_seed(0)
    return FeatureNetwork(BLOCKS).eval().requires_grad_(False)


@pytest.fixture
def picture() -> Tensor:
    return 2 * torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(0)) - 1


def test_layers_are_named_as_in_vgg(network):
    names = "relu1_1 relu1_2 relu2_1 relu2_2 relu3_1 relu3_2 relu4_1 relu4_2 relu5_1"
    assert " ".join(network.layers) == names
    assert network.channels["relu2_2"] == 6
    with torch.device("meta"):
        vgg = FeatureNetwork(VGG19)
    assert vgg.layers[8:] == ("relu4_1", "relu4_2", "relu4_3", "relu4_4", "relu5_1")
    assert vgg.channels["relu5_1"] == 512


def test_a_layer_is_half_as_large_in_each_block_and_never_negative(network, picture):
    seen = network(picture, network.layers)
    assert list(seen) == list(network.layers)
    assert seen["relu1_2"].shape == (1, 4, 48, 64)
    assert seen["relu2_1"].shape == (1, 6, 24, 32)
    assert seen["relu5_1"].shape == (1, 10, 3, 4)
    assert all(x.min() >= 0 for x in seen.values())


def test_only_what_is_asked_for_is_computed(network, picture):
    asked = []
    for name, layer in network.convolutions.items():
        layer.register_forward_hook(lambda *_, name=name: asked.append(name))
    assert list(network(picture, ["relu2_1"])) == ["relu2_1"]
    assert asked == ["relu1_1", "relu1_2", "relu2_1"]
    asked.clear()
    assert list(network(picture, ["relu3_1", "relu1_1"])) == ["relu1_1", "relu3_1"]
    assert asked[-1] == "relu3_1"
    asked.clear()
    assert network(picture, []) == {}
    assert asked == []


def test_a_layer_seen_alone_is_the_one_seen_in_company(network, picture):
    alone = network(picture, ["relu2_1"])["relu2_1"]
    assert torch.equal(network(picture, network.layers)["relu2_1"], alone)


def test_a_picture_of_one_colour_has_no_border_in_the_first_layer(network):
    grey = torch.full((1, 3, 32, 32), 0.3)
    (seen,) = network(grey, ["relu1_1"]).values()
    assert_close(seen, seen[:, :, 16:17, 16:17].expand_as(seen))


def test_pictures_are_seen_in_the_units_in_which_vgg_was_trained(network):
    mean, deviation = (torch.tensor(x).view(1, 3, 1, 1) for x in (MEAN, STD))
    normalized = conv_input(network, 2 * (mean + deviation).expand(1, 3, 4, 4) - 1, "relu1_1")
    assert_close(normalized, torch.ones(1, 3, 4, 4))


def test_what_a_layer_gets_to_see_is_the_layer_before_halved_between_blocks(network, picture):
    seen = network(picture, ["relu1_2", "relu2_1"])
    assert torch.equal(conv_input(network, picture, "relu2_2"), seen["relu2_1"])
    assert_close(conv_input(network, picture, "relu2_1"), nn.MaxPool2d(2)(seen["relu1_2"]))


def test_pooling_is_what_its_name_says(network, picture):
    smooth = FeatureNetwork(BLOCKS, "average").eval().requires_grad_(False)
    smooth.load_state_dict(network.state_dict())
    first = smooth(picture, ["relu1_2"])["relu1_2"]
    assert_close(conv_input(smooth, picture, "relu2_1"), nn.AvgPool2d(2)(first))
    deep = [n(picture, ["relu2_1"])["relu2_1"] for n in (network, smooth)]
    assert not torch.allclose(*deep)


def test_an_unknown_network_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=mentions("alexnet embedded")):
        vision.load("alexnet")


def test_weights_that_are_no_such_networks_are_refused_with_a_sentence(tmp_path, network):
    path = tmp_path / "model.safetensors"
    with pytest.raises(ValueError, match="safetensors"):
        distilled.load(path)
    files.save_tensors(path, network.state_dict())
    with pytest.raises(ValueError, match="safetensors"):
        distilled.load(path)


@shipped
def test_the_shipped_network_is_small_and_its_weights_stay_as_they_are():
    network = vision.load("embedded")
    assert distilled.WEIGHTS.stat().st_size <= 5_000_000
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())


@shipped
def test_each_layer_of_the_shipped_network_is_about_1_on_a_photograph():
    photograph = convert.from_uint8(torch.from_numpy(load_sample_image("china.jpg").copy()))
    image = interpolate(photograph.permute(2, 0, 1)[None], (192, 288), mode="area")
    for name, seen in distilled.load()(image, LAYERS).items():
        assert 0.5 < seen.mean() < 2, name


def digest() -> dict[str, float]:
    """Mean activations of the shipped network on a picture that a formula draws."""
    down, across = torch.meshgrid(torch.arange(64.0), torch.arange(96.0), indexing="ij")
    waves = [torch.sin(down / 3 + across / 7), torch.cos(across / 4), torch.sin(down * across / 90)]
    seen = distilled.load()(torch.stack(waves)[None], LAYERS)
    return {name: round(x.mean().item(), 4) for name, x in seen.items()}


@shipped
@pytest.mark.skipif(not GOLDEN.exists(), reason="no digest is stored yet")
def test_the_shipped_network_sees_what_it_saw_when_last_looked_at():
    assert digest() == pytest.approx(json.loads(GOLDEN.read_text()), rel=1e-3)


if __name__ == "__main__":  # PYTHONPATH=. python tests/test_perceptual.py writes the digest anew
    GOLDEN.write_text(json.dumps(digest(), indent=1) + "\n")
