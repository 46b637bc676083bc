"""State dictionaries of rosinality's StyleGAN2 and of PyTorch's DCGAN -> our networks."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gan_studio.gans.families import dcgan, stylegan2_ada
from gan_studio.gans.latents.paths import PROBE
from gan_studio.gans.published import Mapping as MappingNetwork
from gan_studio.gans.published import StyledConfig
from gan_studio.models.importing.imported import Imported, Weights, channel_rule
from gan_studio.models.importing.pickles import Refused

MEAN_OF = 4096
"""styles whose mean is w_avg where a file has none"""
MAPPING_RATE = 0.01
"""learning rate of the mapping network, which rosinality's files do not hold"""


def tensors(content: Any) -> dict[str, Tensor] | None:
    """The entries of a state dictionary, or None for anything else."""
    if not isinstance(content, Mapping) or not content:
        return None
    state = {str(k).removeprefix("module."): v for k, v in content.items()}
    return state if all(isinstance(v, Tensor) for v in state.values()) else None


def convert(content: Any) -> Imported:
    """The generator of a file of torch.save; Refused where it is of no known kind."""
    if isinstance(content, Mapping) and (g_ema := tensors(content.get("g_ema"))):
        return rosinality(g_ema, content.get("latent_avg"))
    state = tensors(content)
    if state is None:
        keys = [*content] if isinstance(content, Mapping) else [type(content).__name__]
        raise Refused(f"it holds {', '.join(map(str, keys))[:80]}, and no generator that is known")
    if "main.0.weight" in state and "main.1.running_mean" in state:
        return pytorch_dcgan(state)
    if "style.1.weight" in state:
        return rosinality(state, None)
    raise Refused(f"it looks like {_guess(state)}, which is not read")


def _guess(state: Mapping[str, Tensor]) -> str:
    """The architecture that the names of its tensors suggest."""
    names = " ".join(state)
    signatures = {
        r"main\.0\.weight": "a DCGAN’s discriminator",
        r"final_linear|final_conv": "a StyleGAN2 discriminator",
        r"b\d+\.fromrgb|b4\.mbstd": "NVIDIA’s discriminator",
        r"linear_\w\.weight_orig|blocks\.\d+\.\d+\.conv": "a BigGAN",
        r"model\.diffusion_model|down_blocks": "a diffusion model",
        r"quantize\.embedding": "a VQGAN",
        r"encoder\.": "an auto-encoder",
    }
    for pattern, what in signatures.items():
        if re.search(pattern, names):
            return what
    return f"a network with {next(iter(state))[:40]}"


def rosinality(source: Mapping[str, Tensor], latent_avg: Any) -> Imported:
    """The generator of https://github.com/rosinality/stylegan2-pytorch."""
    w = Weights(source)
    depth = sum(f"style.{i}.weight" in w for i in range(1, 65))
    size = 4 * 2 ** sum(f"to_rgbs.{i}.bias" in w for i in range(9))
    style_dim, latent_dim = w.shape("style.1.weight")
    sizes = [2**i for i in range(2, size.bit_length())]
    last = {4: "conv1", **{s: f"convs.{2 * i + 1}" for i, s in enumerate(sizes[1:])}}
    widths = {s: w.shape(f"{name}.conv.weight")[1] for s, name in last.items()}
    config = stylegan2_ada.Config(
        image_size=size,
        latent_dim=latent_dim,
        style_dim=style_dim,
        mapping_layers=depth,
        mapping_dim=style_dim,
        **channel_rule(widths),
    )
    weights = {"constant": w.take("input.input")}
    for i in range(depth):
        weights |= w.linear(f"style.{i + 1}", f"to_w.layers.{i}", MAPPING_RATE)
    convs = ["conv1", *(f"convs.{i}" for i in range(2 * (len(sizes) - 1)))]
    noise = torch.Generator().manual_seed(PROBE)
    for i, name in enumerate(convs):
        side = sizes[(i + 1) // 2]
        weights |= _conv(w, name, f"convs.{i}")
        key = f"noises.noise_{i}"
        weights[f"convs.{i}.noise"] = (
            w.take(key).view(side, side) if key in w else torch.randn(side, side, generator=noise)
        )
    for i in range(len(sizes)):
        name = "to_rgb1" if i == 0 else f"to_rgbs.{i - 1}"
        weights |= w.linear(f"{name}.conv.modulation", f"to_rgb.{i}.style")
        inputs = w.shape(f"{name}.conv.weight")[2]
        weights[f"to_rgb.{i}.weight"] = w.take(f"{name}.conv.weight", 1 / math.sqrt(inputs))[0]
        weights[f"to_rgb.{i}.bias"] = w.take(f"{name}.bias").flatten()
    weights["mean_style"] = mean_style(config, weights, latent_avg)
    return Imported(
        family="stylegan2-ada",
        format="rosinality’s StyleGAN2",
        config=config,
        channels=w.shape("to_rgb1.bias")[1],
        classes=0,
        weights=weights,
    )


def _conv(w: Weights, name: str, ours: str) -> dict[str, Tensor]:
    """Its kernels are scaled before they are demodulated, which changes no more than an epsilon."""
    inputs, kernel = w.shape(f"{name}.conv.weight")[2:4]
    return {
        **w.linear(f"{name}.conv.modulation", f"{ours}.style"),
        f"{ours}.weight": w.take(f"{name}.conv.weight", 1 / (kernel * math.sqrt(inputs)))[0],
        f"{ours}.bias": w.take(f"{name}.activate.bias").flatten(),
        f"{ours}.strength": w.take(f"{name}.noise.weight").view(()),
    }


def mean_style(config: StyledConfig, weights: Mapping[str, Tensor], latent_avg: Any) -> Tensor:
    """w_avg as the file has it, or the mean over MEAN_OF styles."""
    if isinstance(latent_avg, Tensor) and latent_avg.numel() == config.style_dim:
        return latent_avg.float().flatten().contiguous()
    mapping = MappingNetwork(config, 0)
    own = {k.removeprefix("to_w."): v for k, v in weights.items() if k.startswith("to_w.")}
    _load(mapping, own)
    z = torch.randn(MEAN_OF, config.latent_dim, generator=torch.Generator().manual_seed(PROBE))
    with torch.no_grad():
        return mapping(z).mean(0)


def _load(module: torch.nn.Module, weights: Mapping[str, Tensor]) -> None:
    try:
        module.load_state_dict(dict(weights))
    except RuntimeError:
        raise Refused("the layers of its mapping network do not fit one another") from None


def pytorch_dcgan(source: Mapping[str, Tensor]) -> Imported:
    """The generator of PyTorch's tutorial and examples, which is DCGAN's without a last bias."""
    w = Weights(source)
    convs = [i for i in range(0, 64, 3) if f"main.{i}.weight" in w]
    shapes = [w.shape(f"main.{i}.weight") for i in convs]
    widths = [shape[1] for shape in shapes[:-1]]
    expected_widths = [widths[-1] * 2**i for i in reversed(range(len(widths)))]
    if {shape[2:] for shape in shapes} != {(4, 4)} or widths != expected_widths:
        raise Refused("it looks like a DCGAN with other layers than PyTorch’s example has")
    config = dcgan.Config(
        image_size=4 * 2 ** (len(convs) - 1), latent_dim=shapes[0][0], width=shapes[-1][0]
    )
    weights: dict[str, Tensor] = {}
    for i in convs:
        weights[f"{i + 1}.weight"] = w.take(f"main.{i}.weight")
        for part in ("weight", "bias", "running_mean", "running_var"):
            if i != convs[-1]:
                weights[f"{i + 2}.{part}"] = w.take(f"main.{i + 1}.{part}")
        if i != convs[-1]:
            weights[f"{i + 2}.num_batches_tracked"] = torch.zeros((), dtype=torch.long)
    weights[f"{convs[-1] + 1}.bias"] = torch.zeros(shapes[-1][1])
    return Imported(
        family="dcgan",
        format="the DCGAN of PyTorch’s examples",
        config=config,
        channels=shapes[-1][1],
        classes=0,
        weights=weights,
    )
