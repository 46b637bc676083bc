"""Pickles like those that NVIDIA publishes, small and with random weights.

They have the records of NVIDIA's persistent objects: a dictionary with the state of a module and,
as `module_src`, Python source, which here would leave a trace if anybody ran it.
"""

from __future__ import annotations

import collections
import math
import pickle
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from published_files import STYLE, WIDTH
from scipy import signal, special
from torch import Tensor

from gan_studio.gans.families import stylegan3

SOURCE = "import pathlib; pathlib.Path('executed').write_text('x')"
BINOMIAL = torch.tensor([1.0, 3.0, 3.0, 1.0])


class Persistent:
    """A module as NVIDIA's code pickles one."""

    def __init__(
        self,
        class_name: str,
        parameters: dict[str, Any] | None = None,
        buffers: dict[str, Any] | None = None,
        modules: dict[str, Any] | None = None,
        **state: Any,
    ) -> None:
        self.class_name = class_name
        self.state = {
            "training": False,
            "_parameters": {k: torch.nn.Parameter(v) for k, v in (parameters or {}).items()},
            "_buffers": collections.OrderedDict(buffers or {}),
            "_modules": collections.OrderedDict(modules or {}),
            "_non_persistent_buffers_set": set(),
            **state,
        }

    def __reduce__(self) -> tuple[Any, ...]:
        meta = {
            "type": "class",
            "version": 6,
            "module_src": SOURCE,
            "class_name": self.class_name,
            "state": self.state,
        }
        return _module_function("torch_utils.persistence", "_reconstruct_persistent_obj"), (meta,)


class TensorFlowNetwork:
    """A network as NVIDIA's TensorFlow code pickles one."""

    def __init__(self, **state: Any) -> None:
        self.state = state

    def __reduce__(self) -> tuple[Any, ...]:
        return _module_class("dnnlib.tflib.network", "Network"), (), self.state


@contextmanager
def their_modules() -> Iterator[None]:
    """Within the block `pickle` finds NVIDIA's names, which it looks up when it writes them."""
    names = ("dnnlib", "dnnlib.util", "dnnlib.tflib", "dnnlib.tflib.network")
    names += ("torch_utils", "torch_utils.persistence")
    for name in names:
        sys.modules[name] = types.ModuleType(name)
    _module_function("torch_utils.persistence", "_reconstruct_persistent_obj")
    _module_class("dnnlib.tflib.network", "Network")
    _module_class("dnnlib.util", "EasyDict", dict)
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def _module_function(module: str, name: str) -> Any:
    found = getattr(sys.modules[module], name, None)
    if found is None:
        found = types.FunctionType((lambda meta: meta).__code__, {}, name)
        found.__module__, found.__qualname__ = module, name
        setattr(sys.modules[module], name, found)
    return found


def _module_class(module: str, name: str, base: type = object) -> Any:
    found = getattr(sys.modules[module], name, None)
    if found is None:
        found = type(name, (base,), {"__module__": module})
        setattr(sys.modules[module], name, found)
    return found


def pickled(content: Any, protocol: int = 4) -> bytes:
    """Bytes of a pickle that holds such records, tensors as torch pickles them."""
    with their_modules():
        return pickle.dumps(content, protocol)


def dense(rng: torch.Generator, inputs: int, outputs: int, rate: float = 1.0, bias: float = 0.0):
    """A fully connected layer of NVIDIA's."""
    weight = torch.randn(outputs, inputs, generator=rng) / rate
    shift = (torch.randn(outputs, generator=rng) * 0.1 + bias) / rate
    return Persistent(
        "FullyConnectedLayer",
        {"weight": weight, "bias": shift},
        activation="lrelu",
        weight_gain=rate / math.sqrt(inputs),
        bias_gain=rate,
    )


def mapping(rng: torch.Generator, latent: int, classes: int, depth: int = 2) -> Persistent:
    parts: dict[str, Any] = {}
    if classes:
        parts["embed"] = dense(rng, classes, STYLE)
    widths = [latent + (STYLE if classes else 0), *[STYLE] * depth]
    for i in range(depth):
        parts[f"fc{i}"] = dense(rng, widths[i], STYLE, 0.01)
    w_avg = torch.randn(STYLE, generator=rng) * 0.3
    return Persistent("MappingNetwork", {}, {"w_avg": w_avg}, parts, num_layers=depth)


def colours(rng: torch.Generator, width: int, channels: int, **buffers: Any) -> Persistent:
    weights = {"weight": torch.randn(channels, width, 1, 1, generator=rng) * 0.3}
    weights["bias"] = torch.randn(channels, generator=rng) * 0.1
    affine = dense(rng, STYLE, width, bias=1.0)
    return Persistent("ToRGBLayer", weights, buffers, {"affine": affine}, conv_clamp=256)


def stylegan2(
    size: int = 16, classes: int = 0, channels: int = 3, latent: int = 12, seed: int = 0
) -> Persistent:
    """A generator of stylegan2-ada-pytorch."""
    rng = torch.Generator().manual_seed(seed)
    blur = torch.outer(BINOMIAL, BINOMIAL) / 64

    def conv(size: int) -> Persistent:
        weights = {
            "weight": torch.randn(WIDTH, WIDTH, 3, 3, generator=rng),
            "bias": torch.randn(WIDTH, generator=rng) * 0.1,
            "noise_strength": torch.tensor(0.1),
        }
        buffers = {
            "noise_const": torch.randn(size, size, generator=rng),
            "resample_filter": blur.clone(),
        }
        affine = dense(rng, STYLE, WIDTH, bias=1.0)
        return Persistent("SynthesisLayer", weights, buffers, {"affine": affine}, conv_clamp=256)

    blocks = {}
    for side in (2**i for i in range(2, size.bit_length())):
        parts = {} if side == 4 else {"conv0": conv(side)}
        parts |= {"conv1": conv(side), "torgb": colours(rng, WIDTH, channels)}
        constant = {"const": torch.randn(WIDTH, 4, 4, generator=rng)} if side == 4 else {}
        blocks[f"b{side}"] = Persistent(
            "SynthesisBlock", constant, {"resample_filter": blur.clone()}, parts
        )
    return Persistent(
        "Generator",
        modules={
            "synthesis": Persistent("SynthesisNetwork", modules=blocks),
            "mapping": mapping(rng, latent, classes),
        },
        z_dim=latent,
        c_dim=classes,
        w_dim=STYLE,
        img_resolution=size,
        img_channels=channels,
    )


def low_pass(taps: int, cutoff: float, width: float, rate: float, *, radial: bool) -> Tensor | None:
    """A filter as the paper designs it (Karras et al., 2021, Appendix C)."""
    if taps == 1:
        return None
    if not radial:
        return torch.tensor(signal.firwin(taps, cutoff, width=width, fs=rate), dtype=torch.float32)
    x = (np.arange(taps) - (taps - 1) / 2) / rate
    r = np.hypot(*np.meshgrid(x, x))
    window = np.kaiser(taps, signal.kaiser_beta(signal.kaiser_atten(taps, width / (rate / 2))))
    f = special.j1(2 * np.pi * cutoff * r) / (np.pi * r) * np.outer(window, window)
    return torch.tensor(f / f.sum(), dtype=torch.float32)


def stylegan3_layers(rng: torch.Generator, config: stylegan3.Config) -> list[Persistent]:
    """Its layers with their filters; the last gives the colours."""
    cutoffs, last = config.cutoffs, config.image_size / 2 * config.last_stopband
    first = config.first_stopband
    steps = [min(i / (config.layers - config.critical_layers), 1) for i in range(config.layers + 1)]
    stopbands = [first * (last / first) ** step for step in steps]
    shapes, rates = config.shapes(3), config.rates
    half = [max(f, s / 2) - c for f, s, c in zip(stopbands, rates, cutoffs, strict=True)]
    layers: list[Persistent] = []
    for i, shape in enumerate(shapes):
        before = max(i - 1, 0)
        (up_taps, down_taps), rate = shape.taps, shape.up * rates[before]
        up = low_pass(up_taps, cutoffs[before], 2 * half[before], rate, radial=False)
        down = low_pass(down_taps, cutoffs[i], 2 * half[i], rate, radial=shape.radial)
        magnitude = torch.tensor(1.0 if config.radial else 0.45)
        buffers = {"magnitude_ema": magnitude, "up_filter": up, "down_filter": down}
        if i == config.layers:
            made = colours(rng, shape.channels[0], 3, **buffers)
        else:
            made = stylegan3_layer(rng, shape.channels, config.kernel, buffers)
        made.state |= {
            "up_factor": shape.up,
            "down_factor": shape.down,
            "padding": [*shape.padding, *shape.padding],
            "conv_clamp": 256,
            "out_size": np.array([shape.sizes[1]] * 2),
            "in_cutoff": np.float64(cutoffs[before]),
        }
        layers.append(made)
    return layers


def stylegan3_layer(
    rng: torch.Generator, channels: tuple[int, int], kernel: int, buffers: dict[str, torch.Tensor]
) -> Persistent:
    weights = {
        "weight": torch.randn(*channels[::-1], kernel, kernel, generator=rng),
        "bias": torch.randn(channels[1], generator=rng) * 0.1,
    }
    affine = dense(rng, STYLE, channels[0], bias=1.0)
    return Persistent("SynthesisLayer", weights, buffers, {"affine": affine})


def fourier_features(rng: torch.Generator, count: int) -> Persistent:
    return Persistent(
        "SynthesisInput",
        {"weight": torch.randn(count, count, generator=rng)},
        {
            "transform": torch.eye(3),
            "freqs": torch.randn(count, 2, generator=rng),
            "phases": torch.rand(count, generator=rng) - 0.5,
        },
        {"affine": dense(rng, STYLE, 4)},
    )


def stylegan3_generator(size: int = 16, classes: int = 0, *, radial: bool = False) -> Persistent:
    """A generator of stylegan3, configuration T, or R with radial filters."""
    rng, latent = torch.Generator().manual_seed(3), 12
    arguments: dict[str, Any] = {"channel_base": 16 * size, "channel_max": WIDTH}
    if radial:
        arguments |= {"conv_kernel": 1, "use_radial_filters": True}
    config = stylegan3.Config(
        image_size=size,
        channel_base=16 * size,
        most_channels=WIDTH,
        kernel=1 if radial else 3,
        radial=radial,
    )
    shapes = config.shapes(3)
    made = stylegan3_layers(rng, config)
    modules = {
        f"L{i}_{shape.sizes[1]}_{shape.channels[1]}": layer
        for i, (shape, layer) in enumerate(zip(shapes, made, strict=True))
    }
    features = fourier_features(rng, shapes[0].channels[0])
    synthesis = Persistent(
        "SynthesisNetwork",
        modules={"input": features, **modules},
        layer_names=[*modules],
        num_layers=config.layers,
        num_critical=config.critical_layers,
        margin_size=config.margin,
        output_scale=config.output_scale,
        _init_kwargs=arguments,
    )
    return Persistent(
        "Generator",
        modules={"synthesis": synthesis, "mapping": mapping(rng, latent, classes)},
        z_dim=latent,
        c_dim=classes,
        w_dim=STYLE,
        img_resolution=size,
        img_channels=3,
    )


def nvidia(generator: Persistent, protocol: int = 4, **more: Any) -> bytes:
    """A whole file of NVIDIA's."""
    with their_modules():
        settings = sys.modules["dnnlib.util"].EasyDict(class_name="x", use_labels=False)
        content = {
            "G": None,
            "D": Persistent("Discriminator", {"weight": torch.ones(2)}),
            "G_ema": generator,
            "training_set_kwargs": settings,
            "augment_pipe": None,
            **more,
        }
        return pickle.dumps(content, protocol)
