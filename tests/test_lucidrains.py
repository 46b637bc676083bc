"""Files of lucidrains' stylegan2-pytorch, against its networks written out plainly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import published_files as files
import pytest
import torch
from mentions import mentions
from torch import Tensor
from torch.nn import functional
from torch.testing import assert_close

from gan_studio.gans import checkpoint
from gan_studio.gans.base import LatentGAN
from gan_studio.gans.families import stylegan2_pytorch
from gan_studio.models.importing import import_model
from gan_studio.models.importing.files import read_generator


def plain_style(state: dict[str, Tensor], z: Tensor, depth: int) -> Tensor:
    """SE: z of length 1, then layers whose weights count a tenth."""
    x = z / z.norm(dim=1, keepdim=True)
    for i in range(depth):
        weight, bias = state[f"SE.net.{2 * i}.weight"], state[f"SE.net.{2 * i}.bias"]
        x = functional.leaky_relu(0.1 * (x @ weight.T + bias), 0.2)
    return x


def plain_conv(
    state: dict[str, Tensor], name: str, x: Tensor, style: Tensor, *, demodulate: bool = True
) -> Tensor:
    """Eq. 1 and 3 for one picture, with 1 + style as its scales."""
    kernel = state[f"{name}.weight"] * (1 + style[0])[:, None, None]
    if demodulate:
        kernel = kernel / (kernel.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
    return functional.conv2d(x, kernel, padding="same")


def plain_picture(state: dict[str, Tensor], w: Tensor, noise: Tensor, blocks: int) -> Tensor:
    """GE for one picture, from 0 to 1, with noise (size, size) that is read by columns."""

    def affine(name: str) -> Tensor:
        return w @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    def double(x: Tensor) -> Tensor:
        return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)

    x = state["GE.initial_block"]
    x = functional.conv2d(x, state["GE.initial_conv.weight"], state["GE.initial_conv.bias"], 1, 1)
    rgb = torch.zeros(1, 3, 4, 4)
    for i in range(blocks):
        block = f"GE.blocks.{i}"
        x = double(x) if i else x
        side = x.shape[-1]
        for k in (1, 2):
            strength, bias = (
                state[f"{block}.to_noise{k}.{p}"].flatten() for p in ("weight", "bias")
            )
            added = strength[:, None, None] * noise[:side, :side].T + bias[:, None, None]
            x = plain_conv(state, f"{block}.conv{k}", x, affine(f"{block}.to_style{k}")) + added
            x = functional.leaky_relu(x, 0.2)
        style = affine(f"{block}.to_rgb.to_style")
        rgb = rgb + plain_conv(state, f"{block}.to_rgb.conv", x, style, demodulate=False)
        if i < blocks - 1:
            f = torch.tensor([1.0, 2.0, 1.0]) / 4
            edged = functional.pad(double(rgb), (1, 1, 1, 1), mode="reflect")
            rgb = functional.conv2d(edged.transpose(0, 1), (f[:, None] * f)[None, None])
            rgb = rgb.transpose(0, 1)
    return rgb


@pytest.mark.parametrize("size", [8, 32])
def test_it_draws_what_the_plain_networks_draw(tmp_path: Path, size: int):
    content: dict[str, Any] = files.lucidrains(size)
    found, _ = read_generator(files.write(tmp_path, "model_7.pt", files.saved(content)))
    gan = checkpoint.Manifest(
        family=found.family, config=found.config, channels=3, dataset="x", source={"file": "x"}
    ).build()
    gan.generator.load_state_dict(dict(found.weights))
    assert isinstance(gan, LatentGAN)
    generator = gan.eval().generator
    assert isinstance(generator, stylegan2_pytorch.Generator)
    state, z = content["GAN"], gan.latents_of_seed(3, 1)
    with torch.no_grad():
        w = plain_style(state, z, 3)
        assert_close(generator.mapping(z)[:, 0], w)
        wanted = plain_picture(state, w, generator.noise.T, size.bit_length() - 2)
        assert_close(generator(z), 2 * wanted - 1, atol=1e-4, rtol=1e-4)
        sizes = [picture.shape[-1] for picture in generator.pictures(generator.mapping(z))]
    assert sizes == [2**i for i in range(2, size.bit_length())]


def test_the_mean_style_is_that_of_many_styles(tmp_path: Path):
    content: dict[str, Any] = files.lucidrains()
    found, _ = read_generator(files.write(tmp_path, "x.pt", files.saved(content)))
    z = torch.randn(20_000, files.STYLE, generator=torch.Generator().manual_seed(1))
    wanted = plain_style(content["GAN"], z, 3).mean(0)
    assert_close(found.weights["mean_style"], wanted, atol=0.02, rtol=0.02)


def changed(changes: dict[str, Tensor | None], channels: int = 3) -> bytes:
    content: dict[str, Any] = files.lucidrains(channels=channels)
    for name, value in changes.items():
        if value is None:
            del content["GAN"][name]
        else:
            content["GAN"][name] = value
    return files.saved(content)


BAD = {
    "attention": (lambda: changed({"GE.attns.1.0.fn.g": torch.ones(1)}), "attention"),
    "no constant": (lambda: changed({"GE.to_initial_block.weight": torch.ones(1)}), "constant"),
    "an early version": (lambda: changed({"GE.initial_conv.weight": None}), "version 2020"),
    "a version without a blur": (
        lambda: changed({"GE.blocks.0.to_rgb.upsample.1.f": None}),
        "version blur",
    ),
    "transparent pictures": (lambda: changed({}, 4), "4 transparent"),
    "a missing layer": (lambda: changed({"GE.blocks.1.to_style2.bias": None}), "to_style2.bias"),
    "no number": (
        lambda: changed({"GE.initial_block": torch.full((1, 8, 4, 4), torch.nan)}),
        "GE.initial_block finite",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_another_variant_is_refused_with_one_sentence(tmp_path: Path, what: str):
    content, words = BAD[what]
    file = files.write(tmp_path, "model_7.pt", content())
    with pytest.raises(ValueError, match=mentions(f"model_7.pt {words}")) as told:
        import_model(file, tmp_path / "out")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "out").exists()
