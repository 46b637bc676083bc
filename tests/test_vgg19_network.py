"""VGG-19 as torchvision names it, and as it is when its weights are at hand."""

from __future__ import annotations

import pytest
import torch

from gan_studio import vision
from gan_studio.vision import vgg19
from gan_studio.vision.network import VGG19


def test_names_and_shapes_are_those_of_torchvision():
    from torchvision.models.vgg import cfgs, make_layers

    theirs = make_layers(cfgs["E"]).state_dict()
    known = {f"features.{name}": tuple(value.shape) for name, value in theirs.items()}
    ours = vgg19.tensor_shapes(VGG19)
    assert ours.items() <= known.items()
    assert max(int(name.split(".")[1]) for name in ours) == 28
    assert sum(torch.Size(shape).numel() for shape in ours.values()) == 12_944_960


@pytest.mark.shared_data
def test_the_real_network_sees_edges_everywhere():
    path = vgg19.local_weights()
    if path is None:
        pytest.skip("needs GAN_STUDIO_MODELS with VGG-19")
    network = vision.load("vgg19")
    torch.manual_seed(0)
    flat, noise = torch.zeros(1, 3, 64, 64), torch.randn(1, 3, 64, 64).clamp(-1, 1)
    quiet, loud = (network(image, network.layers) for image in (flat, noise))
    assert loud["relu5_1"].shape == (1, 512, 4, 4)
    assert all(value.isfinite().all() for value in loud.values())
    assert loud["relu3_1"].mean() > quiet["relu3_1"].mean()
