"""The one-cycle policy: AdamW's learning rate rises and falls once over the batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

import torch
from torch import Tensor, nn

from gan_studio.core.devices import fast_bfloat16
from gan_studio.core.events import Step

Network = TypeVar("Network", bound=nn.Module)
LOG_EVERY = 10
"""steps"""
PEAK = 3e-3
"""the highest learning rate"""


def one_cycle(
    network: Network,
    batches: Iterable[tuple[Tensor, Tensor]],
    loss: Callable[[Tensor, Tensor], Tensor],
    total: int,
    weight_decay: float,
) -> Generator[Step, None, Network]:
    """Lower the `loss` of (logits, targets) on the CPU over `total` batches (pictures, targets).

    The learning rate rises and falls once (Smith & Topin, 2018, arXiv:1708.07120).
    """
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK, total)
    bfloat16, start = fast_bfloat16(torch.device("cpu")), time.perf_counter()
    for step, (pictures, targets) in zip(range(1, total + 1), batches, strict=False):
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = network(pictures)
        value = loss(logits.float(), targets)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()
        if step == total or step % LOG_EVERY == 0:
            rate = step / (time.perf_counter() - start)
            yield Step(
                step=step,
                total=total,
                losses={"loss": value.item()},
                images_per_second=rate * len(pictures),
                seconds_left=(total - step) / rate,
            )
    return network.eval()
