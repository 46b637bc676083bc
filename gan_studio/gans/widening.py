"""Wider networks that begin as a narrower one, after Net2Net (Chen, Goodfellow & Shlens, 2016), https://arxiv.org/abs/1511.05641.

Net2Net copies channels and divides their weights among the copies. Demodulation (Karras et al., 2020) would
undo the division, so here new channels get random weights, and at first the old ones do without them.
"""  # noqa: E501

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn


@torch.no_grad()
def load_narrower(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Load the weights of the same network, or of one with fewer channels, and give its outputs.

    Weights are (O, I, ...). A layer that is not among them keeps its own.
    """
    equalized = {
        f"{name}.weight": getattr(layer, "appended", 0)
        for name, layer in network.named_modules()
        if hasattr(layer, "scale")
    }
    for name, wide in network.state_dict().items():
        if name not in weights:
            continue
        narrow, appended = weights[name], equalized.get(name, 0)
        if name in equalized and wide.shape != narrow.shape:
            # Such a layer divides by the square root of its inputs, of which there are more now.
            narrow = narrow * math.sqrt(wide.shape[1] / narrow.shape[1])
        _load(wide, narrow, appended)


def _load(wide: Tensor, narrow: Tensor, appended: int) -> None:
    """Write a weight into the first rows and columns; columns beside them are 0 in these rows."""
    if wide.dim() < 2:
        wide[... if wide.dim() == 0 else slice(len(narrow))] = narrow
        return
    rows, columns = len(narrow), narrow.shape[1] - appended
    wide[:rows] = 0
    wide[:rows, :columns] = narrow[:, :columns]
    if appended:
        wide[:rows, -appended:] = narrow[:, -appended:]
