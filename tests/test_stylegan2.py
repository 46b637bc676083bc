"""Modulated convolutions, styles and their mean."""

import pytest
import torch
import toys
from torch.nn.functional import conv2d
from torch.testing import assert_close

from gan_studio.gans.families.stylegan2 import (
    W_AVG_BETA,
    Generator,
    ModulatedConv2d,
    StyledLayer,
    StyleGAN2,
)


def styled(**changes) -> StyleGAN2:
    gan = toys.model("stylegan2", **changes)
    assert isinstance(gan, StyleGAN2)
    return gan


@pytest.mark.parametrize("demodulate", [True, False])
def test_a_modulated_convolution_is_one_with_weights_of_its_own_for_each_picture(demodulate):
    conv = ModulatedConv2d(5, 7, 4, demodulate=demodulate)
    x, w = torch.randn(3, 5, 8, 8), torch.randn(3, 4)
    styles = w @ (conv.style.weight / 2).T + conv.style.bias  # 2 = the root of 4 inputs
    for i in range(3):
        weight = conv.weight / 45**0.5 * styles[i][:, None, None]  # Eq. 1
        if demodulate:
            weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()  # Eq. 3
        assert_close(conv(x, w)[i], conv2d(x[i : i + 1], weight, padding=1)[0])


def test_demodulated_maps_have_the_deviation_of_what_came():
    torch.manual_seed(0)
    conv = ModulatedConv2d(64, 64, 8)
    out = conv(torch.randn(4, 64, 16, 16), 5 * torch.randn(4, 8))[..., 1:-1, 1:-1]
    assert 0.9 < out.std() < 1.1


def test_noise_is_drawn_anew_while_training_and_stays_afterwards():
    layer = StyledLayer(3, 3, 8, 4)
    layer.strength.data += 1
    x, w = torch.randn(1, 3, 8, 8), torch.randn(1, 4)
    assert not torch.equal(layer(x, w), layer(x, w))
    layer.eval()
    assert torch.equal(layer(x, w), layer(x, w))


def test_noise_can_be_left_out():
    gan = styled(noise=False)
    z = torch.randn(2, 12)
    before = gan.generator(z)
    strengths = [p for name, p in gan.named_parameters() if name.endswith("strength")]
    for strength in strengths:
        strength.data.fill_(9.0)
    assert strengths
    assert torch.equal(gan.generator(z), before)


def test_each_style_is_heard_and_a_late_one_leaves_the_coarse_picture_alone():
    G = styled().generator.eval()
    assert isinstance(G, Generator)
    w = G.mapping(torch.randn(1, 12))
    assert w.shape == (1, G.num_ws, 128)
    before = G.synthesis(w)
    for i in range(G.num_ws):
        other = w.clone()
        other[:, i] += 3
        assert (G.synthesis(other) - before).abs().max() > 1e-4, i


def test_the_same_style_at_every_layer_is_the_latents_own_picture():
    G = styled().generator.eval()
    assert isinstance(G, Generator)
    z = torch.randn(3, 12)
    assert torch.equal(G(z), G.synthesis(G.mapping(z)))


def test_the_mean_style_follows_what_is_drawn():
    gan = styled(mixing=0.0)
    torch.manual_seed(4)
    w = gan.mixed_styles(16)[:, 0].mean(0)
    assert_close(gan.style_generator.w_avg, (1 - W_AVG_BETA) * w)


def test_mixed_pictures_change_their_style_once_and_for_good():
    gan = styled(mixing=1.0)
    w = gan.mixed_styles(64)
    changes = (w[:, 1:] != w[:, :-1]).any(2).sum(1)
    assert changes.max() == 1
    assert (changes == 1).float().mean() > 0.8
    assert (styled(mixing=0.0).mixed_styles(8).diff(dim=1) == 0).all()
