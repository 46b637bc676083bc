"""NVIDIA's pickles of StyleGAN2 for TensorFlow, (G, D, Gs): variables by name -> our networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_studio.gans.families import stylegan2_ada
from gan_studio.models.importing.imported import Imported, Weights, channel_rule, number
from gan_studio.models.importing.pickles import Refused
from gan_studio.models.importing.records import MAX_DEPTH, Array, Network

COUNT = 3
"""networks of a file: the generator, the discriminator, the averaged generator"""
EMBED = "mapping/LabelEmbed/weight"
"""where there are labels"""


def is_tensorflow(content: Any) -> bool:
    """Whether a pickle holds what NVIDIA's TensorFlow code writes."""
    return type(content) is tuple and any(isinstance(part, Network) for part in content)


def convert(content: tuple[Any, ...]) -> Imported:
    """The averaged generator; Refused where there is none of StyleGAN2."""
    if len(content) != COUNT or not isinstance(content[2], Network):
        raise Refused("it holds no averaged generator, Gs")
    w, arguments = _weights(content[2]), _arguments(content[2])
    if "synthesis/4x4/Conv/mod_weight" not in w or "synthesis/4x4/ToRGB/weight" not in w:
        raise Refused("it is a network of TensorFlow that is no StyleGAN2 of configuration E or F")
    sides = [2**i for i in range(2, 11) if f"synthesis/{2**i}x{2**i}/ToRGB/weight" in w]
    if sides != [2**i for i in range(2, 2 + len(sides))]:
        raise Refused("it lacks the colours of a size")
    config, classes = _config(w, arguments, sides)
    return Imported(
        family="stylegan2-ada",
        format="NVIDIA’s StyleGAN2 for TensorFlow",
        config=config,
        channels=w.shape("synthesis/4x4/ToRGB/weight")[3],
        classes=classes,
        weights={**_mapping(w, arguments, config.mapping_layers), **_synthesis(w, sides)},
    )


def _config(
    w: Weights, arguments: dict[Any, Any], sides: Sequence[int]
) -> tuple[stylegan2_ada.Config, int]:
    """The shapes of a generator, and its number of classes."""
    latent_dim, mapping_dim = w.shape("mapping/Dense0/weight")
    classes, label_dim = w.shape(EMBED) if EMBED in w else (0, 512)
    clamp = arguments.get("conv_clamp")
    last = {s: f"synthesis/{s}x{s}/{'Conv' if s == 4 else 'Conv1'}/weight" for s in sides}
    config = stylegan2_ada.Config(
        image_size=sides[-1],
        latent_dim=latent_dim - (label_dim if classes else 0),
        style_dim=w.shape("dlatent_avg")[0],
        mapping_layers=sum(f"mapping/Dense{i}/weight" in w for i in range(64)),
        mapping_dim=mapping_dim,
        label_dim=label_dim,
        labelled=classes > 0,
        conv_clamp=0.0 if clamp is None else number(clamp, "bound of convolutions"),
        **channel_rule({side: w.shape(name)[-1] for side, name in last.items()}),
    )
    return config, classes


def _mapping(w: Weights, arguments: dict[Any, Any], depth: int) -> dict[str, Tensor]:
    rate = number(arguments.get("mapping_lrmul", 0.01), "learning rate of the mapping network")
    weights = {"mean_style": w.take("dlatent_avg")}
    for i in range(depth):
        weights |= _dense(w, f"mapping/Dense{i}/", f"to_w.layers.{i}", rate)
    return weights | (_dense(w, "mapping/LabelEmbed/", "to_w.embed") if EMBED in w else {})


def _synthesis(w: Weights, sides: Sequence[int]) -> dict[str, Tensor]:
    weights = {"constant": w.take("synthesis/4x4/Const/const")}
    convs = ["4x4/Conv", *(f"{s}x{s}/{name}" for s in sides[1:] for name in ("Conv0_up", "Conv1"))]
    for i, name in enumerate(convs):
        weights |= _conv(w, f"synthesis/{name}", i)
    for i, side in enumerate(sides):
        weights |= _to_rgb(w, f"synthesis/{side}x{side}/ToRGB", f"to_rgb.{i}")
    return weights


def _arguments(network: Network) -> dict[Any, Any]:
    """The arguments with which the network was built, where they differ from the defaults."""
    arguments = network.state.get("static_kwargs")
    return arguments if type(arguments) is dict else {}


def _weights(network: Network) -> Weights:
    variables = dict(_variables(network, "", 0))
    if len({value.values.ctypes.data for value in variables.values()}) < len(variables):
        raise Refused("its variables share their numbers")
    return Weights({name: _tensor(value) for name, value in variables.items()})


def _variables(network: Network, prefix: str, depth: int) -> Iterator[tuple[str, Array]]:
    """All variables by name, those of the parts behind the part's name."""
    if depth > MAX_DEPTH:
        raise Refused(f"its networks are nested more than {MAX_DEPTH} deep")
    rows, parts = network.state.get("variables"), network.state.get("components")
    for row in rows if type(rows) is list else ():
        name, value = row
        if type(name) is str and isinstance(value, Array):
            yield prefix + name, value
    for name, part in parts.items() if type(parts) is dict else ():
        if isinstance(part, Network):
            yield from _variables(part, f"{prefix}{name}/", depth + 1)


def _tensor(array: Array) -> Tensor:
    """A copy, in the machine's order of bytes."""
    values = array.values
    return torch.from_numpy(np.array(values, values.dtype.newbyteorder("="), order="C"))


def _dense(w: Weights, name: str, ours: str, rate: float = 1.0) -> dict[str, Tensor]:
    """A fully connected layer, transposed, at its equalised learning rate."""
    inputs = w.shape(f"{name}weight")[0]
    return {
        f"{ours}.weight": w.take(f"{name}weight", rate * inputs**-0.5).T.contiguous(),
        f"{ours}.bias": w.take(f"{name}bias", rate),
    }


def _style(w: Weights, name: str, ours: str) -> dict[str, Tensor]:
    """The affine map of a style; there 1 is added to what it gives, here to its bias."""
    weights = _dense(w, f"{name}/mod_", f"{ours}.style")
    return {**weights, f"{ours}.style.bias": weights[f"{ours}.style.bias"] + 1}


def _conv(w: Weights, name: str, i: int) -> dict[str, Tensor]:
    ours, kernel = f"convs.{i}", w.take(f"{name}/weight").permute(3, 2, 0, 1)
    if name.endswith("_up"):
        kernel = kernel.flip(2, 3)
    return {
        **_style(w, name, ours),
        f"{ours}.weight": kernel.contiguous(),
        f"{ours}.bias": w.take(f"{name}/bias"),
        f"{ours}.noise": w.take(f"synthesis/noise{i}")[0, 0].contiguous(),
        f"{ours}.strength": w.take(f"{name}/noise_strength").view(()),
    }


def _to_rgb(w: Weights, name: str, ours: str) -> dict[str, Tensor]:
    inputs = w.shape(f"{name}/weight")[2]
    kernel = w.take(f"{name}/weight", inputs**-0.5).permute(3, 2, 0, 1)
    return {
        **_style(w, name, ours),
        f"{ours}.weight": kernel.contiguous(),
        f"{ours}.bias": w.take(f"{name}/bias"),
    }
