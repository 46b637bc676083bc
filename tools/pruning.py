"""A narrower network out of a wide one, layer by layer, by least squares (He et al., 2017).

*Channel Pruning for Accelerating Very Deep Neural Networks*, https://arxiv.org/abs/1707.06168. Of
each layer the channels are kept from which the others can be foretold best; their weights are then
solved anew for what the narrow network sees of the layer before. The paper chooses channels by
LASSO; we take greedily the one that explains most of what is left (a pivoted Cholesky factor).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, unfold

from gan_studio.vision.network import FeatureNetwork

POSITIONS = 1500
"""sampled positions of each batch"""
RIDGE = 1e-4
"""ridge regularization relative to the inputs' mean square, for correlated inputs"""
KeptChannels = dict[str, Tensor]
"""layer -> channels of the wide network that are kept"""


@torch.no_grad()
def prune(
    teacher: FeatureNetwork, widths: Sequence[Sequence[int]], batches: Sequence[Tensor]
) -> tuple[FeatureNetwork, KeptChannels]:
    """The narrow network and the channels it kept, judged by batches (N, 3, H, W) in [-1, 1].

    It has as many layers as the wide one, whose pooling it shares.
    """
    student = FeatureNetwork(widths, teacher.pooling)
    channels: KeptChannels = {}
    for name, layer in student.convolutions.items():
        assert isinstance(layer, nn.Conv2d)
        activations = torch.cat([sample_positions(teacher(x, [name])[name]) for x in batches])
        channels[name] = select_channels(activations, layer.out_channels)
        solve(layer, *layer_examples(student, teacher, name, channels[name], batches))
    return student, channels


def select_channels(values: Tensor, count: int) -> Tensor:
    """The columns of (positions, channels) that explain the most energy: pivoted Cholesky."""
    residual = (values.T @ values).double()
    indices = []
    for _ in range(count):
        energy = residual.diag()
        gain = residual.square().sum(0) / energy.clamp_min(1e-12) * (energy > 1e-9)
        gain[indices] = -1  # also when nothing is left to explain
        best = int(gain.argmax())
        indices.append(best)
        column = residual[:, best] / residual[best, best].clamp_min(1e-12).sqrt()
        residual = residual - torch.outer(column, column)
    return torch.tensor(sorted(indices))


def conv_input(network: FeatureNetwork, image: Tensor, layer: str) -> Tensor:
    """The input of the layer's convolution."""
    place = network.layers.index(layer)
    if not place:
        return network.prepare_input(image, layer)
    last = network.layers[place - 1]
    return network.prepare_input(network(image, [last])[last], layer)


def layer_examples(
    student: FeatureNetwork,
    teacher: FeatureNetwork,
    name: str,
    channels: Tensor,
    batches: Sequence[Tensor],
) -> tuple[Tensor, Tensor]:
    """Inputs of the student's layer, (positions, 9 C), and its target outputs."""
    inputs, outputs = [], []
    for x in batches:
        before = conv_input(student, x, name)
        target = teacher.convolutions[name](conv_input(teacher, x, name))[:, channels]
        positions = torch.randperm(target.shape[2] * target.shape[3])[: POSITIONS // len(x) + 1]
        edge = "replicate" if name == student.layers[0] else "constant"
        patches = unfold(pad(before, (1, 1, 1, 1), edge), 3)[:, :, positions]
        inputs.append(patches.transpose(1, 2).flatten(0, 1))
        outputs.append(target.flatten(2)[:, :, positions].transpose(1, 2).flatten(0, 1))
    return torch.cat(inputs), torch.cat(outputs)


def solve(layer: nn.Conv2d, inputs: Tensor, outputs: Tensor) -> None:
    """Set weights and bias by ridge regression."""
    a = torch.cat([inputs, torch.ones(len(inputs), 1)], 1).double()
    normal = a.T @ a
    normal += RIDGE * normal.diag().mean() * torch.eye(len(normal), dtype=normal.dtype)
    solution = torch.linalg.solve(normal, a.T @ outputs.double()).float().T
    layer.weight.copy_(solution[:, :-1].reshape(layer.weight.shape))
    assert layer.bias is not None
    layer.bias.copy_(solution[:, -1])


def sample_positions(features: Tensor) -> Tensor:
    """Sample positions, (N, C, H, W) -> (positions, C)."""
    flat = features.transpose(0, 1).flatten(1)
    return flat[:, torch.randperm(flat.shape[1])[:POSITIONS]].T
