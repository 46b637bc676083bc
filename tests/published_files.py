"""Small files like those that publishers of generators write, with random weights."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

WIDTH, STYLE = 8, 16


def saved(content: Any, *, legacy: bool = False) -> bytes:
    """Bytes of torch.save."""
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def pytorch_dcgan(nz: int = 10, ngf: int = 4, nc: int = 3, doublings: int = 3) -> dict[str, Tensor]:
    """The state dictionary of the generator of PyTorch's tutorial, (nz, ngf, nc)."""
    rng = torch.Generator().manual_seed(2)
    widths = [nz, *(ngf * 2**i for i in reversed(range(doublings + 1))), nc]
    found: dict[str, Tensor] = {}
    for i, (a, b) in enumerate(pairwise(widths)):
        found[f"main.{3 * i}.weight"] = torch.randn(a, b, 4, 4, generator=rng) * 0.2
        if i < len(widths) - 2:
            norm = f"main.{3 * i + 1}."
            found[f"{norm}weight"] = 1 + torch.randn(b, generator=rng) * 0.1
            found[f"{norm}bias"] = torch.randn(b, generator=rng) * 0.1
            found[f"{norm}running_mean"] = torch.randn(b, generator=rng) * 0.1
            found[f"{norm}running_var"] = 1 + torch.rand(b, generator=rng)
            found[f"{norm}num_batches_tracked"] = torch.tensor(7)
    return found


def rosinality(size: int = 16, depth: int = 3) -> dict[str, Tensor]:
    """The state dictionary of rosinality's generator."""
    rng = torch.Generator().manual_seed(4)

    def random(*shape: int, scale: float = 1.0) -> Tensor:
        return torch.randn(*shape, generator=rng) * scale

    found = {"input.input": random(1, WIDTH, 4, 4)}
    for i in range(depth):
        found[f"style.{i + 1}.weight"] = random(STYLE, STYLE) * 100
        found[f"style.{i + 1}.bias"] = random(STYLE)
    convs = ["conv1", *(f"convs.{i}" for i in range(2 * (size.bit_length() - 3)))]
    for i, name in enumerate(convs):
        side = 2 ** (2 + (i + 1) // 2)
        found[f"{name}.conv.weight"] = random(1, WIDTH, WIDTH, 3, 3)
        found[f"{name}.conv.modulation.weight"] = random(WIDTH, STYLE)
        found[f"{name}.conv.modulation.bias"] = 1 + random(WIDTH, scale=0.1)
        found[f"{name}.noise.weight"] = random(1, scale=0.1)
        found[f"{name}.activate.bias"] = random(WIDTH, scale=0.1)
        found[f"noises.noise_{i}"] = random(1, 1, side, side)
    for i in range(size.bit_length() - 2):
        name = "to_rgb1" if i == 0 else f"to_rgbs.{i - 1}"
        found[f"{name}.conv.weight"] = random(1, 3, WIDTH, 1, 1, scale=0.3)
        found[f"{name}.conv.modulation.weight"] = random(WIDTH, STYLE)
        found[f"{name}.conv.modulation.bias"] = 1 + random(WIDTH, scale=0.1)
        found[f"{name}.bias"] = random(1, 3, 1, 1, scale=0.1)
    return found


def lucidrains(
    size: int = 16, depth: int = 3, channels: int = 3
) -> dict[str, dict[str, Tensor] | str]:
    """A file of lucidrains' stylegan2-pytorch: averaged generator, and a bit of a discriminator."""
    rng = torch.Generator().manual_seed(5)

    def random(*shape: int, scale: float = 1.0) -> Tensor:
        return torch.randn(*shape, generator=rng) * scale

    def linear(name: str, inputs: int, outputs: int, scale: float = 0.1) -> dict[str, Tensor]:
        bias = random(outputs, scale=scale)
        return {f"{name}.weight": random(outputs, inputs, scale=scale), f"{name}.bias": bias}

    blocks = size.bit_length() - 2
    widths = [min(2 * size // 2 ** (i + 2) * 2, WIDTH) for i in range(blocks)]
    found = {"GE.initial_block": random(1, widths[0], 4, 4)}
    found["GE.initial_conv.weight"] = random(widths[0], widths[0], 3, 3, scale=0.2)
    found["GE.initial_conv.bias"] = random(widths[0], scale=0.1)
    for i in range(depth):
        found |= linear(f"SE.net.{2 * i}", STYLE, STYLE, 8.0)
    for i, (a, b) in enumerate(pairwise([widths[0], *widths])):
        block = f"GE.blocks.{i}"
        for k, inputs in ((1, a), (2, b)):
            found |= linear(f"{block}.to_style{k}", STYLE, inputs)
            found |= linear(f"{block}.to_noise{k}", 1, b)
            found[f"{block}.conv{k}.weight"] = random(b, inputs, 3, 3)
        found |= linear(f"{block}.to_rgb.to_style", STYLE, b)
        found[f"{block}.to_rgb.conv.weight"] = random(channels, b, 1, 1, scale=0.2)
        if i < blocks - 1:
            found[f"{block}.to_rgb.upsample.1.f"] = torch.tensor([1.0, 2.0, 1.0])
    found["D.blocks.0.conv_res.weight"] = random(2, 3, 1, 1)
    found["D_aug.D.blocks.0.conv_res.weight"] = found["D.blocks.0.conv_res.weight"]
    return {"GAN": found, "version": "1.9.0"}


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
