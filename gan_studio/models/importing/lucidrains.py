"""Files of lucidrains' stylegan2-pytorch -> our networks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gan_studio.gans.families import stylegan2_pytorch
from gan_studio.gans.latents.paths import PROBE
from gan_studio.models.importing.imported import Imported, Weights, channel_rule
from gan_studio.models.importing.pickles import Refused
from gan_studio.models.importing.state_dicts import mean_style, tensors

MAPPING_RATE = 0.1
"""learning rate of the mapping network, which the files do not hold"""
REFUSED = {
    "GE.attns.": "it has layers of attention, which are not read",
    "GE.to_initial_block.": "it begins without a constant, which is not read",
}
"""what some of these generators have -> why they are refused"""


def is_lucidrains(content: Any) -> bool:
    state = tensors(content.get("GAN")) if isinstance(content, Mapping) else None
    return state is not None and any(name.startswith("GE.blocks.") for name in state)


def convert(content: Mapping[str, Any]) -> Imported:
    """The averaged generator of https://github.com/lucidrains/stylegan2-pytorch."""
    state = tensors(content["GAN"]) or {}
    for prefix, why in REFUSED.items():
        if any(name.startswith(prefix) for name in state):
            raise Refused(why)
    w = Weights({k: v for k, v in state.items() if k.startswith(("SE.", "GE."))})
    if "GE.initial_conv.weight" not in w:
        raise Refused("it is of a version of stylegan2-pytorch before September 2020")
    blocks = sum(f"GE.blocks.{i}.conv1.weight" in w for i in range(9))
    if blocks > 1 and "GE.blocks.0.to_rgb.upsample.1.f" not in w:
        raise Refused("it is of a version of stylegan2-pytorch that does not blur its colours")
    channels = w.shape("GE.blocks.0.to_rgb.conv.weight")[0]
    if channels != 3:
        raise Refused(f"its pictures have {channels} channels, as transparent ones do, and not 3")
    depth = sum(f"SE.net.{2 * i}.weight" in w for i in range(64))
    dim = w.shape("SE.net.0.weight")[1]
    widths = {4 * 2**i: w.shape(f"GE.blocks.{i}.conv2.weight")[0] for i in range(blocks)}
    config = stylegan2_pytorch.Config(
        image_size=2 ** (blocks + 1),
        latent_dim=dim,
        style_dim=dim,
        mapping_layers=depth,
        mapping_dim=dim,
        **channel_rule(widths),
    )
    weights = {**_mapping(w, depth, dim), **_synthesis(w, blocks)}
    noise = torch.rand(config.image_size, config.image_size, generator=_probe_generator())
    weights |= {"noise": noise, "mean_style": mean_style(config, weights, None)}
    return Imported(
        family="stylegan2-pytorch",
        format="lucidrains’ StyleGAN2",
        config=config,
        channels=channels,
        classes=0,
        weights=weights,
    )


def _probe_generator() -> torch.Generator:
    return torch.Generator().manual_seed(PROBE)


def _mapping(w: Weights, depth: int, dim: int) -> dict[str, Tensor]:
    """z is scaled to a length of 1, ours to √dim; behind a layer it has no √2, which ours has."""
    weights: dict[str, Tensor] = {}
    for i in range(depth):
        gain = MAPPING_RATE / math.sqrt(2)
        scale = gain / math.sqrt(dim) if i == 0 else gain
        weights[f"to_w.layers.{i}.weight"] = w.take(f"SE.net.{2 * i}.weight", scale)
        weights[f"to_w.layers.{i}.bias"] = w.take(f"SE.net.{2 * i}.bias", gain)
    return weights


def _synthesis(w: Weights, blocks: int) -> dict[str, Tensor]:
    weights = {"constant": w.take("GE.initial_block")}
    for part in ("weight", "bias"):
        weights[f"first.{part}"] = w.take(f"GE.initial_conv.{part}")
    for i in range(blocks):
        block = f"GE.blocks.{i}"
        for k in (1, 2):
            ours = f"convs.{2 * i + k - 1}"
            weights |= _style(w, f"{block}.to_style{k}", ours)
            weights[f"{ours}.weight"] = w.take(f"{block}.conv{k}.weight")
            weights[f"{ours}.strength"] = w.take(f"{block}.to_noise{k}.weight").flatten()
            weights[f"{ours}.bias"] = w.take(f"{block}.to_noise{k}.bias")
        weights |= _style(w, f"{block}.to_rgb.to_style", f"to_rgb.{i}")
        weights[f"to_rgb.{i}.weight"] = kernel = w.take(f"{block}.to_rgb.conv.weight")
        weights[f"to_rgb.{i}.bias"] = torch.zeros(len(kernel))
    return weights


def _style(w: Weights, name: str, ours: str) -> dict[str, Tensor]:
    """Their scales are around 0, and 1 is added at each use."""
    return {
        f"{ours}.style.weight": w.take(f"{name}.weight"),
        f"{ours}.style.bias": w.take(f"{name}.bias") + 1,
    }
