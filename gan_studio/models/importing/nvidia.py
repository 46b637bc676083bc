"""NVIDIA's pickles of stylegan2-ada-pytorch and stylegan3: their records -> our networks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gan_studio.gans.families import stylegan2_ada, stylegan3
from gan_studio.gans.resampling import BINOMIAL
from gan_studio.models.importing.imported import Imported, Weights, channel_rule, number, whole
from gan_studio.models.importing.pickles import Refused
from gan_studio.models.importing.records import Module

MAX_SIZE = 1024
STYLEGAN3_FIELDS = {
    "channel_base": "channel_base",
    "channel_max": "most_channels",
    "first_cutoff": "first_cutoff",
    "first_stopband": "first_stopband",
    "last_stopband_rel": "last_stopband",
    "filter_size": "filter_size",
    "lrelu_upsampling": "oversampling",
    "use_radial_filters": "radial",
    "conv_kernel": "kernel",
}
"""arguments with which NVIDIA's synthesis network was built -> our configuration's fields"""


def is_nvidia(content: Any) -> bool:
    """Whether a pickle holds what NVIDIA's PyTorch code writes."""
    return type(content) is dict and any(isinstance(value, Module) for value in content.values())


def convert(content: Mapping[str, Any]) -> Imported:
    """The averaged generator; Refused where there is none, or one of another architecture."""
    G = content.get("G_ema")
    if not isinstance(G, Module):
        modules = [k for k, v in content.items() if isinstance(v, Module)]
        raise Refused(f"it holds {', '.join(modules)[:80]}, and no generator G_ema")
    parts = G.children()
    synthesis, mapping = parts.get("synthesis"), parts.get("mapping")
    if synthesis is None or mapping is None:
        raise Refused(f"its G_ema is a {G.class_name[:40]} without mapping and synthesis networks")
    layers = synthesis.children()
    if "input" in layers:
        return _stylegan3(G, mapping, synthesis)
    if "b4" in layers and "conv1" in layers["b4"].children():
        return _stylegan2(G, mapping, layers)
    raise Refused(
        f"its G_ema has the layers {', '.join([*layers])[:80]}, and neither those of StyleGAN2 nor "
        "those of StyleGAN3"
    )


def _sizes(G: Module) -> tuple[dict[str, Any], int, int]:
    """Fields of a configuration, channels and classes, which both generators have."""
    state = G.state
    size = whole(state.get("img_resolution"), "image size", 4, MAX_SIZE)
    channels = whole(state.get("img_channels"), "number of channels", 1, 4)
    if size & (size - 1) or channels not in (1, 3):
        raise Refused(f"its pictures have {size} pixels and {channels} channels")
    classes = whole(state.get("c_dim"), "number of classes", 0, 1000)
    fields = {
        "image_size": size,
        "latent_dim": whole(state.get("z_dim"), "latent dimension", 1, 10_000),
        "style_dim": whole(state.get("w_dim"), "style dimension", 4, 10_000),
        "labelled": classes > 0,
    }
    return fields, channels, classes


def _mapping(
    weights: Weights, module: Module, classes: int
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Fields of a configuration, and the mapping network’s weights times its learning rate."""
    count = whole(module.state.get("num_layers"), "number of mapping layers", 1, 64)
    layers, tensors = module.children(), dict[str, Tensor]()
    for i in range(count):
        layer = layers.get(f"fc{i}", Module("", {})).state
        if layer.get("activation") != "lrelu":
            raise Refused("its mapping network has another activation than a leaky ReLU")
        rate = number(layer.get("bias_gain"), "learning rate of the mapping network")
        tensors |= weights.linear(f"mapping.fc{i}", f"to_w.layers.{i}", rate)
    fields = {"mapping_layers": count}
    if count > 1:
        fields["mapping_dim"] = weights.shape("mapping.fc0.weight")[0]
    if classes:
        tensors |= weights.linear("mapping.embed", "to_w.embed")
        fields["label_dim"] = weights.shape("mapping.embed.weight")[0]
    if "mapping.w_avg" not in weights:
        raise Refused("mapping.w_avg, towards which ψ truncates, is missing in it")
    tensors["mean_style"] = weights.take("mapping.w_avg")
    return fields, tensors


def _stylegan2(G: Module, mapping: Module, blocks: Mapping[str, Module]) -> Imported:
    weights = Weights(dict(G.tensors()))
    fields, channels, classes = _sizes(G)
    more, tensors = _mapping(weights, mapping, classes)
    sizes = [2**i for i in range(2, fields["image_size"].bit_length())]
    for size in sizes:
        if f"synthesis.b{size}.torgb.weight" not in weights:
            raise Refused("its synthesis network is a StyleGAN2 without skip connections")
    widths = {size: weights.shape(f"synthesis.b{size}.conv1.weight")[0] for size in sizes}
    clamp = blocks["b4"].children()["conv1"].state.get("conv_clamp")
    config = stylegan2_ada.Config(
        **fields,
        **more,
        **channel_rule(widths),
        noise="synthesis.b4.conv1.noise_const" in weights,
        conv_clamp=0.0 if clamp is None else number(clamp, "bound of convolutions"),
    )
    tensors["constant"] = weights.take("synthesis.b4.const")[None]
    convs = ["b4.conv1", *(f"b{size}.conv{i}" for size in sizes[1:] for i in (0, 1))]
    for i, name in enumerate(convs):
        tensors |= _styled_conv(weights, f"synthesis.{name}", f"convs.{i}", noise=config.noise)
    for i, size in enumerate(sizes):
        tensors |= _colours(weights, f"synthesis.b{size}.torgb", f"to_rgb.{i}")
    for name in ("b4", *(f"b{size}.conv0" for size in sizes[1:])):
        _check_filter(weights, f"synthesis.{name}.resample_filter")
    return Imported(
        family="stylegan2-ada",
        format="NVIDIA’s StyleGAN2-ADA for PyTorch",
        config=config,
        channels=channels,
        classes=classes,
        weights=tensors,
    )


def _styled_conv(weights: Weights, name: str, ours: str, *, noise: bool) -> dict[str, Tensor]:
    tensors = weights.linear(f"{name}.affine", f"{ours}.style")
    tensors |= {f"{ours}.{k}": weights.take(f"{name}.{k}") for k in ("weight", "bias")}
    if noise:
        tensors[f"{ours}.noise"] = weights.take(f"{name}.noise_const")
        tensors[f"{ours}.strength"] = weights.take(f"{name}.noise_strength")
    return tensors


def _colours(weights: Weights, name: str, ours: str) -> dict[str, Tensor]:
    inputs = weights.shape(f"{name}.weight")[1]
    return {
        **weights.linear(f"{name}.affine", f"{ours}.style"),
        f"{ours}.weight": weights.take(f"{name}.weight", 1 / math.sqrt(inputs)),
        f"{ours}.bias": weights.take(f"{name}.bias"),
    }


def _check_filter(weights: Weights, name: str) -> None:
    """Between sizes ours has StyleGAN2's own filter."""
    f = torch.tensor(BINOMIAL)
    if name in weights and not torch.allclose(weights.take(name), torch.outer(f, f) / 64):
        raise Refused("it resamples with another filter than 1, 3, 3, 1")


def _stylegan3(G: Module, mapping: Module, synthesis: Module) -> Imported:
    weights = Weights(dict(G.tensors()))
    fields, channels, classes = _sizes(G)
    more, tensors = _mapping(weights, mapping, classes)
    names = synthesis.state.get("layer_names")
    if type(names) is not list or any(type(name) is not str for name in names):
        raise Refused("the list of its layers is missing")
    config = stylegan3.Config(**fields, **more, **_geometry(synthesis, names))
    inputs = weights.shape("synthesis.input.weight")[0]
    tensors |= weights.linear("synthesis.input.affine", "features.motion")
    tensors["features.weight"] = weights.take("synthesis.input.weight", 1 / math.sqrt(inputs))
    tensors["features.frequencies"] = weights.take("synthesis.input.freqs")
    tensors["features.phases"] = weights.take("synthesis.input.phases")
    for i, name in enumerate(names):
        layer, ours = f"synthesis.{name}", f"layers.{i}"
        if i == config.layers:
            tensors |= _colours(weights, layer, ours)
        else:
            tensors |= weights.linear(f"{layer}.affine", f"{ours}.style")
            tensors |= {f"{ours}.{k}": weights.take(f"{layer}.{k}") for k in ("weight", "bias")}
        tensors[f"{ours}.magnitude"] = weights.take(f"{layer}.magnitude_ema")
        for kind in ("up_filter", "down_filter"):
            there = f"{layer}.{kind}" in weights
            tensors[f"{ours}.{kind}"] = weights.take(f"{layer}.{kind}") if there else torch.ones(1)
    _check_layers(config, synthesis, names)
    return Imported(
        family="stylegan3",
        format=f"NVIDIA’s StyleGAN3-{'R' if config.radial else 'T'}",
        config=config,
        channels=channels,
        classes=classes,
        weights=tensors,
    )


def _geometry(synthesis: Module, names: list[str]) -> dict[str, Any]:
    """Fields of a configuration, from the attributes of the network and from its arguments."""
    state, arguments = synthesis.state, synthesis.state.get("_init_kwargs")
    if type(arguments) is not dict:
        raise Refused("the arguments of its synthesis network are missing")
    fields: dict[str, Any] = {}
    for theirs, ours in STYLEGAN3_FIELDS.items():
        if theirs in arguments:
            kind = type(getattr(stylegan3.Config(), ours))
            value = arguments[theirs]
            if kind is not bool:
                value = kind(number(value, theirs))
            fields[ours] = value is True if kind is bool else value
    last = synthesis.children().get(names[-1], Module("", {})).state
    clamp = last.get("conv_clamp")
    return {
        **fields,
        "conv_clamp": 0.0 if clamp is None else number(clamp, "bound of convolutions"),
        "layers": whole(state.get("num_layers"), "number of layers", 3, 64),
        "critical_layers": whole(state.get("num_critical"), "critical layers", 1, 62),
        "margin": whole(state.get("margin_size"), "margin", 0, 64),
        "output_scale": number(state.get("output_scale"), "output scale"),
    }


def _check_layers(config: stylegan3.Config, synthesis: Module, names: list[str]) -> None:
    """The layers of the file are those that the configuration describes."""
    if len(names) != config.layers + 1:
        raise Refused(f"it has {len(names)} layers, and its arguments speak of {config.layers + 1}")
    modules = synthesis.children()
    for name, layer in zip(names[:-1], config.shapes(3)[:-1], strict=True):
        state = modules[name].state
        factors = [state.get(k) for k in ("up_factor", "down_factor", "padding")]
        if factors != [layer.up, layer.down, [*layer.padding, *layer.padding]]:
            raise Refused(f"its layer {name[:40]} samples otherwise than its arguments say")
