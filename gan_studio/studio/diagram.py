"""The two players of a model as a diagram: layers, shapes and numbers of parameters."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from gan_studio.images import convert
from gan_studio.models.model import Model

MOST_LAYERS = 40


@torch.no_grad()
def diagram(model: Model, seed: int) -> dict[str, Any]:
    """G's picture of a seed, D's output for it, and the layers of both networks.

    Shapes are those of one picture, without the batch.
    """
    gan = model.gan
    labels = torch.arange(1, device=model.device) % max(1, gan.classes)
    z = gan.latents_of_seed(seed, 1).to(model.device)
    G, D = gan.generator.eval(), gan.discriminator.eval()
    inputs = gan.append_labels(z, labels if gan.classes else None)
    fake = G(inputs)
    output = model.discriminate(fake, labels)
    discriminator_inputs = (fake, labels) if gan.classes else (fake,)
    return {
        "latent_dim": gan.config.latent_dim,
        "z": [round(value, 3) for value in z[0].tolist()],
        "picture": convert.to_pil(convert.to_uint8(fake)[0]),
        "shape": list(fake.shape[1:]),
        "output": output.output,
        "value": round(float(output.values[0]), 4),
        "generator": _player(G, (inputs,)),
        "discriminator": _player(D, discriminator_inputs),
    }


def _player(network: nn.Module, inputs: tuple[Tensor, ...]) -> dict[str, Any]:
    """The layers of a network in the order in which they are used, and its parameters."""
    layers: list[dict[str, Any]] = []

    def note(layer: nn.Module, _: Any, result: Any) -> None:
        if isinstance(result, Tensor) and len(layers) < MOST_LAYERS:
            kind, shape = type(layer).__name__, list(result.shape[1:])
            layers.append({"kind": kind, "shape": shape, "parameters": _parameters(layer)})

    leaves = [layer for layer in network.modules() if not list(layer.children())]
    hooks = [layer.register_forward_hook(note) for layer in leaves]
    try:
        network(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return {"layers": layers, "parameters": _parameters(network)}


def _parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())
