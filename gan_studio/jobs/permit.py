"""What a house lets a training be."""

from __future__ import annotations

from dataclasses import replace

import torch

from gan_studio.families import family
from gan_studio.fields import fields
from gan_studio.house import House
from gan_studio.jobs.order import Order
from gan_studio.values import check_float, check_int

COLOURS, CLASSES = 3, 10
"""for which the weights are counted before the data are known: the most that there are"""


def permitted(order: Order, house: House) -> Order:
    """The order; ValueError with one sentence where strangers may not ask for so much.

    In a public house every training ends by the clock at last, whatever else ends it.
    """
    if not house.public:
        return order
    config = order.config
    if order.total is not None:
        check_int(order.total, "The budget in steps", 1, house.steps)
    seconds = house.seconds if order.seconds is None else order.seconds
    check_float(seconds, "The budget in seconds", 1, house.seconds)
    check_int(config.image_size, "The image size", 4, house.image_size)
    check_int(config.batch_size, "The batch size", 2, house.batch_size)
    for field in fields(type(config)):
        value = getattr(config, field.name)
        if type(value) is int and field.name not in ("image_size", "batch_size"):
            check_int(value, field.name, 0, house.stretch * max(1, field.default or 0))
    if (weights := count(order)) > house.weights:
        raise ValueError(
            f"These networks have {weights / 1e6:,.0f} million weights; "
            f"{house.weights / 1e6:,.0f} million are allowed here."
        )
    return replace(order, seconds=seconds)


def count(order: Order) -> int:
    """Weights of both players, without memory for them."""
    kind = family(order.family).gan
    with torch.device("meta"):
        players = kind(order.config, COLOURS, CLASSES if kind.conditional(order.config) else 0)
    return sum(p.numel() for p in players.parameters())
