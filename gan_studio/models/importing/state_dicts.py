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
    found = {str(k).removeprefix("module."): v for k, v in content.items()}
    return found if all(isinstance(v, Tensor) for v in found.values()) else None


def convert(content: Any) -> Imported:
    """The generator of a file of torch.save; Refused where it is of no known kind."""
    if isinstance(content, Mapping) and (g_ema := tensors(content.get("g_ema"))):
        return rosinality(g_ema, content.get("latent_avg"))
    found = tensors(content)
    if found is None:
        held = [*content] if isinstance(content, Mapping) else [type(content).__name__]
        raise Refused(f"it holds {', '.join(map(str, held))[:80]}, and no generator that is known")
    if "main.0.weight" in found and "main.1.running_mean" in found:
        return pytorch_dcgan(found)
    if "style.1.weight" in found:
        return rosinality(found, None)
    raise Refused(f"it looks like {_guess(found)}, which is not read")


def _guess(found: Mapping[str, Tensor]) -> str:
    """The architecture that its names remind of."""
    names = " ".join(found)
    known = {
        r"main\.0\.weight": "a DCGAN’s discriminator",
        r"final_linear|final_conv": "a StyleGAN2 discriminator",
        r"b\d+\.fromrgb|b4\.mbstd": "NVIDIA’s discriminator",
        r"linear_\w\.weight_orig|blocks\.\d+\.\d+\.conv": "a BigGAN",
        r"model\.diffusion_model|down_blocks": "a diffusion model",
        r"quantize\.embedding": "a VQGAN",
        r"encoder\.": "an auto-encoder",
    }
    for pattern, what in known.items():
        if re.search(pattern, names):
            return what
    return f"a network with {next(iter(found))[:40]}"


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
    found = {"constant": w.take("input.input")}
    for i in range(depth):
        found |= w.linear(f"style.{i + 1}", f"to_w.layers.{i}", MAPPING_RATE)
    convs = ["conv1", *(f"convs.{i}" for i in range(2 * (len(sizes) - 1)))]
    noise = torch.Generator().manual_seed(PROBE)
    for i, name in enumerate(convs):
        side = sizes[(i + 1) // 2]
        found |= _conv(w, name, f"convs.{i}")
        key = f"noises.noise_{i}"
        found[f"convs.{i}.noise"] = (
            w.take(key).view(side, side) if key in w else torch.randn(side, side, generator=noise)
        )
    for i in range(len(sizes)):
        name = "to_rgb1" if i == 0 else f"to_rgbs.{i - 1}"
        found |= w.linear(f"{name}.conv.modulation", f"to_rgb.{i}.style")
        inputs = w.shape(f"{name}.conv.weight")[2]
        found[f"to_rgb.{i}.weight"] = w.take(f"{name}.conv.weight", 1 / math.sqrt(inputs))[0]
        found[f"to_rgb.{i}.bias"] = w.take(f"{name}.bias").flatten()
    found["mean_style"] = mean_style(config, found, latent_avg)
    return Imported(
        family="stylegan2-ada",
        format="rosinality’s StyleGAN2",
        config=config,
        channels=w.shape("to_rgb1.bias")[1],
        classes=0,
        weights=found,
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


def mean_style(config: StyledConfig, weights: Mapping[str, Tensor], given: Any) -> Tensor:
    """w_avg as the file has it, or the mean over MEAN_OF styles."""
    if isinstance(given, Tensor) and given.numel() == config.style_dim:
        return given.float().flatten().contiguous()
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
    wide = [shape[1] for shape in shapes[:-1]]
    doubled = [wide[-1] * 2**i for i in reversed(range(len(wide)))]
    if {shape[2:] for shape in shapes} != {(4, 4)} or wide != doubled:
        raise Refused("it looks like a DCGAN with other layers than PyTorch’s example has")
    config = dcgan.Config(
        image_size=4 * 2 ** (len(convs) - 1), latent_dim=shapes[0][0], width=shapes[-1][0]
    )
    found: dict[str, Tensor] = {}
    for i in convs:
        found[f"{i + 1}.weight"] = w.take(f"main.{i}.weight")
        for part in ("weight", "bias", "running_mean", "running_var"):
            if i != convs[-1]:
                found[f"{i + 2}.{part}"] = w.take(f"main.{i + 1}.{part}")
        if i != convs[-1]:
            found[f"{i + 2}.num_batches_tracked"] = torch.zeros((), dtype=torch.long)
    found[f"{convs[-1] + 1}.bias"] = torch.zeros(shapes[-1][1])
    return Imported(
        family="dcgan",
        format="the DCGAN of PyTorch’s examples",
        config=config,
        channels=shapes[-1][1],
        classes=0,
        weights=found,
    )
